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

func TestEnforceAddsWhatRepairNeedsAndNothingElse(t *testing.T) {
	added := minus(granted(t, "overlays/enforce").Rights, granted(t, "base").Rights)
	slices.SortFunc(added, func(a, b rights.Right) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	want := []rights.Right{
		{Verb: "create", Resource: "configmaps", Namespace: namespace},
		{Verb: "create", Resource: "pods/eviction"},
		{Verb: "get", Resource: "configmaps", Namespace: namespace, Name: repair.ConfigMapName},
		{Verb: "list", Group: "policy", Resource: "poddisruptionbudgets"},
		{Verb: "list", Resource: "persistentvolumeclaims"},
		{Verb: "list", Resource: "persistentvolumes"},
		{Verb: "update", Resource: "configmaps", Namespace: namespace, Name: repair.ConfigMapName},
		{Verb: "watch", Group: "policy", Resource: "poddisruptionbudgets"},
		{Verb: "watch", Resource: "persistentvolumeclaims"},
		{Verb: "watch", Resource: "persistentvolumes"},
	}
	slices.SortFunc(want, func(a, b rights.Right) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if !slices.Equal(added, want) {
		t.Errorf("the overlay adds %v\nwant %v", added, want)
	}
}

func TestCustomOwnersAddsTheRightToReadThemAndNothingElse(t *testing.T) {
	added := minus(granted(t, "overlays/custom-owners").Rights, granted(t, "base").Rights)
	if want := []rights.Right{{Verb: "get", Group: "argoproj.io", Resource: "rollouts"}}; !slices.Equal(added, want) {
		t.Errorf("the overlay adds %v, want %v", added, want)
	}
}
