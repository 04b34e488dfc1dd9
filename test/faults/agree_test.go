package faults_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// recovery bounds how long an operator may take to get over a fault that is
// over: client-go waits for up to 30 s, and more by its jitter, between tries.
const recovery = 90 * time.Second

// agrees sees an operator through to the end of a fault: it knows of every Pod
// what the API server knows, nothing settles any more, a fresh operator says the
// same and has nothing to add, and no Event is doubled.
func (s *stage) agrees(t *testing.T, o *harness.Operator) {
	t.Helper()
	s.agreesWithin(t, o, recovery)
}

func (s *stage) agreesWithin(t *testing.T, o *harness.Operator, within time.Duration) {
	t.Helper()
	begun := time.Now()
	harness.Eventually(t, within, func() error { return s.atRest(t, o) })
	t.Logf("at rest %s after the last change", time.Since(begun).Round(time.Millisecond))
	o.AgreesWithOneOf(t, s.namespace, settle...)
	s.saidOnce(t)
}

// settle is short, so that tests need not wait, and longer than the whole
// seconds of the cluster's times.
var settle = []string{"--settle", "2s"}

func (s *stage) atRest(t *testing.T, o *harness.Operator) error {
	t.Helper()
	items := o.Apps(t, s.namespace)
	pods, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	want := make(map[string]map[string]int)
	for _, p := range pods.Items {
		if p.DeletionTimestamp != nil {
			return fmt.Errorf("%s is being deleted", p.Name)
		}
		if want[p.Labels["app"]] == nil {
			want[p.Labels["app"]] = make(map[string]int)
		}
		if isReady(&p) {
			want[p.Labels["app"]][p.Spec.NodeName]++
		}
	}
	if len(items) != len(want) {
		return fmt.Errorf("%d workloads reported, of %d", len(items), len(want))
	}
	for _, item := range items {
		var page struct{ Items []harness.Item }
		o.GetJSON(t, "/api/v1/apps/"+s.namespace+"/"+item.App, &page)
		if len(page.Items) != 1 || !maps.Equal(page.Items[0].Nodes, want[item.App]) {
			return fmt.Errorf("of %s it knows %+v, but the Pods are on %v", item.App, page.Items, want[item.App])
		}
		if item.Verdict == "Settling" {
			return fmt.Errorf("%s is still settling", item.App)
		}
	}
	if waiting := metric(t, o, `workqueue_depth{name="events"}`) + metric(t, o, `workqueue_unfinished_work_seconds{name="events"}`); waiting > 0 {
		return fmt.Errorf("Events are being written")
	}
	return nil
}

func isReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// saidOnce sees that no two Events say the same of the same, and that those on
// the apps that swing tell of what there was, to the last.
func (s *stage) saidOnce(t *testing.T) {
	t.Helper()
	harness.Eventually(t, recovery, func() error { return s.lastWords(t) })
	sayings := make(map[string]int)
	events := suite.Events(t, s.namespace)
	for _, e := range events {
		sayings[fmt.Sprint(e.Regarding.Kind, " ", e.Regarding.Name, " ", e.Regarding.UID, " ", e.Reason, " ", e.Annotations["evenkeel.dev/since"])]++
		if e.Series != nil {
			t.Errorf("Event %s counts %d", e.Name, e.Series.Count)
		}
	}
	for what, n := range sayings {
		if n != 1 {
			t.Errorf("said %d times: %s", n, what)
		}
	}
	s.toldOfAll(t)
	told, turns := s.turnsTold(t)
	t.Logf("%d Events, looked through for doubled ones; %d turns of apps, %d told of", len(events), turns, told)
}

// said are the reasons of the Events on an app's Deployment, in the order in
// which what they tell of began.
func (s *stage) said(t *testing.T, app string) []string {
	t.Helper()
	var events []eventsv1.Event
	for _, e := range suite.Events(t, s.namespace) {
		if e.Regarding.Kind == "Deployment" && e.Regarding.Name == app {
			events = append(events, e)
		}
	}
	slices.SortFunc(events, func(a, b eventsv1.Event) int { return since(t, a).Compare(since(t, b)) })
	reasons := make([]string, 0, len(events))
	for _, e := range events {
		reasons = append(reasons, e.Reason)
	}
	return reasons
}

func since(t *testing.T, e eventsv1.Event) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, e.Annotations["evenkeel.dev/since"])
	if err != nil {
		t.Fatalf("Event %s: %v", e.Name, err)
	}
	return at
}

// told waits until these and no other Events stand on an app.
func (s *stage) told(t *testing.T, app string, want ...string) {
	t.Helper()
	harness.Eventually(t, recovery, func() error {
		if got := s.said(t, app); !slices.Equal(got, want) {
			return fmt.Errorf("Events on %s: %v, want %v", app, got, want)
		}
		return nil
	})
}

// fragile makes an app whose two Pods stand on one node, sound one whose two
// stand in two zones.
func (s *stage) fragile(t *testing.T, app string) { s.pair(t, app, 0) }
func (s *stage) sound(t *testing.T, app string)   { s.pair(t, app, 1) }

func (s *stage) pair(t *testing.T, app string, second int) {
	t.Helper()
	s.app(t, app)
	s.place(t, app, app+"-stays", 0)
	s.place(t, app, app+"-moves", second)
}

// crowd moves an app's second Pod to the first's node, spread to another.
func (s *stage) crowd(t *testing.T, app string)  { s.move(t, app, "-crowds", 0) }
func (s *stage) spread(t *testing.T, app string) { s.move(t, app, "-spreads", 1) }

func (s *stage) move(t *testing.T, app, suffix string, node int) {
	t.Helper()
	pods, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods.Items {
		if p.Name != app+"-stays" {
			s.remove(t, p.Name)
		}
	}
	s.place(t, app, app+suffix, node)
}

// says waits until an operator gives an app a verdict.
func (s *stage) says(t *testing.T, o *harness.Operator, app, verdict string, within time.Duration) harness.Item {
	t.Helper()
	var found harness.Item
	harness.Eventually(t, within, func() error {
		if found = s.item(t, o, app); found.Verdict != verdict {
			return fmt.Errorf("%s is %q, not %s", app, found.Verdict, verdict)
		}
		return nil
	})
	return found
}

// item is what an operator says of an app; without a verdict where it says
// nothing.
func (s *stage) item(t *testing.T, o *harness.Operator, app string) harness.Item {
	t.Helper()
	for _, item := range o.Apps(t, s.namespace) {
		if item.App == app {
			return item
		}
	}
	return harness.Item{}
}

// metric is the value of one series; zero where it is not there.
func metric(t *testing.T, o *harness.Operator, series string) float64 {
	t.Helper()
	_, exposition := o.Get(t, o.Metrics+"/metrics")
	match := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(exposition)
	if match == nil {
		return 0
	}
	value, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		t.Fatalf("%s: %v", series, err)
	}
	return value
}
