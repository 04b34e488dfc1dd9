package main

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// process is a child of the demo, which does not outlive it.
type process struct {
	cmd *exec.Cmd
	// done is closed when it has ended; err, which says how, may be read then.
	done chan struct{}
	err  error
}

// startProcess starts a child.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer close(p.done)
		// On Linux the child dies with the thread that started it and not with
		// the process (golang/go#27505): this goroutine keeps the thread until
		// the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		release, err := localcluster.StartBound(cmd)
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			release()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// stop asks the child to end, kills its group if it does not within patience,
// and returns when it has ended.
func (p *process) stop(patience time.Duration) {
	// The signals fail only if it has ended already.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return
	case <-time.After(patience):
	}
	p.kill()
}

// kill ends the child and all of its group, and returns when it has ended.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}
