package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// theCheckout is the app that the tests have repaired.
func theCheckout() app {
	for _, a := range repairScene.appsToRepair() {
		if a.key() == checkout {
			return a
		}
	}
	return app{}
}

// makeRepairDirector is one with an account, of which the checkout is crowded.
func makeRepairDirector() *director {
	d := makeDirector()
	d.scene = repairScene
	d.account = newAccount(d.scene, d.record.failed)
	crowd(d.account, checkout, "node-1")
	return d
}

// judges has the operator say a verdict of the checkout, with its plan.
func (d *director) judges(v placement.Verdict, more ...func(*planned)) {
	e := makePlanned(more...)
	e.Namespace, e.Workload.Name = checkout.namespace, checkout.name
	p := picture{
		at: time.Now(), items: []item{makeItem(checkout.namespace, "checkout", "Deployment", checkout.name, v)}, plan: makePlan(e),
	}
	d.see(p)
	d.pictures.set(p)
}

func TestARepairIsToldFromTheEvictionToTheVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeRepairDirector()
		d.account.owe(theCheckout())
		d.judges(placement.NodeFragile, planning("a"))
		time.AfterFunc(time.Second, func() { mended(d.account, checkout, "node-1", "node-5") })
		time.AfterFunc(2*time.Second, func() { d.judges(placement.Settling, underWay("a", "it is settling")) })
		time.AfterFunc(4*time.Second, func() { d.judges(placement.Healthy) })
		if err := d.follow(t.Context(), theCheckout()); err != nil {
			t.Fatal(err)
		}
		entries := d.journal.all()
		if len(entries) != 1 || entries[0].outcome != asExpected {
			t.Fatalf("the journal says %+v", entries)
		}
		want := "shop/checkout: Pod a evicted from node-1 (100% lost with it): successor on node-5; NodeFragile -> Healthy in 3.0s"
		if got := entries[0].String(); !strings.HasSuffix(got, want) {
			t.Errorf("the journal says %q, want %q", got, want)
		}
		if len(d.record.failures) > 0 || !d.account.done[checkout] {
			t.Errorf("on record: %q", d.record.failures)
		}
	})
}

func TestARepairThatDoesNotComeIsPutOnRecordWithWhatThePlanSays(t *testing.T) {
	for name, test := range map[string]struct {
		moved bool
		want  string
	}{
		"nothing is evicted":           {false, "shop/checkout was to be repaired"},
		"the move does not make it so": {true, "shop/checkout: Pod a evicted from node-1 (100% lost with it)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := makeRepairDirector()
				d.account.owe(theCheckout())
				if test.moved {
					mended(d.account, checkout, "node-1", "node-1")
				}
				time.AfterFunc(time.Second, func() { d.judges(placement.NodeFragile, blockedBy("backing-off", "its last move was in vain")) })
				if err := d.follow(t.Context(), theCheckout()); err != nil {
					t.Fatal(err)
				}
				const why = "it is still NodeFragile; blocked: backing-off (its last move was in vain)"
				entries := d.journal.all()
				if len(entries) != 1 || entries[0].what != test.want || entries[0].effect != why || entries[0].outcome != unexpected {
					t.Errorf("the journal says %+v", entries)
				}
				if got := strings.Join(d.record.failures, "\n"); got != "shop/checkout was to be repaired: "+why {
					t.Errorf("on record: %q", got)
				}
			})
		})
	}
}

func TestAnAppIsNotCrowdedAgainBeforeItMayBeMovedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeRepairDirector()
		start := time.Now()
		if err := d.cool(t.Context(), theCheckout()); err != nil || time.Since(start) > 0 {
			t.Errorf("it was never moved, and cooled for %s (%v)", time.Since(start), err)
		}
		mended(d.account, checkout, "node-1", "node-5")
		if coolest := d.coolest(d.scene.toCrowd()); coolest.key() == checkout {
			t.Error("it was the last that was moved, and is taken first")
		}
		if err := d.cool(t.Context(), theCheckout()); err != nil || time.Since(start) != time.Minute-d.every {
			t.Errorf("cooled for %s (%v), want a minute less the pause that follows", time.Since(start), err)
		}
	})
}

func TestWhatIsPlannedMustBeAPodThatIsThere(t *testing.T) {
	d := makeRepairDirector()
	if err := d.world.pods.Add(makePod(checkout, "b", "node-1")); err != nil {
		t.Fatal(err)
	}
	for _, pod := range []string{"a", "b"} {
		d.judges(placement.NodeFragile, inShadow, underWay(pod, "it was recorded and not made"))
		if got := d.planned(checkout, d.pictures.now()); (got != nil) != (pod == "b") {
			t.Errorf("%s is to be evicted: got %v", pod, got)
		}
	}
}

func TestWhatIsLeftAloneIsToldWithTheReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := makeRepairDirector()
		var items []item
		var entries []planned
		for _, a := range d.scene.apps() {
			items = append(items, makeItem(a.namespace, a.app, "Deployment", a.name, a.holds.verdict, func(i *item) { i.Fixable = a.holds.fixable }))
			e := planned{Namespace: a.namespace, Mode: "enforce"}
			e.Workload.Name = a.name
			switch a.name {
			case "invoices":
				blockedBy("pdb-missing", "no PodDisruptionBudget covers it")(&e)
			case "ledger":
				e.Because = "no node is eligible" // which is not what is expected
			default:
				continue
			}
			entries = append(entries, e)
		}
		d.pictures.set(picture{at: time.Now(), items: items, plan: makePlan(entries...)})
		if err := d.tellLeft(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range d.journal.all() {
			got = append(got, e.what+": "+e.effect)
		}
		want := []string{
			"payments/invoices stays as it is: blocked: pdb-missing (no PodDisruptionBudget covers it)",
			"payments/ledger stays as it is: left alone: no node is eligible",
			"media/transcode stays as it is: not asked for",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the journal says %q, want %q", got, want)
		}
		wrong := `payments/ledger stays as it is: repair says "left alone: no node is eligible", want "left alone: one eligible node only"`
		if got := strings.Join(d.record.failures, "\n"); got != wrong {
			t.Errorf("on record: %q, want %q", got, wrong)
		}
	})
}
