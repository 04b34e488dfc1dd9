package main

import (
	"os/exec"
	"testing"
	"time"
)

func TestTheOperatorsLogTellsWhereItsAPIIs(t *testing.T) {
	for log, want := range map[string]string{
		"": "",
		"not JSON\n{\"msg\":\"Serving\",\"api\":\"http://127.0.0.1:4711/api/v1/apps\"}\n{\"msg\":\"more\"}\n": "http://127.0.0.1:4711/api/v1/apps",
		`{"msg":"Serving","api":`:        "",
		`{"msg":"another","api":"pods"}`: "",
	} {
		if got := apiIn([]byte(log)); got != want {
			t.Errorf("in %q found %q, want %q", log, got, want)
		}
	}
}

func TestAChildThatEndsWhenAskedIsNotKilled(t *testing.T) {
	p, err := startProcess(exec.Command("sh", "-c", `trap 'exit 7' TERM; echo; while :; do sleep 0.01; done`))
	if err != nil {
		t.Fatal(err)
	}
	p.stop(time.Minute)
	// The signal may have come before the trap was set.
	if code := p.cmd.ProcessState.ExitCode(); code != 7 && code != -1 {
		t.Errorf("exit code %d, want 7, or -1 for its signal", code)
	}
}

func TestAChildThatDoesNotEndWhenAskedIsKilled(t *testing.T) {
	p, err := startProcess(exec.Command("sh", "-c", `trap '' TERM; while :; do sleep 0.01; done`))
	if err != nil {
		t.Fatal(err)
	}
	p.stop(50 * time.Millisecond)
	if p.err == nil {
		t.Error("it ended by itself")
	}
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if _, err := startProcess(exec.Command("/nowhere/to/be/found")); err == nil {
		t.Error("want an error")
	}
}
