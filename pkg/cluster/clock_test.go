package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// answering is a server that takes some time to answer and has a clock of its
// own, or one that tells no time.
type answering struct {
	ahead, takes time.Duration
	silent       bool
	// drift is how much faster its clock goes, in millionths, since it was begun.
	drift int
	begun time.Time
}

// now is the server's time.
func (a *answering) now() time.Time {
	drift := time.Duration(a.drift) * time.Since(a.begun) / 1e6
	return time.Now().Add(a.ahead).Add(drift)
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(a.takes / 2)
	header := http.Header{"Date": {a.now().UTC().Format(http.TimeFormat)}}
	time.Sleep(a.takes / 2)
	if a.silent {
		return nil, errors.New("no answer")
	}
	return &http.Response{Header: header, Body: http.NoBody}, nil
}

// roundTrip makes a request and returns its error.
func roundTrip(server http.RoundTripper) error {
	response, err := server.RoundTrip(nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestTheClockIsTheServersWhereTheTwoDiffer(t *testing.T) {
	const minutes = 10 * time.Minute
	tests := map[string]struct {
		answers []answering
		want    time.Duration // to the second
	}{
		"nobody has answered":                              {nil, 0},
		"no answer tells no time":                          {[]answering{{ahead: minutes, silent: true}}, 0},
		"the same time is the same":                        {[]answering{{}}, 0},
		"a second is none":                                 {[]answering{{ahead: time.Second}, {ahead: -time.Second}}, 0},
		"the server's is ahead":                            {[]answering{{ahead: minutes}}, minutes},
		"the server's is behind":                           {[]answering{{ahead: -minutes}}, -minutes},
		"an answer that took long is no other time":        {[]answering{{takes: time.Minute}}, 0},
		"nor does it unsettle what is known":               {[]answering{{ahead: minutes}, {ahead: minutes, takes: 30 * time.Second}}, minutes},
		"a clock that is put right is believed":            {[]answering{{ahead: minutes}, {}}, 0},
		"one that jumps is followed":                       {[]answering{{ahead: -minutes}, {ahead: minutes}}, minutes},
		"a difference as small as an answer took is found": {[]answering{{ahead: 20 * time.Second, takes: time.Minute}, {ahead: 20 * time.Second}}, 20 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewClock(t.Context())
				for _, a := range test.answers {
					if err := roundTrip(c.Wrap(&a)); (err != nil) != a.silent {
						t.Errorf("answered with the error %v", err)
					}
				}
				if got := time.Until(c.Now()); (got - test.want).Abs() > time.Second {
					t.Errorf("ahead by %s, want %s", got, test.want)
				}
			})
		})
	}
}

// A Date has whole seconds: each answer tells another part of one.
func TestTheClockDoesNotJumpFromAnswerToAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(t.Context())
		server := c.Wrap(&answering{ahead: time.Minute, takes: 10 * time.Millisecond})
		var seen []time.Duration
		for range 1000 {
			if err := roundTrip(server); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, c.difference())
			time.Sleep(137 * time.Millisecond)
		}
		if least, most := slices.Min(seen), slices.Max(seen); most-least > time.Second || !slices.IsSorted(seen) {
			t.Errorf("a server that is always ahead by a minute is ahead by %s to %s, back and forth", least, most)
		}
	})
}

// machine has a clock that is wrong by as many whole seconds, until it is put
// right. Time goes by when it is told to.
type machine struct {
	at    time.Time
	wrong time.Duration
}

// now is the machine's time. A clock that is set shows another time and measures
// the same, which nothing else makes of a time.Time: the seconds are added where
// it keeps them.
func (m *machine) now(t *testing.T) time.Time {
	t.Helper()
	set := m.at
	*(*int64)(unsafe.Pointer(&set)) += int64(m.wrong/time.Second) << 30
	if set.Sub(m.at) != 0 || set.Round(0).Sub(m.at.Round(0)) != m.wrong {
		t.Fatalf("%s wrong by %s is %s: times are kept in another way now", m.at, m.wrong, set)
	}
	return set
}

// hear has a clock learn from many answers of a server whose clock is right.
func (m *machine) hear(t *testing.T, c *Clock) {
	t.Helper()
	for range 100 {
		m.at = m.at.Add(137 * time.Millisecond)
		date := m.at.Round(0).Truncate(time.Second)
		c.learn(m.now(t), m.now(t), date)
	}
}

func TestTheClockGoesOnAsBeforeWhereThisMachinesIsPutRight(t *testing.T) {
	const minutes, hour = 10 * time.Minute, time.Hour
	for name, test := range map[string]struct{ wrong, step time.Duration }{
		"one that was behind":             {-minutes, minutes},
		"one that was ahead":              {minutes, -minutes},
		"one that was right":              {0, hour},
		"one that is wrong in a new way":  {minutes, -hour},
		"one that is put right by little": {-time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, log := logged(t.Context(), 0)
			m := &machine{at: time.Now(), wrong: test.wrong}
			c := newClock(ctx, func() time.Time { return m.now(t) })
			m.hear(t, c)
			before, said := c.Now(), len(log.with(""))
			m.wrong += test.step
			if after := c.Now(); after != before {
				t.Errorf("%s before, %s after", before, after)
			}
			m.at = m.at.Add(hour)
			if went := c.Now().Sub(before); went != hour {
				t.Errorf("an hour later it is %s later", went)
			}
			m.hear(t, c)
			if off := c.Now().Sub(m.at.Round(0)); off.Abs() > 200*time.Millisecond {
				t.Errorf("it is off by %s", off)
			}
			if lines := log.with(""); len(lines) != said {
				t.Errorf("said: %s", lines[said:])
			}
		})
	}
}

// The difference of two times that have one is this machine's, and not what the
// server's clock says.
func TestTheClocksTimesHaveNoMonotonicReading(t *testing.T) {
	c := NewClock(t.Context())
	if now := c.Now(); now != now.Round(0) {
		t.Errorf("%s has one", now)
	}
}

func TestTheClockFollowsOneThatDriftsWithoutAJump(t *testing.T) {
	for _, ahead := range []time.Duration{-2600 * time.Millisecond, -1900 * time.Millisecond, -time.Second, 0, 500 * time.Millisecond, 2 * time.Second, 2600 * time.Millisecond, 10 * time.Minute} {
		for _, drift := range []int{-50, 0, 50, 500} {
			t.Run(fmt.Sprintf("by %s and %d ppm", ahead, drift), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, log := logged(t.Context(), 0)
					c := NewClock(ctx)
					a := &answering{ahead: ahead, takes: 10 * time.Millisecond, drift: drift, begun: time.Now()}
					server := c.Wrap(a)
					var last, jump, off time.Duration
					for begun := time.Now(); time.Since(begun) < 2*time.Hour; time.Sleep(1937 * time.Millisecond) { // virtual
						if err := roundTrip(server); err != nil {
							t.Fatal(err)
						}
						if now := c.difference(); time.Since(begun) > time.Minute {
							jump = max(jump, (now - last).Abs())
							off = max(off, c.Now().Sub(a.now()).Abs())
						}
						last = c.difference()
					}
					if jump > 100*time.Millisecond || off > time.Second {
						t.Errorf("it jumps by up to %s and is off by up to %s", jump, off)
					}
					if said := log.with(""); len(said) > 1 {
						t.Errorf("said: %s", said)
					}
				})
			})
		}
	}
}
