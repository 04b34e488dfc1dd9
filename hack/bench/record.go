package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var page string

// remarks is the heading of what people write about a run, such as why an aim
// was missed: record leaves it as it is.
const remarks = "\n## Remarks\n"

// record writes the page: the table, what a Pod costs, and the machine.
func record(o options, m machine, t table, results []result) error {
	var out strings.Builder
	before, err := os.ReadFile(o.record)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the page: %w", err)
	}
	_, said, _ := strings.Cut(string(before), remarks)
	err = template.Must(template.New("page").Parse(page)).Execute(&out, map[string]any{
		"Machine": m, "Table": strings.TrimSpace(t.markdown()), "Profile": strings.TrimSpace(profileOf(results).markdown()),
		"Nodes": count(nodes), "Rate": count(changesPerSecond), "Rest": o.rest, "Remarks": strings.TrimSpace(said),
	})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := os.WriteFile(o.record, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("writing the page: %w", err)
	}
	say("written: %s", o.record)
	return nil
}

// profileOf lays out what a Pod costs, by part.
func profileOf(results []result) table {
	t := table{{"live heap, bytes a Pod"}}
	sum := []string{"**sum**"}
	for _, r := range results {
		t[0] = append(t[0], count(r.pods)+" Pods")
		total := 0.0
		for _, c := range r.profile {
			total += c.bytes
		}
		sum = append(sum, fmt.Sprintf("**%.0f**", total/float64(r.pods)))
	}
	// In the order of the last, largest, result.
	for _, c := range results[len(results)-1].profile {
		cells := []string{c.what}
		for _, r := range results {
			cells = append(cells, fmt.Sprintf("%.0f", costOf(r, c.what)/float64(r.pods)))
		}
		t = append(t, cells)
	}
	return append(t, sum)
}

func costOf(r result, what string) float64 {
	for _, c := range r.profile {
		if c.what == what {
			return c.bytes
		}
	}
	return 0
}
