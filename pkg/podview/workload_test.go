package podview_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAPodsWorkloadAndApp(t *testing.T) {
	tests := map[string]struct {
		pod           []option
		app, kind, as string
	}{
		"a Deployment's ReplicaSet loses its hash": {
			[]option{ownedBy("ReplicaSet", "web-5d8f"), labelled("app", "shop", "pod-template-hash", "5d8f")},
			"shop", "Deployment", "web",
		},
		"a Rollout's ReplicaSet loses its hash too": {
			[]option{ownedBy("ReplicaSet", "web-77c"), labelled("app", "shop", "rollouts-pod-template-hash", "77c")},
			"shop", "Rollout", "web",
		},
		"of both hashes the one that the name ends in counts": {
			[]option{ownedBy("ReplicaSet", "web-77c"), labelled("pod-template-hash", "5d8f", "rollouts-pod-template-hash", "77c")},
			"web", "Rollout", "web",
		},
		"a name that only looks like one with a hash stays": {
			[]option{ownedBy("ReplicaSet", "web-5d8f"), labelled("pod-template-hash", "8f")},
			"web-5d8f", "ReplicaSet", "web-5d8f",
		},
		"a ReplicaSet of its own keeps its name": {
			[]option{ownedBy("ReplicaSet", "web-5d8f"), labelled()},
			"web-5d8f", "ReplicaSet", "web-5d8f",
		},
		"a name that is nothing but its hash stays": {
			[]option{ownedBy("ReplicaSet", "-5d8f"), labelled("pod-template-hash", "5d8f")},
			"-5d8f", "ReplicaSet", "-5d8f",
		},
		"a StatefulSet's name never ends in a hash": {
			[]option{ownedBy("StatefulSet", "db-5d8f"), labelled("app", "db", "pod-template-hash", "5d8f")},
			"db", "StatefulSet", "db-5d8f",
		},
		"the controller may be of any kind": {
			[]option{ownedBy("CloneSet", "game"), labelled("app", "game")},
			"game", "CloneSet", "game",
		},
		"without a label the workload names the app": {
			[]option{labelled("pod-template-hash", "5d8f")}, "web", "Deployment", "web",
		},
		"the first label of the list wins": {
			[]option{labelled("k8s-app", "c", "app", "b", "app.kubernetes.io/name", "a")}, "a", "ReplicaSet", "web-5d8f",
		},
		"the second stands in for the first": {
			[]option{labelled("k8s-app", "c", "app", "b")}, "b", "ReplicaSet", "web-5d8f",
		},
		"the third stands in for both": {
			[]option{labelled("k8s-app", "c")}, "c", "ReplicaSet", "web-5d8f",
		},
		"a label without a value is as good as none": {
			[]option{labelled("app.kubernetes.io/name", "", "app", "b")}, "b", "ReplicaSet", "web-5d8f",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := view(t, test.pod...)
			app := placement.AppKey{Namespace: "shop", App: test.app}
			if want := (placement.WorkloadID{AppKey: app, Kind: test.kind, Name: test.as}); got.Template.Workload != want {
				t.Errorf("it is of %v, want %v", got.Template.Workload, want)
			}
			if index := got.Template.AppIndex; len(index) != 1 || index[0] != "shop/"+test.app {
				t.Errorf("it is indexed as %q", index)
			}
		})
	}
}

func TestWhichPodsAreJudged(t *testing.T) {
	tests := map[string]struct {
		pod    []option
		judged bool
	}{
		"a Deployment's are":                      {nil, true},
		"a StatefulSet's are":                     {[]option{ownedBy("StatefulSet", "db")}, true},
		"a custom controller's are":               {[]option{ownedBy("CloneSet", "game")}, true},
		"a DaemonSet's are not":                   {[]option{ownedBy("DaemonSet", "agent")}, false},
		"a mirror Pod, owned by its Node, is not": {[]option{ownedBy("Node", "node-1")}, false},
		"a mirror Pod is not, whoever owns it":    {[]option{annotated(corev1.MirrorPodAnnotationKey, "x")}, false},
		"a Job's are not":                         {[]option{ownedBy("Job", "import"), restarting(corev1.RestartPolicyNever)}, false},
		"a workflow engine's are not":             {[]option{ownedBy("Workflow", "w"), restarting(corev1.RestartPolicyOnFailure)}, false},
		"a Pod without a controller is not":       {[]option{ownedBy("", "")}, false},
		"one whose controller has no name is not": {[]option{func(p *corev1.Pod) { p.OwnerReferences[0].Name = "" }}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := view(t, test.pod...)
			if got.Template.Judged() != test.judged || got.Replica() != test.judged {
				t.Errorf("judged %t, a replica %t; want %t", got.Template.Judged(), got.Replica(), test.judged)
			}
			if !test.judged && (got.Template.AppIndex != nil || got.Template.Workload != placement.WorkloadID{}) {
				t.Errorf("it is of %v and indexed as %q", got.Template.Workload, got.Template.AppIndex)
			}
			if !got.Carried() {
				t.Error("its node does not carry it")
			}
		})
	}
}

func TestAnOwnerThatIsNoControllerIsNoWorkload(t *testing.T) {
	p := pod()
	p.OwnerReferences[0].Controller = nil
	if got := transform(t, transformer(), p); got.Template.Judged() || got.Template.Owner != nil {
		t.Errorf("it is of %v", got.Template.Workload)
	}
}

func TestFinishedAndTerminatingPodsAreNoReplicas(t *testing.T) {
	tests := map[string]struct {
		pod              []option
		replica, carried bool
	}{
		"a running one is":                         {nil, true, true},
		"one that waits for a node is":             {[]option{inPhase(corev1.PodPending), on("")}, true, false},
		"one that has succeeded is not":            {[]option{inPhase(corev1.PodSucceeded)}, false, false},
		"one that has failed is not":               {[]option{inPhase(corev1.PodFailed)}, false, false},
		"one that is being deleted still has room": {[]option{deletedAt(noon(), 30)}, false, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := view(t, test.pod...); got.Replica() != test.replica || got.Carried() != test.carried {
				t.Errorf("a replica %t, carried %t; want %t, %t", got.Replica(), got.Carried(), test.replica, test.carried)
			}
		})
	}
}

func TestTheOwnerIsTheController(t *testing.T) {
	owner := view(t, ownedBy("StatefulSet", "db")).Template.Owner
	if owner == nil || owner.Kind != "StatefulSet" || owner.Name != "db" || owner.UID != "uid of db" || owner.APIVersion != "apps/v1" {
		t.Errorf("owner %+v", owner)
	}
}
