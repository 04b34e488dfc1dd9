package localcluster

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
)

// launcher starts processes that die with this one.
//
// On Linux the kernel kills them, but it does so when the *thread* that
// started them ends, not the process (golang/go#27505). So all are started on
// one thread, which a goroutine holds for as long as the launcher is open.
type launcher struct {
	requests chan launch
	closed   chan struct{}
	ended    chan struct{}
	once     sync.Once
}

// launch asks for a process to be started.
type launch struct {
	cmd    *exec.Cmd
	result chan launched
}

// launched is what came of it. After the process has ended, release is to be
// called.
type launched struct {
	release func()
	err     error
}

func newLauncher() *launcher {
	l := &launcher{requests: make(chan launch), closed: make(chan struct{}), ended: make(chan struct{})}
	go l.run()
	return l
}

func (l *launcher) run() {
	defer close(l.ended)
	// Never unlocked: the thread ends with this goroutine.
	runtime.LockOSThread()
	for {
		select {
		case request := <-l.requests:
			release, err := StartBound(request.cmd)
			request.result <- launched{release, err}
		case <-l.closed:
			return
		}
	}
}

// start starts a process. It fails after close.
func (l *launcher) start(cmd *exec.Cmd) (release func(), err error) {
	request := launch{cmd: cmd, result: make(chan launched, 1)}
	select {
	case l.requests <- request:
		result := <-request.result
		return result.release, result.err
	case <-l.closed:
		return nil, errors.New("the cluster has been stopped")
	}
}

// close ends the launcher, and with it every process it started that still
// lives.
func (l *launcher) close() {
	l.once.Do(func() { close(l.closed) })
	<-l.ended
}
