package report_test

import (
	"testing"
	"testing/synctest"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

const (
	healthy  = placement.Healthy
	settling = placement.Settling
	fragile  = placement.NodeFragile
	uneven   = placement.Uneven
)

// step is an assessment of the one workload, and what is to come of it.
type step struct {
	at      time.Duration
	verdict placement.Verdict
	told    time.Time // the Assessment's own Since
	// change is From of the change; "-" for no change.
	change placement.Verdict
	since  time.Time
}

func TestChangesOfVerdict(t *testing.T) {
	const none = placement.Verdict("-")
	long := after(-time.Hour)
	var unknown time.Time
	tests := map[string][]step{
		"the first is a change from none, and began when the cluster says": {
			{0, healthy, long, "", long},
		},
		"a beginning that the cluster does not tell is now": {
			{0, healthy, unknown, "", noon()},
		},
		"the same again is none, whatever the cluster's times": {
			{0, fragile, long, "", long},
			{time.Minute, fragile, after(time.Minute), none, long},
		},
		"another began when the cluster says": {
			{0, healthy, long, "", long},
			{time.Minute, fragile, after(50 * time.Second), healthy, after(50 * time.Second)},
		},
		"another of which the cluster's times tell nothing began now": {
			{0, healthy, long, "", long},
			{time.Minute, fragile, long, healthy, after(time.Minute)},
		},
		"one that began before the one before it began now": {
			{0, healthy, long, "", long},
			{time.Minute, fragile, long.Add(-time.Hour), healthy, after(time.Minute)},
		},
		"settling is none, and shows its own beginning": {
			{0, healthy, long, "", long},
			{time.Minute, settling, after(30 * time.Second), none, after(30 * time.Second)},
		},
		"back to the same after settling keeps the beginning": {
			{0, fragile, long, "", long},
			{time.Minute, settling, after(time.Minute), none, after(time.Minute)},
			{2 * time.Minute, fragile, after(time.Minute), none, long},
		},
		"another after settling is a change from the one before": {
			{0, fragile, long, "", long},
			{time.Minute, settling, after(time.Minute), none, after(time.Minute)},
			{2 * time.Minute, healthy, after(90 * time.Second), fragile, after(90 * time.Second)},
		},
		"settling first, then the first is a change from none": {
			{0, settling, long, none, long},
			{time.Minute, healthy, after(time.Second), "", after(time.Second)},
		},
		"there and back are two": {
			{0, healthy, long, "", long},
			{time.Minute, fragile, after(time.Minute), healthy, after(time.Minute)},
			{2 * time.Minute, healthy, after(time.Minute), fragile, after(2 * time.Minute)},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			r := report.New()
			for i, s := range steps {
				changes := r.Put(app("web"), []placement.Assessment{assessed("web", s.verdict, since(s.told))}, after(s.at))
				item := r.App(app("web"))[0]
				if item.Verdict != s.verdict || !item.Since.Equal(s.since) {
					t.Errorf("step %d: %s since %v, want since %v", i, item.Verdict, item.Since, s.since)
				}
				switch {
				case s.change == none && len(changes) != 0:
					t.Errorf("step %d: changes %v, want none", i, changes)
				case s.change == none:
				case len(changes) != 1 || changes[0].From != s.change || changes[0].Item.Verdict != s.verdict || !changes[0].Item.Since.Equal(s.since):
					t.Errorf("step %d: changes %+v, want one from %q", i, changes, s.change)
				}
			}
		})
	}
}

func TestAWorkloadThatWasGoneIsNew(t *testing.T) {
	r := report.New()
	r.Put(app("web"), []placement.Assessment{assessed("web", fragile)}, noon())
	if changes := r.Put(app("web"), nil, after(time.Minute)); len(changes) != 0 {
		t.Errorf("its going is told as %v", changes)
	}
	if items := r.App(app("web")); len(items) != 0 {
		t.Errorf("gone, it is reported as %v", items)
	}
	changes := r.Put(app("web"), []placement.Assessment{assessed("web", fragile)}, after(time.Hour))
	if len(changes) != 1 || changes[0].From != "" || !changes[0].Item.Since.Equal(after(time.Hour)) {
		t.Errorf("its return is told as %+v", changes)
	}
}

func TestTimeAtRiskAccrues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := report.New()
		begun := time.Now()
		put := func(at time.Duration, v placement.Verdict) {
			time.Sleep(time.Until(begun.Add(at))) // virtual
			r.Put(app("web"), []placement.Assessment{assessed("web", v, on("a", "", 1))}, after(at))
		}
		expect := func(at, spent time.Duration, atRisk bool) {
			t.Helper()
			time.Sleep(time.Until(begun.Add(at))) // virtual
			risks := r.Risks(time.Now())
			if len(risks) != 1 || risks[0].Spent != spent || risks[0].AtRisk != atRisk || risks[0].ID != id("web") {
				t.Errorf("after %v: %+v, want %v, at risk %t", at, risks, spent, atRisk)
			}
		}
		put(0, healthy)
		if risks := r.Risks(time.Now().Add(time.Hour)); len(risks) != 0 {
			t.Errorf("never at risk: %+v", risks)
		}
		put(time.Minute, fragile)
		expect(time.Minute, 0, true)
		expect(2*time.Minute, time.Minute, true)
		put(3*time.Minute, uneven) // one risk for another
		expect(4*time.Minute, 3*time.Minute, true)
		put(4*time.Minute, settling)
		expect(9*time.Minute, 3*time.Minute, false)
		put(9*time.Minute, fragile)
		expect(10*time.Minute, 4*time.Minute, true)
		put(10*time.Minute, healthy)
		expect(time.Hour, 4*time.Minute, false)
		r.Put(app("web"), nil, after(time.Hour))
		if risks := r.Risks(time.Now()); len(risks) != 0 {
			t.Errorf("gone: %+v", risks)
		}
	})
}

func TestTimeAtRiskGoesByThisMachinesClockWhateverBecomesOfTheClustersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := report.New()
		begun := time.Now()
		var seen time.Duration
		look := func(put placement.Verdict, ahead time.Duration) {
			if put != "" {
				r.Put(app("web"), []placement.Assessment{assessed("web", put)}, time.Now().Add(ahead))
			}
			spent := r.Risks(time.Now())[0].Spent
			if want := time.Since(begun); spent != want || spent < seen {
				t.Errorf("%s after %s, want %s", spent, seen, want)
			}
			seen = spent
		}
		look(fragile, 0)
		for _, ahead := range []time.Duration{0, 10 * time.Minute, 0, -10 * time.Minute, time.Hour, 0} {
			time.Sleep(time.Minute) // virtual
			look("", 0)
			look(uneven, ahead)
			look(fragile, ahead)
		}
		// One that read the clock before the last write came to pass.
		if late := r.Risks(time.Now().Add(-time.Second))[0].Spent; late != seen {
			t.Errorf("a scrape that had to wait says %s, want %s", late, seen)
		}
	})
}

func TestSettlingSinceGoesIntoTheNextAssessment(t *testing.T) {
	r := report.New()
	moving := assessed("web", settling)
	moving.SettlingSince = after(-time.Minute)
	still := assessed("db", healthy)
	still.ID.AppKey = app("web")
	r.Put(app("web"), []placement.Assessment{moving, still}, noon())
	got := r.SettlingSince(app("web"))
	if len(got) != 1 || !got[moving.ID].Equal(after(-time.Minute)) {
		t.Errorf("got %v", got)
	}
	if got := r.SettlingSince(app("never")); got != nil {
		t.Errorf("of an app that is not known: %v", got)
	}
}
