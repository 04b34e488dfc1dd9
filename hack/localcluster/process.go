package localcluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// process is one run of a component.
type process struct {
	cmd *exec.Cmd
	// done is closed when the process has ended and been waited for.
	done chan struct{}
	// err says how it ended; to be read after done.
	err error
}

// startProcess starts a program with its output going to the end of a file.
func (l *launcher) startProcess(path string, args, env []string, dir, log string) (*process, error) {
	output, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	defer output.Close() // the process has its own
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout, cmd.Stderr = output, output
	release, err := l.start(cmd)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		release()
		close(p.done)
	}()
	return p, nil
}

// kill ends the process, even a stopped one, and waits until it has ended.
func (p *process) kill() {
	// The only error is that it has ended already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// ended tells whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// how says how the process ended, for a person.
func (p *process) how() string {
	if p.err == nil {
		return "it ended without an error"
	}
	return "it ended: " + p.err.Error()
}

// tail returns the end of a log, indented, for an error.
func tail(path string, lines int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "(its log cannot be read: " + err.Error() + ")"
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	all = all[max(0, len(all)-lines):]
	return "the end of its log:\n    " + strings.Join(all, "\n    ")
}
