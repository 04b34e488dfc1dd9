package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

// What is told to a terminal.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // the alternate screen, without a cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[2K"
	clearRest   = "\x1b[J"
)

const (
	// redrawInterval is how often the screen is looked at again.
	redrawInterval = 100 * time.Millisecond
	// pipeWidth is how wide the table is where nobody says.
	pipeWidth = 120
)

// output is where the demo is seen.
type output struct {
	to io.Writer
	// size returns the terminal's width and height; nil where there is none.
	size    func() (width, height int)
	width   int // of a pipe
	colours colours
}

// outputTo finds out what a file is and what its user wants.
func outputTo(file *os.File) output {
	o := output{to: file, width: number(os.Getenv("COLUMNS"), pipeWidth)}
	fd := int(file.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return o
	}
	o.colours.on = os.Getenv("NO_COLOR") == ""
	o.size = func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil || width <= 0 || height <= 0 {
			return number(os.Getenv("COLUMNS"), 80), number(os.Getenv("LINES"), 24)
		}
		return width, height
	}
	return o
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// run shows the view, as it is at any time, until ctx ends. Its last words, in
// a terminal, are the last view, on the ordinary screen. It fails if nobody
// reads them any more.
func (o output) run(ctx context.Context, current func() view) error {
	tick := time.NewTicker(redrawInterval)
	defer tick.Stop()
	if o.size == nil {
		return o.print(ctx, tick.C, current)
	}
	if _, err := fmt.Fprint(o.to, enterScreen); err != nil {
		return err
	}
	err := o.redraw(ctx, tick.C, current)
	if _, leaveErr := fmt.Fprint(o.to, leaveScreen); err == nil {
		err = leaveErr
	}
	if err != nil {
		return err
	}
	width, _ := o.size()
	return o.lines(current().plain(width))
}

// redraw keeps the screen up to date.
func (o output) redraw(ctx context.Context, tick <-chan time.Time, current func() view) error {
	last := ""
	for {
		width, height := o.size()
		if next := screenful(current().frame(width, height, o.colours), height); next != last {
			if _, err := fmt.Fprint(o.to, next); err != nil {
				return err
			}
			last = next
		}
		select {
		case <-tick:
		case <-ctx.Done():
			return nil
		}
	}
}

// screenful is what draws a frame over the one before. Each line is cleared
// before it is written, not after: a line as wide as the screen leaves the
// cursor on its last character.
func screenful(lines []string, height int) string {
	text := home + clearLine + strings.Join(lines, "\r\n"+clearLine)
	if len(lines) < height {
		text += "\r\n" + clearRest
	}
	return text
}

// print writes what has been done, and the table, each time that something has
// come to its end.
func (o output) print(ctx context.Context, tick <-chan time.Time, current func() view) error {
	printed := 0
	ended := false
	for {
		v := current()
		var lines []string
		for ; printed < len(v.entries) && v.entries[printed].outcome != pending; printed++ {
			lines = append(lines, v.entries[printed].String())
		}
		if len(lines) > 0 {
			if err := o.lines(append(append(lines, v.plain(o.width)...), "")); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
		select {
		case <-tick:
		case <-ctx.Done():
			// Once more, for what came to its end just before ctx did.
			ended = true
		}
	}
}

func (o output) lines(lines []string) error {
	_, err := fmt.Fprintln(o.to, strings.Join(lines, "\n"))
	return err
}
