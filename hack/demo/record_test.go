package main

import (
	"slices"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestTheSummaryIsGoodWhenEveryVerdictWasSeenAndNothingFailed(t *testing.T) {
	r := newRecord()
	r.see(makePicture())
	r.moved("node-1 cordoned", 300*time.Millisecond)
	r.moved("node-1 uncordoned", 50*time.Millisecond)
	lines, good := r.summary()
	want := []string{
		"saw every verdict: Unavailable NodeFragile ZoneFragile Uneven Settling Single Healthy",
		"2 changes had the effect expected; the counts moved in 0.3s at most (node-1 cordoned)",
	}
	if !good || !slices.Equal(lines, want) {
		t.Errorf("got %t %q, want %q", good, lines, want)
	}
}

func TestTheSummaryNamesTheVerdictsThatAreMissing(t *testing.T) {
	r := newRecord()
	p := makePicture()
	r.see(picture{items: p.items[2:]})
	lines, good := r.summary()
	want := []string{
		"did not see every verdict, missing: Unavailable NodeFragile",
		"no change came to its end",
	}
	if good || !slices.Equal(lines, want) {
		t.Errorf("got %t %q, want %q", good, lines, want)
	}
	if p.counts()[placement.Unavailable] != 1 {
		t.Error("the whole picture has one")
	}
}

func TestAFailureMakesTheSummaryBad(t *testing.T) {
	r := newRecord()
	r.see(makePicture())
	r.failed("node-1 cordoned: the counts did not move within 5s")
	lines, good := r.summary()
	if good || lines[len(lines)-1] != "not as expected: node-1 cordoned: the counts did not move within 5s" {
		t.Errorf("got %t %q", good, lines)
	}
}
