package repair

import (
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// room is a place that is kept, and since when: on each node that the scheduler
// may choose, as long as it has not chosen; on the one that is counted on for a
// move that was recorded only, and then for long, since nobody comes to take it.
type room struct {
	on []string
	at time.Time
}

// promised is the room that successors of other workloads' moves may take, which
// the view does not show until they are there.
func (l *Ledger) promised(id placement.WorkloadID, now time.Time) []placement.Promise {
	l.mu.Lock()
	defer l.mu.Unlock()
	var promises []placement.Promise
	for other, room := range l.rooms {
		switch {
		case now.Sub(room.at) > forgetAfter:
			delete(l.rooms, other)
		case other != id:
			promises = append(promises, placement.Promise{Of: other, On: room.on})
		}
	}
	return promises
}

// destination is the node that a move's successor is counted on to take: the only
// one, or the roomiest outside the domain that it is to leave.
func destination(m placement.Move, scene placement.Scene) string {
	if m.Predicted != "" {
		return m.Predicted
	}
	to, most, zoneToo := "", 0, m.Before.Zone.Share > m.After.Zone.Share
	for i := range m.Victim.Admits.All() {
		spot := scene.Spots[i]
		if spot.Node == m.Victim.Node || (zoneToo && spot.Zone == m.Victim.Zone) {
			continue
		}
		if spot.Room > most {
			to, most = spot.Node, spot.Room
		}
	}
	return to
}
