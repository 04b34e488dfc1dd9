// Command testrun runs go test and lets nothing pass unseen:
//
//	go run ./hack/testrun [--record FILE] -- ARGUMENT... [-- ARGUMENT...]
//
// Each list of arguments is one run of go test -json, which "-C FOLDER" at its
// beginning takes to another module; they run in turn, the next one also after a
// failure. It prints a line for each package and the
// whole output of what went wrong, and fails where a test failed, a test was
// skipped, a package ran no test, something did not build, or nothing ran at
// all. The last line is the sum: "12 passed, 0 failed, 0 skipped".
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// quiet is how long a run may print nothing before it says what it is doing.
const quiet = 30 * time.Second

func main() {
	record := flag.String("record", "", "also write go test's own stream to this `file`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: testrun [--record FILE] -- GO-TEST-ARGUMENT... [-- GO-TEST-ARGUMENT...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	runs := split(flag.Args())
	if len(runs) == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := testAll(os.Stdout, runs, *record)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// split cuts the arguments at each "--" into those of each run.
func split(args []string) [][]string {
	var runs [][]string
	var current []string
	for _, a := range args {
		if a != "--" {
			current = append(current, a)
			continue
		}
		if len(current) > 0 {
			runs = append(runs, current)
		}
		current = nil
	}
	if len(current) > 0 {
		runs = append(runs, current)
	}
	return runs
}

// testAll does every run and prints the sum. It reports whether all is well;
// an error is one of its own.
func testAll(out io.Writer, runs [][]string, record string) (ok bool, err error) {
	stream := io.Discard
	if record != "" {
		f, err := os.Create(record)
		if err != nil {
			return false, err
		}
		defer func() {
			if closing := f.Close(); closing != nil {
				ok = false
				fmt.Fprintln(os.Stderr, "testrun:", closing)
			}
		}()
		stream = f
	}
	// An interrupt in a terminal reaches go test too, which ends and is then
	// reported like any other failure.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	t := newTally(out)
	for _, args := range runs {
		if stopped := goTest(t, args, stream, signals); stopped {
			break
		}
	}
	return t.end(), nil
}

// arguments returns those of the go command. That of another module's folder
// has to be the first.
func arguments(args []string) []string {
	command := []string{"test"}
	if len(args) >= 2 && args[0] == "-C" {
		command, args = append(command, args[:2]...), args[2:]
	}
	return slices.Concat(command, []string{"-json"}, args)
}

// goTest is one run of go test. It reports whether a signal ended it.
func goTest(t *tally, args []string, record io.Writer, signals <-chan os.Signal) (stopped bool) {
	t.begin()
	cmd := exec.Command("go", arguments(args)...)
	stderr := &warnings{to: os.Stderr}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.problem("go test did not start: " + err.Error())
		return false
	}

	lines := make(chan []byte, 64)
	go func() {
		defer close(lines)
		r := bufio.NewReader(io.TeeReader(stdout, record))
		for {
			line, err := r.ReadBytes('\n')
			if len(line) > 0 {
				lines <- line
			}
			if err != nil {
				return
			}
		}
	}()

	tick := time.NewTicker(quiet / 6)
	defer tick.Stop()
	for lines != nil {
		select {
		case line, more := <-lines:
			if !more {
				lines = nil
				break
			}
			t.line(line)
		case now := <-tick.C:
			t.stillRunning(now, quiet)
		case s := <-signals:
			stopped = true
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s)
			}
		}
	}
	err = cmd.Wait()
	for _, pattern := range stderr.unmatched() {
		t.problem(pattern)
	}
	if stopped {
		t.problem("stopped by a signal")
	}
	t.finish(err)
	return stopped
}

// warnings passes standard error on and remembers the patterns that go test
// said name no package: go test itself only warns of them.
type warnings struct {
	to   io.Writer
	text bytes.Buffer
}

func (w *warnings) Write(p []byte) (int, error) {
	w.text.Write(p)
	return w.to.Write(p)
}

func (w *warnings) unmatched() []string {
	var found []string
	for line := range bytes.Lines(w.text.Bytes()) {
		line = bytes.TrimSpace(line)
		if bytes.HasSuffix(line, []byte("matched no packages")) {
			found = append(found, string(line))
		}
	}
	return found
}
