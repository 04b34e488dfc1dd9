package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/discovery"
	"k8s.io/klog/v2"
)

// The Kubernetes versions that are accepted, and up to which they are tested.
const (
	oldestVersion = "1.30"
	newestVersion = "1.37"
)

func (p preflight) discovery() discovery.DiscoveryInterfaceWithContext {
	return discovery.ToDiscoveryInterfaceWithContext(p.client.Discovery())
}

// checkVersion refuses servers that are too old, and warns of ones too new to
// have been tested.
func (p preflight) checkVersion(ctx context.Context) error {
	info, err := p.discovery().ServerVersionWithContext(ctx)
	if err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	running, err := version.ParseGeneric(info.GitVersion)
	if err != nil {
		return unmetf("API server %s tells no version of Kubernetes: %q", p.needs.Server, info.GitVersion)
	}
	if running.LessThan(version.MustParseGeneric(oldestVersion)) {
		return unmetf("API server %s is Kubernetes %s: %s or newer is needed", p.needs.Server, info.GitVersion, oldestVersion)
	}
	newest := version.MustParseGeneric(newestVersion)
	if version.MajorMinor(running.Major(), running.Minor()).GreaterThan(newest) {
		klog.FromContext(ctx).Info("Kubernetes is newer than the newest version tested", "version", info.GitVersion, "tested", newestVersion)
	}
	return nil
}

// served names a resource that the server must serve.
type served struct{ groupVersion, name string }

func (n Needs) resources() []served {
	rs := []served{
		{"v1", "pods"}, {"v1", "nodes"}, {"v1", "namespaces"},
		{"events.k8s.io/v1", "events"},
	}
	if n.election() {
		rs = append(rs, served{"coordination.k8s.io/v1", "leases"})
	}
	return rs
}

// checkResources tells all that the server does not serve.
func (p preflight) checkResources(ctx context.Context) error {
	lists := make(map[string]*metav1.APIResourceList)
	var missing []string
	for _, r := range p.needs.resources() {
		list, known := lists[r.groupVersion]
		if !known {
			var err error
			list, err = p.discovery().ServerResourcesForGroupVersionWithContext(ctx, r.groupVersion)
			if err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("discover %s: %w", r.groupVersion, err)
			}
			lists[r.groupVersion] = list
		}
		if !has(list, r.name) {
			missing = append(missing, r.name+" in "+r.groupVersion)
		}
	}
	if len(missing) > 0 {
		return unmetf("API server %s does not serve %s", p.needs.Server, strings.Join(missing, ", "))
	}
	return nil
}

func has(list *metav1.APIResourceList, name string) bool {
	return list != nil && slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == name })
}

// checkNamespace tells whether the namespace to be watched exists, as far as
// this client may know.
func (p preflight) checkNamespace(ctx context.Context) error {
	if p.needs.Namespace == corev1.NamespaceAll {
		return nil
	}
	_, err := p.client.CoreV1().Namespaces().Get(ctx, p.needs.Namespace, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return unmetf("namespace %q does not exist on API server %s", p.needs.Namespace, p.needs.Server)
	case apierrors.IsForbidden(err):
		return nil // the permissions, which come next, tell it with all the others
	case err != nil:
		return fmt.Errorf("get namespace %q: %w", p.needs.Namespace, err)
	}
	return nil
}
