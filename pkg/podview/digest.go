package podview

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// digest is as much of a SHA-256 as no two templates share by chance.
type digest [16]byte

// classOf is a digest of what decides which nodes admit a Pod.
func classOf(s *Scheduling) string {
	w := make(words, 0, 512)
	w.texts(s.NodeSelector)
	w.affinity(s.Affinity)
	w.count(len(s.Tolerations))
	for i := range s.Tolerations {
		w.toleration(&s.Tolerations[i])
	}
	d := w.digest()
	return intern(string(d[:]))
}

// demandDigest is a digest of what a Pod takes of a node; zero for nothing.
func demandDigest(d *Demand) digest {
	if d == nil {
		return digest{}
	}
	w := make(words, 0, 256)
	w.numbers(d.CPU, d.Memory, d.Storage)
	w.count(len(d.Extended))
	for _, a := range d.Extended {
		w.text(a.Resource)
		w.numbers(a.Units)
	}
	w.count(len(d.Ports))
	for _, p := range d.Ports {
		w.text(p.IP, p.Protocol)
		w.numbers(int64(p.Port))
	}
	return w.digest()
}

// digestOf is a digest of the whole template, whose class is known, as is the
// digest of what it demands.
func digestOf(t *Template, demand digest) digest {
	w := make(words, 0, 1024)
	w.text(t.Namespace, t.Workload.Namespace, t.Workload.App, t.Workload.Kind, t.Workload.Name, t.Revision)
	w.flags(t.Scheduling != nil)
	if t.Scheduling != nil {
		w.text(t.Class)
	}
	w = append(w, demand[:]...)
	w.rules(t.Rules)
	w.owner(t.Owner)
	w.texts(t.Annotations)
	w.texts(t.Labels)
	w.placement(&t.Placement)
	return w.digest()
}

// words are values one after another, each told apart from the next by its
// length. Every Pod's template is written thus, at every change of the Pod: JSON,
// which would do, takes ten times as long. A test knows the fields there are.
type words []byte

func (w *words) text(texts ...string) {
	for _, s := range texts {
		w.count(len(s))
		*w = append(*w, s...)
	}
}

func (w *words) count(n int) { *w = binary.AppendUvarint(*w, uint64(n)) } //nolint:gosec // a length

func (w *words) numbers(numbers ...int64) {
	for _, n := range numbers {
		*w = binary.AppendVarint(*w, n)
	}
}

func (w *words) flags(flags ...bool) {
	for _, f := range flags {
		*w = strconv.AppendBool(*w, f)
		*w = append(*w, 0)
	}
}

// texts writes a map in the order of its keys.
func (w *words) texts(m map[string]string) {
	w.count(len(m))
	keys := make([]string, 0, 16)
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.text(k, m[k])
	}
}

func (w *words) owner(o *metav1.OwnerReference) {
	w.flags(o != nil)
	if o != nil { // as owner makes it
		w.text(o.APIVersion, o.Kind, o.Name, string(o.UID))
	}
}

func (w *words) toleration(t *corev1.Toleration) {
	w.text(t.Key, string(t.Operator), t.Value, string(t.Effect))
	w.flags(t.TolerationSeconds != nil)
	if t.TolerationSeconds != nil {
		*w = binary.AppendVarint(*w, *t.TolerationSeconds)
	}
}

// affinity writes what few Pods have, and what is deep, as JSON.
func (w *words) affinity(a *corev1.NodeSelector) {
	if a == nil {
		w.text("")
		return
	}
	data, err := json.Marshal(a)
	if err != nil {
		// Only channels, functions and cycles can not be written, and invalid
		// UTF-8 is replaced: no API value comes here.
		panic(fmt.Sprintf("podview: encode a template: %v", err))
	}
	w.text(string(data))
}

func (w *words) rules(r *Rules) {
	w.flags(r != nil)
	if r == nil {
		return
	}
	w.text(r.Unknown)
	for _, terms := range [...][]Term{r.Apart, r.Together} {
		w.count(len(terms))
		for i := range terms {
			w.term(&terms[i])
		}
	}
	w.count(len(r.Spread))
	for i := range r.Spread {
		s := &r.Spread[i]
		w.text(s.TopologyKey)
		w.selector(s.Selector)
		w.numbers(int64(s.MaxSkew), int64(s.MinDomains))
		w.flags(s.AnyNode, s.Untainted) // PerPod follows from the selector
	}
}

func (w *words) term(t *Term) {
	w.text(t.TopologyKey)
	w.selector(t.Selector)
	w.count(len(t.Namespaces))
	w.text(t.Namespaces...)
	w.flags(t.Among != nil)
	if t.Among != nil {
		w.selector(t.Among)
	}
}

// selector writes a selector that was read from the API, whose names and values
// have none of the characters in them that part one from the next.
func (w *words) selector(s labels.Selector) {
	_, some := s.Requirements()
	w.flags(some) // none at all and all there are both have an empty text
	w.text(s.String())
}

func (w *words) placement(p *placement.Template) {
	// Its labels follow from the template's.
	w.text(p.RevisionLabel)
	w.flags(p.RequiredPodAffinity, p.VolumeClaims)
	w.count(len(p.Spread))
	for _, c := range p.Spread {
		w.text(c.TopologyKey)
		w.flags(c.Hard, c.Affinity)
	}
}

func (w *words) digest() digest {
	sum := sha256.Sum256(*w)
	return digest(sum[:16])
}
