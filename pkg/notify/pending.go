package notify

import "slices"

// maxPending is how many messages about one subject may wait. One that changes
// more often than it can be told of is told of by what it did last.
const maxPending = 8

// pending holds the messages that wait, in order, by subject. It is not safe
// for concurrent use.
type pending map[subject][]*message

// put adds a message at the end of its subject's list. It returns false where
// that message waits there already, and the message that had to go for it, if
// any: the oldest that no worker has in hand.
func (p pending) put(s subject, m *message) (added bool, gone *message) {
	list := p[s]
	if slices.ContainsFunc(list, func(other *message) bool { return other.mark == m.mark }) {
		return false, nil
	}
	if len(list) >= maxPending {
		oldest := slices.IndexFunc(list, func(other *message) bool { return !other.taken })
		gone = list[oldest]
		list = slices.Delete(list, oldest, oldest+1)
	}
	p[s] = append(list, m)
	return true, gone
}

// first is the message to say next; nil where none waits.
func (p pending) first(s subject) *message {
	if list := p[s]; len(list) > 0 {
		return list[0]
	}
	return nil
}

func (p pending) has(s subject, m *message) bool { return slices.Contains(p[s], m) }

// remove takes a message out, if it is still there.
func (p pending) remove(s subject, m *message) {
	list := p[s]
	if i := slices.Index(list, m); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(p, s)
	} else {
		p[s] = list
	}
}

// hasVerdict is true where a message about a verdict waits.
func (p pending) hasVerdict(s subject) bool {
	return slices.ContainsFunc(p[s], func(m *message) bool { return m.reason.verdict() })
}
