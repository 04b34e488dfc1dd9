package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

func TestAPageHoldsTheMachineAndWhoRan(t *testing.T) {
	r := result{
		options: options{record: filepath.Join(t.TempDir(), "page.md"), apps: 3, samples: 1},
		machine: page.Machine{CPU: "a fast one"}, runs: []run{{program: "Evenkeel"}},
	}
	if err := r.write(); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(r.options.record)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a fast one", "Evenkeel", "3 apps"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
