package placement

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cure gives the YAML to add to the Pod template so that the scheduler keeps
// the replicas apart; empty where the workload is not at risk by its placement.
// It is always valid YAML: what can not be said as a field stands as a comment.
func cure(a Assessment, w Workload, s spread) string {
	switch a.Verdict {
	case NodeFragile, ZoneFragile, Uneven:
	default:
		return ""
	}
	if s.ready < 2 {
		return ""
	}
	if w.Eligible.Nodes() == 1 {
		return "# No constraint helps while there is no choice. Make more nodes eligible first: by node selector, affinity, tolerations, or an uncordon.\n"
	}
	if _, hard := constraintsOver(w.Template.Spread, topologyAtRisk(a.Verdict, w, s)); hard {
		return placeAnew(w)
	}
	labels := selectorLabels(w.Template.Labels)
	if len(labels) == 0 {
		return "# Give the Pod template a label of its own first, so that a spread constraint can select its Pods.\n"
	}
	var b strings.Builder
	if w.Template.RequiredPodAffinity {
		b.WriteString("# First loosen the template's required Pod affinity or anti-affinity: it goes before what follows.\n")
	}
	b.WriteString("spec:\n  topologySpreadConstraints:\n")
	for _, key := range cureKeys(a.Verdict, w, s) {
		writeConstraint(&b, key, standsSoftly(w.Template.Spread, key))
		writeSelector(&b, labels, w.Template.RevisionLabel)
	}
	return strings.Clone(b.String()) // it is kept, and the room that the builder has left is not
}

// placeAnew is the cure where the template is right and only its Pods drifted.
func placeAnew(w Workload) string {
	const drifted = "# The template already asks for better; its Pods drifted. Have them placed anew:\n"
	switch {
	case w.ID.Kind == "Deployment":
		return drifted + fmt.Sprintf("# kubectl -n %s rollout restart deployment/%s\n", w.ID.Namespace, w.ID.Name)
	case w.ID.Kind == "StatefulSet":
		return drifted + fmt.Sprintf("# kubectl -n %s rollout restart statefulset/%s\n", w.ID.Namespace, w.ID.Name)
	default:
		return drifted + "# delete Pods of the crowded domain, one at a time.\n"
	}
}

// cureKeys are the topology keys to spread over: the one at risk, and zones
// too where more than one has room.
func cureKeys(verdict Verdict, w Workload, s spread) []string {
	at := topologyAtRisk(verdict, w, s)
	soft, hard := constraintsOver(w.Template.Spread, ZoneKey)
	if at == HostnameKey && len(w.Eligible.ByZone) > 1 && !soft && !hard {
		return []string{ZoneKey, HostnameKey}
	}
	return []string{at}
}

// standsSoftly is true where the template has a ScheduleAnyway spread
// constraint over that key already.
func standsSoftly(constraints []Constraint, key string) bool {
	return slices.ContainsFunc(constraints, func(c Constraint) bool {
		return c.TopologyKey == key && !c.Hard && !c.Affinity
	})
}

// writeConstraint writes a soft constraint or, where one stands that did not
// do, a binding one: a template may hold but one of each over the same key.
func writeConstraint(b *strings.Builder, key string, again bool) {
	if !again {
		fmt.Fprintf(b, "  - topologyKey: %s\n    maxSkew: 1\n    whenUnsatisfiable: ScheduleAnyway\n", key)
		return
	}
	b.WriteString("  # ScheduleAnyway over this key stands already. This one binds: a Pod for which it leaves no node stays Pending.\n")
	fmt.Fprintf(b, "  - topologyKey: %s\n    maxSkew: 1\n    whenUnsatisfiable: DoNotSchedule\n    nodeTaintsPolicy: Honor\n", key)
}

// writeSelector quotes keys too: "yes" and "123" are labels, but no YAML strings.
func writeSelector(b *strings.Builder, labels map[string]string, revision string) {
	b.WriteString("    labelSelector:\n      matchLabels:\n")
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(b, "        %s: %s\n", strconv.Quote(k), strconv.Quote(labels[k]))
	}
	if revision == podTemplateHash {
		fmt.Fprintf(b, "    matchLabelKeys: [%s]\n", podTemplateHash)
	}
}

// podTemplateHash is the label by which a Deployment tells its revisions apart.
const podTemplateHash = "pod-template-hash"

// descriptive labels change with a release and so have no place in a selector.
func descriptive(key string) bool {
	switch key {
	case "helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by":
		return true
	}
	return false
}

func selectorLabels(labels map[string]string) map[string]string {
	kept := make(map[string]string, len(labels))
	for k, v := range labels {
		if !descriptive(k) {
			kept[k] = v
		}
	}
	return kept
}
