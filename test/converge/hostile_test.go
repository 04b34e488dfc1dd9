package converge_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// TestASchedulerThatAlwaysPicksTheSameNodeCostsThreeEvictionsAndThenNone waits
// for no back-off: between two tries the operator is stopped, and what it
// remembers is made older. In virtual time the same is shown of one that goes on,
// with an hour of silence after it.
func TestASchedulerThatAlwaysPicksTheSameNodeCostsThreeEvictionsAndThenNone(t *testing.T) {
	const name = "stubborn"
	noMemory(t)
	w := suite.World(t, 1, zones[:]...)
	newBinder(t, w, w.Node(1))
	seen := newWitness(t, w.Namespace)
	w.Deployment(t, name, 2, boundByTest)
	budget(t, w, name)
	seen.allReady(t, 2)
	seen.begin()
	mode(t, w, "enforce")

	for try := 1; try <= 3; try++ {
		o := operator(t, operatorA, "enforce")
		item := planOf(t, o, w.Namespace, name, func(p planned) error {
			if p.Memory.InVain != try || p.Verdict != "NodeFragile" {
				return fmt.Errorf("%s, %d moves in vain: %+v", p.Verdict, p.Memory.InVain, p)
			}
			return nil
		})
		if !slices.Equal(item.Memory.AvoidedNodes, []string{w.Node(1)}) {
			t.Errorf("it remembers the nodes %v", item.Memory.AvoidedNodes)
		}
		waits(t, item, 5*time.Minute<<(try-1))
		seen.silent(t, try)
		o.Stop(t)
		older(t, time.Hour)
	}

	o := operator(t, operatorA, "enforce")
	item := planOf(t, o, w.Namespace, name, func(p planned) error {
		if p.Memory.GivenUp == "" || p.Blocked.Guard != "given-up" {
			return fmt.Errorf("it is not given up: %+v", p)
		}
		return nil
	})
	seen.silent(t, 3)
	if count := told(t, w.Namespace)[name]; count["Unfixable"] != 1 || count["Rebalancing"] != 3 || count["Rebalanced"] != 0 {
		t.Errorf("told %v", count)
	}
	if items := o.Apps(t, w.Namespace); len(items) != 1 || items[0].Verdict != "NodeFragile" {
		t.Errorf("judged: %+v", items)
	}
	seen.kept(t, map[string]int{name: 2})
	t.Logf("given up after %d evictions: %s", seen.replaced(), item.Memory.GivenUp)
}

// waits sees that the next try is not before most of a time has passed.
func waits(t *testing.T, p planned, least time.Duration) {
	t.Helper()
	until, err := time.Parse(time.RFC3339Nano, p.Memory.BackOffUntil)
	if err != nil {
		t.Fatalf("it backs off until %q: %v", p.Memory.BackOffUntil, err)
	}
	if left := time.Until(until); left < least-time.Minute {
		t.Errorf("after %d moves in vain it backs off for %s more, want %s", p.Memory.InVain, left, least)
	}
}

// silent sees that for a while no Pod is replaced beyond those that were.
func (w *witness) silent(t *testing.T, replaced int) {
	t.Helper()
	harness.Always(t, 4*time.Second, func() error {
		if n := w.replaced(); n != replaced {
			return fmt.Errorf("%d Pods were replaced, want %d", n, replaced)
		}
		return nil
	})
}

// older has all times in the memory lie further back.
func older(t *testing.T, by time.Duration) {
	t.Helper()
	memories := suite.Client.CoreV1().ConfigMaps(memoryNamespace)
	memory, err := memories.Get(t.Context(), memoryName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range memory.Data {
		var entry any
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(shifted(entry, by))
		if err != nil {
			t.Fatal(err)
		}
		memory.Data[key] = string(data)
	}
	if _, err := memories.Update(t.Context(), memory, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// shifted is a value of JSON with every time in it as much earlier.
func shifted(value any, by time.Duration) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = shifted(inner, by)
		}
	case []any:
		for i, inner := range v {
			v[i] = shifted(inner, by)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.Add(-by).Format(time.RFC3339Nano)
		}
	}
	return value
}
