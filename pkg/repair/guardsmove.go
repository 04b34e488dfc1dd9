package repair

import (
	"fmt"
	"time"
)

// mayReturn makes no second move of that kind while it is not known that the
// first one helped.
func mayReturn(c Case) No {
	m := c.Record.Move
	if m == nil || !c.Move.MayReturn || !m.MayReturn || m.Result == Better {
		return No{}
	}
	end := m.At.Add(c.Limits.ReturnCoolDown)
	if !c.Now.Before(end) {
		return No{}
	}
	return noUntil("the scheduler may choose the crowded domain again, and the last such move did not help", end)
}

// budget bounds how fast and how widely the cluster is changed.
func budget(c Case) No {
	l, limits, namespace := c.Ledger, c.Limits, c.Look.Workload.ID.Namespace
	begun, free := l.begunWithin(c.Now, time.Minute)
	switch {
	case begun+c.Ahead >= limits.PerMinute:
		return noUntil(fmt.Sprintf("%d moves began within the last minute%s", begun, ahead(c.Ahead)), free)
	case l.underWay()+c.Ahead >= limits.AtOnce:
		return no(fmt.Sprintf("%d moves are under way%s", l.underWay(), ahead(c.Ahead)))
	case l.inNamespace(namespace) >= limits.InNamespace:
		return no(fmt.Sprintf("%d moves are under way in its namespace", l.inNamespace(namespace)))
	case l.offNode(c.Victim.Node) >= limits.OffNode:
		return no(fmt.Sprintf("%d moves off node %s are under way", l.offNode(c.Victim.Node), c.Victim.Node))
	default:
		return No{}
	}
}

func ahead(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d workloads that are worse wait too", n)
}
