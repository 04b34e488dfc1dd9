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
	needs.Permissions = RepairNeeds{MemoryNamespace: "evenkeel", Memory: "evenkeel-repair", Evicts: true}.Permissions()
	wantError(t, Preflight(t.Context(), c, needs),
		`missing permissions on API server https://api:6443: list, watch poddisruptionbudgets.policy in all namespaces; list, watch persistentvolumeclaims in all namespaces; `+
			`list, watch persistentvolumes cluster-wide; create configmaps in namespace "evenkeel"; `+
			`get, update configmaps "evenkeel-repair" in namespace "evenkeel"; create pods/eviction in all namespaces; `+
			`get deployments.apps in all namespaces; get statefulsets.apps in all namespaces; get replicasets.apps in all namespaces`)
}

func TestRepairIsAskedAboutWhereItIsAndNowhereElse(t *testing.T) {
	c := newFakeCluster()
	needs := everything
	if err := Preflight(t.Context(), c, needs); err != nil {
		t.Fatal(err)
	}
	for _, a := range c.reviews {
		if a.Resource == "configmaps" || a.Group == "policy" || a.Subresource != "" {
			t.Errorf("%+v was asked for where nothing is repaired", a)
		}
	}
	c.reviews = nil
	needs.Permissions = RepairNeeds{Namespace: "shop", MemoryNamespace: "evenkeel", Memory: "evenkeel-repair", Evicts: true}.Permissions()
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
		{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: "shop"},
		{Verb: "create", Resource: "configmaps", Namespace: "evenkeel"},
		{Verb: "get", Resource: "configmaps", Namespace: "evenkeel", Name: "evenkeel-repair"},
		{Verb: "update", Resource: "configmaps", Namespace: "evenkeel", Name: "evenkeel-repair"},
		{Verb: "get", Group: "apps", Resource: "deployments", Namespace: "shop"},
		{Verb: "get", Group: "apps", Resource: "statefulsets", Namespace: "shop"},
		{Verb: "get", Group: "apps", Resource: "replicasets", Namespace: "shop"},
	}
	for _, a := range want {
		if !asked[a] {
			t.Errorf("%+v was not asked for", a)
		}
	}
	c.reviews = nil
	needs.Permissions = RepairNeeds{Namespace: "shop", MemoryNamespace: "evenkeel", Memory: "evenkeel-repair"}.Permissions()
	if err := Preflight(t.Context(), c, needs); err != nil {
		t.Fatal(err)
	}
	for _, a := range c.reviews {
		if a.Subresource == "eviction" {
			t.Error("the right to evict is asked for by one that does not")
		}
	}
}
