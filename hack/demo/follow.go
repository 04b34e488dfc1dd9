package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// repairLimit is how long each repair may take, from when it is due to when the
// operator calls the app healthy. They take a few seconds.
const repairLimit = 30 * time.Second

// follower tells of the repairs that are due as they happen.
type follower struct {
	*director
	due map[key]app
	// told are the numbers of the journal's entries, by the Pod that was evicted.
	told map[types.UID]int
}

// follow returns when the apps that are due have been repaired, or have not been
// for too long, which is put on record. Its error is why ctx ended.
func (d *director) follow(ctx context.Context, apps ...app) error {
	f := follower{director: d, due: make(map[key]app), told: make(map[types.UID]int)}
	for _, a := range apps {
		f.due[a.key()] = a
	}
	p, late, err := d.watch(ctx, time.Duration(len(apps))*repairLimit, f.look)
	if !late {
		return err
	}
	for _, a := range apps {
		if _, due := f.due[a.key()]; due {
			f.missed(a, p)
		}
	}
	return nil
}

// look takes in what is known by a picture, and is true when nothing is due any
// more.
func (f *follower) look(p picture) bool {
	for _, a := range f.due {
		if made := f.account.evictionsOf(a.key()); len(made) > 0 {
			f.progress(a, made, p)
		}
	}
	return len(f.due) == 0
}

// progress tells how far the repair of an app has come.
func (f *follower) progress(a app, made []eviction, p picture) {
	first, last := made[0], made[len(made)-1]
	well := last.successor != "" && p.at.After(last.at) && p.of(a.key()).Verdict == placement.Healthy
	for _, e := range made {
		number, told := f.told[e.uid]
		if !told {
			number = f.journal.begin(e.String())
			f.told[e.uid] = number
		}
		switch {
		case well:
			f.journal.tellOf(number, asExpected, "successor on %s; %s -> %s in %s", e.successor, a.atRisk(), placement.Healthy, seconds(p.at.Sub(e.at)))
		case e.successor != "":
			f.journal.tellOf(number, pending, "successor on %s", e.successor)
		}
	}
	if well {
		f.account.settle(a.key(), p.at.Sub(first.at))
		delete(f.due, a.key())
	}
}

// missed puts on record that an app has not been repaired.
func (f *follower) missed(a app, p picture) {
	it := p.of(a.key())
	why := fmt.Sprintf("it is still %s", it.Verdict)
	if p.plan != nil {
		why += "; " + p.plan.says(it)
	}
	made := f.account.evictionsOf(a.key())
	for _, e := range made {
		if number, told := f.told[e.uid]; told {
			f.journal.tellOf(number, unexpected, "%s", why)
		}
	}
	what := a.key().String() + " was to be repaired"
	if len(made) == 0 {
		f.journal.tellOf(f.journal.begin(what), unexpected, "%s", why)
	}
	f.record.failed(what + ": " + why)
}
