package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
		"an image is built unless told otherwise": {args: "deploy", check: func(c command) bool { return !c.options.NoBuild }},
		"an image that is there is enough":        {args: "deploy --no-build", check: func(c command) bool { return c.options.NoBuild }},
		"nothing is not enough":                   {fails: true, says: "what to do is missing"},
		"an unknown command":                      {args: "start", fails: true, says: `"start" is unknown`},
		"an argument too many":                    {args: "down all", fails: true, says: `"all" is one argument too many`},
		"an unknown flag":                         {args: "up --fast", fails: true, says: "kind: flag provided but not defined: --fast\n"},
		"a port that is not a number":             {args: "up --api-port x", fails: true, says: "for flag --api-port: "},
	} {
		t.Run(sentence, func(t *testing.T) {
			var stdout, stderr strings.Builder
			got, err := parse(strings.Fields(tc.args), &stdout, &stderr)
			if (err != nil) != tc.fails || !strings.Contains(stderr.String(), tc.says) {
				t.Fatalf("it ends with %v and says %q", err, stderr.String())
			}
			if said := stderr.String(); tc.fails && (!strings.HasPrefix(said, "kind: ") || !strings.Contains(said, "\nusage:")) {
				t.Errorf("it says %q, not what is wrong and then the usage", said)
			}
			if stdout.String() != "" {
				t.Errorf("on standard output it says %q", stdout.String())
			}
			if tc.check != nil && !tc.check(got) {
				t.Errorf("it is taken for %+v", got)
			}
		})
	}
	for _, args := range []string{"help", "--help", "up -h"} {
		var stdout, stderr strings.Builder
		if _, err := parse(strings.Fields(args), &stdout, &stderr); !errors.Is(err, flag.ErrHelp) || stderr.String() != "" {
			t.Errorf("%s is %v, and says %q", args, err, stderr.String())
		}
		for _, part := range []string{"usage: hack/kind.sh", "--name name", "(default evenkeel)", "--api-port port", "--no-build "} {
			if !strings.Contains(stdout.String(), part) {
				t.Errorf("%s does not say %q: %s", args, part, stdout.String())
			}
		}
	}
}

func TestAnErrorIsOneLine(t *testing.T) {
	output := fmt.Errorf("running %s:\n%s", "debootstrap trixie: exit status 1", "I: Retrieving InRelease\nW: it is slow\nE: Unable to retrieve it\n")
	for sentence, tc := range map[string]struct {
		err   error
		want  string
		above int
	}{
		"one line stays": {errors.New("no such cluster"), "no such cluster", 0},
		"joined errors are one after the other": {
			errors.Join(errors.New("first"), errors.Join(errors.New("second"), errors.New("third"))), "first; second; third", 0,
		},
		"one that was joined alone":             {errors.Join(errors.New("first"), nil), "first", 0},
		"two that are wrapped together stay so": {fmt.Errorf("%w: %w", errors.New("waiting"), errors.New("too long")), "waiting: too long", 0},
		"of a command's output the end is told": {
			fmt.Errorf("making the image: %w", output), "making the image: running debootstrap trixie: exit status 1: E: Unable to retrieve it", 4,
		},
		"what is joined with it is told as well": {
			errors.Join(output, errors.New("and no cleaning up")), "running debootstrap trixie: exit status 1: E: Unable to retrieve it; and no cleaning up", 4,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			line, above := tell(tc.err)
			if line != tc.want || len(above) != tc.above {
				t.Errorf("it is %q, below %q", line, above)
			}
		})
	}
}

func TestWhatToDoNextNamesWhatIsThere(t *testing.T) {
	const page = "/query?g0.expr=evenkeel_workloads&g0.tab=0\n"
	for _, pages := range []bool{true, false} {
		said := nextAfterDeploy("kubectl --context kind-some", pages)
		for _, part := range []string{
			"kubectl --context kind-some -n evenkeel get pods", "-n evenkeel port-forward deploy/evenkeel 8081",
			"-n evenkeel-monitoring port-forward svc/prometheus 9090", "/api/v1/query?query=evenkeel_workloads",
		} {
			if !strings.Contains(said, part) {
				t.Errorf("%q is missing: %s", part, said)
			}
		}
		if strings.Contains(said, page) != pages || strings.Contains(said, "%!") {
			t.Errorf("with pages: %t, it says %s", pages, said)
		}
	}
}

func TestKubectlIsTheCheckoutsWhereNoneIsInstalled(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if got := kubectl("kind-some"); got != "go run ./hack/tool kubectl --context kind-some" {
		t.Errorf("it is %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := kubectl("kind-some"); got != "kubectl --context kind-some" {
		t.Errorf("it is %q", got)
	}
}
