package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// eviction is one that the API server has carried out.
type eviction struct {
	of              key
	uid             types.UID
	pod, node, zone string
	at              time.Time
	// ofNode and ofZone are the shares of the ready replicas that stood on the
	// Pod's node and in its zone.
	ofNode, ofZone float64
	// successor is the node of the Pod that came for it; empty until there is one.
	successor string
	// known are the Pods that were there before it.
	known map[types.UID]bool
}

func (e eviction) String() string {
	lost := fmt.Sprintf("%s lost with it", percent(e.ofNode))
	if e.ofZone == 1 && e.ofNode < 1 {
		lost = "all lost with " + e.zone
	}
	return fmt.Sprintf("%s: Pod %s evicted from %s (%s)", e.of, e.pod, e.node, lost)
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", math.Round(share*100)) }

// evictedByAPI is the reason that the API server gives for a Pod's disruption.
const evictedByAPI = "EvictionByEvictionAPI"

// wasEvicted tells a Pod that the Eviction API has taken away from one that a
// rollout has.
func wasEvicted(pod *v1.Pod) bool {
	return pod.DeletionTimestamp != nil && slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return c.Type == v1.DisruptionTarget && c.Status == v1.ConditionTrue && c.Reason == evictedByAPI
	})
}
