package kindcluster

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Commands that stand in for the engines, by what they do.
const (
	dockerWorks  = `[ "$1" = --version ] && { echo "Docker version 28.2.2"; exit; }; echo "28.2.2 name=seccomp cgroup=2"`
	dockerGone   = `[ "$1" = --version ] && { echo "Docker version 28.2.2"; exit; }; echo "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?" >&2; exit 1`
	dockerLocked = `[ "$1" = --version ] && { echo "Docker version 28.2.2"; exit; }; echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1`
	dockerOther  = `echo "podman version 4.3.1"`
	podmanBroken = `echo 'level=warning msg="never mind"' >&2; echo "Error: no such thing" >&2; exit 125`
)

// podmanSays is a podman that says so of itself: without root or not, version
// of cgroups, cgroup manager, runtime.
func podmanSays(rootless, cgroups, manager, runtime string) string {
	return `case "$3" in
*NetworkBackend*) echo netavark ;;
*CgroupControllers*) echo "[memory pids]" ;;
*) echo "` + strings.Join([]string{rootless, cgroups, manager, runtime}, " ") + `" ;;
esac`
}

func TestTheEngineIsChosen(t *testing.T) {
	ordinary := podmanSays("false", "v2", "cgroupfs", "crun")
	for sentence, tc := range map[string]struct {
		machine machine
		// chosen is the engine; says is a part of the one line, which without an
		// engine is an error.
		chosen, says string
	}{
		"docker where its engine answers":                   {machine: machine{docker: dockerWorks}, chosen: "docker"},
		"podman where docker has no engine":                 {machine: machine{docker: dockerGone, podman: ordinary}, chosen: "podman"},
		"podman where docker's engine is not for this user": {machine: machine{docker: dockerLocked, podman: ordinary}, chosen: "podman"},
		"podman where docker is a name of it":               {machine: machine{docker: dockerOther, podman: ordinary}, chosen: "podman"},
		"podman where there is no docker":                   {machine: machine{podman: ordinary}, chosen: "podman"},
		"the one that was set before":                       {machine: machine{docker: dockerWorks, podman: ordinary, set: "ENGINE=podman"}, chosen: "podman"},
		"docker where podman works as well":                 {machine: machine{docker: dockerWorks, podman: ordinary}, chosen: "docker"},
		"docker where this is no Linux":                     {machine: machine{docker: dockerWorks, podman: ordinary, lacksProc: true}, chosen: "docker"},

		// Docker would give its containers the capability, and fail.
		"podman where the machine lacks a capability":       {machine: machine{docker: dockerWorks, podman: ordinary, lacksCaps: true}, chosen: "podman"},
		"docker where it is only the user who lacks it":     {machine: machine{docker: dockerWorks, podman: ordinary, lacksCaps: true, user: "1000"}, chosen: "docker"},
		"docker where it was set, whatever the machine has": {machine: machine{docker: dockerWorks, podman: ordinary, lacksCaps: true, set: "ENGINE=docker"}, chosen: "docker"},
		"docker without the capability where there is no podman": {
			machine: machine{docker: dockerWorks, lacksCaps: true}, chosen: "docker", says: "CAP_SYS_RESOURCE",
		},
		"docker without the capability where podman does not work": {
			machine: machine{docker: dockerWorks, podman: podmanBroken, lacksCaps: true}, chosen: "docker", says: "Error: no such thing",
		},

		"the one that was set before does not work":       {machine: machine{docker: dockerGone, podman: ordinary, set: "ENGINE=docker"}, says: "no Docker engine answers"},
		"what was set before is no engine":                {machine: machine{docker: dockerWorks, set: "ENGINE=lxc"}, says: `"lxc": only docker and podman`},
		"there is none":                                   {says: "install Docker or podman"},
		"docker has no engine, and no podman":             {machine: machine{docker: dockerGone}, says: "start it"},
		"docker's engine is not for this user, no podman": {machine: machine{docker: dockerLocked}, says: "usermod -aG docker"},
		"podman does not work":                            {machine: machine{podman: podmanBroken}, says: "Error: no such thing"},
		"podman without root on cgroup v1":                {machine: machine{podman: podmanSays("true", "v1", "cgroupfs", "runc")}, says: "needs cgroup v2"},
		"podman without root and without controllers":     {machine: machine{podman: podmanSays("true", "v2", "systemd", "crun")}, says: "Delegate=yes"},
		"podman without names for its containers":         {machine: machine{podman: ordinary, lacksDNS: true}, says: "aardvark-dns"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := tc.machine.source(t)
			lines := 1
			if tc.says == "" {
				lines = 0
			}
			if !strings.Contains(got.stderr, tc.says) || strings.Count(got.stderr, "\n") != lines {
				t.Errorf("it says %q", got.stderr)
			}
			if (got.err != nil) != (tc.chosen == "") {
				t.Errorf("it ends with %v", got.err)
			}
			if got.vars["ENGINE"] != tc.chosen || got.vars["KIND_EXPERIMENTAL_PROVIDER"] != tc.chosen {
				t.Errorf("it chooses %q, for kind %q", got.vars["ENGINE"], got.vars["KIND_EXPERIMENTAL_PROVIDER"])
			}
		})
	}
}

func TestPodmanIsConfiguredWhereTheMachineNeedsIt(t *testing.T) {
	for sentence, tc := range map[string]struct {
		machine    machine
		has, lacks []string
	}{
		"crun refuses a hybrid of cgroups": {
			machine: machine{podman: podmanSays("false", "v1", "cgroupfs", "crun"), runc: true},
			has:     []string{"[engine]", `runtime = "runc"`}, lacks: []string{"cgroup_manager"},
		},
		"systemd's cgroups need systemd": {
			machine: machine{podman: podmanSays("false", "v2", "systemd", "crun")},
			has:     []string{"[engine]", `cgroup_manager = "cgroupfs"`}, lacks: []string{"runtime"},
		},
		"without the capability the limits stay the machine's": {
			machine: machine{podman: podmanSays("false", "v2", "cgroupfs", "crun"), lacksCaps: true},
			has:     []string{"[containers]", "nofile=", "nproc="}, lacks: []string{"[engine]"},
		},
		"what is no Linux has podman's machine for that": {
			machine: machine{podman: podmanSays("false", "v1", "systemd", "crun"), runc: true, lacksProc: true},
		},
		"an ordinary machine needs nothing": {machine: machine{podman: podmanSays("false", "v2", "cgroupfs", "crun")}},
		"what the user has set stays": {
			machine: machine{podman: podmanSays("false", "v1", "systemd", "crun"), set: "CONTAINERS_CONF=/dev/null"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := tc.machine.source(t)
			if got.err != nil {
				t.Fatalf("%v: %s", got.err, got.stderr)
			}
			for _, part := range tc.has {
				if !strings.Contains(got.conf, part) {
					t.Errorf("%q is missing in %q", part, got.conf)
				}
			}
			for _, part := range tc.lacks {
				if strings.Contains(got.conf, part) {
					t.Errorf("%q is in %q", part, got.conf)
				}
			}
			if len(tc.has) == 0 && got.conf != "" {
				t.Errorf("it is configured: %q", got.conf)
			}
		})
	}
}

// sourced is what came of sourcing hack/engine.sh.
type sourced struct {
	vars   map[string]string
	conf   string
	stderr string
	err    error
}

// machine is what hack/engine.sh finds.
type machine struct {
	// docker and podman are the engines' scripts; without one it is not installed.
	docker, podman string
	// set is a variable that is set before.
	set string
	// user is the number of the user; root's if it is empty.
	user string
	// lacksCaps says that this process lacks every capability, lacksDNS that
	// netavark is there without aardvark-dns, lacksProc that there is no /proc,
	// and runc that this is installed.
	lacksCaps, lacksDNS, lacksProc, runc bool
}

// source sources hack/engine.sh there.
func (m machine) source(t *testing.T) sourced {
	t.Helper()
	dir := t.TempDir()
	bin, helpers := m.programs(t, dir)
	script := fmt.Sprintf("set -euo pipefail\nengine_helpers='%s' engine_systemd='%s' engine_proc='%s'\n",
		helpers, filepath.Join(dir, "none"), m.proc(t, dir))
	if m.set != "" {
		script += "export " + m.set + "\n"
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	script += "source '" + filepath.Join("..", "..", "hack", "engine.sh") + "'\nenv\n"
	cmd := exec.CommandContext(t.Context(), bash, "-c", script)
	cmd.Env = []string{"PATH=" + bin, "HOME=" + dir}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	got := sourced{vars: map[string]string{}, stderr: stderr.String(), err: err}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got.vars[name] = value
	}
	if path := got.vars["CONTAINERS_CONF"]; path != "" {
		conf, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got.conf = string(conf)
	}
	return got
}

// proc makes what stands in for /proc.
func (m machine) proc(t *testing.T, dir string) string {
	t.Helper()
	proc := filepath.Join(dir, "proc")
	if m.lacksProc {
		return proc
	}
	caps := "000001ffffffffff"
	if m.lacksCaps {
		caps = "0000000000000000"
	}
	for name, content := range map[string]string{
		filepath.Join("self", "status"):           "Name:\tbash\nCapInh:\t0000000000000000\nCapEff:\t" + caps + "\n",
		filepath.Join("sys", "kernel", "pid_max"): "32768\n",
	} {
		path := filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return proc
}

// programs makes a folder with all that is on the PATH, and one with podman's
// helpers.
func (m machine) programs(t *testing.T, dir string) (bin, helpers string) {
	t.Helper()
	bin, helpers = filepath.Join(dir, "bin"), filepath.Join(dir, "helpers")
	for _, folder := range []string{bin, helpers} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range []string{"sed", "grep", "tail", "cat", "mkdir", "mv", "env"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	scripts := map[string]string{
		filepath.Join(bin, "docker"): m.docker, filepath.Join(bin, "podman"): m.podman,
		filepath.Join(helpers, "netavark"): "exit",
		filepath.Join(bin, "id"):           `[ "$1" = -u ] && echo ` + cmp.Or(m.user, "0") + ` || echo somebody`,
	}
	if !m.lacksDNS {
		scripts[filepath.Join(helpers, "aardvark-dns")] = "exit"
	}
	if m.runc {
		scripts[filepath.Join(bin, "runc")] = "exit"
	}
	for path, script := range scripts {
		if script == "" {
			continue
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin, helpers
}
