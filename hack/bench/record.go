package main

import (
	_ "embed"
	"fmt"
	"os"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var page string

// record writes the page: the table, what a Pod costs, and the machine.
func record(file string, t table, results []result) error {
	m, err := thisMachine()
	if err != nil {
		return err
	}
	var out strings.Builder
	err = template.Must(template.New("page").Parse(page)).Execute(&out, map[string]any{
		"Machine": m, "Table": strings.TrimSpace(t.markdown()), "Profile": strings.TrimSpace(profileOf(results).markdown()),
		"Nodes": count(nodes), "Rate": count(changesPerSecond),
	})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("writing the page: %w", err)
	}
	say("written: %s", file)
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
