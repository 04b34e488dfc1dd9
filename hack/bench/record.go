package main

import (
	_ "embed"
	"fmt"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

//go:embed page.md.tmpl
var document string

// record writes the page: the table, what a Pod costs, and the machine.
func record(o options, m page.Machine, t page.Table, results []result) error {
	err := page.Write(o.record, document, map[string]any{
		"Machine": m, "Table": t.Markdown(), "Profile": profileOf(results).Markdown(),
		"Nodes": count(nodes), "Rate": count(changesPerSecond), "Rest": o.rest,
	})
	if err != nil {
		return err
	}
	say("written: %s", o.record)
	return nil
}

// profileOf lays out what a Pod costs, by part.
func profileOf(results []result) page.Table {
	t := page.Table{{"live heap, bytes a Pod"}}
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
