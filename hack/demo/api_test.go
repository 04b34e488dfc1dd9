package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestAllPagesOfTheListAreRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("continue") {
		case "":
			fmt.Fprint(w, `{"items":[{"namespace":"shop","app":"cart","workload":{"kind":"Deployment","name":"cart"},
				"replicas":3,"ready":2,"verdict":"NodeFragile","severity":"critical","worstNode":{"name":"node-1","loss":1},
				"fixable":true,"because":"it could","since":"2026-03-14T12:00:00Z"}],"continue":"a&b"}`)
		case "a&b":
			fmt.Fprint(w, `{"items":[{"namespace":"shop","app":"till","verdict":"Healthy"}]}`)
		}
	}))
	defer server.Close()
	p, err := newReader(server.URL).read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.items) != 2 {
		t.Fatalf("got %d items, want 2", len(p.items))
	}
	want := makeItem("shop", "cart", "Deployment", "cart", placement.NodeFragile, func(i *item) {
		i.Replicas, i.Ready, i.WorstNode, i.WorstZone = 3, 2, loss{"node-1", 1}, loss{}
		i.Fixable, i.Because, i.Since = true, "it could", noon
	})
	if p.items[0] != want {
		t.Errorf("got %+v, want %+v", p.items[0], want)
	}
	if p.counts()[placement.NodeFragile] != 1 || p.counts()[placement.Healthy] != 1 {
		t.Errorf("got %v", p.counts())
	}
}

func TestAnErrorOfTheAPIIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"not yet"}`, http.StatusServiceUnavailable)
	}))
	defer server.Close()
	_, err := newReader(server.URL).read(t.Context())
	if err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "not yet") {
		t.Errorf("got %v", err)
	}
}
