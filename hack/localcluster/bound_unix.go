//go:build unix && !linux

package localcluster

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// watchScript becomes the process it is asked to run, but leaves a watcher
// behind in the process group. The watcher reads from a pipe that only the
// starter holds the other end of; when that end goes away, with the starter
// or by release, it kills its group, itself included.
const watchScript = `(cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&-`

// StartBound starts a process that dies with this one, in a process group of
// its own: Ctrl-C in a terminal is for the starter alone, which takes the
// processes down in order.
func StartBound(cmd *exec.Cmd) (release func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe to watch over %s: %w", cmd.Path, err)
	}
	defer read.Close()
	cmd.Args = append([]string{"sh", "-c", watchScript, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.ExtraFiles = []*os.File{read}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, err
	}
	return func() { write.Close() }, nil
}
