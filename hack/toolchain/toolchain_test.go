package toolchain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAToolIsBuiltOnceAndThenTakenFromTheCache(t *testing.T) {
	f := newFixture(t)
	first := f.ensure(t)
	if second := f.ensure(t); second != first {
		t.Errorf("the second path is %s, the first %s", second, first)
	}
	if got := f.builds(t); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}

func TestANewVersionIsBuiltAnew(t *testing.T) {
	f := newFixture(t)
	first := f.ensure(t)
	write(t, filepath.Join(f.Root, "hack", "tools", "kwok", "go.mod"), kwokModule("v0.9.0"), 0o644)
	if second := f.ensure(t); second == first {
		t.Errorf("both versions are at %s", first)
	}
	if got := f.builds(t); got != 2 {
		t.Errorf("%d builds, want 2", got)
	}
}

func TestTheCacheKeyChangesWithEverythingThatABuildDependsOn(t *testing.T) {
	base := func() (pinned, string) {
		return pinned{
			tool:    tool{name: "a", pkg: "example.com/a", ldflags: plainLDFlags},
			version: "v1.0.0", gomod: []byte("m"), gosum: []byte("s"),
		}, "go1.26.0"
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*pinned, *string){
		"nothing":        func(*pinned, *string) {},
		"the version":    func(p *pinned, _ *string) { p.version = "v1.0.1" },
		"the flags":      func(p *pinned, _ *string) { p.ldflags = kubernetesLDFlags },
		"the tags":       func(p *pinned, _ *string) { p.tags = "seccomp" },
		"cgo":            func(p *pinned, _ *string) { p.cgo = true },
		"the Go version": func(_ *pinned, g *string) { *g = "go1.26.1" },
		"the package":    func(p *pinned, _ *string) { p.pkg = "example.com/b" },
		"go.mod":         func(p *pinned, _ *string) { p.gomod = []byte("n") },
		"go.sum":         func(p *pinned, _ *string) { p.gosum = []byte("t") },
		"the boundary":   func(p *pinned, _ *string) { p.gomod, p.gosum = []byte("ms"), nil },
	} {
		p, goVersion := base()
		change(&p, &goVersion)
		key := cacheKey(p, goVersion)
		if other, taken := seen[key]; taken {
			t.Errorf("changing %s gives the key that changing %s gives", name, other)
		}
		seen[key] = name
	}
}

func TestTwoWhoAskAtOnceBuildOnce(t *testing.T) {
	f := newFixture(t)
	hold := filepath.Join(f.dir, "bin", "hold")
	write(t, hold, "", 0o644)
	var told syncBuffer
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		group.Go(func() { _, errs[i] = f.Ensure(t.Context(), "kwok", &told) })
	}
	eventually(t, "the second one waits", func() bool {
		return strings.Contains(told.String(), "waiting for another process") && f.builds(t) == 1
	})
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := f.builds(t); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}

func TestAHalfWrittenBuildIsNeverSeen(t *testing.T) {
	f := newFixture(t)
	broken := filepath.Join(f.dir, "bin", "broken")
	write(t, broken, "", 0o644)
	_, err := f.Ensure(t.Context(), "kwok", nil)
	if err == nil || !strings.Contains(err.Error(), "compiler: no") {
		t.Fatalf("the error is %v, want one with the compiler's output", err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.Cache, "kwok", "*", "*")); len(left) > 0 {
		t.Errorf("a failed build left %v", left)
	}

	// What a killed builder leaves is removed, and not taken for a build.
	spec, err := find("kwok")
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.pin(spec)
	if err != nil {
		t.Fatal(err)
	}
	leftover := filepath.Join(f.entry(p, "go1.99.0").Dir+".tmp-1", "kwok")
	write(t, leftover, "half", 0o755)
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(f.ensure(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(content), "#!/bin/sh") {
		t.Errorf("the tool is %q, want a whole one", content)
	}
	if _, err := os.Stat(leftover); !os.IsNotExist(err) {
		t.Errorf("what the killed builder left is still there (%v)", err)
	}
}

func TestABuildThatIsCancelledEndsAtOnce(t *testing.T) {
	f := newFixture(t)
	write(t, filepath.Join(f.dir, "bin", "hold"), "", 0o644)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := f.Ensure(ctx, "kwok", nil)
		done <- err
	}()
	eventually(t, "the build has begun", func() bool { return f.builds(t) == 1 })
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v, want %v", err, context.Canceled)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the build goes on")
	}
}

func TestALongBuildSaysWhatWhyAndForHowLong(t *testing.T) {
	f := newFixture(t)
	hold := filepath.Join(f.dir, "bin", "hold")
	write(t, hold, "", 0o644)
	var told syncBuffer
	done := make(chan error, 1)
	go func() {
		_, err := f.Ensure(t.Context(), "kwok", &told)
		done <- err
	}()
	eventually(t, "the elapsed time is told", func() bool { return strings.Contains(told.String(), "so far") })
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"building kwok v0.8.0: no build of it is cached", "building kwok v0.8.0: done in"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q was not told; what was:\n%s", want, told.String())
		}
	}
}

func TestPrebuiltToolsCountOnlyInThePinnedVersion(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		used   bool
	}{
		"the pinned version":          {"echo 'kwok version v0.8.0 go1.26.8 (linux/amd64)'", true},
		"an older version":            {"echo 'kwok version v0.7.0 go1.26.8 (linux/amd64)'", false},
		"a pre-release of the pinned": {"echo 'kwok version v0.8.0-alpha.1'", false},
		"no version":                  {"echo hello", false},
		"a program that fails":        {"echo v0.8.0; exit 1", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.Assets = filepath.Join(f.dir, "assets")
			prebuilt := filepath.Join(f.Assets, "kwok")
			write(t, prebuilt, "#!/bin/sh\n"+test.script+"\n", 0o755)
			if used := f.ensure(t) == prebuilt; used != test.used {
				t.Errorf("used: %t, want %t", used, test.used)
			}
		})
	}
}

func TestTheVersionsThatToolsPrintAreUnderstood(t *testing.T) {
	for output, want := range map[string]string{
		"Kubernetes v1.37.2":                                    "1.37.2",
		"Kubernetes v1.37.2-rc.1+abc":                           "1.37.2-rc.1+abc",
		"Client Version: v1.37.2\nKustomize Version: v5.8.1":    "1.37.2",
		"etcd Version: 3.7.3\nGit SHA: x\nGo Version: go1.26.8": "3.7.3",
	} {
		path := filepath.Join(t.TempDir(), "tool")
		write(t, path, "#!/bin/sh\ncat <<'END'\n"+output+"\nEND\n", 0o755)
		got, err := askVersion(t.Context(), path, nil)
		if err != nil || got != want {
			t.Errorf("%q gives %q, %v; want %q", output, got, err, want)
		}
	}
}

func TestTheUsersEnvironmentDoesNotBendTheBuild(t *testing.T) {
	for enabled, cgo := range map[string]bool{"0": false, "1": true} {
		env := buildEnv([]string{"GOFLAGS=-mod=mod", "GOWORK=/x", "GOOS=plan9", "GOARCH=mips", "CGO_ENABLED=1", "GOPROXY=direct"}, cgo)
		want := []string{
			"GOPROXY=direct", "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=" + enabled,
			"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH,
		}
		if !slices.Equal(env, want) {
			t.Errorf("the environment is %v, want %v", env, want)
		}
	}
}

func TestTheRootIsFoundFromFoldersOfOtherModules(t *testing.T) {
	f := newFixture(t)
	root, err := FindRoot(filepath.Join(f.Root, "hack", "tools", "kwok"))
	if err != nil || root != f.Root {
		t.Errorf("the root is %q, %v; want %q", root, err, f.Root)
	}
	if root, err := FindRoot(f.dir); err == nil {
		t.Errorf("outside of a clone the root is %q, want an error", root)
	}
}

func TestEveryToolIsPinned(t *testing.T) {
	root, err := FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range table() {
		p, err := (&Toolchain{Root: root}).pin(spec)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(p.gomod), spec.module+" "+p.version) {
			t.Errorf("%s is %s, which its go.mod does not say", spec.name, p.version)
		}
	}
}

func TestAnUnknownToolIsAnErrorThatListsThoseKnown(t *testing.T) {
	_, err := newFixture(t).Ensure(t.Context(), "nope", nil)
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver") {
		t.Errorf("the error is %v, want one that lists the tools", err)
	}
}

func TestPrometheusIsOfTheReleaseThatItsModuleStandsFor(t *testing.T) {
	for module, release := range map[string]string{"v0.313.5": "3.13.5", "v0.305.0": "3.5.0", "v1.2.3": "v1.2.3"} {
		if flags := prometheusLDFlags(module); !strings.HasSuffix(flags, "version.Version="+release) {
			t.Errorf("%s is built with %q, want the version %s", module, flags, release)
		}
	}
}
