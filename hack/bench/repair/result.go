package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

// result is all that was measured.
type result struct {
	options
	machine page.Machine
	// prompt are the apps whose replicas were ready at once, late those whose
	// replicas were ready when they had settled.
	prompt, late []sample
	// requests are the operator's for the prompt ones, by what, and repairs how many
	// moves it made for these.
	requests map[string]int
	repairs  int
	runs     []run
}

// aim is the most that the slowest of a hundred evictions may take.
const aim = 100 * time.Millisecond

// reactionTable lays out how soon evictions come.
func (r *result) reactionTable() page.Table {
	t := page.Table{{"from the last replica's readiness to the eviction, less the settle time", "aim", "apps", "p50", "p99", "slowest", "met"}}
	row := func(what string, aimed bool, samples []sample, of func(sample) time.Duration) {
		l := latenciesOf(samples, of)
		cells := []string{what, "", fmt.Sprint(len(l)), ms(l.quantile(.5)), ms(l.quantile(.99)), ms(l.quantile(1)), ""}
		if aimed {
			cells[1], cells[6] = "p99 ≤ "+ms(aim), yes(len(l) > 0 && l.quantile(.99) <= aim)
		}
		t = append(t, cells)
	}
	row("ready at once, after the settle time's end by whole seconds", true, r.prompt, sample.reaction)
	row("… by the clock alone", false, r.prompt, sample.raw)
	row("ready when the settle time is over", true, r.late, sample.reaction)
	row("… from when its budget allows an eviction", false, r.late, sample.permitted)
	return t
}

// requestTable lays out what a repair by one move asks of the API server, the most
// frequent first, and what is not asked for each time last.
func (r *result) requestTable() page.Table {
	t := page.Table{{"requests to the API server", "a repair"}}
	whats := slices.SortedFunc(maps.Keys(r.requests), func(a, b string) int {
		if d := r.requests[b] - r.requests[a]; d != 0 {
			return d
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	sum, once := 0, 0
	for _, what := range whats {
		n := r.requests[what]
		sum += n
		if 2*n < r.repairs {
			once += n
			continue
		}
		t = append(t, []string{what, r.perRepair(n)})
	}
	return append(t, []string{"others", r.perRepair(once)}, []string{"sum", r.perRepair(sum)})
}

func (r *result) perRepair(requests int) string {
	return fmt.Sprintf("%.2f", float64(requests)/float64(max(r.repairs, 1)))
}

// runTable lays out the two programs side by side.
func (r *result) runTable() page.Table {
	rows := []struct {
		what  string
		value func(run) string
	}{
		{"no app on one node alone any more, after", func(one run) string { return seconds(one.safe) }},
		{"all apps Healthy, after", func(one run) string { return seconds(one.repaired) }},
		{"apps Healthy at the end", func(one run) string { return fmt.Sprintf("%d of %d", one.healthy, r.apps) }},
		{fmt.Sprintf("evictions made, of %d that it takes at least", r.least()), func(one run) string { return fmt.Sprint(one.evictions) }},
		{"evictions refused", func(one run) string { return fmt.Sprint(one.refused) }},
		{"requests to the API server", func(one run) string { return fmt.Sprint(one.requests) }},
		{"CPU time before the nodes are opened", func(one run) string { return cpu(one.atStart) }},
		{"CPU time from then on", func(one run) string { return cpu(one.whole) }},
		{"… within", func(one run) string { return seconds(one.lasted) }},
		{"RSS at its peak", func(one run) string { return fmt.Sprintf("%.0f MiB", one.peak/mebi) }},
	}
	t := page.Table{{fmt.Sprintf("%d apps of %d replicas", r.apps, replicas)}}
	for _, one := range r.runs {
		t[0] = append(t[0], one.program)
	}
	for _, row := range rows {
		cells := []string{row.what}
		for _, one := range r.runs {
			cells = append(cells, row.value(one))
		}
		t = append(t, cells)
	}
	return t
}

// least is how many evictions it takes: of three replicas on one node two must go,
// since two of three on one are more than half.
func (r *result) least() int { return r.apps * (replicas - 1) }

const mebi = 1 << 20

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1e3) }

// cpu is a time that the kernel tells in hundredths of a second.
func cpu(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// seconds is a time, of which zero stands for never.
func seconds(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
