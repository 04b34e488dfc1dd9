package localcluster

import (
	"os/exec"
	"syscall"
)

// StartBound starts a process that the kernel kills when the calling thread
// ends, in a process group of its own: Ctrl-C in a terminal is for the starter
// alone, which takes the processes down in order.
func StartBound(cmd *exec.Cmd) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return func() {}, cmd.Start()
}
