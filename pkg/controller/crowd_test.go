package controller

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// tenNodes are n0 to n9, in two zones.
func tenNodes() []runtime.Object {
	var all []runtime.Object
	for i := range 10 {
		all = append(all, node(fmt.Sprint("n", i), inZone(fmt.Sprint(i%2))))
	}
	return all
}

func TestFiveThousandAppsOfOneNamespaceFollowItsPolicyAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const apps = 5000
		objects := append(tenNodes(), namespace("shop"))
		for i := range apps {
			app := fmt.Sprint("app-", i)
			for n, on := range []string{"n0", "n0", "n1"} {
				objects = append(objects, pod(app, fmt.Sprint(app, "-", n), on))
			}
		}
		r := newRig(t, smaller(), objects...)
		defer r.stop()
		r.pass(0)
		r.expectOnly(placement.Tally{Verdict: placement.Uneven, Fixable: true}, apps)
		before := r.meter.count("success")
		r.put(namespace("shop", placement.MaxNodeLossAnnotation, "70%"))
		r.pass(0)
		r.expectOnly(placement.Tally{Verdict: placement.Healthy}, apps)
		if n := r.meter.count("success") - before; n != apps {
			t.Errorf("a change of policy made %d reconciles, want one for each app", n)
		}
		r.clear()
		r.pass(quiet())
		r.isEmpty()
	})
}

func (r *rig) expectOnly(tally placement.Tally, n int) {
	r.t.Helper()
	if got := r.report.Tallies(); len(got) != 1 || got[tally] != n {
		r.t.Errorf("the report counts %v, want %d of %v alone", got, n, tally)
	}
}

func TestAnAppOfTwentyThousandPodsIsJudgedLikeAnyOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pods = 20_000
		objects := append(tenNodes(), pod("small", "small-1", "n0"))
		for i := range pods {
			objects = append(objects, pod("web", fmt.Sprint("web-", i), fmt.Sprint("n", i%10)))
		}
		r := newRig(t, smaller(), objects...)
		defer r.stop()
		r.pass(0)
		r.expectApp("web", pods, pods, placement.Healthy)
		for i := 10; i < pods; i++ {
			r.put(pod("web", fmt.Sprint("web-", i), fmt.Sprint("n", i%10), unready))
		}
		r.put(pod("small", "small-1", "n0", unready))
		r.pass(0)
		r.expectApp("web", pods, 10, placement.Healthy)
		r.expectApp("small", 1, 0, placement.Unavailable)
		r.clear()
		r.pass(quiet())
		r.isEmpty()
	})
}

func (r *rig) expectApp(app string, replicas, ready int, verdict placement.Verdict) {
	r.t.Helper()
	items := r.report.App(placement.AppKey{Namespace: "shop", App: app})
	if len(items) != 1 || items[0].Replicas != replicas || items[0].Ready != ready || items[0].Verdict != verdict {
		r.t.Errorf("of %s is said %+v, want %s with %d of %d ready", app, items, verdict, ready, replicas)
	}
}

func TestTheLabelThatNamesAnAppMayBeAtItsLimits(t *testing.T) {
	tests := map[string]struct {
		label *string
		app   string
	}{
		"63 characters name an app":                 {&longest, longest},
		"an empty value is as good as none":         {new(string), "web"},
		"without the label the workload names it":   {nil, "web"},
		"what is no UTF-8 is a name like any other": {ptr("\xff"), "\xff"},
		"so is one with a slash":                    {ptr("a/b"), "a/b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, smaller(), tenNodes()...)
				defer r.stop()
				for i, on := range []string{"n0", "n0"} {
					p := pod("web", fmt.Sprint("web-", i), on)
					delete(p.Labels, "app")
					if test.label != nil {
						p.Labels["app"] = *test.label
					}
					r.put(p)
				}
				r.pass(0)
				items := r.report.Items()
				want := placement.AppKey{Namespace: "shop", App: test.app}
				if len(items) != 1 || items[0].ID.AppKey != want || items[0].Verdict != placement.NodeFragile {
					t.Errorf("said is %+v, want %q to be NodeFragile", items, want)
				}
				if apps := r.pods.Apps(); !slices.Equal(apps, []placement.AppKey{want}) {
					t.Errorf("indexed are %q", apps)
				}
				r.isConsistent()
				r.clear()
				r.pass(quiet())
				r.isEmpty()
			})
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestAPodFromTheFutureIsWaitedForNoLongerThanAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, smaller(), tenNodes()...)
		defer r.stop()
		p := pod("web", "web-1", "n0")
		p.CreationTimestamp.Time = time.Now().AddDate(80, 0, 0)
		p.Status.Conditions[0].LastTransitionTime = p.CreationTimestamp
		r.put(p)
		r.pass(quiet())
		again, err := r.reconcile(t.Context(), placement.AppKey{Namespace: "shop", App: "web"})
		if err != nil || again <= 0 || again > time.Hour {
			t.Errorf("it is looked at again after %s (%v)", again, err)
		}
		r.expectOnly(placement.Tally{Verdict: placement.Single}, 1)
	})
}

// TestAppsThatComeAndGoWithoutEndLeaveNothing is what a namespace made for each
// test run does to an operator.
func TestAppsThatComeAndGoWithoutEndLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, smaller(), tenNodes()...)
		defer r.stop()
		for i := range 500 {
			ns, app := fmt.Sprint("run-", i), fmt.Sprint("app-", i)
			one := pod(app, app+"-0", "n0", in(ns), tolerating(app), saying(placement.SettleAnnotation, "soon"))
			two := pod(app, app+"-1", "n1", in(ns), unready)
			r.put(namespace(ns, placement.MaxNodeLossAnnotation, app))
			r.put(one)
			r.put(two)
			r.pass(time.Second)
			r.put(pod(app, app+"-1", "n1", in(ns), unready, terminating))
			r.report.Adopt([]report.Standing{{ID: placement.WorkloadID{AppKey: placement.AppKey{Namespace: ns, App: app}, Kind: "Deployment", Name: "gone"}, Verdict: placement.Unavailable, Since: past().Time}})
			r.TellAgain()
			r.pass(time.Second)
			r.remove(one, i%2 == 0)
			r.remove(two, i%3 == 0)
			r.remove(namespace(ns), false)
		}
		r.clear()
		r.pass(quiet())
		r.isEmpty()
	})
}
