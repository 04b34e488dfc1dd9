package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// expectation is what the operator should say of every workload.
type expectation map[key]want

// with returns the expectation with another one laid over it.
func (e expectation) with(other expectation) expectation {
	sum := maps.Clone(e)
	maps.Copy(sum, other)
	return sum
}

// differences lists where items are not as expected, sorted; none where all
// are.
func (e expectation) differences(items []item) []string {
	var found []string
	seen := make(map[key]bool, len(items))
	for _, it := range items {
		seen[it.key()] = true
		switch w, ok := e[it.key()]; {
		case !ok:
			found = append(found, fmt.Sprintf("%s is %s and should not be there", it.key(), it.Verdict))
		case it.Verdict != w.verdict:
			found = append(found, fmt.Sprintf("%s is %s (%d of %d ready), want %s", it.key(), it.Verdict, it.Ready, it.Replicas, w.verdict))
		case it.Fixable != w.fixable:
			found = append(found, fmt.Sprintf("%s is %s with fixable %t (%s), want %t", it.key(), it.Verdict, it.Fixable, it.Because, w.fixable))
		}
	}
	for k := range e {
		if !seen[k] {
			found = append(found, fmt.Sprintf("%s is missing, want %s", k, e[k].verdict))
		}
	}
	slices.SortFunc(found, cmp.Compare)
	return found
}
