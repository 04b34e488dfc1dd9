package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

func TestAPageHoldsTheMachineTheTableAndTheProfile(t *testing.T) {
	o := options{record: filepath.Join(t.TempDir(), "page.md"), rest: time.Minute}
	results := []result{{
		pods: 1000, profile: []cost{{what: "the store", bytes: 7000}},
		plain: syncs{ready: []time.Duration{time.Second}}, operator: syncs{ready: []time.Duration{time.Second}},
	}}
	if err := record(o, page.Machine{CPU: "a fast one"}, tableOf(results), results); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(o.record)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a fast one", "1,000 Pods", "time to ready", "| the store"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
