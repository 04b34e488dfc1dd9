package kindcluster

import (
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/yaml"
)

func TestTheConfigurationFollowsFromTheMachineAndTheImage(t *testing.T) {
	released := nodeImage{name: "kindest/node:v1"}
	built := nodeImage{name: builtRepository + ":key", built: true}
	for sentence, tc := range map[string]struct {
		image nodeImage
		facts facts
		// has are parts of the configuration, lacks those that it must not have.
		has, lacks []string
	}{
		"kind's own image on an ordinary machine is configured as kind does it": {
			image: released,
			lacks: []string{"disableDefaultCNI", "skipPhases", "failCgroupV1", "restrict_oom_score_adj"},
		},
		"an image of our own has its network in containerd and no CoreDNS": {
			image: built,
			has:   []string{"disableDefaultCNI: true", "skipPhases: [preflight, addon/coredns]"},
			lacks: []string{"failCgroupV1", "restrict_oom_score_adj"},
		},
		"the kubelet is told to run on cgroup v1, whatever the image": {
			image: released, facts: facts{cgroupV1: true},
			has: []string{"failCgroupV1: false"}, lacks: []string{"skipPhases", "restrict_oom_score_adj"},
		},
		"without CAP_SYS_RESOURCE containerd leaves the OOM score alone": {
			image: released, facts: facts{noSysResource: true},
			has:   []string{"version = 2", "version = 3", "restrict_oom_score_adj = true"},
			lacks: []string{"failCgroupV1"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			config := clusterConfig("some", 0, tc.image, tc.facts, "/audit")
			text, err := yaml.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range tc.has {
				if !strings.Contains(string(text), part) {
					t.Errorf("%q is missing in\n%s", part, text)
				}
			}
			for _, part := range tc.lacks {
				if strings.Contains(string(text), part) {
					t.Errorf("%q is in\n%s", part, text)
				}
			}
			for _, node := range config.Nodes {
				if node.Image != tc.image.name {
					t.Errorf("a node is made of %s", node.Image)
				}
			}
		})
	}
}

func TestOneControlPlaneAndAWorkerInEachZone(t *testing.T) {
	config := clusterConfig("some", 6443, nodeImage{name: "x"}, facts{}, "/audit")
	var zones []string
	for _, node := range config.Nodes[1:] {
		if node.Role != v1alpha4.WorkerRole {
			t.Errorf("a node is a %s", node.Role)
		}
		zones = append(zones, node.Labels["topology.kubernetes.io/zone"])
	}
	if got := strings.Join(zones, " "); got != "zone-a zone-b zone-c" {
		t.Errorf("the workers' zones are %s", got)
	}
	if config.Nodes[0].Role != v1alpha4.ControlPlaneRole {
		t.Errorf("the first node is a %s", config.Nodes[0].Role)
	}
	if config.Networking.APIServerPort != 6443 {
		t.Errorf("the API server's port is %d", config.Networking.APIServerPort)
	}
	if names := nodeNames("some"); len(names) != len(config.Nodes) || names[3] != "some-worker3" {
		t.Errorf("the nodes' names are %v", names)
	}
}

func TestTheAuditLogIsPatchedInAndItsPolicyMounted(t *testing.T) {
	config := clusterConfig("some", 0, nodeImage{name: "x"}, facts{}, "/audit")
	var operations []struct {
		Op, Path string
		Value    any
	}
	if err := yaml.UnmarshalStrict([]byte(config.KubeadmConfigPatchesJSON6902[0].Patch), &operations); err != nil {
		t.Fatalf("the patch can not be read: %v", err)
	}
	for _, operation := range operations {
		if operation.Op != "add" || !strings.HasPrefix(operation.Path, "/apiServer/") || operation.Value == nil {
			t.Errorf("an operation is %+v", operation)
		}
	}
	if len(operations) != 3 {
		t.Errorf("there are %d operations", len(operations))
	}
	mount := config.Nodes[0].ExtraMounts[0]
	if mount.HostPath != "/audit" || mount.ContainerPath != auditMount || !mount.Readonly {
		t.Errorf("the mount is %+v", mount)
	}
	if !strings.HasPrefix(AuditLog, auditLogDir+"/") {
		t.Errorf("%s is not in %s", AuditLog, auditLogDir)
	}
}

func TestWhatIsReadOfTheMachine(t *testing.T) {
	for said, want := range map[string]bool{"1\n": true, "v1\n": true, "2\n": false, "v2\n": false, "": false} {
		if got := isCgroupV1(said); got != want {
			t.Errorf("cgroup version %q is version 1: %t", said, got)
		}
	}
	for sentence, tc := range map[string]struct {
		status string
		want   bool
	}{
		"all capabilities":                       {"Name:\tx\nCapEff:\t000001ffffffffff\n", false},
		"all but CAP_SYS_RESOURCE":               {"CapPrm:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n", true},
		"what can not be read lacks nothing":     {"CapEff:\tmany\n", false},
		"what does not say so lacks nothing too": {"Name:\tx\n", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := lacksCapability(tc.status, capSysResource); got != tc.want {
				t.Errorf("it lacks CAP_SYS_RESOURCE: %t", got)
			}
		})
	}
}
