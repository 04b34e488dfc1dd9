package placement_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Nothing changes but the time: looked at only when it said it should be, a
// workload has at every moment the verdict that it has when it is looked at
// anew every second.
func TestTimeAloneNeverChangesAVerdictBeforeItsRecheck(t *testing.T) {
	// All times that are drawn lie within two minutes of noon, and so do the
	// ends of all that they begin within four.
	const horizon = 4 * time.Minute
	changes := 0
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).workload()
		patient, restless := w, w
		last := assess(t, patient)
		patient.SettlingSince = last.SettlingSince
		for at := noon(); at.Before(noon().Add(horizon)); at = at.Add(time.Second) {
			restless.Now, patient.Now = at, at
			now := assess(t, restless)
			restless.SettlingSince = now.SettlingSince
			if !last.Recheck.IsZero() && !at.Before(last.Recheck) {
				before := last.Verdict
				last = assess(t, patient)
				patient.SettlingSince = last.SettlingSince
				if last.Verdict != before {
					changes++
				}
			}
			if now.Verdict != last.Verdict {
				t.Fatalf("%s after noon it is %s, but it was %s and not to be looked at before %s", at.Sub(noon()), now.Verdict, last.Verdict, last.Recheck)
			}
		}
		if !last.Recheck.IsZero() {
			t.Fatalf("after all its times have passed it is still to be looked at, at %s", last.Recheck)
		}
	})
	t.Logf("%d verdicts changed by time alone", changes)
	if changes == 0 {
		t.Error("no verdict changed, so that the test means nothing")
	}
}

func TestARecheckIsNeverMissedByAMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t).workload()
		a := assess(t, w)
		if a.Recheck.IsZero() {
			return
		}
		w.SettlingSince = a.SettlingSince
		w.Now = a.Recheck.Add(-time.Nanosecond)
		if b := assess(t, w); b.Verdict != a.Verdict {
			t.Fatalf("a moment before %s it is %s already, no longer %s", a.Recheck, b.Verdict, a.Verdict)
		}
	})
}

// An autoscaler that never rests must not hide a fragile workload.
func TestSettlingEndsAfterSettleMaxWhateverKeepsMoving(t *testing.T) {
	ended := 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		policy := d.frame().Policy
		var entered, carried time.Time
		now := noon()
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "seconds later")) * time.Second)
			w := d.workload()
			w.Now, w.Policy, w.SettlingSince = now, policy, carried
			a := assess(t, w)
			carried = a.SettlingSince
			switch {
			case carried.IsZero():
				entered = time.Time{}
			case entered.IsZero():
				entered = now
			}
			if entered.IsZero() || now.Before(entered.Add(policy.SettleMax)) {
				continue
			}
			ended++
			if a.Verdict == placement.Settling {
				t.Fatalf("at %s still Settling, entered at %s, with a settle-max of %s", now, entered, policy.SettleMax)
			}
		}
	})
	t.Logf("%d times something had moved for settle-max", ended)
	if ended == 0 {
		t.Error("nothing moved for settle-max, so that the test means nothing")
	}
}
