package podview_test

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestLabelsAreParted(t *testing.T) {
	got := view(t, ownedBy("StatefulSet", "db"), labelled(
		"app", "db", "controller-revision-hash", "db-77c",
		"statefulset.kubernetes.io/pod-name", "db-0", "apps.kubernetes.io/pod-index", "0",
		"topology.kubernetes.io/zone", "a", "topology.kubernetes.io/region", "here",
	))
	own := make(map[string]string)
	for _, l := range got.OwnLabels() {
		own[l.Name] = l.Value
	}
	tests := map[string]struct{ got, want map[string]string }{
		"shared are those of its fellows on nodes alike": {
			got.Template.Labels, map[string]string{"app": "db", "topology.kubernetes.io/zone": "a", "topology.kubernetes.io/region": "here"},
		},
		"own are those of the Pod": {
			own, map[string]string{"statefulset.kubernetes.io/pod-name": "db-0", "apps.kubernetes.io/pod-index": "0"},
		},
		"in the template stands what its author wrote": {
			got.Template.Placement.Labels, map[string]string{"app": "db"},
		},
	}
	for name, test := range tests {
		if !maps.Equal(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
}

func TestMostPodsHaveNothingOfTheirOwn(t *testing.T) {
	uuid := func(p *corev1.Pod) { p.UID = "5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94" }
	if own := view(t, uuid).Own; own != nil {
		t.Errorf("own %+v", own)
	}
}

func TestTheRevisionIsThatOfTheController(t *testing.T) {
	tests := map[string]struct {
		labels          []string
		label, revision string
	}{
		"a Deployment's":  {[]string{"pod-template-hash", "a"}, "pod-template-hash", "a"},
		"a Rollout's":     {[]string{"rollouts-pod-template-hash", "b"}, "rollouts-pod-template-hash", "b"},
		"a StatefulSet's": {[]string{"controller-revision-hash", "c"}, "controller-revision-hash", "c"},
		"none":            {[]string{"app", "web"}, "", ""},
		"an empty one":    {[]string{"pod-template-hash", "", "controller-revision-hash", "c"}, "controller-revision-hash", "c"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := view(t, labelled(test.labels...)).Template
			if got.Placement.RevisionLabel != test.label || got.Revision != test.revision {
				t.Errorf("got %s=%q, want %s=%q", got.Placement.RevisionLabel, got.Revision, test.label, test.revision)
			}
		})
	}
}
