package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// part is something that memory goes to, and how to tell it by the functions on
// the stack of an allocation, the innermost first.
type part struct {
	what string
	is   func(stack []string) bool
}

// parts are asked in this order; the first that says yes has it.
func parts() []part {
	any := func(words ...string) func([]string) bool {
		return func(stack []string) bool {
			return slices.ContainsFunc(stack, func(f string) bool {
				return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(f, w) })
			})
		}
	}
	first := func(word string) func([]string) bool {
		return func(stack []string) bool { return len(stack) > 0 && strings.Contains(stack[0], word) }
	}
	both := func(a, b func([]string) bool) func([]string) bool {
		return func(stack []string) bool { return a(stack) && b(stack) }
	}
	return []part{
		{"`podview.Pod`, the struct", first("podview.(*Transformer).Pod")},
		{"its own `string`s: name, UID, resource version", both(any("v1.(*ObjectMeta).Unmarshal"), any("v1.(*Pod).Unmarshal"))},
		{"`podview.Template`, shared: labels, owner, tolerations, constraints", any("podview.", "v1.(*Pod).Unmarshal")},
		{"the store's keys, `string`", any("cache.MetaNamespaceKeyFunc")},
		{"the indices byNode, byApp and byFar, `sets.Set[string]`", any("cache.(*storeIndex)")},
		{"the store itself, `map[string]any`", any("cache.(*cache).Replace", "cache.(*threadSafeMap)")},
		{"`report`: what each node and zone carries", any("report.domains")},
		{"`report`: the workloads", any("report.(*Report)")},
		{"`placement`: the assessments, with each workload's nodes", any("placement.")},
		{"`eligibility`: nodes and scheduling classes", any("eligibility.")},
		{"`v1.Node`, trimmed", any("v1.(*Node).Unmarshal", "cluster.trimNode")},
		{"`controller` and its queue", any("pkg/controller.", "util/workqueue")},
		{"`notify`: what was said", any("pkg/notify.")},
	}
}

// theRest is what no part is: it does not grow with the Pods.
const theRest = "the rest: the program, connections, buffers"

// profileRate is how many bytes lie between two allocations that the profile
// counts, on average: few enough that no part is missed, and enough that a first
// sync, most of which is garbage at once, does not take minutes.
const profileRate = 1024

// costs profiles what a Pod costs.
func (s stage) costs(ctx context.Context) error {
	operator, _, err := s.start(ctx, s.operator, "profiled", fmt.Sprintf("GODEBUG=memprofilerate=%d", profileRate))
	if err != nil {
		return err
	}
	defer operator.Stop()
	if err := s.rested(ctx, operator); err != nil {
		return err
	}
	if _, err := operator.Heap(ctx); err != nil { // it collects garbage
		return err
	}
	profile, _, err := operator.Get(ctx, operator.API+"/debug/pprof/heap?gc=1&debug=1")
	if err != nil {
		return err
	}
	s.into.profile, err = costsIn(profile, profileRate)
	return err
}

// costsIn adds up what lives, by part. The profile's text has, for each stack, a
// line that begins with "objects: bytes [" and one for each function, with its
// name between its address and its file. The numbers are those of the allocations
// that were counted, one of so many bytes on average.
func costsIn(profile []byte, rate float64) ([]cost, error) {
	sums := make(map[string]float64)
	all := parts()
	var size float64
	var stack []string
	flush := func() {
		if size == 0 {
			return
		}
		what := theRest
		if i := slices.IndexFunc(all, func(p part) bool { return p.is(stack) }); i >= 0 {
			what = all[i].what
		}
		sums[what] += size
		size, stack = 0, nil
	}
	lines := bufio.NewScanner(bytes.NewReader(profile))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if counts, _, ok := strings.Cut(line, " ["); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "heap profile") {
			flush()
			var objects float64
			if _, err := fmt.Sscanf(counts, "%g: %g", &objects, &size); err != nil {
				return nil, fmt.Errorf("reading the heap profile: %w", err)
			}
			if objects > 0 {
				// The chance that an allocation of this size is counted.
				size /= 1 - math.Exp(-size/objects/rate)
			}
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < 3 || fields[0] != "#" {
			continue
		}
		if f, _, _ := strings.Cut(fields[2], "+0x"); !strings.HasPrefix(f, "runtime.") && !strings.HasPrefix(f, "internal/runtime") {
			stack = append(stack, f)
		}
	}
	flush()
	var costs []cost
	for what, bytes := range sums {
		costs = append(costs, cost{what, bytes})
	}
	slices.SortFunc(costs, func(a, b cost) int {
		return cmp.Or(cmp.Compare(b2i(a.what == theRest), b2i(b.what == theRest)), cmp.Compare(b.bytes, a.bytes))
	})
	return costs, lines.Err()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
