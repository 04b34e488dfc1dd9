package main

import (
	"fmt"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// change is something that happens to the cluster, and is taken back.
type change struct {
	does string
	do   action
	// undoes is empty for a change that comes to an end by itself, and so has
	// nothing to undo.
	undoes string
	undo   action
	// rest is how long the counts cannot move after do, because the app has
	// been settling and goes on to for as long as the operator is told.
	rest time.Duration
	// moves is what is different from undisturbed while it is in force.
	moves expectation
}

// changes returns what happens in one round, in order. Each starts from
// undisturbed verdicts and leads back to them, so that the rounds can go on.
func (s scene) changes() []change {
	return []change{{
		does:   s.first() + " turned NotReady",
		do:     loseNode(s.first()),
		undoes: s.first() + " is back",
		undo:   findNode(s.first(), checkout),
		moves: expectation{
			checkout: fixed(placement.Unavailable),
			query:    fixable(placement.NodeFragile),
		},
	}, {
		does:   fmt.Sprintf("%s scaled from %d to 1", payments, spreadReplicas),
		do:     scale(payments, 1),
		undoes: fmt.Sprintf("%s scaled from 1 to %d", payments, spreadReplicas),
		undo:   scale(payments, spreadReplicas),
		moves:  expectation{payments: fixed(placement.Single)},
	}, {
		// With it goes the only node of another zone that query may use: its
		// present placement is then the best there is.
		does:   s.second() + " cordoned",
		do:     cordon(s.second(), true),
		undoes: s.second() + " uncordoned",
		undo:   cordon(s.second(), false),
		moves:  expectation{query: fixed(placement.Healthy)},
	}, {
		does:   fmt.Sprintf("%s pinned to %s", catalog, s.last()),
		do:     pin(catalog, s.last()),
		undoes: catalog.String() + " no longer pinned",
		undo:   unpin(catalog),
		moves:  expectation{catalog: fixed(placement.NodeFragile)},
	}, {
		does: frontend.String() + " rolled out anew",
		do:   roll(frontend),
	}, {
		does:   transcode.String() + " repaired by a release",
		do:     release(transcode),
		undoes: transcode.String() + " broken by a release",
		undo:   releaseBroken(transcode),
		moves:  expectation{transcode: fixed(placement.Healthy)},
	}, {
		does:   fmt.Sprintf("%s scaled to the %d that fit", indexer, s.zones),
		do:     scale(indexer, s.zones),
		rest:   settle,
		undoes: fmt.Sprintf("%s scaled to %d, one too many", indexer, s.zones+1),
		undo:   scale(indexer, s.zones+1),
		moves:  expectation{indexer: fixed(placement.Healthy)},
	}}
}
