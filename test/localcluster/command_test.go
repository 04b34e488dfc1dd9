package localcluster_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

// command is a running hack/cluster.
type command struct {
	cmd        *exec.Cmd
	stderr     *bytes.Buffer
	kubeconfig string
	pids       []int
	ended      chan error
}

// startCommand builds hack/cluster and runs it until its cluster is ready.
func startCommand(t *testing.T) *command {
	t.Helper()
	root, err := toolchain.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "cluster")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./hack/cluster")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building hack/cluster: %v\n%s", err, out)
	}
	c := &command{stderr: new(bytes.Buffer), kubeconfig: filepath.Join(dir, "kubeconfig"), ended: make(chan error, 1)}
	files := filepath.Join(dir, "files")
	c.cmd = exec.Command(binary, "--nodes=2", "--dir="+files, "--kubeconfig="+c.kubeconfig)
	c.cmd.Dir = root
	c.cmd.Stderr = c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.cmd.Wait() }()
	t.Cleanup(func() {
		// Where the test has done its work there is nobody left to kill.
		_ = c.cmd.Process.Kill()
		for _, pid := range c.pids {
			if alive(pid) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	eventually(t, 90*time.Second, "the kubeconfig is there", func(context.Context) error {
		_, err := os.Stat(c.kubeconfig)
		return err
	})
	for _, name := range allComponents {
		content, err := os.ReadFile(filepath.Join(files, "pids", string(name)))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
		if err != nil {
			t.Fatal(err)
		}
		if !alive(pid) {
			t.Fatalf("%s does not run as process %d", name, pid)
		}
		c.pids = append(c.pids, pid)
	}
	return c
}

func TestNoProcessSurvivesAStarterThatIsKilled(t *testing.T) {
	c := startCommand(t)
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-c.ended; err == nil {
		t.Error("a killed command ends without an error")
	}
	eventually(t, 5*time.Second, "all processes are gone", func(context.Context) error { return wantGone(c.pids) })
}

func TestASignalEndsTheCommandWithoutAnError(t *testing.T) {
	c := startCommand(t)
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-c.ended:
		if err != nil {
			t.Errorf("it ended with %v, want exit code 0:\n%s", err, c.stderr)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
	if err := wantGone(c.pids); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.kubeconfig); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the kubeconfig is still there (%v)", err)
	}
}

func TestTheCommandFailsWhenAComponentDoes(t *testing.T) {
	c := startCommand(t)
	if err := syscall.Kill(c.pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-c.ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("it ended with %v, want exit code 1", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
	if !strings.Contains(c.stderr.String(), "the cluster broke: etcd: it ended: signal: killed") {
		t.Errorf("it does not say what broke:\n%s", c.stderr)
	}
	if err := wantGone(c.pids); err != nil {
		t.Error(err)
	}
}
