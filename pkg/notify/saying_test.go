package notify

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestWhatRepairHasToTellIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		saying := Saying{Reason: RepairBlocked, ID: fragile("web").Item.ID, Since: time.Now(), Mark: "one", Note: "No budget covers it."}
		r.Say(saying) // nobody leads yet
		r.SetLeader(true)
		r.Say(saying)
		r.Say(saying)
		time.Sleep(time.Second)
		r.Say(saying)
		other := saying
		other.Mark, other.Note = "two", "Its budget allows none."
		r.Say(other)
		time.Sleep(time.Second)
		r.wantCounts(map[string]int{"RepairBlocked created": 2})
		events := r.events.list(t)
		if e := events[0]; e.Note != saying.Note || e.Type != corev1.EventTypeWarning || e.Regarding.Kind != "Deployment" || e.Regarding.Name != "web" {
			t.Errorf("the Event is %+v", e)
		}
	})
}

func TestWhatIsToldOfTheWholeClusterStandsOnTheNamespaceThatItIsToldIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		r.SetLeader(true)
		saying := Saying{Reason: RepairSuspended, UID: "uid-of-it", Since: time.Now(), Note: "Nothing is repaired."}
		saying.ID.Namespace = "evenkeel-system"
		r.Say(saying)
		time.Sleep(time.Second)
		events := r.events.list(t)
		if len(events) != 1 {
			t.Fatalf("%d Events", len(events))
		}
		want := corev1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Namespace: "evenkeel-system", Name: "evenkeel-system", UID: "uid-of-it"}
		if events[0].Regarding != want || events[0].Namespace != "evenkeel-system" {
			t.Errorf("it stands on %+v in %s", events[0].Regarding, events[0].Namespace)
		}
	})
}

func TestAVerdictThatStandsIsSaidThoughRepairHasSomethingToTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		change := fragile("web")
		r.Lead(func() { r.Say(Saying{Reason: Rebalancing, ID: change.Item.ID, Since: time.Now()}) })
		r.standing = append(r.standing, change.Item)
		r.SetLeader(false)
		r.Lead(func() { r.Say(Saying{Reason: Rebalancing, ID: change.Item.ID, Since: time.Now(), Mark: "again"}) })
		time.Sleep(time.Second)
		r.wantCounts(map[string]int{"Rebalancing dropped": 1, "Rebalancing created": 1, "NodeFragile created": 1})
	})
}
