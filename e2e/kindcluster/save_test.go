package kindcluster

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestDockerSavesOnePlatformWhereItCan(t *testing.T) {
	const one, all = "save -o a.tar --platform linux/arm64 x:dev", "save -o a.tar x:dev"
	refuses := func(said string) string {
		return `case "$*" in *--platform*) printf '` + said + `' >&2; exit 1 ;; esac`
	}
	for sentence, tc := range map[string]struct {
		engine engine
		script string
		saves  []string
		fails  string
	}{
		"docker names the platform that it has":    {engine: docker, saves: []string{one}},
		"a command that does not know the flag":    {engine: docker, script: refuses(`unknown flag: --platform\nSee docker save --help.\n`), saves: []string{one, all}},
		"an engine that does not know it":          {engine: docker, script: refuses(`"--platform" requires API version 1.48, but the Docker daemon API version is 1.47\n`), saves: []string{one, all}},
		"another error is one":                     {engine: docker, script: refuses(`no such platform\n`), saves: []string{one}, fails: "no such platform"},
		"an error without the platform is one too": {engine: docker, script: "echo unknown flag: --platform >&2; exit 1", saves: []string{one, all}, fails: "x:dev"},
		"podman has one platform of an image":      {engine: podman, saves: []string{all}},
		"podman's error is one":                    {engine: podman, script: "echo no >&2; exit 1", saves: []string{all}, fails: "no"},
	} {
		t.Run(sentence, func(t *testing.T) {
			asked := standIn(t, tc.engine, `[ "$1" != image ] || { echo linux/arm64; exit; }`+"\n"+tc.script)
			err := tc.engine.save(t.Context(), "x:dev", "a.tar")
			if (err != nil) != (tc.fails != "") || err != nil && !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("it ends with %v", err)
			}
			if got := slices.DeleteFunc(asked(), func(line string) bool { return !strings.HasPrefix(line, "save") }); !reflect.DeepEqual(got, tc.saves) {
				t.Errorf("it is asked for %q", got)
			}
		})
	}
}

func TestThePlatformOfAnImage(t *testing.T) {
	here := "linux/" + runtime.GOARCH
	for said, want := range map[string]string{"linux/arm64\n": "linux/arm64", "/\n": here, "linux/\n": here, "": here} {
		if got := platformOf(said, nil); got != want {
			t.Errorf("%q is %s", said, got)
		}
	}
	if got := platformOf("linux/s390x", errors.New("no such image")); got != here {
		t.Errorf("after an error it is %s", got)
	}
}

func TestPrometheusIsOfTheReleaseThatIsWanted(t *testing.T) {
	released, err := pullName(releasedPrometheus)
	if err != nil {
		t.Fatal(err)
	}
	tag, pull := "tag "+released+" "+PrometheusImage, "pull "+released
	for sentence, tc := range map[string]struct {
		script string
		want   []string
	}{
		"the engine has it":                        {`[ "$1" != image ] || echo sha256:4f2`, []string{tag}},
		"the engine has only one of the same name": {`case "$*" in "image inspect"*` + released + `) echo "No such image" >&2; exit 1 ;; "image inspect"*) echo sha256:4f2 ;; esac`, []string{pull, tag}},
	} {
		t.Run(sentence, func(t *testing.T) {
			asked := standIn(t, docker, tc.script)
			c := Cluster{name: "none", engine: docker, log: newLogger(nil), provider: docker.provider(newLogger(nil))}
			if err := c.loadPrometheus(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(asked(), func(line string) bool {
				return !strings.HasPrefix(line, "tag") && !strings.HasPrefix(line, "pull")
			})
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("it is asked for %q", got)
			}
		})
	}
}

func TestWithoutABuildTheImageMustBeThere(t *testing.T) {
	c := Cluster{engine: podman, log: newLogger(nil), noBuild: true}
	standIn(t, podman, "echo 4f2")
	if err := c.provideOperator(t.Context()); err != nil {
		t.Errorf("an image that is there: %v", err)
	}
	standIn(t, podman, "echo 'Error: image not known' >&2; exit 125")
	if err := c.provideOperator(t.Context()); err == nil || !strings.Contains(err.Error(), "--no-build") {
		t.Errorf("an image that is not there: %v", err)
	}
}

// standIn puts a script in the place of an engine. What it returns tells what
// the engine was asked for, line by line.
func standIn(t *testing.T, e engine, script string) (asked func() []string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	text := "#!/bin/sh\necho \"$*\" >>'" + log + "'\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, string(e)), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() []string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}
