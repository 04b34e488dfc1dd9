package harness

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Shop are apps of each kind that a node's death tells apart. They stand all
// through the suite, and are judged as apps are by default.
type Shop struct {
	Namespace string
	// Doomed is the node whose death is told of, Other one that stays.
	Doomed, Other string
}

// The shop's apps, by what the death of the doomed node does to them.
const (
	// Checkout is a Deployment with all replicas on the doomed node.
	Checkout = "checkout"
	// Cart has one replica, which is there too.
	Cart = "cart"
	// Catalog has one of its two replicas there.
	Catalog = "catalog"
	// Ledger is a StatefulSet with all replicas on the other node.
	Ledger = "ledger"
)

// openShop makes the apps and waits until their Pods are ready.
func (s *Suite) openShop(ctx context.Context) (*Shop, error) {
	namespace, err := s.makeNamespace(ctx, "shop-")
	if err != nil {
		return nil, err
	}
	shop := &Shop{Namespace: namespace, Doomed: s.Workers[0], Other: s.Workers[1]}
	for _, d := range []*appsv1.Deployment{
		deployment(Checkout, 3, OnNodes(shop.Doomed)),
		deployment(Cart, 1, OnNodes(shop.Doomed)),
		deployment(Catalog, 2, OnNodes(shop.Doomed, shop.Other), apart),
	} {
		if _, err := s.Client.AppsV1().Deployments(namespace).Create(ctx, d, metav1.CreateOptions{}); err != nil {
			return nil, fmt.Errorf("making Deployment %s: %w", d.Name, err)
		}
	}
	ledger := statefulSet(Ledger, 2, OnNodes(shop.Other))
	if _, err := s.Client.AppsV1().StatefulSets(namespace).Create(ctx, ledger, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("making StatefulSet %s: %w", ledger.Name, err)
	}
	for name, replicas := range map[string]int{Checkout: 3, Cart: 1, Catalog: 2, Ledger: 2} {
		err := poll(ctx, time.Minute, func(ctx context.Context) error { return s.podsReady(ctx, namespace, name, replicas) })
		if err != nil {
			return nil, fmt.Errorf("opening the shop: %w", err)
		}
	}
	return shop, nil
}

// apart keeps two Pods of an app off one node.
func apart(template *corev1.PodTemplateSpec) {
	template.Spec.Affinity.PodAntiAffinity = &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			TopologyKey:   corev1.LabelHostname,
			LabelSelector: &metav1.LabelSelector{MatchLabels: template.Labels},
		}},
	}
}
