package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	kyaml "sigs.k8s.io/yaml"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

// folder is that of the manifests, root that of the repository.
const (
	root   = "../.."
	folder = root + "/deploy"
)

// kubectl runs it as the administrator and returns what it printed.
func kubectl(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a first build of it takes long
	defer cancel()
	path, err := toolchain.Ensure(ctx, "kubectl", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--kubeconfig", suite.Cluster.Kubeconfig(), "--cache-dir", filepath.Join(suite.Cluster.Dir(), "discovery")}, args...)
	return run(ctx, t, stdin, path, args...)
}

// run returns what a command wrote to its output; its error holds the rest.
func run(ctx context.Context, t *testing.T, stdin, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly") // for go
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// render gives the manifests that a folder below deploy/ stands for.
func render(t *testing.T, name string) string {
	t.Helper()
	manifests, err := kubectl(t, "", "kustomize", filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return manifests
}

// kustomizations are the folders below deploy/ that can be applied.
func kustomizations(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "kustomization.yaml" {
			return err
		}
		name, err := filepath.Rel(folder, filepath.Dir(path))
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// objects reads manifests.
func objects(t *testing.T, manifests string) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifests), 4096); ; {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(object); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		case len(object.Object) > 0:
			all = append(all, object)
		}
	}
}

// ofKind are those of one kind.
func ofKind(all []*unstructured.Unstructured, kind string) []*unstructured.Unstructured {
	var some []*unstructured.Unstructured
	for _, object := range all {
		if object.GetKind() == kind {
			some = append(some, object)
		}
	}
	return some
}

// read fills a value with the only object of a kind.
func read(t *testing.T, manifests, kind string, into any) {
	t.Helper()
	found := ofKind(objects(t, manifests), kind)
	if len(found) != 1 {
		t.Fatalf("%d objects of kind %s, want 1", len(found), kind)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found[0].Object, into); err != nil {
		t.Fatal(err)
	}
}

// readYAML reads a file below the repository's root into a value.
func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	if err := kyaml.Unmarshal([]byte(readFile(t, name)), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
