package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/fit"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// restarts counts what Restarted is told.
type restarts struct {
	mu sync.Mutex
	n  map[string]int
}

func (r *restarts) count(resource, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == nil {
		r.n = make(map[string]int)
	}
	r.n[resource+" "+reason]++
}

func (r *restarts) of(resource, reason string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n[resource+" "+reason]
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: "1", UID: "u"}
}

// run starts a factory and returns what stops it and waits for its end.
func run(ctx context.Context, t *testing.T, client *fake.Clientset, o FactoryOptions) (*Factory, func()) {
	t.Helper()
	endInTime(client)
	f, err := NewFactory(ctx, client, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	f.StartWithContext(ctx)
	return f, func() { cancel(); f.Shutdown() }
}

// endInTime has the watches that no test has taken over end as a server's do.
func endInTime(client *fake.Clientset) {
	last := len(client.WatchReactionChain) - 1
	forever := client.WatchReactionChain[last]
	client.WatchReactionChain[last] = &clienttesting.SimpleWatchReactor{
		Resource: "*",
		Reaction: func(action clienttesting.Action) (bool, watch.Interface, error) {
			handled, w, err := forever.React(action)
			if w != nil {
				time.AfterFunc(5*time.Minute, w.Stop)
			}
			return handled, w, err
		},
	}
}

func TestTheStoresHoldWhatTheTransformsMake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(
			&corev1.Pod{ObjectMeta: meta("shop", "p")},
			&corev1.Node{ObjectMeta: meta("", "n"), Spec: corev1.NodeSpec{PodCIDR: "10.0.0.0/24"}},
			&corev1.Namespace{ObjectMeta: meta("", "shop")},
		)
		type ours struct{ metav1.ObjectMeta }
		f, stop := run(t.Context(), t, client, FactoryOptions{Transforms: Transforms{
			Pod: func(obj any) (any, error) { return &ours{obj.(*corev1.Pod).ObjectMeta}, nil },
		}})
		defer stop()
		if err := f.WaitForCacheSyncWithContext(t.Context()).AsError(); err != nil {
			t.Fatal(err)
		}
		for _, store := range [][]any{f.Pods().GetStore().List(), f.Nodes().GetStore().List(), f.Namespaces().GetStore().List()} {
			if len(store) != 1 {
				t.Fatalf("a store holds %v", store)
			}
		}
		if _, ok := f.Pods().GetStore().List()[0].(*ours); !ok {
			t.Error("the Pod is not ours")
		}
		node, err := f.Core().V1().Nodes().Lister().Get("n")
		if err != nil || node.Spec.PodCIDR != "" {
			t.Errorf("the generated lister gives %v, %v", node, err)
		}
	})
}

// asked are the lists and watches that a factory makes, sorted.
func asked(t *testing.T, o FactoryOptions) (got []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		_, stop := run(t.Context(), t, client, o)
		synctest.Wait()
		stop()
		for _, action := range client.Actions() {
			var limits clienttesting.ListRestrictions
			switch a := action.(type) {
			case clienttesting.ListAction:
				limits = a.GetListRestrictions()
			case clienttesting.WatchAction:
				limits.Fields = a.GetWatchRestrictions().Fields
			}
			got = append(got, fmt.Sprintf("%s %s in %q where %q",
				action.GetVerb(), action.GetResource().Resource, action.GetNamespace(), limits.Fields))
		}
	})
	slices.Sort(got)
	return got
}

func TestANamespaceLimitsPodsAndNamespacesAndNotNodes(t *testing.T) {
	want := []string{
		`list namespaces in "" where "metadata.name=shop"`,
		`list nodes in "" where ""`,
		`list pods in "shop" where ""`,
		`watch namespaces in "" where "metadata.name=shop"`,
		`watch nodes in "" where ""`,
		`watch pods in "shop" where ""`,
	}
	if got := asked(t, FactoryOptions{Namespace: "shop"}); !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRepairHasThreeMoreResourcesWatched(t *testing.T) {
	for _, namespace := range []string{"", "shop"} {
		without := asked(t, FactoryOptions{Namespace: namespace})
		var want []string
		for _, verb := range []string{"list", "watch"} {
			want = append(want,
				fmt.Sprintf(`%s persistentvolumeclaims in %q where ""`, verb, namespace),
				fmt.Sprintf(`%s persistentvolumes in "" where ""`, verb),
				fmt.Sprintf(`%s poddisruptionbudgets in %q where ""`, verb, namespace),
			)
		}
		want = append(want, without...)
		slices.Sort(want)
		if got := asked(t, FactoryOptions{Namespace: namespace, Repair: true}); !slices.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestWhatIsWatchedForRepairIsTrimmedNamedAndObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(
			&policyv1.PodDisruptionBudget{ObjectMeta: meta("shop", "b"), Status: policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 1, ExpectedPods: 3}},
			&corev1.PersistentVolumeClaim{ObjectMeta: meta("shop", "c"), Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "v"}},
			&corev1.PersistentVolume{ObjectMeta: meta("", "v"), Spec: corev1.PersistentVolumeSpec{StorageClassName: "fast"}},
		)
		f, stop := run(t.Context(), t, client, FactoryOptions{Name: "repair", Repair: true})
		defer stop()
		if err := f.WaitForCacheSyncWithContext(t.Context()).AsError(); err != nil {
			t.Fatal(err)
		}
		budget := only[*policyv1.PodDisruptionBudget](f.Budgets())
		if budget.Status.DisruptionsAllowed != 1 || budget.Status.ExpectedPods != 0 {
			t.Errorf("the budget is %+v", budget)
		}
		if volume := only[*corev1.PersistentVolume](f.Core().V1().PersistentVolumes().Informer()); volume.Spec.StorageClassName != "" {
			t.Errorf("the volume is %+v", volume)
		}
		if v := f.Volumes(); !v.HasSynced() {
			t.Error("the volumes are not said to be there")
		}
		var resources []string
		for _, s := range f.Streams() {
			resources = append(resources, s.Resource)
			if s.Lists != 1 || s.Watches != 1 {
				t.Errorf("%s: %+v", s.Resource, s)
			}
		}
		want := []string{"pods", "nodes", "namespaces", "poddisruptionbudgets", "persistentvolumeclaims", "persistentvolumes"}
		if !slices.Equal(resources, want) {
			t.Errorf("observed are %v, want %v", resources, want)
		}
	})
}

func TestWithoutRepairThereIsNothingOfIt(t *testing.T) {
	f, err := NewFactory(t.Context(), fake.NewClientset(), FactoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Shutdown()
	if f.Budgets() != nil || f.Volumes() != nil || len(f.Streams()) != 3 {
		t.Errorf("budgets %v, volumes %v, streams %v", f.Budgets(), f.Volumes(), f.Streams())
	}
}

// What asks for volumes is content with these.
var _ fit.Volumes = (*Volumes)(nil)

func TestVolumesAreLookedUp(t *testing.T) {
	in := &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{}}}
	f, err := NewFactory(t.Context(), fake.NewClientset(), FactoryOptions{Repair: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Shutdown()
	v := f.Volumes()
	for store, objects := range map[cache.Store][]any{
		v.claims: {
			&corev1.PersistentVolumeClaim{ObjectMeta: meta("shop", "bound"), Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pv"}},
			&corev1.PersistentVolumeClaim{ObjectMeta: meta("shop", "waits")},
		},
		v.volumes: {
			&corev1.PersistentVolume{ObjectMeta: meta("", "pv"), Spec: corev1.PersistentVolumeSpec{NodeAffinity: &corev1.VolumeNodeAffinity{Required: in}}},
			&corev1.PersistentVolume{ObjectMeta: meta("", "anywhere")},
		},
	} {
		for _, object := range objects {
			if err := store.Add(object); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]struct {
		volume string
		ok     bool
	}{"shop/bound": {"pv", true}, "shop/waits": {"", true}, "bank/bound": {"", false}, "shop/never": {"", false}} {
		namespace, claim, _ := strings.Cut(name, "/")
		if volume, ok := v.Claim(namespace, claim); volume != want.volume || ok != want.ok {
			t.Errorf("claim %s is bound to %q, %t", name, volume, ok)
		}
	}
	for name, want := range map[string]struct {
		nodes *corev1.NodeSelector
		ok    bool
	}{"pv": {in, true}, "anywhere": {nil, true}, "never": {nil, false}} {
		if nodes, ok := v.Volume(name); nodes != want.nodes || ok != want.ok {
			t.Errorf("volume %s is on %v, %t", name, nodes, ok)
		}
	}
	if v.HasSynced() {
		t.Error("what has not started is said to be there")
	}
}

func TestANameCanBeTakenOnceAtATime(t *testing.T) {
	client := fake.NewClientset()
	f, err := NewFactory(t.Context(), client, FactoryOptions{Name: "once"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewFactory(t.Context(), client, FactoryOptions{Name: "once"}); err == nil {
		t.Error("it was taken twice")
	}
	f.Shutdown()
	f, err = NewFactory(t.Context(), client, FactoryOptions{Name: "once"})
	if err != nil {
		t.Fatal(err)
	}
	f.Shutdown()
}

// The outages. In each, everything about Pods fails for ten minutes.
func TestAnOutageIsSaidOnceByResourceAndOnceMoreWhenItIsOver(t *testing.T) {
	for reason, err := range map[string]error{
		ReasonRefused:    fmt.Errorf("dial: %w", syscall.ECONNREFUSED),
		ReasonConnection: &unreachable{},
		ReasonDenied:     apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no")),
		ReasonServer:     apierrors.NewServiceUnavailable("starting"),
		ReasonThrottled:  apierrors.NewTooManyRequests("later", 1),
		ReasonTimeout:    fmt.Errorf("request: %w", context.DeadlineExceeded),
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { outage(t, reason, err) })
		})
	}
}

// unreachable is a network error that is no timeout.
type unreachable struct{}

func (*unreachable) Error() string   { return "no route to host" }
func (*unreachable) Timeout() bool   { return false }
func (*unreachable) Temporary() bool { return true }

func outage(t *testing.T, reason string, err error) {
	ctx, log := logged(t.Context(), 0)
	var counts restarts
	client := fake.NewClientset()
	over := time.Now().Add(10 * time.Minute)
	client.PrependReactor("list", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
		return time.Now().Before(over), nil, err
	})
	f, stop := run(ctx, t, client, FactoryOptions{Restarted: counts.count})
	defer stop()

	time.Sleep(9 * time.Minute) // virtual
	if got := f.Streams()[0]; got.Resource != "pods" || got.Failing == "" || got.Since.IsZero() {
		t.Errorf("the state does not tell the outage: %+v", got)
	}
	time.Sleep(5 * time.Minute) // virtual
	if n := len(log.with("Can't watch, will keep trying")); n != 1 {
		t.Errorf("the beginning was said %d times", n)
	}
	if n := len(log.with("Watching again")); n != 1 {
		t.Errorf("the end was said %d times", n)
	}
	if said := log.with(""); len(said) != 2 {
		t.Errorf("more was said:\n%s", strings.Join(said, "\n"))
	}
	if n := counts.of("pods", reason); n < 10 {
		t.Errorf("%d restarts, want one for each try", n)
	}
	if got := f.Streams()[0]; got.Failing != "" || !got.Since.IsZero() || got.Restarts[reason] == 0 {
		t.Errorf("the state does not tell the end: %+v", got)
	}
}

// watches makes each watch of Pods one that the test controls, or an error.
func watches(client *fake.Clientset, start func(n int) (watch.Interface, error)) {
	n := 0
	client.PrependWatchReactor("pods", func(clienttesting.Action) (bool, watch.Interface, error) {
		n++
		w, err := start(n)
		return true, w, err
	})
}

// until is a quiet stream that the server ends.
func until(d time.Duration) watch.Interface {
	w := watch.NewRaceFreeFake()
	time.AfterFunc(d, w.Stop)
	return w
}

func TestAWatchThatIsRefusedAfterItsListIsAnOutageToo(t *testing.T) {
	for name, err := range map[string]error{
		"which the reflector retries in silence": fmt.Errorf("dial: %w", syscall.ECONNREFUSED),
		"which it gives up with":                 apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no")),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, log := logged(t.Context(), 0)
				client := fake.NewClientset()
				watches(client, func(n int) (watch.Interface, error) {
					if n <= 20 {
						return nil, err
					}
					return until(5 * time.Minute), nil
				})
				_, stop := run(ctx, t, client, FactoryOptions{})
				defer stop()
				time.Sleep(20 * time.Minute) // virtual
				if len(log.with("Can't watch")) != 1 || len(log.with("Watching again")) != 1 || len(log.with("")) != 2 {
					t.Errorf("said:\n%s", strings.Join(log.with(""), "\n"))
				}
			})
		})
	}
}

func TestWhatIsNormalIsCountedAndNotSaid(t *testing.T) {
	for reason, ends := range map[string]func(*watch.RaceFreeFakeWatcher){
		ReasonClosed: func(w *watch.RaceFreeFakeWatcher) { w.Stop() },
		ReasonExpired: func(w *watch.RaceFreeFakeWatcher) {
			err := apierrors.NewResourceExpired("too old resource version").Status()
			w.Error(&err)
		},
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, log := logged(t.Context(), 1)
				var counts restarts
				client := fake.NewClientset()
				watches(client, func(int) (watch.Interface, error) {
					w := watch.NewRaceFreeFake()
					time.AfterFunc(290*time.Second, func() { ends(w) })
					return w, nil
				})
				_, stop := run(ctx, t, client, FactoryOptions{Restarted: counts.count})
				time.Sleep(time.Hour) // virtual
				stop()
				if n := counts.of("pods", reason); n != 12 {
					t.Errorf("%d restarts, want 12", n)
				}
				if said := log.with(""); len(said) > 0 {
					t.Errorf("said:\n%s", strings.Join(said, "\n"))
				}
			})
		})
	}
}

func TestStreamsThatCloseAtOnceAreAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, log := logged(t.Context(), 0)
		var counts restarts
		client := fake.NewClientset()
		watches(client, func(n int) (watch.Interface, error) {
			if n <= 10 {
				return until(0), nil
			}
			return until(5 * time.Minute), nil
		})
		_, stop := run(ctx, t, client, FactoryOptions{Restarted: counts.count})
		defer stop()
		time.Sleep(30 * time.Minute) // virtual
		if len(log.with("Can't watch")) != 1 || len(log.with("Watching again")) != 1 || len(log.with("")) != 2 {
			t.Errorf("said:\n%s", strings.Join(log.with(""), "\n"))
		}
		if n := counts.of("pods", ReasonShort); n != 10 {
			t.Errorf("%d restarts, want 10", n)
		}
	})
}

// listEnd is the bookmark after the objects that were there.
func listEnd() *corev1.Pod {
	end := &corev1.Pod{ObjectMeta: meta("", "")}
	end.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
	return end
}

func TestAStreamThatTheServerDoesNotEndInTimeBeginsAnew(t *testing.T) {
	for name, test := range map[string]struct {
		stream      func() watch.Interface
		least, most int // restarts in an hour, of streams that are asked for 5 to 10 minutes
	}{
		"one that says nothing and ends in time is well": {func() watch.Interface { return until(5 * time.Minute) }, 0, 0},
		"one that says nothing and does not end is not":  {func() watch.Interface { return watch.NewRaceFreeFake() }, 5, 11},
		"nor is one that has something to say": {func() watch.Interface {
			w := watch.NewRaceFreeFake()
			w.Add(&corev1.Pod{ObjectMeta: meta("shop", "web")})
			return w
		}, 5, 11},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, log := logged(t.Context(), 0)
				var counts restarts
				client := fake.NewClientset()
				watches(client, func(int) (watch.Interface, error) { return test.stream(), nil })
				_, stop := run(ctx, t, client, FactoryOptions{Restarted: counts.count})
				time.Sleep(time.Hour) // virtual
				stop()
				n := counts.of("pods", ReasonOverdue)
				if n < test.least || n > test.most {
					t.Errorf("%d restarts, want %d to %d", n, test.least, test.most)
				}
				said := slices.DeleteFunc(log.with("Can't watch"), func(line string) bool { return !strings.Contains(line, `"resource"="pods"`) })
				if len(said) != n {
					t.Errorf("of %d restarts it said:\n%s", n, strings.Join(said, "\n"))
				}
			})
		})
	}
}

func TestTheEndOfTheFirstListIsKnownWhenItIsThinned(t *testing.T) {
	body := slices.Concat(asEvent(t, watch.Bookmark, listEnd()), asEvent(t, watch.Bookmark, &corev1.Pod{ObjectMeta: meta("", "")}))
	client, err := ThinPods(saying(t, runtime.ContentTypeProtobuf+";stream=watch", body), podview.NewThinner())
	if err != nil {
		t.Fatal(err)
	}
	w, err := client.Pods("").Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var ends []bool
	for event := range w.ResultChan() {
		ends = append(ends, event.Object.(*corev1.Pod).Annotations[metav1.InitialEventsAnnotationKey] == "true")
	}
	if !slices.Equal(ends, []bool{true, false}) {
		t.Errorf("the bookmarks end the first list: %v, want the first alone to", ends)
	}
}

func TestAnErrorInsideAStreamIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, _ := logged(t.Context(), 0)
		var counts restarts
		client := fake.NewClientset()
		watches(client, func(n int) (watch.Interface, error) {
			w := watch.NewRaceFreeFake()
			if n == 1 {
				err := apierrors.NewInternalError(errors.New("etcd")).Status()
				w.Error(&err)
			}
			return w, nil
		})
		_, stop := run(ctx, t, client, FactoryOptions{Restarted: counts.count})
		defer stop()
		time.Sleep(time.Hour) // virtual
		if n := counts.of("pods", ReasonServer); n != 1 {
			t.Errorf("%d restarts, want 1", n)
		}
	})
}

func TestAnEndThatWasAskedForIsNoRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, log := logged(t.Context(), 0)
		var counts restarts
		_, stop := run(ctx, t, fake.NewClientset(), FactoryOptions{Restarted: counts.count})
		time.Sleep(time.Minute) // virtual
		stop()
		if len(counts.n) > 0 || len(log.with("")) > 0 {
			t.Errorf("counted %v, said %v", counts.n, log.with(""))
		}
	})
}

func TestAServerThatDoesNotStreamTheFirstListIsNoOutage(t *testing.T) {
	ctx, log := logged(t.Context(), 0)
	var counts restarts
	s := newStream(logger(ctx), "pods", counts.count)
	yes := true
	_, err := s.watch(func(context.Context, metav1.ListOptions) (watch.Interface, error) {
		return nil, apierrors.NewInvalid(schema.GroupKind{Kind: "ListOptions"}, "", nil)
	})(ctx, metav1.ListOptions{SendInitialEvents: &yes})
	if err == nil || counts.of("pods", ReasonFallback) != 1 || len(log.with("")) > 0 {
		t.Errorf("%v; counted %v, said %v", err, counts.n, log.with(""))
	}
}

func TestWhatOnlyTheReflectorSawIsSaidAndWhatWasSeenIsNotSaidTwice(t *testing.T) {
	ctx, log := logged(t.Context(), 0)
	var counts restarts
	s := newStream(logger(ctx), "pods", counts.count)
	seen := apierrors.NewServiceUnavailable("starting")
	s.failed(ctx, ReasonServer, seen)
	s.gaveUp(ctx, nil, fmt.Errorf("failed to list: %w", seen))
	if len(log.with("Can't watch")) != 1 || counts.of("pods", ReasonServer) != 1 {
		t.Errorf("counted %v, said %v", counts.n, log.with(""))
	}
	s.works()
	s.gaveUp(ctx, nil, errors.New("unable to sync list result"))
	if len(log.with("Can't watch")) != 2 || counts.of("pods", ReasonOther) != 1 {
		t.Errorf("counted %v, said %v", counts.n, log.with(""))
	}
}

func TestEventsAndBookmarksAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		watches(client, func(int) (watch.Interface, error) {
			w := watch.NewRaceFreeFake()
			w.Add(&corev1.Pod{ObjectMeta: meta("shop", "a")})
			w.Modify(&corev1.Pod{ObjectMeta: meta("shop", "a")})
			w.Action(watch.Bookmark, &corev1.Pod{ObjectMeta: meta("", "")})
			return w, nil
		})
		f, stop := run(t.Context(), t, client, FactoryOptions{})
		time.Sleep(time.Minute) // virtual
		stop()
		got := f.Streams()[0]
		if got.Lists != 1 || got.Watches != 1 || got.Events != 2 || got.Bookmarks != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestEveryReasonGivenIsListed(t *testing.T) {
	for err, want := range map[error]string{
		&apierrors.StatusError{ErrStatus: metav1.Status{Code: 410, Reason: metav1.StatusReasonGone}}: ReasonExpired,
		apierrors.NewResourceExpired("x"): ReasonExpired,
		apierrors.NewUnauthorized("x"):    ReasonDenied,
		apierrors.NewGenericServerResponse(502, "", schema.GroupResource{}, "", "", 0, true): ReasonServer,
		errors.New("x"): ReasonOther,
	} {
		if got := reasonOf(err); got != want || !slices.Contains(RestartReasons(), got) {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}
