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
// learns by how much the two differ from the answers' Date, and measures what goes
// by in between: that this machine's clock is put right changes nothing. It is
// safe for concurrent use.
type Clock struct {
	logger klog.Logger
	// now is this machine's clock, begun what it said first.
	now   func() time.Time
	begun time.Time
	// ahead is how far the API server's clock is, in nanoseconds, of one that
	// began like this machine's and was never put right.
	ahead atomic.Int64
}

// worthAWord is how large a correction is said: a Date has whole seconds, and
// Pods' times as well.
const worthAWord = 2 * time.Second

// NewClock makes a clock that is this machine's until it learns otherwise. The
// context gives the logger, and nothing else.
func NewClock(ctx context.Context) *Clock { return newClock(ctx, time.Now) }

func newClock(ctx context.Context, now func() time.Time) *Clock {
	return &Clock{logger: klog.FromContext(ctx), now: now, begun: now()}
}

// Now is the API server's time. It has no monotonic reading: two of them are as
// far apart as the server's clock says.
func (c *Clock) Now() time.Time { return c.steady(c.now()).Add(c.difference()) }

// steady is a time of this machine's clock as if it had never been put right.
func (c *Clock) steady(t time.Time) time.Time { return c.begun.Round(0).Add(t.Sub(c.begun)) }

func (c *Clock) difference() time.Duration { return time.Duration(c.ahead.Load()) }

// Wrap has the clock learn from what a client is answered.
func (c *Clock) Wrap(next http.RoundTripper) http.RoundTripper { return &dated{next, c} }

type dated struct {
	next  http.RoundTripper
	clock *Clock
}

// RoundTrip makes dated an http.RoundTripper.
func (d *dated) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := d.clock.now()
	response, err := d.next.RoundTrip(request)
	if err == nil {
		if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			d.clock.learn(sent, d.clock.now(), date)
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
	least, most := date.Sub(c.steady(answered)), date.Add(time.Second).Sub(c.steady(sent))
	before := c.difference()
	now := min(max(before, least), most)
	if c.ahead.CompareAndSwap(int64(before), int64(now)) && (now-before).Abs() > worthAWord {
		c.logger.Info("The API server's clock is the one that counts", "ahead", c.Now().Sub(answered.Round(0)).Round(time.Second))
	}
}
