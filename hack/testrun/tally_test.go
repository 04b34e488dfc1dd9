package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var errExit = errors.New("exit status 1")

// The streams in testdata were recorded from go test -json.
func TestTally(t *testing.T) {
	tests := map[string]struct {
		runs   [][]string // the streams of each run; one run where there is one
		exit   error      // how go test ended
		ok     bool
		sum    string
		says   []string
		silent []string
	}{
		"tests, subtests, an example and a fuzz test's seeds all count": {
			runs: [][]string{{"pass"}}, ok: true, sum: "7 passed, 0 failed, 0 skipped",
			says:   []string{"ok   example.com/shop/pass  7 passed"},
			silent: []string{"hello", "===", "FAIL"},
		},
		"a cached package counts like one that ran": {
			runs: [][]string{{"cached"}}, ok: true, sum: "7 passed, 0 failed, 0 skipped",
			says: []string{"7 passed  (cached)"},
		},
		"a benchmark counts nothing": {
			runs: [][]string{{"bench"}}, ok: true, sum: "7 passed, 0 failed, 0 skipped",
		},
		"a benchmark that fails or skips fails the run": {
			runs: [][]string{{"badbench"}}, exit: errExit, sum: "1 passed, 0 failed, 0 skipped",
			says: []string{"too slow", "not today", "SKIP example.com/shop/badbench BenchmarkSkips"},
		},
		"a failed test shows its output, its neighbours don't": {
			runs: [][]string{{"fail"}}, exit: errExit, sum: "2 passed, 2 failed, 0 skipped",
			says:   []string{"x_test.go:3: 2+2 = 5", "x_test.go:3: before", "FAIL example.com/shop/fail TestAdds/small_numbers (0.00s)"},
			silent: []string{"not shown", "=== RUN"},
		},
		"a skipped test fails the run though go test is content": {
			runs: [][]string{{"skip"}}, sum: "1 passed, 0 failed, 1 skipped",
			says: []string{"no lucky day", "SKIP example.com/shop/skip TestNeedsALuckyDay"},
		},
		"a panic shows its stack": {
			runs: [][]string{{"panics"}}, exit: errExit, sum: "1 passed, 2 failed, 0 skipped",
			says: []string{"panic: boom", "panics/x_test.go:4"},
		},
		"a test that the deadline ends has failed, and so has its parent": {
			runs: [][]string{{"slow"}}, exit: errExit, sum: "1 passed, 2 failed, 0 skipped",
			says: []string{"waiting\n", "panic: test timed out after 1s", "TestHangs/for_ever did not finish", "TestHangs did not finish"},
		},
		"a test that exits the program has failed": {
			runs: [][]string{{"dies"}}, exit: errExit, sum: "0 passed, 1 failed, 0 skipped",
			says: []string{"last words", "TestDies did not finish"},
		},
		"a killed program fails the test that it was in": {
			runs: [][]string{{"killed"}}, exit: errExit, sum: "1 passed, 1 failed, 0 skipped",
			says: []string{"signal: killed", "TestKilled did not finish"},
		},
		"a data race is shown": {
			runs: [][]string{{"races"}}, exit: errExit, sum: "0 passed, 1 failed, 0 skipped",
			says: []string{"WARNING: DATA RACE", "races/x_test.go:3"},
		},
		"a package that fails after its tests counts as a failure": {
			runs: [][]string{{"exits"}}, exit: errExit, sum: "1 passed, 1 failed, 0 skipped",
			says: []string{"a goroutine was left behind", "the package failed, none of its tests did"},
		},
		"a package that does not build shows the compiler's words": {
			runs: [][]string{{"broken"}}, exit: errExit, sum: "0 passed, 1 failed, 0 skipped",
			says: []string{"broken/x_test.go:3:30: undefined: undefined", "FAIL example.com/shop/broken does not build"},
		},
		"a package without test files fails the run": {
			runs: [][]string{{"pass", "nofiles"}}, sum: "7 passed, 1 failed, 0 skipped",
			says: []string{"FAIL example.com/shop/nofiles has no test files"},
		},
		"a package whose tests none ran fails the run": {
			runs: [][]string{{"pass", "empty"}}, sum: "7 passed, 1 failed, 0 skipped",
			says: []string{"FAIL example.com/shop/empty ran no test"},
		},
		"a TestMain that runs nothing fails the run": {
			runs: [][]string{{"skipsall"}}, sum: "0 passed, 1 failed, 0 skipped",
			says: []string{"FAIL example.com/shop/skipsall ran no test"},
		},
		"an empty stream fails the run": {
			runs: [][]string{{}}, sum: "0 passed, 1 failed, 0 skipped",
			says: []string{"FAIL nothing ran"},
		},
		"an exit code without a failure fails the run": {
			runs: [][]string{{"pass"}}, exit: errExit, sum: "7 passed, 1 failed, 0 skipped",
			says: []string{"FAIL go test failed: exit status 1"},
		},
		"a stream that stops half way fails the run": {
			runs: [][]string{{"torn"}}, exit: errExit, sum: "0 passed, 2 failed, 0 skipped",
			says: []string{"the stream ended before the package did", "TestCounts did not finish"},
		},
		"a line that is not JSON is shown and changes nothing": {
			runs: [][]string{{"stray"}}, ok: true, sum: "7 passed, 0 failed, 0 skipped",
			says: []string{"a child that outlived its test\n"},
		},
		"two runs have one sum": {
			runs: [][]string{{"pass"}, {"pass", "skip"}}, sum: "15 passed, 0 failed, 1 skipped",
		},
		"an empty second run is not hidden by the first": {
			runs: [][]string{{"pass"}, {}}, sum: "7 passed, 1 failed, 0 skipped",
			says: []string{"FAIL nothing ran"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			tl := newTally(&out)
			for _, streams := range tc.runs {
				tl.begin()
				for _, s := range streams {
					feed(t, tl, s)
				}
				tl.finish(tc.exit)
			}
			if ok := tl.end(); ok != tc.ok {
				t.Errorf("all is well: %v, want %v", ok, tc.ok)
			}
			text := out.String()
			if lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n"); lines[len(lines)-1] != tc.sum {
				t.Errorf("last line %q, want %q", lines[len(lines)-1], tc.sum)
			}
			for _, s := range tc.says {
				if !strings.Contains(text, s) {
					t.Errorf("%q is not said", s)
				}
			}
			for _, s := range tc.silent {
				if strings.Contains(text, s) {
					t.Errorf("%q is said", s)
				}
			}
			if t.Failed() {
				t.Logf("output:\n%s", text)
			}
		})
	}
}

func TestALongSilenceIsExplained(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	tl := newTally(&out)
	tl.now = func() time.Time { return now }
	tl.begin()
	tl.stillRunning(now.Add(time.Hour), quiet)
	if out.Len() > 0 {
		t.Errorf("with nothing running it said %q", out.String())
	}
	feed(t, tl, "torn")
	now = now.Add(29 * time.Second)
	tl.stillRunning(now, quiet)
	if out.Len() > 0 {
		t.Errorf("after 29 s it said %q", out.String())
	}
	now = now.Add(time.Second)
	tl.stillRunning(now, quiet)
	const want = "...  example.com/shop/pass  0 done in 30s, for 30s in TestCounts\n"
	if out.String() != want {
		t.Errorf("after 30 s it said %q, want %q", out.String(), want)
	}
	tl.stillRunning(now.Add(29*time.Second), quiet)
	if out.String() != want {
		t.Errorf("it said more too soon: %q", out.String())
	}
}

func TestSplit(t *testing.T) {
	tests := map[string]struct {
		args []string
		want [][]string
	}{
		"nothing is no run":                {args: nil, want: nil},
		"one list is one run":              {args: []string{"-race", "./..."}, want: [][]string{{"-race", "./..."}}},
		"each -- begins a run":             {args: []string{"./a", "--", "-p", "1", "./b"}, want: [][]string{{"./a"}, {"-p", "1", "./b"}}},
		"a -- with nothing after it is no": {args: []string{"--", "./a", "--"}, want: [][]string{{"./a"}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := split(tc.args); !slices.EqualFunc(got, tc.want, slices.Equal) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAnotherModulesFolderIsTheGoCommandsFirstArgument(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{[]string{"-race", "./..."}, []string{"test", "-json", "-race", "./..."}},
		{[]string{"-C", "e2e", "-race", "./..."}, []string{"test", "-C", "e2e", "-json", "-race", "./..."}},
	} {
		if got := arguments(c.args); !slices.Equal(got, c.want) {
			t.Errorf("%v becomes %v, want %v", c.args, got, c.want)
		}
	}
}

func TestUnmatchedPatternsAreNoticed(t *testing.T) {
	var passedOn bytes.Buffer
	w := &warnings{to: &passedOn}
	const text = "go: downloading example.com/a v1.0.0\ngo: warning: \"./none/...\" matched no packages\n"
	for _, part := range []string{text[:60], text[60:]} { // in pieces, as they come
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if passedOn.String() != text {
		t.Errorf("passed on %q", passedOn.String())
	}
	if got, want := w.unmatched(), []string{`go: warning: "./none/..." matched no packages`}; !slices.Equal(got, want) {
		t.Errorf("noticed %q, want %q", got, want)
	}
}

func TestARealGoTestIsRunAndRecorded(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.com/shop\n\ngo 1.26\n",
		"x_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestFine(*testing.T) {}\n\nfunc TestLater(t *testing.T) { t.Skip(\"later\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	record := filepath.Join(t.TempDir(), "stream.jsonl")
	for sentence, tc := range map[string]struct {
		args []string
		ok   bool
	}{
		"a skip fails":   {args: []string{"."}, ok: false},
		"the rest is ok": {args: []string{"-run=TestFine", "."}, ok: true},
	} {
		var out bytes.Buffer
		ok, err := testAll(&out, [][]string{tc.args}, record)
		if err != nil {
			t.Fatal(err)
		}
		if ok != tc.ok {
			t.Errorf("%s: got %v and\n%s", sentence, ok, &out)
		}
		stream, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(stream, []byte(`"Action":"pass","Package":"example.com/shop","Test":"TestFine"`)) {
			t.Errorf("%s: the record holds %s", sentence, stream)
		}
	}
}

func feed(t *testing.T, tl *tally, stream string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", stream+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		tl.line(line)
	}
}
