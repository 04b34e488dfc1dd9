package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// update rewrites the page instead of comparing: make generate sets it.
var update = flag.Bool("update", false, "write docs/flags.md")

const flagsPage = "../../docs/flags.md"

func TestTheFlagsPageListsTheFlagsAsTheyAre(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(flagsPage, []byte(want), 0o644); err != nil { //nolint:gosec // a page for all to read
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(flagsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/flags.md is not what the flags say: run make generate\ngot:\n%s\nwant:\n%s", got, want)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString("# Flags of `operator`\n\nMade from the code by `make generate`; a test compares the two.\n\n")
	b.WriteString("| flag | default | what it says |\n|---|---|---|\n")
	var o options
	o.flagSet().VisitAll(func(f *pflag.Flag) {
		name := "`--" + f.Name + "`"
		if f.Shorthand == f.Name {
			name = "`-" + f.Name + "`"
		}
		value := f.DefValue
		if value != "" {
			value = "`" + value + "`"
		}
		_, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, value, usage)
	})
	return b.String()
}
