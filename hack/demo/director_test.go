package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/placement"
)

var probe = key{"shop", "cart"}

// saying is a picture of the probe alone.
func saying(v placement.Verdict) picture {
	return picture{at: time.Now(), items: []item{makeItem(probe.namespace, "cart", "Deployment", probe.name, v)}}
}

func makeDirector() *director {
	return &director{
		hands:    hands{world: &world{pods: cache.NewStore(cache.MetaNamespaceKeyFunc), nodes: cache.NewStore(cache.MetaNamespaceKeyFunc), events: newFeed(0)}},
		pictures: newFeed(saying(placement.Healthy)),
		journal:  newJournal(),
		record:   newRecord(),
		every:    5 * time.Second,
	}
}

// happens is an action that the API server tells after a while, and the
// operator answers with pictures, so much later.
func happens(d *director, notice time.Duration, after map[time.Duration]placement.Verdict) action {
	return func(context.Context, hands) (condition, error) {
		var said atomic.Bool
		time.AfterFunc(notice, func() {
			said.Store(true)
			d.world.events.update(func(n int) int { return n + 1 })
			for delay, verdict := range after {
				time.AfterFunc(delay, func() { d.pictures.set(saying(verdict)) })
			}
		})
		return func(*world) bool { return said.Load() }, nil
	}
}

func TestAChangeIsMeasuredFromWhenTheAPIServerSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeDirector()
		start := time.Now()
		err := d.perform(t.Context(), step{
			what: "a node fell silent",
			do: happens(d, 4*time.Second, map[time.Duration]placement.Verdict{
				300 * time.Millisecond: placement.Settling, 2 * time.Second: placement.NodeFragile,
			}),
			then: expectation{probe: fixed(placement.NodeFragile)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 11*time.Second {
			t.Errorf("took %s, want a pause of 5s, 4s to be noticed and 2s to rest", took)
		}
		last := d.journal.all()[0]
		if last.outcome != asExpected || last.effect != "counts moved in 0.3s, at rest in 2.0s" {
			t.Errorf("the journal says %v %q", last.outcome, last.effect)
		}
		if len(d.record.failures) > 0 || d.record.changes != 1 {
			t.Errorf("on record: %+v", d.record)
		}
	})
}

func TestWhatIsNotAsExpectedIsPutOnRecord(t *testing.T) {
	for name, test := range map[string]struct {
		after map[time.Duration]placement.Verdict
		want  string
	}{
		"the counts do not move": {
			nil, "a change: the counts did not move within 5s",
		},
		"they move, and the verdict is another": {
			map[time.Duration]placement.Verdict{time.Second: placement.Uneven},
			"a change: shop/cart is Uneven (4 of 4 ready), want NodeFragile",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := makeDirector()
				err := d.perform(t.Context(), step{
					what: "a change", do: happens(d, 0, test.after), then: expectation{probe: fixed(placement.NodeFragile)},
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(d.record.failures, "\n"); got != test.want {
					t.Errorf("on record %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestAVerdictThatDoesNotStayIsPutOnRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeDirector()
		d.holding = expectation{probe: fixed(placement.Healthy)}
		time.AfterFunc(time.Second, func() { d.pictures.set(saying(placement.Single)) })
		err := d.perform(t.Context(), step{
			what: "a change", do: happens(d, 0, map[time.Duration]placement.Verdict{0: placement.Healthy}),
			then: expectation{probe: fixed(placement.Healthy)},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := "what was so before did not stay: shop/cart is Single (4 of 4 ready), want Healthy"
		if got := strings.Join(d.record.failures, "\n"); got != want {
			t.Errorf("on record %q, want %q", got, want)
		}
	})
}

func TestTheEndOfThePlayIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeDirector()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 7*time.Second, errOver)
		defer cancel()
		err := d.perform(ctx, step{what: "a change", do: happens(d, 0, nil)})
		if !errors.Is(err, errOver) {
			t.Errorf("got %v, want %v", err, errOver)
		}
		if len(d.record.failures) > 0 {
			t.Errorf("on record: %q", d.record.failures)
		}
	})
}
