package main

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAFrameIsDrawnOverTheOneBefore(t *testing.T) {
	got := screenful([]string{"a", "b"}, 3)
	if want := "\x1b[H\x1b[2Ka\r\n\x1b[2Kb\r\n\x1b[J"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = screenful([]string{"a", "b"}, 2)
	if want := "\x1b[H\x1b[2Ka\r\n\x1b[2Kb"; got != want {
		t.Errorf("on a full screen: got %q, want %q", got, want)
	}
}

func TestAPipeGetsEachChangeOnceWithTheTableAndNoEscapeCodes(t *testing.T) {
	j := newJournal()
	var text strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	tick, done := make(chan time.Time), make(chan error, 1)
	go func() {
		done <- output{to: &text, width: 80}.print(ctx, tick, func() view {
			return view{picture: makePicture(), entries: j.all()}
		})
	}()
	// Once a tick has been taken, all that there was before it has been printed.
	look := func() { tick <- noon }
	j.begin("node-1 cordoned")
	look()
	look()
	j.tell(asExpected, "counts moved in 0.2s")
	look()
	look()
	j.begin("node-1 uncordoned")
	j.tell(unexpected, "the counts did not move")
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "node-1 cordoned\n") {
		t.Errorf("printed before the change came to its end: %q", text.String())
	}
	for _, want := range []string{"node-1 cordoned: counts moved in 0.2s\n", "node-1 uncordoned: the counts did not move\n"} {
		if n := strings.Count(text.String(), want); n != 1 {
			t.Errorf("%q is there %d times, want once", want, n)
		}
	}
	if n := strings.Count(text.String(), "\nAPP "); n != 2 {
		t.Errorf("the table is there %d times, want twice", n)
	}
	if strings.Contains(text.String(), "\x1b") {
		t.Errorf("escape codes in %q", text.String())
	}
}

func TestATerminalGetsItsScreenBackWithTheLastTableOnIt(t *testing.T) {
	var text strings.Builder
	o := output{to: &text, size: func() (int, int) { return 80, 24 }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.run(ctx, makeView); err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(text.String(), leaveScreen)
	if !found || !strings.HasPrefix(before, enterScreen) {
		t.Fatalf("the screen is not entered and left: %q", text.String())
	}
	if want := strings.Join(makeView().plain(80), "\n") + "\n"; after != want {
		t.Errorf("left behind: %q, want %q", after, want)
	}
}

// brokenPipe is read by nobody.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestItEndsWhenNobodyReadsWhatItShows(t *testing.T) {
	for name, o := range map[string]output{
		"a pipe":     {to: brokenPipe{}, width: 80},
		"a terminal": {to: brokenPipe{}, size: func() (int, int) { return 80, 24 }},
	} {
		if err := o.run(t.Context(), makeView); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%s: got %v, want %v", name, err, syscall.EPIPE)
		}
	}
}
