package images

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command returns a command that ends, with its children, when ctx does.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a command. The error holds the end of what it said.
func run(cmd *exec.Cmd) error {
	_, err := output(cmd)
	return err
}

// output runs a command and returns what it printed.
func output(cmd *exec.Cmd) (string, error) {
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(out.String()+said.String()), "\n")
		return "", fmt.Errorf("running %s: %w:\n%s", strings.Join(cmd.Args, " "), err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return out.String(), nil
}
