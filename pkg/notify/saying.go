package notify

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Saying is something that repair has to tell of a workload or, where the ID
// names nothing but a namespace, of that.
type Saying struct {
	Reason Reason
	ID     placement.WorkloadID
	// UID is the Namespace's, for a saying about one.
	UID types.UID
	// Since is when what is told began. With the reason and the Mark it tells a
	// saying from every other about the same, and is the same in every operator.
	Since time.Time
	Mark  string
	Note  string
}

// Say notes what repair has to tell. It may be called again: what was said is not
// said again.
func (n *Notifier) Say(s Saying) {
	about := workloadSubject(s.ID)
	n.put(about, message{
		reason: s.Reason,
		note:   fit(s.Note),
		uid:    s.UID,
		mark:   fmt.Sprintf("%q %q %q %q %s %s %q", s.ID.Namespace, s.ID.App, s.ID.Kind, s.ID.Name, s.Reason, s.Since.UTC().Format(time.RFC3339Nano), s.Mark),
	})
}
