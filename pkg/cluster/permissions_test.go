package cluster

import (
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
)

func TestMissingPermissionsOfRepairAreToldLikeTheOthers(t *testing.T) {
	c := newFakeCluster()
	c.denied = func(a authorizationv1.ResourceAttributes) bool {
		switch a.Resource {
		case "nodes", "namespaces", "events", "leases":
			return false
		case "pods":
			return a.Subresource != ""
		default:
			return true
		}
	}
	needs := everything
	needs.Permissions = RepairPermissions("", "evenkeel")
	wantError(t, Preflight(t.Context(), c, needs),
		`missing permissions on API server https://api:6443: list, watch poddisruptionbudgets.policy in all namespaces; list, watch persistentvolumeclaims in all namespaces; `+
			`list, watch persistentvolumes cluster-wide; create pods/eviction in all namespaces; create configmaps in namespace "evenkeel"; `+
			`get, update configmaps "evenkeel-repair" in namespace "evenkeel"; get deployments/scale.apps in all namespaces; `+
			`get statefulsets/scale.apps in all namespaces; get replicasets/scale.apps in all namespaces`)
}

func TestRepairIsAskedAboutWhereItIsAndNowhereElse(t *testing.T) {
	c := newFakeCluster()
	needs := everything
	if err := Preflight(t.Context(), c, needs); err != nil {
		t.Fatal(err)
	}
	without := len(c.reviews)
	c.reviews = nil
	needs.Permissions = RepairPermissions("shop", "evenkeel")
	if err := Preflight(t.Context(), c, needs); err != nil {
		t.Fatal(err)
	}
	asked := make(map[authorizationv1.ResourceAttributes]bool)
	for _, a := range c.reviews {
		asked[a] = true
	}
	want := []authorizationv1.ResourceAttributes{
		{Verb: "watch", Group: "policy", Resource: "poddisruptionbudgets", Namespace: "shop"},
		{Verb: "list", Resource: "persistentvolumeclaims", Namespace: "shop"},
		{Verb: "watch", Resource: "persistentvolumes"},
		{Verb: "get", Resource: "pods", Namespace: "shop"},
		{Verb: "list", Resource: "pods", Namespace: "shop"},
		{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: "shop"},
		{Verb: "create", Resource: "configmaps", Namespace: "evenkeel"},
		{Verb: "get", Resource: "configmaps", Namespace: "evenkeel", Name: "evenkeel-repair"},
		{Verb: "update", Resource: "configmaps", Namespace: "evenkeel", Name: "evenkeel-repair"},
		{Verb: "get", Group: "apps", Resource: "deployments", Subresource: "scale", Namespace: "shop"},
		{Verb: "get", Group: "apps", Resource: "statefulsets", Subresource: "scale", Namespace: "shop"},
		{Verb: "get", Group: "apps", Resource: "replicasets", Subresource: "scale", Namespace: "shop"},
	}
	for _, a := range want {
		if !asked[a] {
			t.Errorf("%+v was not asked for", a)
		}
	}
	if more := len(c.reviews) - without; more != 15 {
		t.Errorf("%d more questions, want 15", more)
	}
}
