package repair

import (
	"testing"
	"testing/synctest"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheEndOfAMoveIsTheTurnOfThoseThatWaitForTheBudget(t *testing.T) {
	tests := map[string]func(*Limits){
		"of the cluster":       func(l *Limits) { l.AtOnce = 1 },
		"of a namespace":       func(l *Limits) { l.InNamespace = 1 },
		"of what a node loses": func(l *Limits) { l.OffNode = 1 },
	}
	for name, one := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, first := crowded(3, 2)
				second := w.app("zoo", 2)
				for range 2 {
					w.put(second, w.nodes[0])
				}
				w.disrupt(second)
				w.sync()
				r, stop := quietly(t, w, func(c *Config) {
					one(&c.Limits)
					c.Standing = func() []placement.WorkloadID { return []placement.WorkloadID{first.id, second.id} }
				})
				defer stop()
				r.SetLeader(true)
				synctest.Wait()
				if len(w.asked) != 1 || w.asked[0].id != first.id {
					t.Fatalf("asked for %v, want one eviction", w.asked)
				}
				for range 12 { // until the successor is ready and has settled
					w.tick(5 * time.Second)
				}
				w.sync()
				r.Consider(first.id)
				synctest.Wait() // no time passes
				if len(w.asked) != 2 || w.asked[1].id != second.id {
					t.Errorf("asked for %v when the first move had ended", w.asked)
				}
			})
		})
	}
}
