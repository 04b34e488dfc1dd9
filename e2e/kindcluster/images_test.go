package kindcluster

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/apis/config/defaults"
)

func TestImagesAreNamedInFull(t *testing.T) {
	full, err := pullName(defaults.Image)
	if err != nil {
		t.Fatal(err)
	}
	// A name without a registry would be asked for by podman, and the tag is in
	// the way of the digest.
	if !strings.Contains(full, "/kindest/node@sha256:") || !strings.Contains(strings.Split(full, "/")[0], ".") {
		t.Errorf("kind's node image is %s", full)
	}
	if got, err := pullName(OperatorImage); err != nil || got != OperatorImage {
		t.Errorf("%s is %s, %v", OperatorImage, got, err)
	}
	if _, err := pullName("No Such"); err == nil {
		t.Error("a name with a space is no error")
	}
}

func TestAnImageOfOurOwnIsKnownByItsName(t *testing.T) {
	for name, built := range map[string]bool{
		builtRepository + ":v1-key": true, defaults.Image: false, builtRepository + "s:v1": false,
	} {
		if isBuilt(name) != built {
			t.Errorf("%s: %t", name, !built)
		}
	}
}

func TestAPullIsUnderWayWhenALayerIsAnnounced(t *testing.T) {
	for said, arrives := range map[string]bool{
		"Trying to pull somewhere/kindest/node:v1...\n": false,
		"Getting image source signatures\n":             true,
		"Copying blob sha256:4f2\n":                     true,
		"v1: Pulling from kindest/node\n":               true,
		"4f2: Pulling fs layer\n":                       true,
	} {
		told := false
		o := &pullOutput{arrives: func() { told = true }}
		if _, err := o.Write([]byte(said)); err != nil || told != arrives || o.String() != said {
			t.Errorf("%q: %t, %v", said, told, err)
		}
	}
}

func TestWhyAnImageCanNotBePulledIsBrief(t *testing.T) {
	err := brief(errors.New(`podman pull x: exit status 125: Error: initializing source: pinging: dial tcp: lookup some.where on 10.0.0.1:53: no such host`))
	if got := err.Error(); got != "lookup some.where on 10.0.0.1:53: no such host" {
		t.Errorf("it is %q", got)
	}
}

func TestAnArchiveTellsItsImage(t *testing.T) {
	for sentence, tc := range map[string]struct {
		manifest string
		want     archivedImage
		fails    bool
	}{
		"podman names the configuration by its digest": {`[{"Config":"4f2.json","RepoTags":["localhost/a:dev"],"Layers":["x"]}]`, archivedImage{"4f2", []string{"localhost/a:dev"}}, false},
		"docker puts it among the blobs":               {`[{"Config":"blobs/sha256/4f2","RepoTags":["localhost/a:dev"]}]`, archivedImage{"4f2", []string{"localhost/a:dev"}}, false},
		"two images are one too many":                  {`[{"Config":"4f2.json"},{"Config":"4f3.json"}]`, archivedImage{}, true},
		"an archive of something else":                 {"", archivedImage{}, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := readArchive(archiveWith(t, tc.manifest))
			if (err != nil) != tc.fails || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("it is %+v, %v", got, err)
			}
		})
	}
	if _, err := readArchive(filepath.Join(t.TempDir(), "none.tar")); err == nil {
		t.Error("an archive that is not there is no error")
	}
}

// archiveWith makes an archive, with a manifest if that is not empty.
func archiveWith(t *testing.T, manifest string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image.tar")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := tar.NewWriter(file)
	add := func(name, content string) {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	add("layer.tar", strings.Repeat("x", 5000))
	if manifest != "" {
		add("manifest.json", manifest)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestANodesImageIsComparedWithTheEngines(t *testing.T) {
	const heading = "REF TYPE DIGEST SIZE PLATFORMS LABELS\n"
	listed := listedDigest([]byte(heading + "localhost/a:dev application/vnd.oci.image.manifest.v1+json sha256:4f2 31.6 MiB linux/amd64 io.cri-containerd.image=managed\n"))
	if listed != "sha256:4f2" {
		t.Errorf("the digest is %q", listed)
	}
	if none := listedDigest([]byte(heading)); none != "" {
		t.Errorf("an image that is not there has the digest %q", none)
	}
	image, err := parseHeld("sha256:4f2", []byte(`{"config":{"digest":"sha256:c0f"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for id, same := range map[string]bool{"c0f": true, "sha256:c0f": true, "sha256:4f2": true, "sha256:other": false, "": false} {
		if got := image.is(id); got != same {
			t.Errorf("an image with the ID %q is the same: %t", id, got)
		}
	}
	if got := image.identity(); got != "sha256:c0f" {
		t.Errorf("it is told from other builds by %s", got)
	}
	index, err := parseHeld("sha256:4f2", []byte(`{"manifests":[{"digest":"sha256:4f3"}]}`))
	if err != nil || index.identity() != "sha256:4f2" || index.is("") {
		t.Errorf("an index of several is %+v, %v", index, err)
	}
	if _, err := parseHeld("sha256:4f2", []byte("ctr: not found")); err == nil {
		t.Error("what is no manifest is no error")
	}
}
