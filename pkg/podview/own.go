package podview

import (
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Own is what a Pod does not share with its fellows and most Pods do not have.
type Own struct {
	// Labels are those that tell a StatefulSet's Pods apart, and revisions'
	// beyond the one that the template has; sorted by name.
	Labels []Label
	// Claims names the persistent volume claims that are mounted and outlive the
	// Pod, each once, sorted.
	Claims []string
	// DeletionCost is the annotation controller.kubernetes.io/pod-deletion-cost;
	// zero where it is malformed.
	DeletionCost int32
	// uid is a UID that can not be packed.
	uid types.UID
}

// Label is a label's name and value.
type Label struct{ Name, Value string }

// ownOf is a Pod's own, nil where it has nothing.
func ownOf(pod *corev1.Pod, own []Label, packed bool) *Own {
	o := Own{Labels: own, Claims: claimsOf(pod.Spec.Volumes), DeletionCost: deletionCost(pod.Annotations)}
	for i := range o.Labels {
		// One copy is enough, and most are a number or the Pod's name.
		if v := &o.Labels[i].Value; *v == pod.Name {
			*v = pod.Name
		} else {
			*v = intern(*v)
		}
	}
	if !packed {
		o.uid = pod.UID
	}
	if o.Labels == nil && o.Claims == nil && o.DeletionCost == 0 && o.uid == "" {
		return nil
	}
	return &o
}

// claimsOf leaves generic ephemeral volumes out: their claims are made anew
// with each Pod.
func claimsOf(volumes []corev1.Volume) []string {
	var names []string
	for i := range volumes {
		if claim := volumes[i].PersistentVolumeClaim; claim != nil {
			names = append(names, claim.ClaimName)
		}
	}
	slices.Sort(names)
	return slices.Clip(slices.Compact(names))
}

func deletionCost(annotations map[string]string) int32 {
	value := annotations[corev1.PodDeletionCost]
	cost, err := strconv.ParseInt(value, 10, 32)
	if err != nil || value[0] == '+' || (value[0] == '0' && len(value) > 1) {
		return 0 // a sign or zeros before it make it malformed
	}
	return int32(cost)
}

func (o *Own) same(p *Own) bool {
	if o == nil || p == nil {
		return o == p
	}
	return o.uid == p.uid && o.DeletionCost == p.DeletionCost && slices.Equal(o.Labels, p.Labels) && slices.Equal(o.Claims, p.Claims)
}

func (o *Own) deepCopy() *Own {
	if o == nil {
		return nil
	}
	c := *o
	c.Labels, c.Claims = slices.Clone(o.Labels), slices.Clone(o.Claims)
	return &c
}

// OwnLabels are the labels that Own has.
func (p *Pod) OwnLabels() []Label {
	if p.Own == nil {
		return nil
	}
	return p.Own.Labels
}

// Claims are those that Own has.
func (p *Pod) Claims() []string {
	if p.Own == nil {
		return nil
	}
	return p.Own.Claims
}

// DeletionCost is that of Own; zero for most.
func (p *Pod) DeletionCost() int {
	if p.Own == nil {
		return 0
	}
	return int(p.Own.DeletionCost)
}

// Labels are all labels of the Pod, for a selector. They take no memory.
func (p *Pod) Labels() labels.Labels { return (*labelled)(p) }

// LabelSet are all labels of the Pod, in a map of their own.
func (p *Pod) LabelSet() labels.Set {
	set := make(labels.Set, len(p.Template.Labels)+1)
	for name, value := range p.Template.Labels {
		set[name] = value
	}
	if name := p.Template.Placement.RevisionLabel; name != "" {
		set[name] = p.Template.Revision
	}
	for _, l := range p.OwnLabels() {
		set[l.Name] = l.Value
	}
	return set
}

// Successor are the labels with which the Pod's successor will be scheduled, if
// it is made of the given template: those that a node gives are not there yet.
func (p *Pod) Successor(t *Template) labels.Labels {
	return &successor{template: t, own: p.OwnLabels()}
}

type labelled Pod

func (l *labelled) Lookup(label string) (string, bool) {
	return lookUp(label, (*Pod)(l).OwnLabels(), l.Template, l.Template.Labels)
}

func (l *labelled) Get(label string) string { return get(l, label) }
func (l *labelled) Has(label string) bool   { return has(l, label) }

type successor struct {
	template *Template
	own      []Label
}

func (s *successor) Lookup(label string) (string, bool) {
	return lookUp(label, s.own, s.template, s.template.Placement.Labels)
}

func (s *successor) Get(label string) string { return get(s, label) }
func (s *successor) Has(label string) bool   { return has(s, label) }

func get(l labels.Labels, label string) string {
	value, _ := l.Lookup(label)
	return value
}

func has(l labels.Labels, label string) bool {
	_, ok := l.Lookup(label)
	return ok
}

// lookUp asks a template's labels first, where nearly all are.
func lookUp(label string, own []Label, t *Template, shared map[string]string) (string, bool) {
	if value, ok := shared[label]; ok {
		return value, true
	}
	if label == t.Placement.RevisionLabel && label != "" {
		return t.Revision, true
	}
	i, ok := slices.BinarySearchFunc(own, label, func(l Label, name string) int { return cmp.Compare(l.Name, name) })
	if !ok {
		return "", false
	}
	return own[i].Value, true
}
