package main

import (
	"fmt"
	"strings"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// summary says in lines what came of it, and whether all was done that there was
// to do.
func (a *account) summary(s scene) (lines []string, good bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	did, missed, sum := "repaired", "repair", a.repairs()
	if s.mode == placement.Shadow {
		did, missed, sum = "planned for", "plan for", fmt.Sprintf("%d plans were as expected; %d Pods were evicted", a.times, a.evicted)
	}
	var done, missing []string
	for _, of := range s.mendable() {
		if k := of.key(); a.done[k] {
			done = append(done, k.String())
		} else {
			missing = append(missing, k.String())
		}
	}
	if len(missing) == 0 {
		lines = append(lines, fmt.Sprintf("%s every app that can be repaired: %s", did, strings.Join(done, " ")))
	} else {
		lines = append(lines, fmt.Sprintf("did not %s every app that can be repaired, missing: %s", missed, strings.Join(missing, " ")))
	}
	lines = append(lines, sum)
	if !a.broken() {
		lines = append(lines, "no app ever fell below its PodDisruptionBudget")
	}
	return lines, len(missing) == 0
}

// broken is true where a PodDisruptionBudget was; the caller holds the lock.
func (a *account) broken() bool {
	for _, b := range a.books {
		if b.fallen {
			return true
		}
	}
	return false
}

// repairs sums them up; the caller holds the lock.
func (a *account) repairs() string {
	if a.times == 0 {
		return fmt.Sprintf("no repair came to its end; %d Pods were evicted", a.evicted)
	}
	return fmt.Sprintf("%d repairs, for which %d moves were planned; %d Pods were evicted in all; the slowest repair took %s (%s)",
		a.times, a.moves, a.evicted, seconds(a.slowest), a.slow)
}
