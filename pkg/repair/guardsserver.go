package repair

import "fmt"

// scale wants every replica that the owner wants to be ready, by the server and
// by the view, and no more: else there is an outage already, or a change.
func scale(c Case) No {
	owner, ready := c.Live.Owner, c.Live.ready()
	switch {
	case owner.Unreadable != "":
		return no("how many replicas it should have can not be read: " + owner.Unreadable)
	case ready < owner.Wanted:
		return no(fmt.Sprintf("%d of the %d replicas that it should have are ready", ready, owner.Wanted))
	case len(c.Live.Replicas) > owner.Wanted:
		return no(fmt.Sprintf("it is about to shrink from %d to %d replicas", len(c.Live.Replicas), owner.Wanted))
	case c.Look.Assessment.Ready < owner.Wanted:
		return no(fmt.Sprintf("%d of the %d replicas that it should have are ready on ready nodes", c.Look.Assessment.Ready, owner.Wanted))
	default:
		return No{}
	}
}

func rollout(c Case) No {
	if why := c.Live.Owner.Rollout; why != "" {
		return no("its owner is changing it: " + why)
	}
	return No{}
}

// viewDiffers compares all that a plan is made of with the server: a victim that
// is chosen by an old picture may be the last one that is ready.
func viewDiffers(c Case) No {
	live := make(map[string]Replica, len(c.Live.Replicas))
	for _, r := range c.Live.Replicas {
		live[r.UID] = r
	}
	for _, p := range c.Look.Pods {
		r, there := live[p.UID]
		switch {
		case !there:
			return no(fmt.Sprintf("the server knows no replica %s of that UID any more", p.Name))
		case r.Node != p.Node:
			return no(fmt.Sprintf("%s is on node %q by the server, on %q by the view", p.Name, r.Node, p.Node))
		case r.Ready != p.Ready:
			return no(fmt.Sprintf("that %s is ready is %t by the server, %t by the view", p.Name, r.Ready, p.Ready))
		}
	}
	if len(live) != len(c.Look.Pods) {
		return no(fmt.Sprintf("the server knows %d replicas, the view %d", len(live), len(c.Look.Pods)))
	}
	return No{}
}
