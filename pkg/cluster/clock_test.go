package cluster

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// answering is a server that takes some time to answer and has a clock of its
// own, or one that tells no time.
type answering struct {
	ahead, takes time.Duration
	silent       bool
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(a.takes / 2)
	header := http.Header{"Date": {time.Now().Add(a.ahead).UTC().Format(http.TimeFormat)}}
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
