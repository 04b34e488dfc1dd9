//go:build unix && !linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// watchScript becomes the program it is asked to run, but leaves a watcher
// behind in the process group, which reads from a pipe whose other end only
// the demo holds. When that end goes away, it kills its group, itself included.
const watchScript = `(cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&-`

// bind has the process killed when this one ends, or when release is called.
// It gets a process group of its own: Ctrl-C in a terminal is for the demo
// alone, which ends the others in order.
func bind(cmd *exec.Cmd) (release func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe to watch over %s: %w", cmd.Path, err)
	}
	cmd.Args = append([]string{"sh", "-c", watchScript, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.ExtraFiles = []*os.File{read}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return func() { read.Close(); write.Close() }, nil
}
