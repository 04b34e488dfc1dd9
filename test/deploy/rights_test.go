package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	discoveryfake "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"evenkeel.dev/evenkeel/hack/rights"
	"evenkeel.dev/evenkeel/pkg/cluster"
	"evenkeel.dev/evenkeel/pkg/repair"
)

// granted are the rights in a kustomization.
func granted(t *testing.T, name string) rights.Grant {
	t.Helper()
	grant, err := rights.Read([]byte(render(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// minus are the rights of one that the other does not have.
func minus(one, other []rights.Right) []rights.Right {
	return slices.DeleteFunc(slices.Clone(one), func(r rights.Right) bool { return slices.Contains(other, r) })
}

func TestTheBaseGrantsWhatTheOperatorAsksForAndNothingElse(t *testing.T) {
	granted, asked := granted(t, "base").Rights, askedFor(t)
	// An Event on a StatefulSet needs nothing; whether an owner of its own stands
	// above it, only the StatefulSet tells.
	asked = append(asked, rights.Right{Verb: "get", Group: "apps", Resource: "statefulsets"})
	if missing := minus(asked, granted); len(missing) > 0 {
		t.Errorf("deploy/base does not grant %v", missing)
	}
	if surplus := minus(granted, asked); len(surplus) > 0 {
		t.Errorf("deploy/base grants what nobody asks for: %v", surplus)
	}
}

// askedFor are the rights, optional ones included, that the operator asks about
// before it starts.
func askedFor(t *testing.T) []rights.Right {
	t.Helper()
	client := fake.NewClientset()
	client.Discovery().(*discoveryfake.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: "v1.37.0"}
	client.Resources = []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "pods"}, {Name: "nodes"}, {Name: "namespaces"}}},
		{GroupVersion: "events.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "events"}}},
		{GroupVersion: "coordination.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "leases"}}},
	}
	var asked []rights.Right
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		a := review.Spec.ResourceAttributes
		asked = append(asked, rights.Right{Verb: a.Verb, Group: a.Group, Resource: a.Resource, Namespace: a.Namespace, Name: a.Name})
		review.Status.Allowed = true
		return true, review, nil
	})
	needs := cluster.Needs{Server: "fake", Lease: cluster.Lease{Namespace: namespace, Name: "evenkeel"}}
	if err := cluster.Preflight(t.Context(), client, needs); err != nil {
		t.Fatal(err)
	}
	return asked
}

func TestTheShadowAddsWhatRepairReadsAndItsMemory(t *testing.T) {
	adds(t, "overlays/shadow", "base",
		rights.Right{Verb: "create", Resource: "configmaps", Namespace: namespace},
		rights.Right{Verb: "get", Resource: "configmaps", Namespace: namespace, Name: repair.ConfigMapName},
		rights.Right{Verb: "list", Group: "policy", Resource: "poddisruptionbudgets"},
		rights.Right{Verb: "list", Resource: "persistentvolumeclaims"},
		rights.Right{Verb: "list", Resource: "persistentvolumes"},
		rights.Right{Verb: "update", Resource: "configmaps", Namespace: namespace, Name: repair.ConfigMapName},
		rights.Right{Verb: "watch", Group: "policy", Resource: "poddisruptionbudgets"},
		rights.Right{Verb: "watch", Resource: "persistentvolumeclaims"},
		rights.Right{Verb: "watch", Resource: "persistentvolumes"},
	)
}

func TestEnforceAddsTheRightToEvictToTheShadowAndNothingElse(t *testing.T) {
	adds(t, "overlays/enforce", "overlays/shadow", rights.Right{Verb: "create", Resource: "pods/eviction"})
}

// adds sees that one kustomization grants so much more than another.
func adds(t *testing.T, more, than string, want ...rights.Right) {
	t.Helper()
	added := minus(granted(t, more).Rights, granted(t, than).Rights)
	order := func(a, b rights.Right) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(added, order)
	slices.SortFunc(want, order)
	if !slices.Equal(added, want) {
		t.Errorf("%s adds %v to %s\nwant %v", more, added, than, want)
	}
}

func TestCustomOwnersAddsTheRightToReadThemAndNothingElse(t *testing.T) {
	adds(t, "overlays/custom-owners", "base", rights.Right{Verb: "get", Group: "argoproj.io", Resource: "rollouts"})
}
