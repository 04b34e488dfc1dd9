package converge_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/test/harness"
)

// TestShadowAndEnforceProduceTheSameFirstPlan has the two look at the same cluster
// one after the other: a shadow leaves nothing in it but what it remembers.
func TestShadowAndEnforceProduceTheSameFirstPlan(t *testing.T) {
	c := newCrowd(t, crowdOf{apps: 12, nodes: 6, crowded: 2, replicas: func(i int) int { return 2 + i%3 }, change: someChoiceless})
	c.keepsOthersAway(t, 2)
	c.fill(t, 5)
	c.cheapToDelete(t, app(1))
	mode(t, c.World, "enforce") // the flag is the ceiling

	shadow, would := c.firstPlanAndMoves(t, "shadow", func(o *harness.Operator, _ time.Time) []string {
		return recorded(o)
	})
	if n := c.replaced(); n != 0 {
		t.Fatalf("a shadow replaced %d Pods", n)
	}
	enforce, did := c.firstPlanAndMoves(t, "enforce", func(_ *harness.Operator, begun time.Time) []string {
		if c.replaced() < len(c.wanted) {
			return nil
		}
		return evicted(t, begun, c.Namespace, operatorA)
	})

	for name := range c.wanted {
		if !reflect.DeepEqual(shadow[name], enforce[name]) {
			t.Errorf("%s: shadow plans\n%+v\nenforce\n%+v", name, shadow[name], enforce[name])
		}
	}
	first := firstVictims(enforce)
	if !slices.Equal(would, first) || !slices.Equal(did, first) {
		t.Errorf("planned first:  %v\nshadow recorded %v\nenforce evicted %v", first, would, did)
	}
	c.differ(t, enforce)
}

// someChoiceless has every other pair of apps demand one of three nodes: the one on
// which they are crowded, one that is full, and another.
func someChoiceless(c *crowd, i int, d *appsv1.Deployment) {
	if i%4 < 2 {
		return
	}
	d.Spec.Template.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{
				Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{c.Node(1 + i%2), c.Node(5), c.Node(6)},
			}},
		}}},
	}}
}

// keepsOthersAway has a node take none of its Pods back.
func (c *crowd) keepsOthersAway(t *testing.T, n int) {
	t.Helper()
	c.PatchNode(t, n, `{"spec":{"taints":[{"key":"test.evenkeel.dev/for","value":"others","effect":"NoSchedule"}]}}`)
}

// fill leaves a node without room.
func (c *crowd) fill(t *testing.T, n int) {
	t.Helper()
	patch := []byte(`{"status":{"allocatable":{"pods":"0"},"capacity":{"pods":"0"}}}`)
	_, err := c.Client.CoreV1().Nodes().Patch(t.Context(), c.Node(n), types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		t.Fatal(err)
	}
}

// cheapToDelete marks one of an app's Pods as the one to go first.
func (c *crowd) cheapToDelete(t *testing.T, app string) {
	t.Helper()
	pods := c.Pods(t, app)
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:"-1"}}}`, corev1.PodDeletionCost)
	_, err := c.Client.CoreV1().Pods(c.Namespace).Patch(t.Context(), pods[0].Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// firstPlanAndMoves runs an operator in a mode: it gives its first plan for each
// app, and then the Pods that made says to have been moved, as soon as it is one of
// each, sorted.
func (c *crowd) firstPlanAndMoves(t *testing.T, flag string, made func(*harness.Operator, time.Time) []string) (map[string]planned, []string) {
	t.Helper()
	well := c.unwell(t)
	o := operator(t, operatorA, flag, atOnce(40)...)
	plans := c.firstPlans(t, o)
	for name, item := range plans {
		if item.Mode != flag {
			t.Errorf("the mode of %s is %s, not %s", name, item.Mode, flag)
		}
		item.Mode = ""
		plans[name] = item
	}
	well(o)
	begun := time.Now()
	mode(t, c.World, "observe") // so that it looks at once
	mode(t, c.World, "enforce")
	var pods []string
	harness.Eventually(t, soon, func() error {
		pods = slices.Sorted(slices.Values(made(o, begun)))
		if len(pods) < len(c.wanted) {
			return fmt.Errorf("%d moves, of %d apps", len(pods), len(c.wanted))
		}
		return nil
	})
	o.Stop(t)
	return plans, pods
}

// recorded are the Pods that a shadow would have evicted.
func recorded(o *harness.Operator) []string {
	var pods []string
	for _, match := range regexp.MustCompile(`"Would evict a Pod".* pod="([^"]+)"`).FindAllStringSubmatch(o.Log(), -1) {
		pods = append(pods, match[1])
	}
	return pods
}

func firstVictims(plans map[string]planned) []string {
	var pods []string
	for _, item := range plans {
		pods = append(pods, item.Moves[0].Pod)
	}
	slices.Sort(pods)
	return pods
}

// differ sees that the plans are of all kinds.
func (c *crowd) differ(t *testing.T, plans map[string]planned) {
	t.Helper()
	kinds := make(map[string]int)
	for _, item := range plans {
		m := item.Moves[0]
		kinds[fmt.Sprintf("%d moves", len(item.Moves))]++
		kinds[fmt.Sprintf("may return: %t", m.MayReturn)]++
		kinds[fmt.Sprintf("predicted: %t", m.Predicted != "")]++
		kinds[fmt.Sprintf("reaches: %t", item.Reaches)]++
	}
	t.Logf("of %d first plans: %v", len(plans), kinds)
	for _, kind := range []string{"1 moves", "2 moves", "may return: true", "may return: false", "predicted: true", "predicted: false", "reaches: true", "reaches: false"} {
		if kinds[kind] == 0 {
			t.Errorf("no plan is of the kind %q: %v", kind, slices.Sorted(maps.Keys(kinds)))
		}
	}
}
