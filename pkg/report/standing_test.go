package report_test

import (
	"testing"
	"testing/synctest"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func said(v placement.Verdict, since time.Time) []report.Standing {
	return []report.Standing{{ID: id("web"), Verdict: v, Since: since}}
}

func TestWhatWasSaidBeforeDecidesWhatIsNew(t *testing.T) {
	long, none := after(-time.Hour), placement.Verdict("-")
	tests := map[string]struct {
		known placement.Verdict // before what was said is heard; empty for nothing
		said  []report.Standing
		now   placement.Verdict
		// from is From of the change that comes of it; "-" for no change.
		from  placement.Verdict
		since time.Time
	}{
		"the same trouble is no change and keeps its beginning":           {"", said(fragile, long), fragile, none, long},
		"a recovery while nobody looked is one":                           {"", said(fragile, long), healthy, fragile, after(time.Minute)},
		"another trouble is a change from the one said":                   {"", said(uneven, long), fragile, uneven, after(time.Minute)},
		"nothing said makes it new":                                       {"", nil, fragile, "", after(time.Minute)},
		"known here and said: the beginning is the one said":              {fragile, said(fragile, long), fragile, none, long},
		"known here, said otherwise: the recovery was not told":           {healthy, said(fragile, long), healthy, fragile, after(time.Minute)},
		"known here, another trouble was said: what stands is said anew":  {uneven, said(fragile, long), uneven, none, noon()},
		"known here as well, said as well in another way: nothing is new": {healthy, said(placement.Single, long), healthy, none, noon()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := report.New()
			if tt.known != "" {
				r.Put(app("web"), []placement.Assessment{assessed("web", tt.known, since(noon()))}, noon())
			}
			r.Adopt(tt.said)
			changes := r.Put(app("web"), []placement.Assessment{assessed("web", tt.now, since(after(time.Minute)))}, after(2*time.Minute))
			switch {
			case tt.from == none && len(changes) > 0:
				t.Errorf("changes %+v, want none", changes)
			case tt.from != none && (len(changes) != 1 || changes[0].From != tt.from):
				t.Errorf("changes %+v, want one from %q", changes, tt.from)
			}
			if got := r.App(app("web"))[0].Since; !got.Equal(tt.since) {
				t.Errorf("since %v, want %v", got, tt.since)
			}
		})
	}
}

func TestTroubleThatNobodySaidIsNewWhenTheWorkloadHasSettled(t *testing.T) {
	r := report.New()
	put := func(v placement.Verdict, at time.Duration) []report.Change {
		return r.Put(app("web"), []placement.Assessment{assessed("web", v, since(after(at)))}, after(at))
	}
	put(fragile, 0)
	put(settling, time.Minute)
	r.Adopt(nil)
	if changes := put(fragile, 2*time.Minute); len(changes) != 1 {
		t.Errorf("changes %+v, want one: its leader went without a word", changes)
	}
}

func TestAWorkloadWithoutAReplicaIsNotReportedAndKeepsItsHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := report.New()
		away := []placement.Assessment{{ID: id("web")}}
		r.Put(app("web"), []placement.Assessment{assessed("web", fragile, on("a", "", 1), since(noon()))}, noon())
		for at := range 3 {
			time.Sleep(time.Minute) // virtual
			if changes := r.Put(app("web"), away, after(time.Duration(at+1)*time.Minute)); len(changes) > 0 {
				t.Errorf("its absence is told as %+v", changes)
			}
			if len(r.Items()) > 0 || len(r.Tallies()) > 0 || len(r.NodesLost()) > 0 || len(r.Risks(time.Now())) > 0 {
				t.Errorf("without a replica it is still reported")
			}
		}
		time.Sleep(time.Hour) // virtual
		changes := r.Put(app("web"), []placement.Assessment{assessed("web", healthy, since(after(time.Hour)))}, after(time.Hour))
		if len(changes) != 1 || changes[0].From != fragile {
			t.Errorf("its return is told as %+v, want a change from %s", changes, fragile)
		}
		if risks := r.Risks(time.Now()); len(risks) != 1 || risks[0].Spent != time.Minute {
			t.Errorf("time at risk %+v, want the minute until it went", risks)
		}
		if apps := r.Lingering(); len(apps) > 0 {
			t.Errorf("lingering: %v", apps)
		}
	})
}

func TestAChangeThatIsRetractedIsFoundAgain(t *testing.T) {
	r := report.New()
	put := func(v placement.Verdict, at time.Duration) []report.Change {
		return r.Put(app("web"), []placement.Assessment{assessed("web", v)}, after(at))
	}
	put(healthy, 0)
	first := put(fragile, time.Minute)
	r.Retract(first[0])
	again := put(fragile, 2*time.Minute)
	if len(again) != 1 || again[0].From != healthy {
		t.Errorf("after a retraction: %+v, want the change from %s again", again, healthy)
	}
}

func TestTroubleOfWhichNobodyToldIsToldWhenAWorkloadThatWasAwayReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := report.New()
		r.Put(app("web"), []placement.Assessment{assessed("web", fragile, since(noon()))}, noon())
		time.Sleep(time.Minute) // virtual
		r.Put(app("web"), []placement.Assessment{{ID: id("web")}}, after(time.Minute))
		r.Adopt(nil)
		time.Sleep(time.Minute) // virtual
		changes := r.Put(app("web"), []placement.Assessment{assessed("web", fragile, since(noon()))}, after(2*time.Minute))
		if len(changes) != 1 || changes[0].From != "" || !changes[0].Item.Since.Equal(noon()) {
			t.Errorf("changes %+v, want the trouble with its beginning", changes)
		}
		if risks := r.Risks(time.Now()); len(risks) != 1 || risks[0].Spent != time.Minute {
			t.Errorf("time at risk %+v, want the minute before it went", risks)
		}
	})
}

func TestARecoveryBeginsAfterTheTroubleWhateverTheClocksSay(t *testing.T) {
	r := report.New()
	ahead := after(10 * time.Second)
	r.Adopt(said(fragile, ahead))
	changes := r.Put(app("web"), []placement.Assessment{assessed("web", healthy, since(noon()))}, after(5*time.Second))
	if len(changes) != 1 || !changes[0].Item.Since.After(ahead) {
		t.Errorf("changes %+v, want a recovery that is later than %v", changes, ahead)
	}
}
