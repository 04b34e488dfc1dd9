package kindcluster

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestWhenADeploymentIsRolledOut(t *testing.T) {
	for sentence, tc := range map[string]struct {
		status appsv1.DeploymentStatus
		done   bool
	}{
		"all replicas are new and available":    {appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}, true},
		"the change was not seen yet":           {appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}, false},
		"an old replica is still there":         {appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 2, AvailableReplicas: 3}, false},
		"only the old replicas are available":   {appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 0, AvailableReplicas: 2}, false},
		"one of the replicas is not available":  {appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 1}, false},
		"nothing has happened since its making": {appsv1.DeploymentStatus{}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			replicas := int32(2)
			d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: appsv1.DeploymentSpec{Replicas: &replicas}, Status: tc.status}
			if err := rolledOut(d); (err == nil) != tc.done {
				t.Errorf("it is said to be %v", err)
			}
		})
	}
}

func TestPodsAreReplacedWhenTheirImageIsAnotherBuild(t *testing.T) {
	deployment := func(uid, noted string) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid), Annotations: map[string]string{loadedImage: noted}}}
	}
	for sentence, tc := range map[string]struct {
		before  *appsv1.Deployment
		replace bool
	}{
		"another build is there":                  {deployment("1", "sha256:old"), true},
		"the same build is there":                 {deployment("1", "sha256:new"), false},
		"nobody has noted which build":            {&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{UID: "1"}}, true},
		"it was not there before":                 {&appsv1.Deployment{}, false},
		"it was not there, and nothing came back": {nil, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := runsAnother(tc.before, "sha256:new"); got != tc.replace {
				t.Errorf("its Pods are replaced: %t", got)
			}
		})
	}
	now := time.Unix(0, 0).UTC()
	if got := fmt.Sprint(loadedPatch("sha256:new", true, now)); !strings.Contains(got, loadedImage+":sha256:new") || !strings.Contains(got, "restartedAt:1970-01-01T00:00:00Z") {
		t.Errorf("the patch is %s", got)
	}
	if got := loadedPatch("sha256:new", false, now); got["spec"] != nil {
		t.Errorf("the patch is %v", got)
	}
}

func TestWhatKeepsAPodFromRunning(t *testing.T) {
	waiting := func(reason string, restarts int32) corev1.ContainerStatus {
		return corev1.ContainerStatus{
			Name: "operator", Image: OperatorImage, RestartCount: restarts,
			State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}},
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: "missing: list nodes\n"}},
		}
	}
	for sentence, tc := range map[string]struct {
		status corev1.ContainerStatus
		says   []string
	}{
		"an image that was never loaded is named, with what to do": {waiting("ErrImageNeverPull", 0), []string{OperatorImage, "some-worker", "hack/kind.sh load --name some"}},
		"one that can not be pulled too":                           {waiting("ImagePullBackOff", 0), []string{OperatorImage, "hack/kind.sh load"}},
		"a container that keeps ending says why itself":            {waiting("CrashLoopBackOff", 3), []string{"missing: list nodes"}},
		"one that ended once may come up":                          {waiting("CrashLoopBackOff", 1), nil},
		"one that is being made is waited for":                     {waiting("ContainerCreating", 0), nil},
		"one that runs is well":                                    {corev1.ContainerStatus{}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			pod := corev1.Pod{Spec: corev1.PodSpec{NodeName: "some-worker"}, Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{tc.status}}}
			err := stuckPod("some", []corev1.Pod{{}, pod})
			if (err != nil) != (tc.says != nil) {
				t.Fatalf("it is %v", err)
			}
			if err != nil && !errors.As(err, &lasting{}) {
				t.Errorf("%v would be waited for", err)
			}
			for _, part := range tc.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestWhenEveryReplicaIsScraped(t *testing.T) {
	response := `{"status":"success","data":{"activeTargets":[
		{"discoveredLabels":{"__meta_kubernetes_namespace":"evenkeel","__meta_kubernetes_pod_name":"evenkeel-a"},"health":"up","lastError":""},
		{"discoveredLabels":{"__meta_kubernetes_namespace":"evenkeel","__meta_kubernetes_pod_name":"evenkeel-b"},"health":"down","lastError":"refused"},
		{"discoveredLabels":{"__address__":"localhost:9090"},"health":"up","lastError":""}]}}`
	found, err := parseTargets([]byte(response))
	if err != nil || len(found) != 2 {
		t.Fatalf("the targets are %v, %v", found, err)
	}
	for sentence, tc := range map[string]struct {
		targets []target
		want    int
		says    string
	}{
		"both are":                          {[]target{{health: "up"}, {health: "up"}}, 2, ""},
		"one is not found yet":              {[]target{{health: "up"}}, 2, "1 of 2"},
		"one does not answer":               {found, 2, "evenkeel-b is down, refused"},
		"there is no replica":               {nil, 0, "0 of 0"},
		"one was found but not scraped yet": {[]target{{health: "up"}, {pod: "b", health: "unknown"}}, 2, "b is unknown"},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := scraped(tc.targets, tc.want)
			if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("it is said: %v", err)
			}
		})
	}
}

func TestWhichNodesAreNotReady(t *testing.T) {
	node := func(name string, status corev1.ConditionStatus) corev1.Node {
		return corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: status}}},
		}
	}
	nodes := []corev1.Node{node("a", corev1.ConditionTrue), node("b", corev1.ConditionUnknown), node("c", corev1.ConditionFalse)}
	err := allReady([]string{"a", "b", "c", "d"}, nodes)
	if err == nil || err.Error() != "not Ready: b, c, d" {
		t.Errorf("it is said: %v", err)
	}
	if err := allReady([]string{"a"}, nodes); err != nil {
		t.Errorf("it is said: %v", err)
	}
}
