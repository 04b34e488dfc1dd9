package images

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// config is what a container of an image runs, and how.
type config struct {
	Entrypoint []string          `json:",omitempty"`
	Env        []string          `json:",omitempty"`
	User       string            `json:",omitempty"`
	WorkingDir string            `json:",omitempty"`
	StopSignal string            `json:",omitempty"`
	Labels     map[string]string `json:",omitempty"`
}

// rootFS names the layers of an image by the digests of their content.
type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// history says where a layer is from.
type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
}

// imageConfig is the JSON that an image's identity is the digest of.
type imageConfig struct {
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Created      string    `json:"created"`
	Config       config    `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
	History      []history `json:"history"`
}

// manifest is the table of contents of a "docker save" archive.
type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// writeArchive writes an image of one layer, a tar file, in the format that
// docker, podman and containerd all load.
func writeArchive(archive, name string, c config, layer string) error {
	digest, err := digestOf(layer)
	if err != nil {
		return err
	}
	// One moment for all, so that the same content is the same image.
	created := time.Unix(0, 0).UTC().Format(time.RFC3339)
	image, err := json.Marshal(imageConfig{
		Architecture: runtime.GOARCH, OS: "linux", Created: created, Config: c,
		RootFS:  rootFS{Type: "layers", DiffIDs: []string{"sha256:" + digest}},
		History: []history{{Created: created, CreatedBy: "evenkeel hack/images"}},
	})
	if err != nil {
		return fmt.Errorf("writing the image's configuration: %w", err)
	}
	sum := sha256.Sum256(image)
	imageFile := hex.EncodeToString(sum[:]) + ".json"
	contents, err := json.Marshal([]manifest{{Config: imageFile, RepoTags: []string{name}, Layers: []string{digest + "/layer.tar"}}})
	if err != nil {
		return fmt.Errorf("writing the image's manifest: %w", err)
	}
	return writeTar(archive, []member{
		{path: "manifest.json", content: contents},
		{path: imageFile, content: image},
		{path: digest + "/layer.tar", source: layer},
	})
}

func digestOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("reading a layer: %w", err)
	}
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		return "", fmt.Errorf("reading a layer: %w", err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// member is a file in a tar archive: either content or what source holds.
type member struct {
	path    string
	content []byte
	source  string
	// mode is 0644 where it is not given.
	mode os.FileMode
}

// writeTar writes files, all of them root's and of one moment, and before each
// the folders it lies in.
func writeTar(file string, members []member) (err error) {
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("writing an archive: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := tar.NewWriter(out)
	var folders []string
	for _, m := range members {
		for _, folder := range parents(m.path) {
			if slices.Contains(folders, folder) {
				continue
			}
			folders = append(folders, folder)
			header := &tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755, ModTime: time.Unix(0, 0)}
			if err := w.WriteHeader(header); err != nil {
				return fmt.Errorf("writing %s into an archive: %w", folder, err)
			}
		}
		if err := m.writeTo(w); err != nil {
			return fmt.Errorf("writing %s into an archive: %w", m.path, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("writing an archive: %w", err)
	}
	return nil
}

// parents returns the folders above a path, the outermost first.
func parents(name string) []string {
	var above []string
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		above = append(above, dir)
	}
	slices.Reverse(above)
	return above
}

func (m member) writeTo(w *tar.Writer) error {
	mode := m.mode
	if mode == 0 {
		mode = 0o644
	}
	var content io.Reader = strings.NewReader(string(m.content))
	size := int64(len(m.content))
	if m.source != "" {
		f, err := os.Open(m.source)
		if err != nil {
			return fmt.Errorf("opening it: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("finding its size: %w", err)
		}
		content, size = f, info.Size()
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: m.path, Size: size, Mode: int64(mode.Perm()), ModTime: time.Unix(0, 0)}
	if err := w.WriteHeader(header); err != nil {
		return fmt.Errorf("writing its header: %w", err)
	}
	if _, err := io.Copy(w, content); err != nil {
		return fmt.Errorf("copying it: %w", err)
	}
	return nil
}

// programImage writes an image of one static program, made FROM nothing, that
// runs as a user, or as root where that is empty.
func programImage(k kitchen, archive, image, program, user string) error {
	name := filepath.Base(program)
	layer := filepath.Join(k.temp, name+".layer.tar")
	if err := writeTar(layer, []member{{path: "usr/local/bin/" + name, source: program, mode: 0o755}}); err != nil {
		return err
	}
	defer os.Remove(layer)
	return writeArchive(archive, image, config{
		Entrypoint: []string{"/usr/local/bin/" + name}, Env: []string{"PATH=/usr/local/bin"}, User: user,
	}, layer)
}
