package main

import (
	"fmt"
	"slices"
	"time"
)

// outcome is what became of something that was done.
type outcome int

const (
	pending outcome = iota
	asExpected
	unexpected
)

// entry is something that was done to the cluster.
type entry struct {
	at      time.Time
	what    string
	effect  string
	outcome outcome
}

func (e entry) String() string {
	text := e.at.Format(time.TimeOnly) + " " + e.what
	if e.effect != "" {
		text += ": " + e.effect
	}
	return text
}

// journal is what was done, in order.
type journal struct{ entries *feed[[]entry] }

func newJournal() *journal { return &journal{newFeed[[]entry](nil)} }

// all returns the entries. The slice is the caller's.
func (j *journal) all() []entry { return slices.Clone(j.entries.now()) }

// begin notes that something is being done, and returns the entry's number.
func (j *journal) begin(what string) int {
	number := 0
	j.entries.update(func(entries []entry) []entry {
		number = len(entries)
		return append(slices.Clone(entries), entry{at: time.Now(), what: what})
	})
	return number
}

// tell says what is known of the latest entry's effect.
func (j *journal) tell(outcome outcome, format string, args ...any) {
	j.tellOf(len(j.entries.now())-1, outcome, format, args...)
}

// tellOf says what is known of an entry's effect.
func (j *journal) tellOf(number int, outcome outcome, format string, args ...any) {
	j.entries.update(func(entries []entry) []entry {
		entries = slices.Clone(entries)
		e := &entries[number]
		e.effect, e.outcome = fmt.Sprintf(format, args...), outcome
		return entries
	})
}

// seconds writes how long something took, as precisely as it is measured.
func seconds(d time.Duration) string {
	if d < pollInterval {
		return "<0.1s"
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
