package images

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// contents reads a tar file: names in their order, and what each holds.
func contents(t *testing.T, file string) ([]string, map[string]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	held := map[string]string{}
	for r := tar.NewReader(f); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, held
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if header.Uid != 0 || header.Gid != 0 {
			t.Errorf("%s is owned by %d:%d, want root", header.Name, header.Uid, header.Gid)
		}
		names = append(names, header.Name)
		held[header.Name] = string(content)
	}
}

func write(t *testing.T, file, content string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAProgramsImageHasTheProgramAndRunsIt(t *testing.T) {
	dir := t.TempDir()
	program := write(t, filepath.Join(dir, "pause"), "machine code")
	archive := filepath.Join(dir, "image.tar")
	if err := programImage(kitchen{temp: dir}, archive, "example.test/pause:1", program, nobody); err != nil {
		t.Fatal(err)
	}
	_, outer := contents(t, archive)
	var listed []manifest
	if err := json.Unmarshal([]byte(outer["manifest.json"]), &listed); err != nil || len(listed) != 1 {
		t.Fatalf("the manifest is %s (%v), want one image", outer["manifest.json"], err)
	}
	if !slices.Equal(listed[0].RepoTags, []string{"example.test/pause:1"}) {
		t.Errorf("the image's names are %v", listed[0].RepoTags)
	}
	var image imageConfig
	if err := json.Unmarshal([]byte(outer[listed[0].Config]), &image); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(image.Config.Entrypoint, []string{"/usr/local/bin/pause"}) || image.Config.User != nobody {
		t.Errorf("it runs %v as %q", image.Config.Entrypoint, image.Config.User)
	}
	layer := write(t, filepath.Join(dir, "layer.tar"), outer[listed[0].Layers[0]])
	digest, err := digestOf(layer)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"sha256:" + digest}; !slices.Equal(image.RootFS.DiffIDs, want) {
		t.Errorf("the layer's digest is said to be %v, want %v", image.RootFS.DiffIDs, want)
	}
	names, inner := contents(t, layer)
	if want := []string{"usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/pause"}; !slices.Equal(names, want) {
		t.Errorf("the layer holds %v, want %v", names, want)
	}
	if inner["usr/local/bin/pause"] != "machine code" {
		t.Error("the program in the layer is another one")
	}
}

func TestTheSameContentIsTheSameImage(t *testing.T) {
	var first []byte
	for range 2 {
		dir := t.TempDir()
		archive := filepath.Join(dir, "image.tar")
		if err := programImage(kitchen{temp: dir}, archive, "example.test/a:1", write(t, filepath.Join(dir, "a"), "x"), ""); err != nil {
			t.Fatal(err)
		}
		made, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = made
		} else if !bytes.Equal(first, made) {
			t.Error("two archives of the same content differ")
		}
	}
}

func TestAnImageWhoseProgramIsNotThereIsAnError(t *testing.T) {
	dir := t.TempDir()
	err := programImage(kitchen{temp: dir}, filepath.Join(dir, "image.tar"), "example.test/a:1", filepath.Join(dir, "a"), "")
	if err == nil || !strings.Contains(err.Error(), "usr/local/bin/a") {
		t.Errorf("the error is %v, want one that names the file", err)
	}
}
