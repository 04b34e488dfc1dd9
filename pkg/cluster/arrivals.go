package cluster

import (
	"strconv"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// mostArrivals bounds what may wait between a watch and its handler and still
// have a time: with more, something is far worse than a missing time.
const mostArrivals = 1 << 16

// Arrivals remember when a watch delivered what its handler has not seen yet, so
// that the way between the two, which is client-go's, counts in what the
// operator's reaction takes. It is safe for concurrent use.
type Arrivals struct {
	mu sync.Mutex
	// waiting are in the order in which they came, which is that of their resource
	// versions; those before first were taken.
	waiting []arrival
	first   int
}

type arrival struct {
	version uint64
	at      time.Time
}

// note remembers that an object has come. One whose resource version is no
// number is left out.
func (a *Arrivals) note(object runtime.Object, at time.Time) {
	its, ok := object.(metav1.Object)
	if !ok {
		return
	}
	version, err := strconv.ParseUint(its.GetResourceVersion(), 10, 64)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.first == len(a.waiting) {
		a.waiting, a.first = a.waiting[:0], 0
	}
	if len(a.waiting) < mostArrivals {
		a.waiting = append(a.waiting, arrival{version, at})
	}
}

// Take tells when an object of that resource version came by the watch, and
// forgets it and all that came before. It is the present moment for one that did
// not: a list's, or one that is handled a second time.
func (a *Arrivals) Take(version uint64) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	for ; a.first < len(a.waiting) && a.waiting[a.first].version <= version; a.first++ {
		if found := a.waiting[a.first]; found.version == version {
			a.first++
			return found.at
		}
	}
	return time.Now()
}
