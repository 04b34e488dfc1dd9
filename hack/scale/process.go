package scale

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// Process is a child, which does not outlive this process. Its output goes into
// a file.
type Process struct {
	Log     string
	Started time.Time
	cmd     *exec.Cmd
	done    chan struct{}
}

// Start starts a program. Its log is name.log in dir.
func Start(dir, name string, env []string, program string, args ...string) (*Process, error) {
	p := &Process{Log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.Log)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	defer log.Close() // the child has its own
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.Started = time.Now()
	started := make(chan error)
	go func() {
		defer close(p.done)
		// On Linux the child dies with the thread that started it and not with
		// the process (golang/go#27505).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		release, err := localcluster.StartBound(p.cmd)
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended shows in its log
			release()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the process to end, and ends it if it does not within ten seconds.
func (p *Process) Stop() {
	// The signals fail only if it has ended already.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
