package cluster

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func versioned(version string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{ResourceVersion: version}}
}

func TestAnObjectIsSaidToHaveComeWhenItsWatchDeliveredIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a Arrivals
		begun := time.Now()
		for n := range 5 { // 10, 20, … one second apart
			a.note(versioned(fmt.Sprint(10*n+10)), time.Now())
			time.Sleep(time.Second)
		}
		a.note(versioned("no number"), time.Now())
		now := time.Since(begun)
		for _, step := range []struct {
			what    string
			version uint64
			want    time.Duration
		}{
			{"one from a list before", 5, now},
			{"the second, the first having been left out", 20, time.Second},
			{"the first, too late", 10, now},
			{"the second again, in a resync", 20, now},
			{"one from a list between two", 35, now},
			{"the fourth", 40, 3 * time.Second},
			{"one that has not come", 60, now},
			{"the last, which that has passed", 50, now},
		} {
			if got := a.Take(step.version).Sub(begun); got != step.want {
				t.Errorf("%s came after %s, want %s", step.what, got, step.want)
			}
		}
		a.note(versioned("70"), time.Now())
		if len(a.waiting) != 1 {
			t.Errorf("%d are waiting, want one", len(a.waiting))
		}
	})
}

func TestAFactoryKnowsWhenItsWatchesDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		f, stop := run(t.Context(), t, client, FactoryOptions{})
		defer stop()
		if err := f.WaitForCacheSyncWithContext(t.Context()).AsError(); err != nil {
			t.Fatal(err)
		}
		came := time.Now()
		pod := &corev1.Pod{ObjectMeta: meta("shop", "p")}
		pod.ResourceVersion = "7"
		node := &corev1.Node{ObjectMeta: meta("", "n")}
		node.ResourceVersion = "8"
		for _, err := range []error{client.Tracker().Add(pod), client.Tracker().Add(node)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		if got := f.PodArrivals().Take(7); got != came {
			t.Errorf("the Pod came %s after it did", got.Sub(came))
		}
		if got := f.NodeArrivals().Take(8); got != came {
			t.Errorf("the Node came %s after it did", got.Sub(came))
		}
	})
}

func TestArrivalsThatNobodyTakesDoNotGrowWithoutEnd(t *testing.T) {
	var a Arrivals
	for n := range mostArrivals + 10 {
		a.note(versioned(fmt.Sprint(n+1)), time.Now())
	}
	if len(a.waiting) != mostArrivals {
		t.Errorf("%d are waiting, want %d", len(a.waiting), mostArrivals)
	}
}
