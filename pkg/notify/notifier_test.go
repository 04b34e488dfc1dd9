package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAnEventStandsOnTheTopOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		r.SetLeader(true)
		noticed := time.Now()
		r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		synctest.Wait()
		events := r.events.list(t)
		if len(events) != 1 {
			t.Fatalf("%d Events", len(events))
		}
		e := events[0]
		ref := func(kind, name, uid string) corev1.ObjectReference {
			return corev1.ObjectReference{APIVersion: "apps/v1", Kind: kind, Namespace: "shop", Name: name, UID: types.UID(uid)}
		}
		if e.Regarding != ref("Deployment", "web", "deploy-uid") {
			t.Errorf("regarding %+v", e.Regarding)
		}
		if e.Related == nil || *e.Related != ref("ReplicaSet", "web-5d4", "rs-uid") {
			t.Errorf("related %+v", e.Related)
		}
		if e.Namespace != "shop" || !strings.HasPrefix(e.Name, "web.") || e.Type != corev1.EventTypeWarning ||
			e.Reason != "NodeFragile" || e.Action != "Assessing" || !strings.HasPrefix(e.Note, "All 2 ready replicas are on node n1") ||
			e.ReportingController != "evenkeel.dev/operator" || e.ReportingInstance != "evenkeel-0" || !e.EventTime.Time.Equal(noticed) {
			t.Errorf("got %+v", e)
		}
		r.wantCounts(map[string]int{"NodeFragile created": 1})
	})
}

func TestEveryWayIntoTroubleAndOutOfItIsToldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		for i, change := range []struct{ to, from placement.Verdict }{
			{placement.NodeFragile, ""},
			{placement.Uneven, placement.NodeFragile},
			{placement.Healthy, placement.Uneven},
			{placement.Single, placement.Healthy},
			{placement.Unavailable, placement.Single},
			{placement.Single, placement.Unavailable},
		} {
			r.Changed(into(change.to, change.from, time.Duration(i)*time.Second))
			time.Sleep(time.Second)
		}
		r.wantReasons(NodeFragile, Uneven, Recovered, Unavailable, Recovered)
		for _, e := range r.events.list(t) {
			if normal := e.Type == corev1.EventTypeNormal; normal != (e.Reason == "Recovered") {
				t.Errorf("%s is of type %s", e.Reason, e.Type)
			}
		}
	})
}

func TestAnotherOperatorFindsItSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := newRig(t)
		first.SetLeader(true)
		stop := first.run()
		first.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		synctest.Wait()
		stop()

		second := newRig(t)
		second.events = first.events
		second.config.Events = first.events
		defer second.run()()
		second.standing = append(second.standing,
			into(placement.NodeFragile, placement.Healthy, 0).Item,
			into(placement.Healthy, "", 0).Item,
			into(placement.Settling, "", 0).Item)
		second.SetLeader(true)
		time.Sleep(time.Minute)
		second.wantReasons(NodeFragile)
		second.wantCounts(map[string]int{"NodeFragile exists": 1})
		if n := second.events.tried(); n != 2 {
			t.Errorf("%d Creates, want one of each operator", n)
		}
	})
}

func TestAMalformedAnnotationIsToldOfOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		_, invalid := placement.DefaultPolicy().Override(map[string]string{placement.ModeAnnotation: "yes"})
		reconcile := func() {
			r.InvalidPolicyOf(web, invalid[0])
			r.InvalidNamespacePolicy("shop", "ns-uid", invalid[0])
			synctest.Wait()
		}
		for range 100 {
			reconcile()
		}
		if n := r.events.tried(); n != 2 {
			t.Errorf("%d Creates for 100 reconciles", n)
		}
		r.wantReasons(InvalidPolicy, InvalidPolicy)
		for _, e := range r.events.list(t) {
			switch e.Regarding.Kind {
			case "Deployment":
			case "Namespace":
				want := corev1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Namespace: "shop", Name: "shop", UID: "ns-uid"}
				if e.Namespace != "shop" || e.Regarding != want || !strings.HasPrefix(e.Name, "shop.") || e.Related != nil {
					t.Errorf("got %+v", e)
				}
			default:
				t.Errorf("it stands on %+v", e.Regarding)
			}
		}
		// Another object by that name, or another value, is told of at once.
		r.InvalidNamespacePolicy("shop", "ns-uid-2", invalid[0])
		other := invalid[0]
		other.Value = "no"
		r.InvalidPolicyOf(web, other)
		synctest.Wait()
		r.wantReasons(InvalidPolicy, InvalidPolicy, InvalidPolicy, InvalidPolicy)

		tried := r.events.tried()
		time.Sleep(remember + time.Second)
		reconcile()
		if n := r.events.tried() - tried; n != 2 {
			t.Errorf("an hour later: %d Creates", n)
		}
		r.wantCounts(map[string]int{"InvalidPolicy created": 4, "InvalidPolicy exists": 2})
	})
}

func TestATransientFailureIsRetriedWithBackOffUntilItIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		r.events.answer(func(_ context.Context, try int, _ *eventsv1.Event) error {
			switch try {
			case 1:
				return apierrors.NewTooManyRequests("slow down", 1)
			case 2:
				return apierrors.NewInternalError(errors.New("etcd"))
			case 3:
				return errors.New("connection refused")
			}
			return nil
		})
		r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		begun := time.Now()
		time.Sleep(time.Minute)
		r.wantReasons(NodeFragile)
		want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}
		for i, at := range r.events.tries {
			if got := at.Sub(begun); i >= len(want) || got != want[i] {
				t.Errorf("try %d after %v", i+1, got)
			}
		}

		r.events.answer(hang)
		r.Changed(into(placement.Uneven, placement.NodeFragile, time.Second))
		tried := r.events.tried()
		time.Sleep(maxAge + retryMax + time.Minute)
		if n := r.events.tried() - tried; n < 8 || n > 10 {
			t.Errorf("tried %d times in %v", n, maxAge)
		}
		r.wantReasons(NodeFragile)
		r.wantCounts(map[string]int{"NodeFragile created": 1, "Uneven dropped": 1})
	})
}

func TestNothingIsWrittenWhereItIsPointless(t *testing.T) {
	cases := map[string]struct {
		prepare func(*rig)
		tries   int
	}{
		"a namespace known to be terminating": {
			prepare: func(r *rig) { r.ending["shop"] = true },
		},
		"a namespace that turns out to be terminating": {
			prepare: func(r *rig) {
				r.events.answer(func(context.Context, int, *eventsv1.Event) error { return terminating() })
			},
			tries: 1,
		},
		"a namespace that is gone": {
			prepare: func(r *rig) {
				r.events.answer(func(context.Context, int, *eventsv1.Event) error {
					return apierrors.NewNotFound(eventsResource, "shop")
				})
			},
			tries: 1,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.SetLeader(true)
				stop := r.run()
				c.prepare(r)
				r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
				time.Sleep(time.Hour)
				r.wantCounts(map[string]int{"NodeFragile dropped": 1})
				if n := r.events.tried(); n != c.tries {
					t.Errorf("tried %d times, want %d", n, c.tries)
				}
				stop()
				if r.log.Len() > 0 {
					t.Errorf("logged: %s", r.log)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		r.Changed(fragile("vanished"))
		synctest.Wait()
		r.wantCounts(map[string]int{"NodeFragile dropped": 1})
	})
}

func TestARefusalIsLoggedOncePerNamespaceAndReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		stop := r.run()
		r.events.answer(func(context.Context, int, *eventsv1.Event) error {
			return apierrors.NewForbidden(eventsResource, "e", errors.New("no RBAC"))
		})
		for _, name := range []string{"a", "b", "c"} {
			r.Changed(fragile(name))
		}
		r.Changed(into(placement.Uneven, placement.Healthy, 0))
		time.Sleep(time.Minute)
		stop()
		r.wantCounts(map[string]int{"NodeFragile failed": 3, "Uneven failed": 1})
		if n := r.events.tried(); n != 4 {
			t.Errorf("tried %d times", n)
		}
		if n := strings.Count(r.log.String(), "May not write Events"); n != 2 || strings.Count(r.log.String(), "\n") != 2 {
			t.Errorf("logged %d refusals: %s", n, r.log)
		}
	})
}

func TestAnEventThatTheAPIDoesNotTakeIsABugToLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		stop := r.run()
		r.events.answer(func(context.Context, int, *eventsv1.Event) error {
			return apierrors.NewInvalid(schema.GroupKind{Group: "events.k8s.io", Kind: "Event"}, "e", nil)
		})
		r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		time.Sleep(time.Hour)
		stop()
		r.wantCounts(map[string]int{"NodeFragile failed": 1})
		if n := r.events.tried(); n != 1 || strings.Count(r.log.String(), "the API does not take") != 1 {
			t.Errorf("tried %d times, logged: %s", n, r.log)
		}
	})
}

func TestWhatMayBeLeftOutOfAConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := newAPI()
		n := New(Config{
			Events:   events,
			Metadata: metadataClient(),
			Mapper:   newServed(),
			DirectOwner: func(placement.WorkloadID) (metav1.OwnerReference, bool) {
				return replicaSet, true
			},
			Drain: time.Second,
		})
		n.SetLeader(true)
		n.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		if n.Depth() != 1 {
			t.Errorf("%d subjects wait", n.Depth())
		}
		ended, end := context.WithCancel(t.Context())
		end()
		n.Run(ended)
		list := events.list(t)
		if len(list) != 1 || list[0].ReportingInstance == "" {
			t.Errorf("got %+v", list)
		}
	})
}

func TestAnEventRatherStandsTooLowThanBeingLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		defer r.run()()
		refuse(r.metadata, "deployments", apierrors.NewInternalError(errors.New("conversion webhook")))
		begun := time.Now()
		r.Changed(into(placement.NodeFragile, placement.Healthy, 0))
		time.Sleep(time.Minute)
		events := r.events.list(t)
		if len(events) != 1 || events[0].Regarding.Kind != "ReplicaSet" || events[0].Related != nil {
			t.Fatalf("got %+v", events)
		}
		if took := r.events.tries[0].Sub(begun); took != 3*time.Second {
			t.Errorf("it took %v, want two retries", took)
		}
	})
}

func TestTheOldestOfTooManyIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.SetLeader(true)
		verdicts := []placement.Verdict{placement.NodeFragile, placement.Uneven}
		for i := range maxPending + 3 {
			change := into(verdicts[i%2], placement.Healthy, time.Duration(i)*time.Second)
			r.Changed(change)
			r.Changed(change) // the same again is nothing new
			time.Sleep(time.Millisecond)
		}
		defer r.run()()
		synctest.Wait()
		r.wantReasons(Uneven, NodeFragile, Uneven, NodeFragile, Uneven, NodeFragile, Uneven, NodeFragile)
		r.wantCounts(map[string]int{
			"NodeFragile dropped": 2, "Uneven dropped": 1, "NodeFragile created": 4, "Uneven created": 4,
		})
	})
}
