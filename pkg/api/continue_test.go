package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/api"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// many makes n apps of random verdicts, with many that differ by name alone.
func many(n int) world {
	random := rand.New(rand.NewPCG(1, 2))
	verdicts := placement.Verdicts()
	w := world{nodes: nodes{{Name: "n0", Zone: "z"}}}
	for i := range n {
		share := float64(random.IntN(4)) / 3
		node := fmt.Sprintf("n%d", i%100)
		w.assessments = append(w.assessments, placement.Assessment{
			ID: placement.WorkloadID{
				AppKey: placement.AppKey{Namespace: fmt.Sprintf("team-%d", i%40), App: fmt.Sprintf("app-%d", i)},
				Kind:   "ReplicaSet", Name: fmt.Sprintf("app-%d", i),
			},
			Replicas: 1 + random.IntN(3), Ready: 1,
			Verdict:   verdicts[random.IntN(len(verdicts))],
			WorstNode: placement.Loss{Name: node, Share: share}, WorstZone: placement.Loss{Name: "z", Share: share / 2},
			Because: "its replicas could stand on 2 nodes", Cause: "no spread constraint over kubernetes.io/hostname",
			Cure:  "spec:\n  topologySpreadConstraints:\n  - topologyKey: kubernetes.io/hostname\n    maxSkew: 1\n    whenUnsatisfiable: ScheduleAnyway\n",
			Nodes: []placement.Share{{Node: node, Zone: "z", Ready: 1}},
		})
	}
	return w
}

type page struct {
	Items []struct {
		Namespace, App, Verdict string
	}
	Continue string
}

func get(t testing.TB, handler http.Handler, target string) page {
	t.Helper()
	answer := do(handler, "GET", target)
	var p page
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || answer.Code != 200 {
		t.Fatalf("%s: %d %v", target, answer.Code, err)
	}
	return p
}

// pages follows continue to the end, calling between after each page.
func pages(t *testing.T, handler http.Handler, target string, between func()) []string {
	t.Helper()
	var apps []string
	for token := ""; ; {
		p := get(t, handler, target+"&continue="+url.QueryEscape(token))
		for _, item := range p.Items {
			apps = append(apps, item.Namespace+"/"+item.App)
		}
		if token = p.Continue; token == "" {
			return apps
		}
		between()
	}
}

func TestPagesOfAnySizeGiveEveryItemOnceInTheReportsOrder(t *testing.T) {
	w := many(300)
	r := w.report()
	handler := api.New(api.Config{Report: r, Cluster: w.nodes})
	var want []string
	for _, item := range r.Items() {
		want = append(want, item.ID.AppKey.String())
	}
	for _, limit := range []int{1, 7, 100, 299, 300, 301, 1000} {
		got := pages(t, handler, fmt.Sprintf("/api/v1/apps?limit=%d", limit), func() {})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("limit %d: got %d items in another order, or not all %d", limit, len(got), len(want))
		}
	}
}

func TestWhatDoesNotMoveBetweenPagesIsGivenExactlyOnce(t *testing.T) {
	w := many(300)
	r := w.report()
	handler := api.New(api.Config{Report: r, Cluster: w.nodes})
	moved := make(map[string]bool)
	next := 0
	seen := make(map[string]int)
	for _, app := range pages(t, handler, "/api/v1/apps?limit=20", func() {
		for range 5 { // verdicts that change, and apps that go, the last of a page among them
			a := w.assessments[next]
			next++
			moved[a.ID.AppKey.String()] = true
			if next%2 == 0 {
				r.Put(a.ID.AppKey, nil, time.Now())
				continue
			}
			a.Verdict = placement.Healthy
			r.Put(a.ID.AppKey, []placement.Assessment{a}, time.Now())
		}
	}) {
		seen[app]++
	}
	for _, a := range w.assessments {
		if app := a.ID.AppKey.String(); !moved[app] && seen[app] != 1 {
			t.Errorf("%s was given %d times", app, seen[app])
		}
	}
}

func TestAPageBeginsAfterAnItemThatIsGone(t *testing.T) {
	w := readWorld(t)
	r := w.report()
	handler := api.New(api.Config{Report: r, Cluster: w.nodes})
	first := get(t, handler, "/api/v1/apps?limit=1")
	r.Put(placement.AppKey{Namespace: "shop", App: "mail"}, nil, time.Now())
	second := get(t, handler, "/api/v1/apps?limit=1&continue="+first.Continue)
	if first.Items[0].App != "mail" || second.Items[0].App != "cart" {
		t.Errorf("got %v, then %v", first, second)
	}
}

func TestATokenThatWasChangedIsRefused(t *testing.T) {
	handler := readWorld(t).handler()
	token := get(t, handler, "/api/v1/apps?limit=1").Continue
	for _, bad := range []string{token[:len(token)-1], token + "A", "x" + token, "e30", "bnVsbA", "====", token + "," + token} {
		if answer := do(handler, "GET", "/api/v1/apps?continue="+url.QueryEscape(bad)); answer.Code != 400 {
			t.Errorf("%q: %d", bad, answer.Code)
		}
	}
}

// BenchmarkAppsPage is the first page of 100 out of 5,000 apps.
func BenchmarkAppsPage(b *testing.B) {
	handler := many(5000).handler()
	for b.Loop() {
		if answer := do(handler, "GET", "/api/v1/apps?limit=100"); answer.Code != 200 {
			b.Fatal(answer.Code)
		}
	}
}

// BenchmarkNodes is every node of a cluster of 1,000 nodes and 5,000 apps.
func BenchmarkNodes(b *testing.B) {
	w := many(5000)
	w.nodes = nil
	for i := range 1000 {
		w.nodes = append(w.nodes, api.Node{Name: fmt.Sprintf("n%d", i), Zone: "z"})
	}
	handler := w.handler()
	for b.Loop() {
		if answer := do(handler, "GET", "/api/v1/nodes"); answer.Code != 200 {
			b.Fatal(answer.Code)
		}
	}
}

var _ api.Report = (*report.Report)(nil)
