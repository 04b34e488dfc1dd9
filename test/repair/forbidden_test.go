package repair_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestWithoutTheRightToEvictItDoesNotStartAndStopsAskingWhereItLosesIt(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	kubeconfig, err := suite.Cluster.KubeconfigFor(repairer)
	if err != nil {
		t.Fatal(err)
	}
	grant(t, "repairer-reads",
		rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"get", "list", "watch"}},
		rbacv1.PolicyRule{APIGroups: []string{"events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"create", "update"}},
	)
	waitAllowed(t, "get", "pods", "", true)
	o := suite.Launch(t, "--kubeconfig", kubeconfig, "--mode", "enforce")
	if code := o.ExitCode(t, 20*time.Second); code != 1 || !strings.Contains(o.Log(), "create pods/eviction in all namespaces") {
		t.Errorf("exit code %d:\n%s", code, o.Log())
	}

	const evicts = "repairer-evicts"
	grant(t, evicts, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/eviction"}, Verbs: []string{"create"}})
	waitAllowed(t, "create", "pods", "eviction", true)
	o = operator(t, "enforce", "--kubeconfig", kubeconfig)
	says(t, o, w.Namespace, "web", "NodeFragile")
	before := uids(w.Pods(t, "web"))
	remove(t, suite.Client.RbacV1().ClusterRoleBindings(), evicts)
	waitAllowed(t, "create", "pods", "eviction", false)
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	planOf(t, o, w.Namespace, "web", blockedAs("forbidden", "pods/eviction"))
	if note := told(t, w.Namespace, "web", "RepairBlocked"); !strings.Contains(note, "forbidden") {
		t.Errorf("told: %s", note)
	}
	stays(t, w, before, "web")
	if requests := asked(t, w.Namespace); len(requests) != 1 || requests[0].Code != 403 {
		t.Errorf("asked for %v, want one eviction that is forbidden", requests)
	}
}

// grant allows the repairer what the rules say, cluster-wide, until the test's
// end.
func grant(t *testing.T, name string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	rbac := suite.Client.RbacV1()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	if _, err := rbac.ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, rbac.ClusterRoles(), name) })
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: repairer}},
	}
	if _, err := rbac.ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, rbac.ClusterRoleBindings(), name) })
}

// waitAllowed waits until the repairer may do something everywhere, or may not.
func waitAllowed(t *testing.T, verb, resource, subresource string, want bool) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		review, err := suite.Client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				User:               repairer,
				ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Subresource: subresource},
			},
		}, metav1.CreateOptions{})
		if err == nil && review.Status.Allowed != want {
			err = fmt.Errorf("%s may %s %s/%s: %t", repairer, verb, resource, subresource, review.Status.Allowed)
		}
		return err
	})
}
