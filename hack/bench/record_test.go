package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWhatPeopleRemarkIsKeptWhenAPageIsWrittenAgain(t *testing.T) {
	o := options{record: filepath.Join(t.TempDir(), "page.md"), rest: time.Minute}
	results := []result{{pods: 1000, plain: syncs{ready: []time.Duration{time.Second}}, operator: syncs{ready: []time.Duration{time.Second}}}}
	write := func() string {
		t.Helper()
		if err := record(o, machine{}, tableOf(results), results); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(o.record)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	first := write()
	if strings.Contains(first, "## Remarks") {
		t.Error("a page that nobody has written into has remarks")
	}
	said := first + "\n## Remarks\n\nThe disk was slow.\n\n### Why\n\nNobody knows.\n"
	if err := os.WriteFile(o.record, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := write(); again != said {
		t.Errorf("written again, the page ends with %q", again[max(0, len(again)-100):])
	}
}
