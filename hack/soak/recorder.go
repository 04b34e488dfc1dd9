package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
)

// look is what was seen of the operator at one time.
type look struct {
	under      string
	goroutines float64
	heap       float64 // what lives, in bytes
	rss        float64
	series     float64
	// atRisk are those of the series that count how long each workload was at risk:
	// one that never was has none, and it goes with its workload.
	atRisk     float64
	depth      float64 // of both queues
	workloads  float64
	pods       float64
	namespaces float64
	apps       float64 // values of the index by app
}

// recorder looks at the operator, and remembers and prints what it saw.
type recorder struct {
	operator *scale.Subject
	begun    time.Time
	looks    []look
}

func (r *recorder) last() look { return r.looks[len(r.looks)-1] }

func (r *recorder) head() {
	r.begun = time.Now()
	fmt.Printf("%8s  %-6s %10s %9s %9s %7s %6s %9s %7s %10s %6s\n",
		"after", "under", "goroutines", "heap MiB", "RSS MiB", "series", "queued", "workloads", "Pods", "namespaces", "apps")
}

// atPeace waits for some time and looks then.
func (r *recorder) atPeace(ctx context.Context) error {
	select {
	case <-time.After(peace):
		return r.sample(ctx, "peace")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sample looks now.
func (r *recorder) sample(ctx context.Context, under string) error {
	s, err := r.operator.Scrape(ctx)
	if err != nil {
		return err
	}
	memory, err := r.operator.Memory()
	if err != nil {
		return err
	}
	l := look{
		under: under, goroutines: s.Sum("go_goroutines"), rss: memory.RSS,
		atRisk: float64(s.Count("evenkeel_workload_at_risk_seconds_total")),
		depth:  s.Sum("workqueue_depth"), workloads: s.Sum("evenkeel_workloads"),
		pods:       s.Sum("evenkeel_cache_objects", `resource="pods"`),
		namespaces: s.Sum("evenkeel_cache_objects", `resource="namespaces"`),
		apps:       s.Sum("evenkeel_index_values", `index="byApp"`),
	}
	l.series = float64(len(s)) - l.atRisk
	if l.heap, err = r.operator.Heap(ctx); err != nil {
		return err
	}
	r.looks = append(r.looks, l)
	fmt.Printf("%8s  %-6s %10.0f %9.1f %9.1f %7.0f %6.0f %9.0f %7.0f %10.0f %6.0f\n", time.Since(r.begun).Round(time.Second),
		l.under, l.goroutines, l.heap/mebi, l.rss/mebi, l.series, l.depth, l.workloads, l.pods, l.namespaces, l.apps)
	return nil
}

const mebi = 1 << 20

// bound is how far something may be above what it was under churn, as a share and
// as an amount, of which the larger counts, and at peace, as an amount.
type bound struct {
	what          string
	of            func(look) float64
	share, amount float64
	atPeace       float64
}

// bounds are what must not grow, and how much it may vary.
func bounds() []bound {
	return []bound{
		{"goroutines", func(l look) float64 { return l.goroutines }, .1, 10, 5},
		// What was said is remembered for an hour, up to 4,096 messages, and as
		// many of those whose it was: that grows at first, and has a bound.
		{"heap", func(l look) float64 { return l.heap }, .1, 4 * mebi, 6 * mebi},
		// A code that was first answered, a verdict that was first given.
		{"series", func(l look) float64 { return l.series }, .05, 100, 40},
		{"queue depth", func(l look) float64 { return l.depth }, .1, 200, 0},
	}
}

// flat compares the last quarter of the time under churn with the second, by
// their medians.
func (r *recorder) flat() error {
	churn := slices.DeleteFunc(slices.Clone(r.looks), func(l look) bool { return l.under != "churn" })
	if len(churn) < 8 {
		return fmt.Errorf("%d samples under churn are too few to tell", len(churn))
	}
	quarter := len(churn) / 4
	var errs []error
	for _, b := range bounds() {
		early := middle(churn[quarter:2*quarter], b.of)
		errs = append(errs, b.hold("the last quarter under churn", early, middle(churn[len(churn)-quarter:], b.of), max(b.share*early, b.amount)))
	}
	return errors.Join(errs...)
}

// nothingLeft compares the peace after with the peace before.
func (r *recorder) nothingLeft(before look) error {
	after := r.last()
	var errs []error
	for _, b := range bounds() {
		errs = append(errs, b.hold("the peace at the end", b.of(before), b.of(after), b.atPeace))
	}
	for what, pair := range map[string][2]float64{
		"workloads":  {before.workloads, after.workloads},
		"Pods":       {before.pods, after.pods},
		"namespaces": {before.namespaces, after.namespaces},
		"apps":       {before.apps, after.apps},
	} {
		if pair[0] != pair[1] {
			errs = append(errs, fmt.Errorf("%.0f %s are left, want the %.0f of the beginning", pair[1], what, pair[0]))
		}
	}
	if after.atRisk > after.workloads {
		errs = append(errs, fmt.Errorf("%.0f series count the time at risk of %.0f workloads", after.atRisk, after.workloads))
	}
	return errors.Join(errs...)
}

// hold is an error where something has grown by more than that.
func (b bound) hold(when string, was, is, by float64) error {
	most := was + by
	verdict := "ok"
	if is > most {
		verdict = "GREW"
	}
	fmt.Printf("%-4s  %s in %s: %.0f, at most %.0f\n", verdict, b.what, when, is, most)
	if is > most {
		return fmt.Errorf("%s grew from %.0f to %.0f", b.what, was, is)
	}
	return nil
}

func middle(looks []look, of func(look) float64) float64 {
	values := make([]float64, len(looks))
	for i, l := range looks {
		values[i] = of(l)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
