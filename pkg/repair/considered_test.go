package repair

import (
	"testing"
	"testing/synctest"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestABudgetThatChangesConcernsWhatBudgetsBlockAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, uncovered := crowded(3, 2)
		uncovered.covered = false
		stays := w.app("zoo", 2)
		for range 2 {
			w.put(stays, w.nodes[0]).optOut = true
		}
		w.sync()
		r, stop := quietly(t, w, func(c *Config) {
			c.Standing = func() []placement.WorkloadID { return []placement.WorkloadID{uncovered.id, stays.id} }
		})
		defer stop()
		r.SetLeader(true)
		synctest.Wait()
		if n := len(r.Snapshot().Entries); n != 2 {
			t.Fatalf("%d entries, want 2", n)
		}
		uncovered.covered = true
		w.disrupt(uncovered)
		w.sync()
		r.ConsiderBlockedByBudget("bank")
		synctest.Wait()
		if len(w.cache.looks) != 0 {
			t.Errorf("looked at for another namespace's: %d", len(w.cache.looks))
		}
		r.ConsiderBlockedByBudget(web.Namespace)
		synctest.Wait() // no time passes
		if _, looked := w.cache.looks[stays.id]; looked || len(w.asked) != 1 {
			t.Errorf("%d evictions; that the other was looked at is %t", len(w.asked), looked)
		}
	})
}
