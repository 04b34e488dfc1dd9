package cluster

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/klog/v2"
)

// Clock tells the API server's time, which is the one that Pods' times are
// compared with: a machine whose clock is minutes off would otherwise take what
// has just happened for old, or see it settle for as many minutes longer. It
// learns by how much the two differ from the answers' Date. It is safe for
// concurrent use.
type Clock struct {
	logger klog.Logger
	// ahead is how far the API server's clock is, in nanoseconds.
	ahead atomic.Int64
}

// alike is how far clocks may differ without a correction: a Date has whole
// seconds, and Pods' times as well.
const alike = 2 * time.Second

// NewClock makes a clock that is this machine's until it learns otherwise. The
// context gives the logger, and nothing else.
func NewClock(ctx context.Context) *Clock { return &Clock{logger: klog.FromContext(ctx)} }

// Now is the API server's time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.difference()) }

func (c *Clock) difference() time.Duration { return time.Duration(c.ahead.Load()) }

// Wrap has the clock learn from what a client is answered.
func (c *Clock) Wrap(next http.RoundTripper) http.RoundTripper { return &dated{next, c} }

type dated struct {
	next  http.RoundTripper
	clock *Clock
}

// RoundTrip makes dated an http.RoundTripper.
func (d *dated) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := time.Now()
	response, err := d.next.RoundTrip(request)
	if err == nil {
		if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			d.clock.learn(sent, time.Now(), date)
		}
	}
	return response, err
}

// WrappedRoundTripper lets client-go reach through to the transport.
func (d *dated) WrappedRoundTripper() http.RoundTripper { return d.next }

// learn takes in that the server wrote a date between the sending of a request
// and the answer. What it believed before it changes by no more than it must: a
// difference that was another with each answer would make times jump.
func (c *Clock) learn(sent, answered, date time.Time) {
	least, most := date.Sub(answered), date.Add(time.Second).Sub(sent)
	before := c.difference()
	now := min(max(before, least), most)
	if now != before && least <= alike && most >= -alike {
		now = 0
	}
	if c.ahead.CompareAndSwap(int64(before), int64(now)) && (now-before).Abs() > time.Second {
		c.logger.Info("The API server's clock is the one that counts", "ahead", now.Round(time.Second))
	}
}
