package scale

import (
	"fmt"
	"hash/fnv"
	"time"
)

// Fleet is a made-up cluster. What it holds follows from its fields alone, so
// that nothing needs to be remembered of 100,000 Pods.
type Fleet struct {
	Nodes, Apps, PodsPerApp int
	// AppsPerNamespace bounds a namespace; 0 means 50.
	AppsPerNamespace int
	// Prefix begins every namespace's name; the soak makes fleets come and go.
	Prefix string
	// Lean leaves out of a Pod what is big and means nothing to a verdict.
	Lean bool
	// Now is when the fleet is looked at; Age, how long ago it came to rest.
	Now time.Time
	Age time.Duration
}

// zones is how many zones the nodes are in.
const zones = 3

// NodeName names the nth node.
func NodeName(n int) string { return fmt.Sprintf("node-%04d", n) }

// ZoneOf names the zone of the nth node.
func ZoneOf(n int) string { return "zone-" + string(rune('a'+n%zones)) }

func (f Fleet) appsPerNamespace() int {
	if f.AppsPerNamespace == 0 {
		return 50
	}
	return f.AppsPerNamespace
}

// Namespaces names the fleet's namespaces.
func (f Fleet) Namespaces() []string {
	per := f.appsPerNamespace()
	names := make([]string, (f.Apps+per-1)/per)
	for i := range names {
		names[i] = f.Namespace(i * per)
	}
	return names
}

// Namespace names the namespace of an app.
func (f Fleet) Namespace(app int) string {
	prefix := f.Prefix
	if prefix == "" {
		prefix = "team"
	}
	return fmt.Sprintf("%s-%03d", prefix, app/f.appsPerNamespace())
}

// AppName names an app.
func AppName(app int) string {
	kinds := [...]string{"api", "worker", "web", "cache", "billing", "search", "gateway"}
	return fmt.Sprintf("%s-%05d", kinds[app%len(kinds)], app)
}

// place is the node of an app's replica. Of twenty apps one lies on one node,
// one has most on one node, two lie in one zone, three in two zones, and
// thirteen are as one would wish. A replica that takes another's place, round
// after round, comes to a node of the same zone.
func (f Fleet) place(app, replica, round int) int {
	// A step of a third of the nodes or so, so that neighbours are not together.
	base := app * 7
	in := func(zone, i int) int { return zone%zones + zones*((base+i*11+round*5)%(f.Nodes/zones)) }
	home := app / 20
	switch kind := app % 20; {
	case kind == 0, kind == 1 && replica*10 < f.PodsPerApp*6:
		return in(home, 0)
	case kind == 2, kind == 3:
		return in(home, replica)
	case kind >= 4 && kind <= 6:
		return in(home+replica%2, replica)
	default:
		return in(replica, replica)
	}
}

// pick is a number below n that follows from the words.
func pick(n uint64, words ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, words...)
	x := h.Sum64()
	// FNV's low bits are poor: finish as splitmix64 does.
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	if n == 0 {
		return x
	}
	return x % n
}

// uid is a UID that follows from the words.
func uid(words ...any) string {
	a, b := pick(0, append(words, "a")...), pick(0, append(words, "b")...)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// word is a name's random end, as Kubernetes makes one.
func word(length int, words ...any) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	x := pick(0, words...)
	out := make([]byte, length)
	for i := range out {
		out[i] = letters[x%uint64(len(letters))]
		x /= uint64(len(letters))
	}
	return string(out)
}
