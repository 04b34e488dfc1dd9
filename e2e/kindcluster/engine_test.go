package kindcluster

import (
	"reflect"
	"testing"
)

func TestTheEngineIsTheEnvironments(t *testing.T) {
	for name, works := range map[string]bool{"docker": true, "podman": true, "": false, "nerdctl": false} {
		got, err := engineFor(name)
		if (err == nil) != works || (works && string(got) != name) {
			t.Errorf("ENGINE=%s gives %q, %v", name, got, err)
		}
	}
}

func TestContainersOfBothEnginesAreRead(t *testing.T) {
	want := []container{{
		name: "some-worker", role: "worker", image: "localhost/evenkeel/node:key", running: true,
		networks: []attachment{{"kind", "10.89.0.3", "5a:7b"}}, mounts: []string{"/var", "/lib/modules"},
	}}
	for sentence, inspected := range map[string]string{
		"podman names the image beside the configuration": `[{"Name": "some-worker", "ImageName": "localhost/evenkeel/node:key", "Image": "4f2",
			"State": {"Running": true}, "Config": {"Image": "4f2", "Labels": {"io.x-k8s.kind.role": "worker"}},
			"Mounts": [{"Destination": "/var"}, {"Destination": "/lib/modules"}],
			"NetworkSettings": {"IPAddress": "", "Networks": {"kind": {"IPAddress": "10.89.0.3", "MacAddress": "5a:7b"}}}}]`,
		"docker names it in the configuration, and the container with a slash": `[{"Name": "/some-worker", "Image": "sha256:4f2",
			"State": {"Running": true}, "Config": {"Image": "localhost/evenkeel/node:key", "Labels": {"io.x-k8s.kind.role": "worker"}},
			"Mounts": [{"Destination": "/var"}, {"Destination": "/lib/modules"}],
			"NetworkSettings": {"Networks": {"kind": {"IPAddress": "10.89.0.3", "MacAddress": "5a:7b"}}}}]`,
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := parseContainers([]byte(inspected))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("read is %+v, %v", got, err)
			}
		})
	}
	if _, err := parseContainers([]byte("not JSON")); err == nil {
		t.Error("what is no JSON is no error")
	}
}

func TestWhoMadeACluster(t *testing.T) {
	worker := container{role: "worker"}
	ours := container{role: "control-plane", mounts: []string{"/var", auditMount}, image: builtRepository + ":key"}
	theirs := container{role: "control-plane", mounts: []string{"/var"}, image: "kindest/node:v1"}
	for sentence, tc := range map[string]struct {
		found                    found
		foreign, complete, built bool
	}{
		"there is none": {found: found{}},
		"the mark on the control plane tells that it is ours": {found: found{containers: []container{worker, worker, ours, worker}, begun: true, done: true}, complete: true, built: true},
		"without the mark it is somebody else's":              {found: found{containers: []container{theirs, worker}}, foreign: true},
		"a folder that was left does not make theirs ours":    {found: found{containers: []container{theirs, worker}, begun: true, done: true}, foreign: true},
		"workers of an ended beginning are ours":              {found: found{containers: []container{worker}, begun: true}},
		"workers of which nothing is known are not":           {found: found{containers: []container{worker}}, foreign: true},
		"one whose making was ended is not complete":          {found: found{containers: []container{ours, worker, worker, worker}, begun: true}, built: true},
		"one without a node is not complete":                  {found: found{containers: []container{ours, worker, worker}, begun: true, done: true}, built: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := tc.found
			if f.foreign() != tc.foreign || f.complete() != tc.complete || f.built() != tc.built {
				t.Errorf("foreign %t, complete %t, built %t", f.foreign(), f.complete(), f.built())
			}
		})
	}
}

func TestNamesOfClusters(t *testing.T) {
	for name, good := range map[string]bool{
		"evenkeel": true, "a.b-2": true, "": false, "..": false, ".hidden": false, "a/b": false, "Big": false, "-n": false,
		"a-name-that-is-much-too-long-for-a-host-name-of-a-node": false,
	} {
		if err := checkName(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
