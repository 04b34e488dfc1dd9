package notify

import (
	"crypto/sha256"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// subject is what a message is about, and the key of the queue: a workload or,
// where nothing but the namespace is set, a Namespace.
type subject struct{ placement.WorkloadID }

func workloadSubject(id placement.WorkloadID) subject { return subject{id} }

func namespaceSubject(name string) subject {
	return subject{placement.WorkloadID{AppKey: placement.AppKey{Namespace: name}}}
}

func (s subject) isNamespace() bool { return s.Kind == "" }

func (s subject) String() string {
	if s.isNamespace() {
		return s.Namespace
	}
	return s.WorkloadID.String()
}

// message is an Event to be, before anybody has asked whose owner it belongs to.
type message struct {
	reason Reason
	note   string
	// mark tells the message from every other about the same object, and is the
	// same wherever and whenever that message is made.
	mark string
	// annotations are the Event's; nil for none.
	annotations map[string]string
	// uid is the Namespace's, for a message about one.
	uid types.UID
	// noticed is when this process had it to say.
	noticed time.Time

	// taken is true while a worker has it in hand; the notifier's mutex guards it.
	taken bool
	// unresolved counts how often its owner could not be found out. It belongs
	// to the worker.
	unresolved int
}

// ofChange makes the message that a change of verdict is worth; none for one
// that neither leads into trouble nor out of it.
func ofChange(c report.Change) (message, bool) {
	if c.Item.Verdict.AtRisk() {
		return ofTrouble(c.Item)
	}
	good := c.Item.Verdict == placement.Healthy || c.Item.Verdict == placement.Single
	if !good || !c.From.AtRisk() {
		return message{}, false
	}
	return verdictMessage(Recovered, recovered(c.Item, c.From), c.Item), true
}

// ofTrouble makes the message about a workload at risk; none for another.
func ofTrouble(item report.Item) (message, bool) {
	say := map[placement.Verdict]func(report.Item) string{
		placement.Unavailable: unavailable,
		placement.NodeFragile: nodeFragile,
		placement.ZoneFragile: zoneFragile,
		placement.Uneven:      uneven,
	}[item.Verdict]
	if say == nil {
		return message{}, false
	}
	return verdictMessage(Reason(item.Verdict), say(item), item), true
}

func verdictMessage(reason Reason, note string, item report.Item) message {
	id := item.ID
	// The cluster's times are whole seconds and the same for every operator.
	// Those of the operator's own tell two changes within a second apart.
	since := item.Since.UTC().Format(time.RFC3339Nano)
	return message{
		reason:      reason,
		note:        fit(note),
		annotations: annotations(item),
		mark:        fmt.Sprintf("%q %q %q %q %s %s", id.Namespace, id.App, id.Kind, id.Name, reason, since),
	}
}

// policyMessage makes the message about a malformed annotation. Its mark knows
// nothing of the workload: two workloads of one owner have one template to mend.
func policyMessage(whose string, invalid placement.Invalid) message {
	return message{
		reason: InvalidPolicy,
		note:   fit(invalidPolicy(whose, invalid)),
		// A value may be as long as 256 KiB: keep its digest.
		mark: fmt.Sprintf("%s %q %x", InvalidPolicy, invalid.Annotation, sha256.Sum256([]byte(invalid.Value))),
	}
}
