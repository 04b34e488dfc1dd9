package cluster

import (
	"math"
	"time"
)

// Silence is for how long nothing has been heard of Pods or of Nodes, not even a
// bookmark, whichever is longer: as old the view of the cluster may be. It is the
// longest there is where nothing ever was. It is safe for concurrent use.
func (f *Factory) Silence() time.Duration {
	var longest time.Duration
	for _, s := range f.streams {
		if s.resource != pods && s.resource != nodes {
			continue
		}
		silence, ever := s.silence()
		if !ever {
			return math.MaxInt64
		}
		longest = max(longest, silence)
	}
	return longest
}
