package kindcluster

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	kinderrors "sigs.k8s.io/kind/pkg/errors"
	kindexec "sigs.k8s.io/kind/pkg/exec"
)

// These are causes that a person can do something about.
var (
	// ErrPortInUse means that a port of this machine is somebody else's.
	ErrPortInUse = errors.New("port in use")
	// ErrNoPermission means that the container engine refuses this user.
	ErrNoPermission = errors.New("no permission")
	// ErrDiskFull means that nothing more can be written.
	ErrDiskFull = errors.New("disk full")
)

// explain returns what the engine's complaint means and what to do about it,
// or nil if it is not one of those that are known.
func explain(said string) error {
	lower := strings.ToLower(said)
	switch {
	case containsAny(lower, "address already in use", "port is already allocated", "ports are not available"):
		return portInUse(portIn(said))
	case strings.Contains(lower, "permission denied") && containsAny(lower, "docker.sock", "podman.sock", "daemon socket"):
		return fmt.Errorf("%w to use the container engine: join its group (usermod -aG docker) and log in anew, or run this as root", ErrNoPermission)
	case strings.Contains(lower, "no space left on device"):
		return fmt.Errorf("%w: the container engine can not write: free space (docker system prune, podman system prune)", ErrDiskFull)
	}
	return nil
}

// explainCreate makes the error of kind's that tells the most: the output of
// the command that failed, since kind's own message is only its exit code.
func explainCreate(err error) error {
	run := kindexec.RunErrorForError(err)
	if run == nil {
		return firstLine(err)
	}
	said := string(run.Output)
	if known := explain(said); known != nil {
		return known
	}
	// Kind's words for what it was doing come before the command, which is long.
	what, _, found := strings.Cut(err.Error(), "command \"")
	if what = strings.TrimSuffix(what, ": "); what == "" || !found {
		what = strings.Join(run.Command[:min(2, len(run.Command))], " ")
	}
	if line := lastTelling(said); line != "" {
		return fmt.Errorf("%s: %s", what, line)
	}
	return fmt.Errorf("%s: %w", what, run.Inner)
}

// firstLine shortens an error's text to its first line: some of kind's hold
// the whole output of a command.
func firstLine(err error) error {
	text := err.Error()
	if aggregate := kinderrors.Errors(err); len(aggregate) > 0 {
		text = aggregate[0].Error()
	}
	if line, rest, _ := strings.Cut(text, "\n"); rest != "" {
		text = line
	}
	const most = 300 // the command lines of a container engine are long
	if len(text) > most {
		text = text[:most] + "..."
	}
	return errors.New(text)
}

// lastTelling returns the last line of a command's output that says something.
func lastTelling(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "To see the stack trace") {
			continue
		}
		return line
	}
	return ""
}

func isNoSuchImage(said string) bool {
	return containsAny(strings.ToLower(said), "no such image", "image not known", "no such object", "failed to find image")
}

func portInUse(port string) error {
	return fmt.Errorf("%w on this machine: %s: free it, or choose another with --api-port", ErrPortInUse, port)
}

// portIn finds the port in a message about an address that is in use.
func portIn(said string) string {
	match := regexp.MustCompile(`(?i)(?:listen|bind)[^\n]*?:(\d+)`).FindStringSubmatch(said)
	if match == nil {
		return "that of the API server"
	}
	return match[1]
}

func containsAny(s string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
