package main

import (
	"fmt"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

// tableOf lays the results out, a column for each.
func tableOf(results []result) page.Table {
	head := []string{"", "aim"}
	for _, r := range results {
		head = append(head, count(r.pods)+" Pods")
	}
	t := page.Table{append(head, "met")}
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
