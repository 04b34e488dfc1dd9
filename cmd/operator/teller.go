package main

import (
	"k8s.io/apimachinery/pkg/types"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// teller passes on what is to be told, but for apps whose mode is off.
type teller struct{ *core }

func (t teller) off(id placement.WorkloadID) bool { return t.modeOf(id) == placement.Off }

// Changed passes a change of verdict on.
func (t teller) Changed(change report.Change) {
	if !t.off(change.Item.ID) {
		t.notifier.Changed(change)
	}
}

// InvalidPolicyOf passes a malformed annotation of a workload's Pods on.
func (t teller) InvalidPolicyOf(id placement.WorkloadID, invalid placement.Invalid) {
	if !t.off(id) {
		t.notifier.InvalidPolicyOf(id, invalid)
	}
}

// InvalidNamespacePolicy passes a malformed annotation of a Namespace on.
func (t teller) InvalidNamespacePolicy(namespace string, uid types.UID, invalid placement.Invalid) {
	t.notifier.InvalidNamespacePolicy(namespace, uid, invalid)
}

// standing is what a new leader has to say, of apps that are not off.
func (c *core) standing() []report.Item {
	var items []report.Item
	for _, item := range c.report.Items() {
		if item.Verdict.AtRisk() && c.modeOf(item.ID) != placement.Off {
			items = append(items, item)
		}
	}
	return items
}
