package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// node names the n-th node, counted from 0. It is in the n-th zone, and these
// begin anew after the last.
func node(n int) string { return fmt.Sprintf("node-%d", n%nodes+1) }

// cordon makes nodes unschedulable, or schedulable again.
func (w *world) cordon(ctx context.Context, cordoned bool, names ...string) error {
	patch := fmt.Appendf(nil, `{"spec":{"unschedulable":%t}}`, cordoned)
	for _, name := range names {
		if _, err := w.client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("cordoning node %s: %w", name, err)
		}
	}
	return nil
}

// allNodes names them all.
func allNodes() []string {
	names := make([]string, nodes)
	for n := range names {
		names[n] = node(n)
	}
	return names
}

// eligible waits until that many nodes could take a Pod, by their taints too.
func (w *world) eligible(ctx context.Context, want int) error {
	err := until(ctx, time.Minute, pollEvery, func() (bool, error) {
		_, eligible := w.sight.places()
		return eligible.Nodes() == want, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for %d nodes that take Pods: %w", want, err)
	}
	return nil
}
