package deploy_test

import (
	"maps"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	discoveryfake "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"evenkeel.dev/evenkeel/pkg/cluster"
)

// right is one verb on one resource. Its namespace and name are empty where it
// is not limited to one.
type right struct{ verb, group, resource, namespace, name string }

// rights is a set of them.
type rights map[right]bool

// minus are those that the other does not have.
func (r rights) minus(other rights) []right {
	return slices.DeleteFunc(slices.Collect(maps.Keys(r)), func(one right) bool { return other[one] })
}

func TestTheBaseGrantsWhatTheOperatorAsksForAndNothingElse(t *testing.T) {
	granted, asked := grantedByBase(t), askedFor(t)
	// An Event on a StatefulSet needs nothing; whether an owner of its own stands
	// above it, only the StatefulSet tells.
	asked[right{verb: "get", group: "apps", resource: "statefulsets"}] = true
	if missing := asked.minus(granted); len(missing) > 0 {
		t.Errorf("deploy/base does not grant %+v", missing)
	}
	if surplus := granted.minus(asked); len(surplus) > 0 {
		t.Errorf("deploy/base grants what nobody asks for: %+v", surplus)
	}
}

// grantedByBase are the rights in deploy/base.
func grantedByBase(t *testing.T) rights {
	t.Helper()
	manifests := render(t, "base")
	var everywhere rbacv1.ClusterRole
	read(t, manifests, "ClusterRole", &everywhere)
	var within rbacv1.Role
	read(t, manifests, "Role", &within)
	granted := make(rights)
	granted.add("", everywhere.Rules)
	granted.add(within.Namespace, within.Rules)
	return granted
}

func (r rights) add(namespace string, rules []rbacv1.PolicyRule) {
	for _, rule := range rules {
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, verb := range rule.Verbs {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, name := range names {
						r[right{verb, group, resource, namespace, name}] = true
					}
				}
			}
		}
	}
}

// askedFor are the rights, optional ones included, that the operator asks about
// before it starts.
func askedFor(t *testing.T) rights {
	t.Helper()
	client := fake.NewClientset()
	client.Discovery().(*discoveryfake.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: "v1.37.0"}
	client.Resources = []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "pods"}, {Name: "nodes"}, {Name: "namespaces"}}},
		{GroupVersion: "events.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "events"}}},
		{GroupVersion: "coordination.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "leases"}}},
	}
	asked := make(rights)
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		a := review.Spec.ResourceAttributes
		asked[right{a.Verb, a.Group, a.Resource, a.Namespace, a.Name}] = true
		review.Status.Allowed = true
		return true, review, nil
	})
	needs := cluster.Needs{Server: "fake", Lease: cluster.Lease{Namespace: namespace, Name: "evenkeel"}}
	if err := cluster.Preflight(t.Context(), client, needs); err != nil {
		t.Fatal(err)
	}
	return asked
}

func TestCustomOwnersAddsTheRightToReadThemAndNothingElse(t *testing.T) {
	granted := make(rights)
	for _, object := range ofKind(objects(t, render(t, "overlays/custom-owners")), "ClusterRole") {
		var role rbacv1.ClusterRole
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role); err != nil {
			t.Fatal(err)
		}
		granted.add("", role.Rules)
	}
	added := granted.minus(grantedByBase(t))
	if want := []right{{verb: "get", group: "argoproj.io", resource: "rollouts"}}; !slices.Equal(added, want) {
		t.Errorf("the overlay adds %+v, want %+v", added, want)
	}
}
