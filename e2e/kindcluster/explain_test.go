package kindcluster

import (
	"errors"
	"strings"
	"testing"

	kinderrors "sigs.k8s.io/kind/pkg/errors"
	kindexec "sigs.k8s.io/kind/pkg/exec"
)

func TestAnEnginesComplaintIsExplained(t *testing.T) {
	for sentence, tc := range map[string]struct {
		said string
		want error
		says string
	}{
		"podman: a port is taken": {
			`Error: cannot listen on the TCP port: listen tcp4 127.0.0.1:6443: bind: address already in use`, ErrPortInUse, "6443",
		},
		"docker: a port is another container's": {
			`docker: Error response from daemon: driver failed programming external connectivity on endpoint x (4f2): Bind for 127.0.0.1:7443 failed: port is already allocated.`, ErrPortInUse, "7443",
		},
		"docker 28: a port is another process'": {
			`docker: Error response from daemon: failed to set up container networking: failed to bind host port for 127.0.0.1:7443:172.18.0.2:6443/tcp: address already in use`, ErrPortInUse, "7443",
		},
		"docker Desktop: a port is taken": {
			`Error response from daemon: Ports are not available: exposing port TCP 127.0.0.1:7443 -> 0.0.0.0:0: listen tcp 127.0.0.1:7443: bind: address already in use`, ErrPortInUse, "7443",
		},
		"a port that is not named": {`address already in use`, ErrPortInUse, "API server"},
		"docker's socket is not for this user": {
			`permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock`, ErrNoPermission, "usermod",
		},
		"a permission that is not the engine's": {`mkdir /x: permission denied`, nil, ""},
		"no space":                              {`write /var/lib/x: no space left on device`, ErrDiskFull, "prune"},
		"nothing that is known":                 {`Error: something else`, nil, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := explain(tc.said)
			if !errors.Is(got, tc.want) {
				t.Fatalf("it is explained as %v", got)
			}
			if got != nil && (!strings.Contains(got.Error(), tc.says) || strings.Contains(got.Error(), "\n")) {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestKindsErrorIsOneLineWithTheCause(t *testing.T) {
	run := func(output string) error {
		return &kindexec.RunError{Command: []string{"podman", "run", strings.Repeat("x", 1000)}, Output: []byte(output), Inner: errors.New("exit status 1")}
	}
	for sentence, tc := range map[string]struct {
		err  error
		want string
	}{
		"the last line of a command's output says why": {run("starting\nerror: no such thing\nTo see the stack trace of this error execute with --v=5\n"), "podman run: error: no such thing"},
		"what kind was doing comes before it":          {kinderrors.Wrap(run("nothing\nerror: no\n"), "failed to init node with kubeadm"), "failed to init node with kubeadm: error: no"},
		"a command that said nothing":                  {run(""), "podman run: exit status 1"},
		"a known cause replaces the command":           {run("listen tcp4 127.0.0.1:6443: bind: address already in use"), "port in use on this machine: 6443"},
		"an error without a command is kept":           {errors.New("node(s) already exist\nand more"), "node(s) already exist"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := explainCreate(tc.err).Error()
			if !strings.Contains(got, tc.want) || strings.Contains(got, "\n") || len(got) > 500 {
				t.Errorf("it says %q", got)
			}
		})
	}
}
