package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json: see go doc test2json and go help
// buildjson.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// counts are the sums of a package or of everything. A test and each of its
// subtests count one each; benchmarks count nothing; what fails without a
// test of its own (a build, a package without tests) counts as one failure.
type counts struct{ passed, failed, skipped int }

func (c *counts) add(o counts) {
	c.passed += o.passed
	c.failed += o.failed
	c.skipped += o.skipped
}

func (c counts) any() bool { return c.passed+c.failed+c.skipped > 0 }

// tally reads the streams of one or more runs of go test.
type tally struct {
	out       io.Writer
	now       func() time.Time
	lastPrint time.Time

	counts
	problems []string // everything that went wrong, a line each
	// Of the present run:
	packages map[string]*suite
	before   int  // problems before it
	ran      bool // whether any test ended in it
}

// suite is a package that is being tested.
type suite struct {
	counts
	began       time.Time
	tests       map[string]*test // those that have not ended
	output      strings.Builder  // what belongs to no test
	problems    int
	cached      bool
	noTestFiles bool
}

// test is a test or subtest that has not ended.
type test struct {
	began  time.Time
	output strings.Builder
}

func newTally(out io.Writer) *tally {
	return &tally{out: out, now: time.Now}
}

// begin starts the reading of one run's stream.
func (t *tally) begin() {
	t.packages = map[string]*suite{}
	t.before = len(t.problems)
	t.ran = false
	t.lastPrint = t.now()
}

// line reads one line of the stream. What is not JSON is printed as it is: it
// comes from a test's child that writes past its parent, or from an old go.
func (t *tally) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		t.print(strings.TrimRight(string(line), "\n") + "\n")
		return
	}
	t.event(e)
}

func (t *tally) event(e event) {
	switch e.Action {
	case "build-output":
		t.print(e.Output)
		return
	case "build-fail":
		return // the package's own event follows
	}
	if e.Package == "" {
		return
	}
	s := t.packages[e.Package]
	if s == nil {
		s = &suite{began: t.now(), tests: map[string]*test{}}
		t.packages[e.Package] = s
	}
	if e.Test == "" {
		t.packageEvent(s, e)
	} else {
		t.testEvent(s, e)
	}
}

func (t *tally) packageEvent(s *suite, e event) {
	switch e.Action {
	case "output":
		s.cached = s.cached || strings.HasSuffix(e.Output, "\t(cached)\n")
		s.noTestFiles = s.noTestFiles || strings.HasSuffix(e.Output, "[no test files]\n")
		s.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.endPackage(s, e)
	}
}

func (t *tally) testEvent(s *suite, e event) {
	running := s.tests[e.Test]
	switch e.Action {
	case "run":
		s.tests[e.Test] = &test{began: t.now()}
	case "output":
		if running == nil { // after its end
			s.output.WriteString(e.Output)
		} else {
			running.output.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		delete(s.tests, e.Test)
		t.ran = true
		benchmark := isBenchmark(e.Test)
		switch {
		case e.Action == "pass" && !benchmark:
			s.passed++
		case e.Action == "fail":
			if !benchmark {
				s.failed++
			}
			t.testProblem(s, "FAIL", e, running)
		case e.Action == "skip":
			if !benchmark {
				s.skipped++
			}
			t.testProblem(s, "SKIP", e, running)
		}
	}
}

func (t *tally) testProblem(s *suite, word string, e event, running *test) {
	s.problems++
	title := fmt.Sprintf("%s %s %s (%.2fs)", word, e.Package, e.Test, e.Elapsed)
	t.problems = append(t.problems, title)
	text := ""
	if running != nil {
		text = meaningful(running.output.String())
	}
	t.print("=== " + title + "\n" + text)
}

// endPackage closes a package's account and prints its line.
func (t *tally) endPackage(s *suite, e event) {
	delete(t.packages, e.Package)
	for _, name := range slices.Sorted(maps.Keys(s.tests)) {
		running := s.tests[name]
		if isBenchmark(name) && e.Action == "pass" {
			continue // go test tells no end of a benchmark that is well
		}
		// A panic, an exit, a kill or the deadline ended the program while it ran.
		if !isBenchmark(name) {
			s.failed++
		}
		s.problems++
		title := fmt.Sprintf("FAIL %s %s did not finish", e.Package, name)
		t.problems = append(t.problems, title)
		t.print("=== " + title + "\n" + meaningful(running.output.String()))
	}

	why := ""
	switch {
	case e.Action == "fail" && s.problems == 0:
		why = "the package failed, none of its tests did"
		if out := s.output.String(); strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
			why = "does not build"
		}
	case e.Action != "fail" && s.noTestFiles:
		why = "has no test files"
	case e.Action != "fail" && !s.any() && s.problems == 0:
		why = "ran no test"
	}
	if why != "" {
		s.failed++
		s.problems++
		t.problems = append(t.problems, fmt.Sprintf("FAIL %s %s", e.Package, why))
	}
	if e.Action == "fail" {
		t.print(meaningful(s.output.String()))
	}

	word := "ok"
	if s.problems > 0 {
		word = "FAIL"
	}
	line := fmt.Sprintf("%-4s %s  %d passed", word, e.Package, s.passed)
	if s.failed > 0 {
		line += fmt.Sprintf(", %d failed", s.failed)
	}
	if s.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", s.skipped)
	}
	switch {
	case s.cached:
		line += "  (cached)"
	default:
		line += fmt.Sprintf("  %.2fs", e.Elapsed)
	}
	if why != "" {
		line += "  (" + why + ")"
	}
	t.print(line + "\n")
	t.add(s.counts)
}

// finish ends one run's stream; err is how go test itself ended.
func (t *tally) finish(err error) {
	for _, name := range slices.Sorted(maps.Keys(t.packages)) {
		t.event(event{Action: "output", Package: name, Output: "the stream ended before the package did\n"})
		t.event(event{Action: "fail", Package: name})
	}
	switch {
	case err != nil && len(t.problems) == t.before:
		t.problem("go test failed: " + err.Error())
	case !t.ran && len(t.problems) == t.before:
		t.problem("nothing ran")
	}
}

// problem notes what belongs to no package.
func (t *tally) problem(text string) {
	t.failed++
	t.problems = append(t.problems, "FAIL "+text)
	t.print("FAIL " + text + "\n")
}

// end prints what went wrong once more, then the sum alone on the last line,
// and reports whether all is well.
func (t *tally) end() bool {
	if len(t.problems) > 0 {
		t.print("\n")
		for _, p := range t.problems {
			t.print(p + "\n")
		}
	}
	t.print(fmt.Sprintf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped))
	return len(t.problems) == 0
}

// stillRunning says what runs where nothing has been printed for a while.
func (t *tally) stillRunning(now time.Time, after time.Duration) {
	if now.Sub(t.lastPrint) < after || len(t.packages) == 0 {
		return
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(t.packages)) {
		s := t.packages[name]
		fmt.Fprintf(&b, "...  %s  %d done in %.0fs", name, s.passed+s.failed+s.skipped, now.Sub(s.began).Seconds())
		longest := ""
		for _, test := range slices.Sorted(maps.Keys(s.tests)) {
			if longest == "" || s.tests[test].began.Before(s.tests[longest].began) {
				longest = test
			}
		}
		if longest != "" {
			fmt.Fprintf(&b, ", for %.0fs in %s", now.Sub(s.tests[longest].began).Seconds(), longest)
		}
		b.WriteString("\n")
	}
	t.print(b.String())
}

func (t *tally) print(text string) {
	if text == "" {
		return
	}
	t.lastPrint = t.now()
	_, _ = io.WriteString(t.out, text)
}

func isBenchmark(test string) bool { return strings.HasPrefix(test, "Benchmark") }

// meaningful leaves out of an output the lines with which go test frames it.
func meaningful(output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		switch text := strings.TrimRight(line, "\n"); {
		case text == "FAIL", text == "PASS", strings.HasPrefix(text, "FAIL\t"),
			strings.HasPrefix(text, "=== RUN "), strings.HasPrefix(text, "=== PAUSE "),
			strings.HasPrefix(text, "=== CONT "), strings.HasPrefix(text, "=== NAME "):
			continue
		}
		b.WriteString(line)
	}
	text := b.String()
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
