package e2e

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// mostBytes is how large the image may be.
const mostBytes = 40e6

// machines are the architectures that the image is built for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// imageFor is the name that hack/image.sh gives the image for an architecture.
func imageFor(arch string) string {
	if arch == runtime.GOARCH {
		return kindcluster.OperatorImage
	}
	return kindcluster.OperatorImage + "-" + arch
}

func TestTheImageIsSmallLabelledAndNotRootsForEachArchitecture(t *testing.T) {
	for arch := range machines {
		t.Run(arch, func(t *testing.T) {
			var inspected []struct {
				Os, Architecture string
				Size             int64
				Config           struct {
					User       string
					Entrypoint []string
					Labels     map[string]string
				}
			}
			if err := json.Unmarshal([]byte(engine(t, "image", "inspect", imageFor(arch))), &inspected); err != nil {
				t.Fatal(err)
			}
			image := inspected[0]
			t.Logf("%s: %d bytes, version %s", imageFor(arch), image.Size, image.Config.Labels["org.opencontainers.image.version"])
			if image.Os != "linux" || image.Architecture != arch {
				t.Errorf("it is for %s/%s", image.Os, image.Architecture)
			}
			if image.Size > mostBytes {
				t.Errorf("it has %d bytes, more than %.0f", image.Size, mostBytes)
			}
			if image.Config.User != "65532:65532" || !slices.Equal(image.Config.Entrypoint, []string{"/operator"}) {
				t.Errorf("user %q runs %q", image.Config.User, image.Config.Entrypoint)
			}
			for label, want := range map[string]string{"title": "evenkeel", "licenses": "Apache-2.0", "version": "", "revision": ""} {
				got := image.Config.Labels["org.opencontainers.image."+label]
				if got == "" || want != "" && got != want {
					t.Errorf("the label %s is %q, want %q", label, got, want)
				}
			}
		})
	}
}

func TestTheImageHoldsOneStaticBinaryAndNothingElseForEachArchitecture(t *testing.T) {
	for arch, machine := range machines {
		t.Run(arch, func(t *testing.T) {
			archive := filepath.Join(t.TempDir(), "image.tar")
			engine(t, "save", "--output", archive, imageFor(arch))
			files := contents(t, archive)
			binary := files["operator"]
			if len(files) != 1 || binary == nil {
				t.Fatalf("it holds %d files, want operator alone", len(files))
			}
			program, err := elf.NewFile(bytes.NewReader(binary))
			if err != nil {
				t.Fatal(err)
			}
			if program.Machine != machine {
				t.Errorf("the binary is for %s", program.Machine)
			}
			for _, segment := range program.Progs {
				if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
					t.Errorf("the binary is not static: it has %s", segment.Type)
				}
			}
		})
	}
}

func TestTheImageRunsAndSaysTheVersionThatItsLabelsSay(t *testing.T) {
	const label = `{{index .Config.Labels "org.opencontainers.image.`
	image := kindcluster.OperatorImage
	said := engine(t, "run", "--rm", "--network=none", "--read-only", "--cap-drop=all", image, "--version")
	for _, name := range []string{"version", "revision"} {
		if want := engine(t, "image", "inspect", "--format", label+name+`"}}`, image); want == "" || !strings.Contains(said, want) {
			t.Errorf("it says %q, which lacks the %s %q", said, name, want)
		}
	}
}

// contents are the files in the layers of an image that was saved.
func contents(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parts := untar(t, file)
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal(parts["manifest.json"], &manifest); err != nil || len(manifest) != 1 {
		t.Fatalf("the archive's manifest has %d images, %v", len(manifest), err)
	}
	files := make(map[string][]byte)
	for _, layer := range manifest[0].Layers {
		for name, content := range untar(t, unzip(t, parts[layer])) {
			files[name] = content
		}
	}
	return files
}

// unzip reads a layer, which some engines compress.
func unzip(t *testing.T, layer []byte) io.Reader {
	t.Helper()
	reader := bufio.NewReader(bytes.NewReader(layer))
	if magic, err := reader.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return reader
	}
	unzipped, err := gzip.NewReader(reader)
	if err != nil {
		t.Fatal(err)
	}
	return unzipped
}

// untar reads what is no folder.
func untar(t *testing.T, from io.Reader) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for reader := tar.NewReader(from); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(header.Name, "./")] = content
	}
}
