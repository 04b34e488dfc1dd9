package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
)

// turn is when an app that swings became fragile, or recovered. It is one request
// with one time in it, however often it is tried: whoever sees it, and when, says
// that it began then.
type turn struct {
	at      time.Time
	fragile bool
}

func (n turn) reason() string {
	if n.fragile {
		return "NodeFragile"
	}
	return "Recovered"
}

// The Pods of an app that swings stand on two nodes whose clocks are right.
const stays, turns = 2, 3

// leastDwell is longer than it takes to be judged: the settle time and what the
// operator may be behind by.
const leastDwell = 5 * time.Second

// swing has one of an app's two Pods be not ready and ready in turn until ctx
// ends: while it is not, all that is ready stands on one node.
func (c *churn) swing(ctx context.Context, app string, placed func()) {
	stays := &churned{churn: c, app: app, worker: stays}
	turns := &churned{churn: c, app: app, worker: turns}
	stays.until(ctx, stays.well, stays.mend)
	turns.until(ctx, turns.well, turns.mend)
	placed()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestChurn+recovery)
	defer cancel()
	for dwell(ctx) {
		next := turn{at: time.Now(), fragile: turns.ready}
		c.stage.turned(app, next)
		done := func() bool { return turns.ready != next.fragile }
		turns.until(end, done, func(ctx context.Context) error {
			return turns.makeReadyAt(ctx, !next.fragile, next.at)
		})
	}
}

// dwell waits for as long as a state lasts; false where ctx ends before.
func dwell(ctx context.Context) bool {
	over := time.NewTimer(leastDwell + rand.N(leastDwell/2))
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *stage) turned(app string, next turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns[app] = append(s.turns[app], next)
}

// disturb says that a fault begins now, calm that it is over and its consequences
// too. Turns in between may be over before anybody can see them. Some come after
// it.
func (s *stage) disturb() { s.from = time.Now() }

func (s *stage) calm(t *testing.T) {
	t.Helper()
	s.to = time.Now()
	lasts(2 * leastDwell)
}

// undisturbed is true for a turn that was over when the fault began, or came when
// that was over.
func (s *stage) undisturbed(began, over time.Time) bool {
	return over.Before(s.from) || began.After(s.to)
}

// toldOfAll sees that an Event tells of each turn that no fault disturbed.
func (s *stage) toldOfAll(t *testing.T) {
	t.Helper()
	calm := 0
	s.eachSwing(t, func(app string, turns []turn, events []eventsv1.Event) {
		told := make(map[string]bool)
		for _, e := range events {
			told[fmt.Sprint(e.Reason, since(t, e).Unix())] = true
		}
		for i, n := range turns {
			over := time.Now()
			if i+1 < len(turns) {
				over = turns[i+1].at
			}
			if !s.undisturbed(n.at, over) {
				continue
			}
			calm++
			if !told[fmt.Sprint(n.reason(), n.at.Unix())] {
				t.Errorf("no Event tells that %s became %s at %s, which nothing disturbed: the fault was from %s to %s", app, n.reason(), n.at, s.from, s.to)
			}
		}
	})
	t.Logf("%d turns of apps that nothing disturbed, all told of", calm)
	if len(s.turns) > 0 && calm < swingingApps/2 {
		t.Errorf("only %d turns came before and after the fault: that shows nothing", calm)
	}
}

// eachSwing gives the turns of each app that swings, and the Events on it.
func (s *stage) eachSwing(t *testing.T, do func(app string, turns []turn, events []eventsv1.Event)) {
	t.Helper()
	events := make(map[string][]eventsv1.Event)
	for _, e := range suite.Events(t, s.namespace) {
		events[e.Regarding.Name] = append(events[e.Regarding.Name], e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for app, turns := range s.turns {
		do(app, turns, events[app])
	}
}

// lastWords is an error where the last that was said of an app that swings is
// not how it is.
func (s *stage) lastWords(t *testing.T) error {
	t.Helper()
	var wrong error
	s.eachSwing(t, func(app string, turns []turn, events []eventsv1.Event) {
		last := turns[len(turns)-1]
		said := turn{} // recovered, as long as nothing was ever said
		for _, e := range events {
			if at := since(t, e); at.After(said.at) {
				said = turn{at: at, fragile: e.Reason != "Recovered"}
			}
		}
		if said.fragile != last.fragile || last.fragile && said.at.Unix() != last.at.Unix() {
			wrong = fmt.Errorf("%s is as after %s at %s; said last is %s of %s", app, last.reason(), last.at, said.reason(), said.at)
		}
	})
	return wrong
}

// turnsTold counts the turns, and those of which there is an Event. One of
// anything else is an error: that nobody could have seen.
func (s *stage) turnsTold(t *testing.T) (told, all int) {
	t.Helper()
	s.eachSwing(t, func(app string, turns []turn, events []eventsv1.Event) {
		all += len(turns)
		of := make(map[string]bool)
		for _, n := range turns {
			of[fmt.Sprint(n.reason(), n.at.Unix())] = true
		}
		for _, e := range events {
			at := since(t, e)
			switch {
			case of[fmt.Sprint(e.Reason, at.Unix())]:
				told++
			case !at.Before(turns[0].at.Truncate(time.Second)):
				t.Errorf("%s is said to be %s since %s, which it was not", app, e.Reason, at)
			}
		}
	})
	return told, all
}
