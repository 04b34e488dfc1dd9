package kindcluster

import (
	"fmt"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// zoneLabel is the well-known label of a node's zone.
const zoneLabel = "topology.kubernetes.io/zone"

// auditMount is where the control-plane node finds the audit policy. No other
// cluster has something mounted there: it tells that Up made a cluster.
const auditMount = "/etc/kubernetes/evenkeel"

// workerZones are the zones of the workers, one each.
func workerZones() []string { return []string{"zone-a", "zone-b", "zone-c"} }

// clusterConfig returns kind's configuration of a cluster, given the node image
// and what is known about the machine.
func clusterConfig(name string, port int, image nodeImage, f facts, auditDir string) *v1alpha4.Cluster {
	config := &v1alpha4.Cluster{
		TypeMeta: v1alpha4.TypeMeta{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"},
		Name:     name,
		Nodes:    []v1alpha4.Node{controlPlane(image, auditDir)},
		Networking: v1alpha4.Networking{
			APIServerPort: int32(port),
			// A node image of our own has its network in containerd.
			DisableDefaultCNI: image.built,
			// Routes among the nodes are set for IPv4 alone.
			IPFamily: v1alpha4.IPv4Family,
		},
		KubeadmConfigPatches:         kubeadmPatches(image, f),
		KubeadmConfigPatchesJSON6902: []v1alpha4.PatchJSON6902{auditPatch()},
	}
	for _, zone := range workerZones() {
		config.Nodes = append(config.Nodes, v1alpha4.Node{
			Role: v1alpha4.WorkerRole, Image: image.name, Labels: map[string]string{zoneLabel: zone},
		})
	}
	if f.noSysResource {
		config.ContainerdConfigPatches = restrictOOMScore()
	}
	return config
}

func controlPlane(image nodeImage, auditDir string) v1alpha4.Node {
	return v1alpha4.Node{
		Role: v1alpha4.ControlPlaneRole, Image: image.name,
		ExtraMounts: []v1alpha4.Mount{{HostPath: auditDir, ContainerPath: auditMount, Readonly: true}},
	}
}

// restrictOOMScore lets containerd start Pods whose OOM score it may not set.
// The table's name depends on the version of containerd's configuration, and
// kind leaves out a patch that names another version.
func restrictOOMScore() []string {
	tables := map[int]string{2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime"}
	var patches []string
	for _, version := range []int{2, 3} {
		patches = append(patches, fmt.Sprintf("version = %d\n[plugins.%q]\n  restrict_oom_score_adj = true\n", version, tables[version]))
	}
	return patches
}

// kubeadmPatches are merged into kind's configuration for kubeadm.
func kubeadmPatches(image nodeImage, f facts) []string {
	var patches []string
	if image.built {
		// There is no image of CoreDNS. A list replaces kind's own, which has
		// preflight.
		patches = append(patches, `kind: InitConfiguration
skipPhases: [preflight, addon/coredns]
`)
	}
	if f.cgroupV1 {
		patches = append(patches, `kind: KubeletConfiguration
failCgroupV1: false
`)
	}
	return patches
}

// auditPatch makes the API server write its audit log. It adds to lists, which
// a merge would replace.
func auditPatch() v1alpha4.PatchJSON6902 {
	return v1alpha4.PatchJSON6902{
		Group: "kubeadm.k8s.io", Version: "v1beta4", Kind: "ClusterConfiguration",
		Patch: fmt.Sprintf(`
- {op: add, path: /apiServer/extraArgs/-, value: {name: audit-policy-file, value: %[1]s/policy.yaml}}
- {op: add, path: /apiServer/extraArgs/-, value: {name: audit-log-path, value: %[2]s/audit.log}}
- op: add
  path: /apiServer/extraVolumes
  value:
    - {name: audit-policy, hostPath: %[1]s, mountPath: %[1]s, readOnly: true, pathType: Directory}
    - {name: audit-log, hostPath: %[2]s, mountPath: %[2]s, pathType: DirectoryOrCreate}
`, auditMount, auditLogDir),
	}
}

// auditLogDir is the folder of AuditLog.
const auditLogDir = "/var/log/kubernetes/audit"
