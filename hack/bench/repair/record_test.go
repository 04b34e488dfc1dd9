package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatPeopleRemarkIsKeptWhenAPageIsWrittenAgain(t *testing.T) {
	r := result{options: options{record: filepath.Join(t.TempDir(), "page.md"), apps: 3, samples: 1}, runs: []run{{program: "Evenkeel"}}}
	write := func() string {
		t.Helper()
		if err := r.write(); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(r.options.record)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	first := write()
	if strings.Contains(first, "## Remarks") {
		t.Error("a page that nobody has written into has remarks")
	}
	said := first + "\n## Remarks\n\nThe disk was slow.\n"
	if err := os.WriteFile(r.options.record, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := write(); again != said {
		t.Errorf("written again, the page ends with %q", again[max(0, len(again)-100):])
	}
}
