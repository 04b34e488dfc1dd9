package page_test

import (
	"os"
	"path/filepath"
	"testing"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

func TestWhatPeopleRemarkIsKeptWhenAPageIsWrittenAgain(t *testing.T) {
	const document = "# {{.Title}}\n{{with .Remarks}}\n## Remarks\n\n{{.}}\n{{end}}"
	file := filepath.Join(t.TempDir(), "page.md")
	write := func(title string) string {
		t.Helper()
		if err := page.Write(file, document, map[string]any{"Title": title}); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(written)
	}
	if first := write("One"); first != "# One\n" {
		t.Errorf("a page that nobody has written into is %q", first)
	}
	const said = "\n## Remarks\n\nThe disk was slow.\n\n### Why\n\nNobody knows.\n"
	if err := os.WriteFile(file, []byte("# One\n"+said), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := write("Two"); again != "# Two\n"+said {
		t.Errorf("written again, the page is %q", again)
	}
}

func TestATableIsAsWideAsItsWidestCells(t *testing.T) {
	table := page.Table{{"what", "≤"}, {"a longer one", "1"}}
	if got, want := table.Text(), "what          ≤\na longer one  1\n"; got != want {
		t.Errorf("for a terminal it is %q, want %q", got, want)
	}
	if got, want := table.Markdown(), "| what         | ≤ |\n|---|---|\n| a longer one | 1 |"; got != want {
		t.Errorf("for a document it is %q, want %q", got, want)
	}
}
