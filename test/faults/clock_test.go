package faults_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/test/harness"
)

// apart is how far a clock is from that of the API server.
const apart = 10 * time.Minute

// aheadVariable says how far the clock of an operator is that wrongClock built.
const aheadVariable = "EVENKEEL_TEST_CLOCK_AHEAD"

// wrongClock builds an operator whose clock is as wrong as the variable says. No
// program can be told another time from outside: Go reads the clock without a
// system call. So it is built with a time.Now of its own, for all of its code.
func wrongClock(t *testing.T) *harness.Suite {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	changed := string(source)
	for _, change := range [][2]string{
		{"import (", "import (\n\t\"syscall\""},
		{"\tsec, nsec, mono := runtimeNow()\n", "\tsec, nsec, mono := runtimeNow()\n\tsec += ahead\n"},
	} {
		if strings.Count(changed, change[0]) != 1 {
			t.Fatalf("%s: not one %q", original, change[0])
		}
		changed = strings.Replace(changed, change[0], change[1], 1)
	}
	changed += fmt.Sprintf(`
var ahead = func() int64 {
	value, _ := syscall.Getenv(%q)
	d, _ := ParseDuration(value)
	return int64(d / Second)
}()
`, aheadVariable)

	dir := t.TempDir()
	ours, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: ours}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{ours: []byte(changed), overlay: replace} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wrong := *suite
	wrong.Binary = filepath.Join(dir, "operator")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", wrong.Binary, "evenkeel.dev/evenkeel/cmd/operator")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the operator: %v\n%s", err, out)
	}
	return &wrong
}

func TestReplicasWhoseClocksAreWrongJudgeAndTellLikeAnyOther(t *testing.T) {
	wrong := wrongClock(t)
	off := func(ahead time.Duration, user string) *harness.Operator {
		t.Helper()
		t.Setenv(aheadVariable, ahead.String())
		return replicaOf(t, wrong, user)
	}
	s := newStage(t)
	s.ahead = map[int]time.Duration{0: apart, 1: -apart}
	s.sound(t, "falls")
	s.sound(t, "falls-later")
	s.sound(t, "rolls")
	s.fragile(t, "recovers")
	begun := time.Now()
	a := off(apart, replicaA)
	waitLeads(t, a, true, takeover)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	// What a rollout makes would be old already, and the rollout over.
	s.revise(t, "rolls", "two")
	s.place(t, "rolls", "rolls-new", 2)
	s.crowd(t, "falls")
	s.says(t, a, "rolls", "Settling", soon)
	s.timely(t, s.says(t, a, "falls", "NodeFragile", soon), begun)
	s.told(t, "falls", "NodeFragile")
	// What has just been placed would be placed in ten minutes only.
	b := off(-apart, replicaB)
	s.timely(t, s.says(t, b, "falls", "NodeFragile", soon), begun)
	for _, o := range []*harness.Operator{a, b} {
		harness.Always(t, 3*time.Second, func() error {
			if item := s.item(t, o, "rolls"); item.Verdict != "Settling" {
				return fmt.Errorf("in the middle of a rollout it is %s", item.Verdict)
			}
			return nil
		})
	}

	// The lease says that it was renewed in the future, twenty minutes from where
	// the next leader is.
	s.disturb()
	a.Signal(t, syscall.SIGKILL)
	a.ExitCode(t, 5*time.Second)
	waitLeads(t, b, true, takeover)
	s.crowd(t, "falls-later")
	s.spread(t, "recovers")
	s.timely(t, s.says(t, b, "falls-later", "NodeFragile", soon), begun)
	s.told(t, "falls-later", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	for _, pod := range []string{"rolls-stays", "rolls-moves"} {
		s.remove(t, pod)
	}
	s.says(t, b, "rolls", "Single", soon)
	a = off(apart, replicaA)
	b.Stop(t)
	waitLeads(t, a, true, takeover)

	s.told(t, "falls", "NodeFragile")
	s.calm(t)
	c.end(t)
	s.agrees(t, a)
	for _, e := range suite.Events(t, s.namespace) {
		if !within(e.EventTime.Time, begun) {
			t.Errorf("Event %s is of %s, the test began at %s", e.Name, e.EventTime, begun)
		}
	}
}

// soon is more than the settle time, on a busy machine, and far less than clocks
// are apart.
const soon = 30 * time.Second

// exact is how well the API server's clock can be known: an answer's date has
// whole seconds, and so have Pods' times.
const exact = 2 * time.Second

// within is true of a time between the test's beginning and now.
func within(at, begun time.Time) bool {
	return at.After(begun.Add(-exact)) && at.Before(time.Now().Add(exact))
}

// timely sees that what is said to have begun has, and not long ago.
func (s *stage) timely(t *testing.T, item harness.Item, begun time.Time) {
	t.Helper()
	if !within(item.Since, begun) {
		t.Errorf("%s is %s since %s; the test began at %s, and it is %s", item.App, item.Verdict, item.Since, begun, time.Now())
	}
}
