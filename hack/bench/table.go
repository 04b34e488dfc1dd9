package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// table is rows of cells, the head first.
type table [][]string

// tableOf lays the results out, a column for each.
func tableOf(results []result) table {
	head := []string{"", "aim"}
	for _, r := range results {
		head = append(head, count(r.pods)+" Pods")
	}
	t := table{append(head, "met")}
	for _, row := range append(rows(), eventRows()...) {
		cells := []string{row.what, row.aim}
		met := ""
		for _, r := range results {
			cells = append(cells, row.value(r))
			if row.met != nil && r.pods == aimsHold {
				met = map[bool]string{true: "yes", false: "no"}[row.met(r)]
			}
		}
		t = append(t, append(cells, met))
	}
	return t
}

// text is the table for a terminal.
func (t table) text() string { return t.lines("  ", "", "") }

// markdown is the table for a document.
func (t table) markdown() string { return t.lines(" | ", "| ", " |") }

func (t table) lines(between, before, after string) string {
	widths := make([]int, len(t[0]))
	for _, cells := range t {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, cells := range t {
		line := make([]string, len(cells))
		for i, cell := range cells {
			line[i] = cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		}
		b.WriteString(strings.TrimRight(before+strings.Join(line, between)+after, " ") + "\n")
		if n == 0 && before != "" {
			b.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
		}
	}
	return b.String()
}

func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func mib(bytes float64) string       { return fmt.Sprintf("%.0f MiB", bytes/mebi) }
func kb(bytes float64) string        { return fmt.Sprintf("%.1f KB", bytes/1e3) }
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// between is the median of some times, with the least and the most of them.
func between(times []time.Duration) string {
	return fmt.Sprintf("%s [%.2f–%.2f]", seconds(median(times)), slices.Min(times).Seconds(), slices.Max(times).Seconds())
}

func ms(seconds float64) string {
	if seconds < .01 {
		return fmt.Sprintf("%.2f ms", seconds*1e3)
	}
	return fmt.Sprintf("%.0f ms", seconds*1e3)
}

func latency(l latencies) string {
	return fmt.Sprintf("%s (%s)", ms(l.quantile(.5).Seconds()), ms(l.quantile(1).Seconds()))
}
