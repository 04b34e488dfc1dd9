package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

// Permission is something that this client must be allowed to do.
type Permission struct {
	// Verbs are asked for one by one.
	Verbs []string
	// Group is empty for the core group. Resource may be followed by a slash
	// and a subresource.
	Group, Resource string
	// Namespace is empty for all namespaces, and for what is in none.
	Namespace string
	// Name is empty for all objects.
	Name string
}

// permissions are those without which nothing works.
func (n Needs) permissions() []Permission {
	ps := []Permission{
		{Verbs: []string{"list", "watch"}, Resource: "pods", Namespace: n.Namespace},
		{Verbs: []string{"list", "watch"}, Resource: "nodes"},
		// A watch of one namespace by its name is authorized by that name.
		{Verbs: []string{"list", "watch"}, Resource: "namespaces", Name: n.Namespace},
		{Verbs: []string{"create"}, Group: "events.k8s.io", Resource: "events", Namespace: n.Namespace},
	}
	if n.Namespace != "" {
		// The API server takes a get of a Namespace as one within it.
		ps = append(ps, Permission{Verbs: []string{"get"}, Resource: "namespaces", Namespace: n.Namespace, Name: n.Namespace})
	}
	if n.election() {
		lease := Permission{Group: "coordination.k8s.io", Resource: "leases", Namespace: n.Lease.Namespace}
		byName := lease
		lease.Verbs = []string{"create"} // which is never authorized by name
		byName.Verbs, byName.Name = []string{"get", "update"}, n.Lease.Name
		ps = append(ps, lease, byName)
	}
	return append(ps, n.Permissions...)
}

// optionalPermissions serve to find a Pod's top owner, without which an Event
// stands on the Pod's own controller, and what was said before a restart.
func (n Needs) optionalPermissions() []Permission {
	return []Permission{
		{Verbs: []string{"list"}, Group: "events.k8s.io", Resource: "events", Namespace: n.Namespace},
		{Verbs: []string{"get"}, Group: "apps", Resource: "replicasets", Namespace: n.Namespace},
		{Verbs: []string{"get"}, Group: "apps", Resource: "deployments", Namespace: n.Namespace},
		{Verbs: []string{"get"}, Group: "apps", Resource: "statefulsets", Namespace: n.Namespace},
	}
}

// RepairNeeds is what repair needs of a cluster besides.
type RepairNeeds struct {
	// Namespace is the one that is watched; empty for all.
	Namespace string
	// MemoryNamespace and Memory name the ConfigMap in which repair remembers.
	MemoryNamespace, Memory string
	// Evicts is false for a shadow.
	Evicts bool
}

// Permissions are those for Needs.Permissions: what FactoryOptions.Repair has
// watched, what is read right before an eviction, the memory, and the eviction.
func (n RepairNeeds) Permissions() []Permission {
	watch := []string{"list", "watch"}
	ps := []Permission{
		{Verbs: watch, Group: "policy", Resource: budgets, Namespace: n.Namespace},
		{Verbs: watch, Resource: claims, Namespace: n.Namespace},
		{Verbs: watch, Resource: volumes},
		{Verbs: []string{"create"}, Resource: "configmaps", Namespace: n.MemoryNamespace}, // which is never authorized by name
		{Verbs: []string{"get", "update"}, Resource: "configmaps", Namespace: n.MemoryNamespace, Name: n.Memory},
	}
	if n.Evicts {
		ps = append(ps, Permission{Verbs: []string{"create"}, Resource: "pods/eviction", Namespace: n.Namespace})
	}
	for _, owner := range []string{"deployments", "statefulsets", "replicasets"} {
		ps = append(ps, Permission{Verbs: []string{"get"}, Group: "apps", Resource: owner, Namespace: n.Namespace})
	}
	return ps
}

// checkPermissions tells all permissions that are missing, in one error.
func (p preflight) checkPermissions(ctx context.Context) error {
	logger := klog.FromContext(ctx)
	missing, err := p.missing(ctx, p.needs.permissions())
	if apierrors.IsForbidden(err) {
		// Every authenticated user may ask by default. Where that was taken
		// away, the answer is not known, and no reason not to start.
		logger.Info("Can't check permissions", "err", onOneLine(err))
		return nil
	}
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return unmetf("missing permissions on API server %s: %s", p.needs.Server, strings.Join(missing, "; "))
	}
	missing, err = p.missing(ctx, p.needs.optionalPermissions())
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		logger.Info("Optional permissions are missing: Events will stand on a lower owner, or may be said again after a restart", "missing", missing)
	}
	return nil
}

// missing describes those permissions that this client does not have.
func (p preflight) missing(ctx context.Context, needed []Permission) ([]string, error) {
	var missing []string
	for _, permission := range needed {
		var verbs, reasons []string
		for _, verb := range permission.Verbs {
			status, err := p.review(ctx, permission, verb)
			if err != nil {
				return nil, fmt.Errorf("check the permission to %s %s: %w", verb, permission.Resource, err)
			}
			if status.Allowed {
				continue
			}
			verbs = append(verbs, verb)
			if e := status.EvaluationError; e != "" && !slices.Contains(reasons, e) {
				reasons = append(reasons, e)
			}
		}
		if len(verbs) > 0 {
			missing = append(missing, permission.describe(verbs, reasons))
		}
	}
	return missing, nil
}

func (p preflight) review(ctx context.Context, need Permission, verb string) (authorizationv1.SubjectAccessReviewStatus, error) {
	name, subresource, _ := strings.Cut(need.Resource, "/")
	review, err := p.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: verb, Group: need.Group, Resource: name, Subresource: subresource,
				Namespace: need.Namespace, Name: need.Name,
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return authorizationv1.SubjectAccessReviewStatus{}, err
	}
	return review.Status, nil
}

// describe gives for example: list, watch pods in all namespaces.
func (p Permission) describe(verbs, reasons []string) string {
	text := strings.Join(verbs, ", ") + " " + p.Resource
	if p.Group != "" {
		text += "." + p.Group
	}
	if p.Name != "" {
		text += fmt.Sprintf(" %q", p.Name)
	}
	text += p.scope()
	if len(reasons) > 0 {
		text += " (" + strings.Join(reasons, "; ") + ")"
	}
	return text
}

func (p Permission) scope() string {
	clusterWide := p.Resource == nodes || p.Resource == namespaces || p.Resource == volumes
	switch {
	case clusterWide && p.Namespace == "":
		return " cluster-wide"
	case p.Namespace == "":
		return " in all namespaces"
	case clusterWide: // its own name says it
		return ""
	default:
		return fmt.Sprintf(" in namespace %q", p.Namespace)
	}
}
