package main

import (
	"os/exec"
	"syscall"
)

// bind has the kernel kill the process when the thread that starts it ends. It
// gets a process group of its own: Ctrl-C in a terminal is for the demo alone,
// which ends the others in order.
func bind(cmd *exec.Cmd) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return func() {}, nil
}
