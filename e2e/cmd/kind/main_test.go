package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
)

func TestTheCommandLine(t *testing.T) {
	for sentence, tc := range map[string]struct {
		args  string
		fails bool
		says  string
		check func(command) bool
	}{
		"a command alone is for the usual cluster": {args: "up", check: func(c command) bool {
			return c.name == "up" && c.options.Name == "evenkeel" && c.options.UserKubeconfig && c.options.APIServerPort == 0
		}},
		"flags come after the command": {args: "up --name other --api-port 7443 --node-image x", check: func(c command) bool {
			return c.options.Name == "other" && c.options.APIServerPort == 7443 && c.options.NodeImage == "x"
		}},
		"nothing is not enough":       {fails: true, says: "what to do is missing"},
		"an unknown command":          {args: "start", fails: true, says: `"start" is unknown`},
		"an argument too many":        {args: "down all", fails: true, says: `"all" is one argument too many`},
		"an unknown flag":             {args: "up --fast", fails: true, says: "-fast"},
		"a port that is not a number": {args: "up --api-port x", fails: true, says: "api-port"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var stderr strings.Builder
			got, err := parse(strings.Fields(tc.args), &stderr)
			if (err != nil) != tc.fails || !strings.Contains(stderr.String(), tc.says) {
				t.Fatalf("it ends with %v and says %q", err, stderr.String())
			}
			if tc.fails && !strings.Contains(stderr.String(), "usage:") {
				t.Errorf("the usage is not shown: %q", stderr.String())
			}
			if tc.check != nil && !tc.check(got) {
				t.Errorf("it is taken for %+v", got)
			}
		})
	}
	for _, args := range []string{"help", "--help", "up -h"} {
		var stderr strings.Builder
		if _, err := parse(strings.Fields(args), &stderr); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%s is %v", args, err)
		}
	}
}

func TestAnErrorIsOneLine(t *testing.T) {
	if got := oneLine(errors.Join(errors.New("first"), errors.New("second"))); got != "first; second" {
		t.Errorf("it is %q", got)
	}
}
