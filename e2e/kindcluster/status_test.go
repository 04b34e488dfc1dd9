package kindcluster

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

func TestTheStatusSaysWhatToDo(t *testing.T) {
	object := metav1.ObjectMeta{Namespace: OperatorNamespace, Name: OperatorName}
	replicas := func(n int32) *appsv1.Deployment {
		return &appsv1.Deployment{
			ObjectMeta: object, Spec: appsv1.DeploymentSpec{Replicas: &n},
			Status: appsv1.DeploymentStatus{Replicas: n, UpdatedReplicas: n, AvailableReplicas: n},
		}
	}
	holder, lasts, renewed := "evenkeel-a", int32(15), metav1.NewMicroTime(time.Now())
	lease := &coordinationv1.Lease{ObjectMeta: object, Spec: coordinationv1.LeaseSpec{
		HolderIdentity: &holder, LeaseDurationSeconds: &lasts, RenewTime: &renewed,
	}}
	for sentence, tc := range map[string]struct {
		objects    []runtime.Object
		has, lacks []string
	}{
		"before deploy it is said once": {
			has: []string{"operator    NOT WELL: not deployed: run hack/kind.sh deploy --name some"}, lacks: []string{"leader", "prometheus", "not found"},
		},
		"an operator without replicas is not well": {
			objects: []runtime.Object{replicas(0)}, has: []string{"operator    NOT WELL: it is scaled to no replicas"},
		},
		"before the first leader there is no Lease": {
			objects: []runtime.Object{replicas(2)}, has: []string{"operator    2 of 2", "leader      NOT WELL: nobody has led"}, lacks: []string{"not found"},
		},
		"without Prometheus it is missing": {
			objects: []runtime.Object{replicas(2), lease}, has: []string{"leader      evenkeel-a", "prometheus  NOT WELL: not deployed: run"}, lacks: []string{"not found"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			standIn(t, docker, "")
			c := Cluster{
				name: "some", engine: docker, log: newLogger(nil), provider: docker.provider(newLogger(nil)),
				client: fake.NewClientset(tc.objects...),
			}
			var out strings.Builder
			if err := c.Status(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "is not well") {
				t.Errorf("it ends with %v", err)
			}
			for _, part := range tc.has {
				if !strings.Contains(out.String(), part) {
					t.Errorf("%q is missing:\n%s", part, out.String())
				}
			}
			for _, part := range tc.lacks {
				if strings.Contains(out.String(), part) {
					t.Errorf("%q is there:\n%s", part, out.String())
				}
			}
		})
	}
}
