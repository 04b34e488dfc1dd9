package repair

import (
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// after is a record whose moves ended so, one after the other.
func after(look Look, results ...Result) Record {
	var r Record
	for _, as := range results {
		r = r.began(made("x", 0)).ended(as, look, noon(), DefaultLimits())
	}
	return r
}

func TestEachMoveInVainDoublesTheWaitAndTheThirdIsTheLast(t *testing.T) {
	l := onNodes([]string{"a", "a"}, "b")
	l.Pods[1].Created = noon()
	for n, want := range []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute} {
		r := after(l, slices.Repeat([]Result{Same}, n)...)
		if n > 0 && r.BackOffUntil.Sub(noon()) != want {
			t.Errorf("after %d in vain it waits until %s, want %s", n, r.BackOffUntil.Sub(noon()), want)
		}
		if (r.GivenUp != nil) != (n == 3) {
			t.Errorf("after %d in vain it is given up: %+v", n, r.GivenUp)
		}
		if n > 0 && !slices.Equal(r.Destinations, []string{"a"}) {
			t.Errorf("destinations %v, want a", r.Destinations)
		}
	}
	if g := after(l, Same, Worse, Same).GivenUp; g == nil || g.Reason != "3 moves were in vain: the replacements came to a" {
		t.Errorf("given up: %+v", g)
	}
}

func TestWhatIsInconclusiveIsNotCountedAsInVain(t *testing.T) {
	r := after(onNodes([]string{"a", "a"}, "b"), Same, Inconclusive, Inconclusive, Same, Inconclusive)
	if r.InVain != 2 || r.GivenUp != nil || r.Inconclusive != 1 {
		t.Errorf("remembered: %+v", r)
	}
}

func TestOnlyAWorkloadThatIsWellHasItsMovesInVainForgotten(t *testing.T) {
	if r := after(onNodes([]string{"a", "a", "a", "b"}, "c"), Same, Better); r.InVain != 1 || !r.BackOffUntil.IsZero() || r.Repaired == nil {
		t.Errorf("still uneven: %+v", r)
	}
	if r := after(onNodes([]string{"a", "b"}, "c"), Same, Better); r.InVain != 0 || r.Destinations != nil {
		t.Errorf("well: %+v", r)
	}
}

func TestWhatWasGivenUpIsReconsideredWhenItsNodesTemplateOrPolicyChange(t *testing.T) {
	look := onNodes([]string{"a", "a"}, "b")
	tests := map[string]struct {
		change func(*Look)
		want   bool
	}{
		"nothing":             {func(*Look) {}, false},
		"another node":        {func(l *Look) { l.Nodes = "others" }, true},
		"another template":    {func(l *Look) { l.Template = "two" }, true},
		"another policy":      {func(l *Look) { l.Workload.Policy.MaxNodeLoss = 1 }, true},
		"another settle":      {func(l *Look) { l.Workload.Policy.Settle = time.Hour }, false},
		"another replica":     {func(l *Look) { l.Assessment.Replicas++ }, false},
		"room on its nodes":   {func(l *Look) { l.Scene.Spots[0].Room = 100 }, false},
		"another mode":        {func(l *Look) { l.Mode = placement.Shadow }, false},
		"another owner":       {func(l *Look) { l.Owner.UID = "x" }, false},
		"the zones' policy":   {func(l *Look) { l.Workload.Policy.MaxZoneLoss = .5 }, true},
		"unwell, and so on":   {func(l *Look) { l.Health.NotReady = 3 }, false},
		"its node is leaving": {func(l *Look) { l.Leaving = map[string]string{"a": "is cordoned"} }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := after(look, Same, Same, Same)
			l := look
			l.Scene.Spots = slices.Clone(l.Scene.Spots)
			test.change(&l)
			got := r.reconsidered(l)
			if (got.GivenUp == nil) != test.want {
				t.Errorf("reconsidered: %t, want %t", got.GivenUp == nil, test.want)
			}
			if test.want && (got.InVain != 0 || got.BackOffUntil != r.BackOffUntil || got.TimesGivenUp != 1) {
				t.Errorf("the count begins anew while the back-off goes on: %+v", got)
			}
		})
	}
}

func TestOneWhoseNodesFlapWaitsLongerEachTime(t *testing.T) {
	l := onNodes([]string{"a", "a"}, "b")
	r := after(l, Same, Same, Same)
	first := r.BackOffUntil.Sub(noon())
	l.Nodes = "others"
	r = r.reconsidered(l)
	for range 3 {
		r = r.began(made("x", 0)).ended(Same, l, noon(), DefaultLimits())
	}
	if second := r.BackOffUntil.Sub(noon()); second != 2*first || r.TimesGivenUp != 2 {
		t.Errorf("first %s, then %s", first, second)
	}
}

func TestATugOfWarIsOneThatAnotherMoverWinsAgainAndAgain(t *testing.T) {
	well, crowded := onNodes([]string{"a", "b"}), onNodes([]string{"a", "a"}, "b")
	soon := noon().Add(5 * time.Minute)
	tests := map[string]struct {
		times  int
		look   func(l *Look)
		at     time.Time
		undone int
		given  bool
	}{
		"once":                  {times: 1, at: soon, undone: 1},
		"twice":                 {times: 2, at: soon, undone: 2},
		"three times":           {times: 3, at: soon, undone: 3, given: true},
		"long after":            {times: 3, at: noon().Add(2 * time.Hour), undone: 0},
		"with other nodes":      {times: 3, at: soon, look: func(l *Look) { l.Nodes = "others" }, undone: 0},
		"with another template": {times: 3, at: soon, look: func(l *Look) { l.Template = "two" }, undone: 0},
		"while one is not ready": {times: 3, at: soon, look: func(l *Look) {
			l.Workload.Replicas = slices.Clone(l.Workload.Replicas)
			l.Workload.Replicas[1].Ready = false
			*l = judged(*l)
		}, undone: 0},
		"with another number":        {times: 3, at: soon, look: func(l *Look) { *l = onNodes([]string{"a", "a", "a"}, "b") }, undone: 0},
		"not while it still settles": {times: 1, at: soon, look: func(l *Look) { l.Assessment.Verdict = placement.Settling }, undone: 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r Record
			l := crowded
			if test.look != nil {
				test.look(&l)
			}
			for range test.times {
				r = r.began(made("x", 0)).ended(Better, well, noon(), DefaultLimits())
				r = r.crowdedAgain(well, noon(), DefaultLimits()) // all is well
				r = r.crowdedAgain(l, test.at, DefaultLimits())
				r = r.crowdedAgain(l, test.at, DefaultLimits()) // known already
			}
			if r.Undone != test.undone || (r.GivenUp != nil) != test.given {
				t.Fatalf("undone %d times, given up: %+v", r.Undone, r.GivenUp)
			}
			if test.given && !strings.HasPrefix(r.GivenUp.Reason, "tug-of-war: what was repaired has been undone 3 times") {
				t.Errorf("it is not named: %q", r.GivenUp.Reason)
			}
		})
	}
}

func TestAnOwnMoveInVainIsNoTugOfWar(t *testing.T) {
	well, crowded := onNodes([]string{"a", "b"}), onNodes([]string{"a", "a"}, "b")
	r := after(well, Better).began(made("x", 0)).ended(Worse, crowded, noon(), DefaultLimits())
	if r = r.crowdedAgain(crowded, noon(), DefaultLimits()); r.Undone != 0 {
		t.Errorf("undone %d times", r.Undone)
	}
}

func TestSinceWhenAWorkloadIsFragileIsKeptThroughItsMoves(t *testing.T) {
	at := func(v placement.Verdict, since time.Time) placement.Assessment {
		return placement.Assessment{Verdict: v, Since: since}
	}
	var r Record
	first := noon().Add(-time.Hour)
	r = r.fragile(at(placement.NodeFragile, first), noon())
	r = r.fragile(at(placement.Settling, noon()), noon())
	if r = r.fragile(at(placement.Uneven, noon()), noon()); !r.FragileSince.Equal(first) {
		t.Errorf("fragile since %s, want %s", r.FragileSince, first)
	}
	if r = r.fragile(at(placement.Healthy, noon()), noon()); !r.FragileSince.IsZero() {
		t.Error("what is well is fragile since some time")
	}
	if r = r.fragile(at(placement.Uneven, time.Time{}), noon()); !r.FragileSince.Equal(noon()) {
		t.Error("where the cluster does not tell, now counts")
	}
}
