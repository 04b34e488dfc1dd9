package repair

import (
	"fmt"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAPodThatWasEvictedIsKnownUntilItIsSeenGone(t *testing.T) {
	look := onNodes([]string{"a", "a"}, "b")
	m := made("0", 0)
	l := NewLedger()
	l.begin(web, m, nil, nil)
	l.seen(named("other"), Look{Workload: placement.Workload{Now: noon()}})
	if !l.asked("0") {
		t.Error("another workload's look has it forgotten")
	}
	l.end(web, true)
	l.seen(web, look)
	if !l.asked("0") {
		t.Error("it is forgotten as the move is over, though the view has it")
	}
	gone := look
	gone.Pods = look.Pods[1:]
	l.seen(web, gone)
	if l.asked("0") {
		t.Error("it is known though it is gone")
	}
}

func TestAPodThatIsNeverSeenGoneIsForgottenInTheEnd(t *testing.T) {
	look := onNodes([]string{"a", "a"}, "b")
	l := NewLedger()
	l.begin(web, made("0", 0), nil, nil)
	look.Workload.Now = noon().Add(forgetAfter + 1)
	l.seen(named("other"), look)
	if l.asked("0") {
		t.Error("it is known for ever")
	}
}

func TestAMoveThatTheServerNeverTookMayBeTriedAgain(t *testing.T) {
	m := made("0", 0)
	m.Sure = false
	l := NewLedger()
	l.begin(web, m, nil, nil)
	l.end(web, true)
	if l.asked("0") || l.underWay() != 0 {
		t.Error("it counts as evicted")
	}
}

func TestAMoveThatIsTakenBackLeavesNothing(t *testing.T) {
	l := NewLedger()
	l.begin(web, made("0", 0), nil, nil)
	l.withdraw(web)
	l.withdraw(web)
	if n, _ := l.begunWithin(noon(), time.Minute); n != 0 || l.underWay() != 0 || l.asked("0") {
		t.Errorf("%d begun, %d under way, asked: %t", n, l.underWay(), l.asked("0"))
	}
}

func TestMovesOfTheLastMinuteAreCountedAndItIsSaidWhenOneIsFree(t *testing.T) {
	l := NewLedger()
	for i, ago := range []time.Duration{time.Minute, 50 * time.Second, 10 * time.Second} {
		m := made(string(rune('0'+i)), ago)
		l.begin(named(m.UID), m, nil, nil)
	}
	n, free := l.begunWithin(noon(), time.Minute)
	if n != 2 || !free.Equal(noon().Add(10*time.Second)) {
		t.Errorf("%d moves, the next at %s; want 2, and ten seconds later", n, free)
	}
}

func TestWhatALeaderLeavesIsTakenOver(t *testing.T) {
	underWay, ended, shadow := made("0", 30*time.Second), made("1", 20*time.Second), made("2", 0)
	ended.Result, shadow.Shadow = Better, true
	underWay.Owner = "owner"
	memory := Memory{web: {Move: &underWay}, named("ended"): {Move: &ended}, named("shadow"): {Move: &shadow}, named("none"): {}}
	l := NewLedger()
	l.begin(named("mine"), made("3", 0), nil, nil)
	l.restore(memory, false)
	n, _ := l.begunWithin(noon(), time.Minute)
	if n != 2 || l.underWay() != 1 || !l.asked("0") || l.asked("1") || l.asked("2") {
		t.Errorf("%d moves in a minute, %d under way", n, l.underWay())
	}
	if other, busy := l.ownerBusy("owner", named("other")); !busy || other != web {
		t.Error("its owner is not known to be busy")
	}
}

func TestRoomIsKeptWhereverASuccessorMayGoUntilItsMoveIsOver(t *testing.T) {
	kept := func(l *Ledger, from placement.WorkloadID, now time.Time) string {
		return fmt.Sprint(l.promised(from, now))
	}
	m := made("0", 0) // off a
	m.To = "c"
	l := NewLedger()
	l.begin(web, m, []string{"a", "b", "c"}, nil)
	other, none := named("other"), fmt.Sprint([]placement.Promise(nil))
	if got, want := kept(l, other, noon()), fmt.Sprint([]placement.Promise{{Of: web, On: []string{"b", "c"}}}); got != want {
		t.Errorf("kept from another: %v, want %v", got, want)
	}
	if got := kept(l, web, noon()); got != none {
		t.Errorf("what is kept is kept from itself: %v", got)
	}
	l.end(web, false)
	if got := kept(l, other, noon()); got != none {
		t.Errorf("it is kept when the move is over: %v", got)
	}
	m.Shadow = true
	l.begin(web, m, []string{"b", "a"}, nil)
	l.end(web, true)
	if got, want := kept(l, other, noon()), fmt.Sprint([]placement.Promise{{Of: web, On: []string{"c"}}}); got != want {
		t.Errorf("of what was only recorded %v is kept, want the place that was counted on: %v", got, want)
	}
	if got := kept(l, other, noon().Add(forgetAfter+1)); got != none {
		t.Errorf("it is kept for ever: %v", got)
	}
}

func TestADestinationIsTheRoomiestNodeOutsideTheCrowdedDomain(t *testing.T) {
	scene := placement.Scene{Spots: []placement.Spot{{Node: "a", Zone: "1", Room: 9}, {Node: "b", Zone: "1", Room: 8}, {Node: "c", Zone: "2", Room: 1}, {Node: "d", Zone: "2"}}}
	victim := placement.Candidate{Node: "a", Zone: "1", Admits: placement.MaskOf(0, 1, 2, 3)}
	zone := func(before, after float64) (b, a placement.Losses) {
		return placement.Losses{Zone: placement.Loss{Share: before}}, placement.Losses{Zone: placement.Loss{Share: after}}
	}
	tests := map[string]struct {
		before, after float64
		predicted     string
		want          string
	}{
		"off a node":    {1, 1, "", "b"},
		"out of a zone": {1, .5, "", "c"},
		"the only one":  {1, 1, "d", "d"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := placement.Move{Victim: victim, Predicted: test.predicted}
			m.Before, m.After = zone(test.before, test.after)
			if got := destination(m, scene); got != test.want {
				t.Errorf("it is counted on %q, want %q", got, test.want)
			}
		})
	}
}

func TestAHoldDoublesEachTimeInARowAndBeginsAnewLongAfter(t *testing.T) {
	l, now := NewLedger(), noon()
	for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
		until := l.hold(web, Block{Guard: "x"}, now, time.Second, 4*time.Second)
		if got := until.Sub(now); got != want {
			t.Errorf("held for %s, want %s", got, want)
		}
		if b, _, held := l.holds(web, now); !held || b.Guard != "x" {
			t.Error("it is not held")
		}
		now = until
		if _, _, held := l.holds(web, now); held {
			t.Error("it is held when its time is up")
		}
	}
	if until := l.hold(web, Block{}, now.Add(time.Minute), time.Second, 4*time.Second); until.Sub(now) != time.Minute+time.Second {
		t.Errorf("a minute later it is held for %s", until.Sub(now)-time.Minute)
	}
	l.release(web)
	if until := l.hold(web, Block{}, now, time.Second, 4*time.Second); until.Sub(now) != time.Second {
		t.Errorf("released it is held for %s", until.Sub(now))
	}
}
