package main

import (
	"strings"
	"testing"
	"time"
)

func TestWithoutFlagsItRunsUntilCtrlCOnSixNodesInThreeZones(t *testing.T) {
	o, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (options{mode: "observe", every: 5 * time.Second, nodes: 6, zones: 3}); o != want {
		t.Errorf("got %+v, want %+v", o, want)
	}
}

func TestAWrongFlagIsOneClearLine(t *testing.T) {
	for args, want := range map[string]string{
		"--colour":             "-colour",
		"--nodes six":          "-nodes",
		"--mode off":           `--mode must be observe, shadow or enforce, not "off"`,
		"--mode Enforce":       `--mode must be observe, shadow or enforce, not "Enforce"`,
		"--mode=":              `--mode must be observe, shadow or enforce, not ""`,
		"--nodes 5":            "--nodes must be from twice --zones, 6, to 200, not 5",
		"--nodes 201":          "not 201",
		"--zones 1":            "--zones must be at least 2, not 1",
		"--every 2m":           "--every must be from 0 to 1m, not 2m0s",
		"--every -1s":          "--every",
		"--duration -1s":       "--duration must not be negative: -1s",
		"--duration 1s please": `takes flags alone, but got ["please"]`,
	} {
		_, err := parse(strings.Fields(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", args, err, want)
		}
	}
}
