package e2e

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// These come last of all: two clusters at a time are too many for some machines
// (inotify), so the suite's own goes first. One that is to be kept stays, and
// the interrupted one then needs room beside it.

func TestDownDeletesTheClusterAndAllThatBelongsToIt(t *testing.T) {
	cluster, kubeconfig := "evenkeel-interrupted", filepath.Join(t.TempDir(), "kubeconfig")
	want := "there is no cluster " + cluster
	if suite.Deletes() {
		cluster = suite.Cluster.Name()
		want = "cluster " + cluster + " is deleted"
		done(t, kubeconfig, "up") // for its entry there
	}
	r := runScript(t, kubeconfig, "down", "--name", cluster)
	if r.code != 0 || !strings.Contains(r.stdout, want) {
		t.Fatalf("down ends with %d and does not say %q:\n%s%s", r.code, want, r.stdout, r.stderr)
	}
	nothingLeft(t, cluster)
	hasNoContext(t, kubeconfig)
}

func TestAnInterruptedUpLeavesNothingBehind(t *testing.T) {
	const name = "evenkeel-interrupted"
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	// What a run that was killed has left.
	if r := runScript(t, kubeconfig, "down", "--name", name); r.code != 0 {
		t.Fatalf("down ends with %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptTime)
	defer cancel()
	up := scriptCommand(ctx, kubeconfig, "up", "--name", name)
	var stdout, stderr bytes.Buffer
	up.Stdout, up.Stderr = &stdout, &stderr
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- up.Wait() }()
	awaitContainer(t, name, ended)
	began := time.Now()
	if err := up.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("it ends as if all were well")
	}
	r := ran{[]string{"up"}, stdout.String(), stderr.String(), up.ProcessState.ExitCode()}
	t.Logf("it ended %s after the signal: %s", time.Since(began).Round(time.Second), r.why(t))
	if r.code != 1 {
		t.Errorf("it ends with %d, want 1\n%s", r.code, r.stderr)
	}
	nothingLeft(t, name)
	hasNoContext(t, kubeconfig)
}

// awaitContainer waits until there is a container of a cluster that is being
// made.
func awaitContainer(t *testing.T, cluster string, ended <-chan error) {
	t.Helper()
	harness.Eventually(t, 3*time.Minute, func(ctx context.Context) error {
		select {
		case err := <-ended:
			t.Fatalf("up has ended before there was a container: %v", err)
		default:
		}
		names, err := harness.Containers(ctx, cluster)
		if err == nil && len(names) == 0 {
			err = fmt.Errorf("cluster %s has no container yet", cluster)
		}
		return err
	})
}
