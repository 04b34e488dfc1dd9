package notify

import (
	"fmt"
	"math"
	"strings"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// Each reason has its function here, which says in plain words what is the
// matter. They tell what is, then why, then what helps.

func unavailable(item report.Item) string {
	why := item.Cause
	if why == "" {
		why = "no replica is ready"
	}
	return fmt.Sprintf("The app is down: %s (%d of %d ready).", why, item.Ready, item.Replicas)
}

func nodeFragile(item report.Item) string {
	what := fmt.Sprintf("All %d ready replicas are on node %s", item.Ready, item.WorstNode.Name)
	if item.Ready == 1 {
		what = fmt.Sprintf("The only ready replica of %d is on node %s", item.Replicas, item.WorstNode.Name)
	}
	return what + ": its failure would take the app down." + explained(item)
}

func zoneFragile(item report.Item) string {
	return fmt.Sprintf("All %d ready replicas are in zone %s: its failure would take the app down.",
		item.Ready, item.WorstZone.Name) + explained(item)
}

func uneven(item report.Item) string {
	var losses []string
	add := func(kind string, loss placement.Loss) {
		if loss.Name == "" {
			return
		}
		take, with := "", ""
		if len(losses) == 0 {
			take, with = " would take", " with it"
		}
		n := int(math.Round(loss.Share * float64(item.Ready)))
		losses = append(losses, fmt.Sprintf("%s %s%s %d%s", kind, loss.Name, take, n, with))
	}
	add("node", item.WorstNode)
	add("zone", item.WorstZone)
	return fmt.Sprintf("Spread more unevenly than its policy tolerates: of its %s, %s.",
		count(item.Ready, "ready replica"), strings.Join(losses, " and ")) + explained(item)
}

func recovered(item report.Item, from placement.Verdict) string {
	where := ""
	switch nodes, zones := len(item.Nodes), len(item.Zones()); {
	case nodes == 1:
		where = ", on node " + item.Nodes[0].Node
	case zones > 1:
		where = fmt.Sprintf(", on %d nodes in %d zones", nodes, zones)
	case nodes > 1:
		where = fmt.Sprintf(", on %d nodes", nodes)
	}
	return fmt.Sprintf("No longer %s: %d of %s ready%s.", from, item.Ready, count(item.Replicas, "replica"), where)
}

// invalidPolicy says which annotation is ignored; whose is where it stands.
func invalidPolicy(whose string, invalid placement.Invalid) string {
	return whose + " " + invalid.Error() + "."
}

// explained gives why a workload stands as it does, why that can not be bettered
// today, and what to do about it.
func explained(item report.Item) string {
	var b strings.Builder
	hopeless := !item.Fixable && item.Because != ""
	// What can not be bettered for the very reason that caused it is said once.
	if item.Cause != "" && !(hopeless && strings.Contains(item.Because, item.Cause)) {
		fmt.Fprintf(&b, " Cause: %s.", item.Cause)
	}
	if hopeless {
		fmt.Fprintf(&b, " Not fixable today: %s.", item.Because)
	}
	if cure := inOneLine(item.Cure); cure != "" {
		fmt.Fprintf(&b, " Cure: %s.", cure)
	}
	return b.String()
}

// inOneLine tells a cure in words: an Event's note has one line in kubectl's
// tables, where YAML can not be read.
func inOneLine(cure string) string {
	var keys, remarks []string
	for line := range strings.Lines(cure) {
		line = strings.TrimSpace(line)
		if key, ok := strings.CutPrefix(line, "- topologyKey: "); ok {
			keys = append(keys, key)
		} else if how, ok := strings.CutPrefix(line, "whenUnsatisfiable: "); ok && len(keys) > 0 {
			keys[len(keys)-1] += " (" + how + ")"
		} else if remark, ok := strings.CutPrefix(line, "# "); ok {
			remarks = append(remarks, remark)
		}
	}
	if len(keys) > 0 {
		return "add topologySpreadConstraints to its Pod template over " + strings.Join(keys, " and ")
	}
	return strings.TrimSuffix(strings.Join(remarks, " "), ".")
}

// count gives a number with its noun, in the plural where it should be.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
