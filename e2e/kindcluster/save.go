package kindcluster

import (
	"context"
	"fmt"
	"runtime"
	"strings"
)

// save writes an image that the engine has into an archive which containerd
// takes in whole.
//
// Docker's containerd image store keeps the index of all platforms with an image
// that was pulled, and the content of one. A plain save writes that index, and a
// node then misses what it names ("content digest ... not found"): so the one
// platform is named (kubernetes-sigs/kind#3795). Engines and commands before
// Docker 28 do not know how.
func (e engine) save(ctx context.Context, image, archive string) error {
	platform := ""
	if e == docker {
		platform = e.platform(ctx, image)
	}
	_, err := e.output(ctx, saveArgs(image, archive, platform)...)
	if platform != "" && lacksPlatforms(err) {
		_, err = e.output(ctx, saveArgs(image, archive, "")...)
	}
	if err != nil {
		return fmt.Errorf("saving the image %s: %w", image, err)
	}
	return nil
}

// saveArgs are the engine's arguments to save an image: all that there is of it,
// or one platform.
func saveArgs(image, archive, platform string) []string {
	args := []string{"save", "-o", archive}
	if platform != "" {
		args = append(args, "--platform", platform)
	}
	return append(args, image)
}

// lacksPlatforms tells whether an error says that docker can't save a platform:
// the command does not know the flag, or its engine not what it asks for.
func lacksPlatforms(err error) bool {
	return err != nil && containsAny(err.Error(), "unknown flag: --platform", `"--platform" requires API version`)
}

// platform returns the platform that the engine has an image for. The engine
// may be another machine, and what was pulled that of a third.
func (e engine) platform(ctx context.Context, image string) string {
	out, err := e.output(ctx, "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image)
	return platformOf(string(out), err)
}

// platformOf reads that. An image without a system or an architecture in its
// configuration is taken for one that was built here.
func platformOf(said string, err error) string {
	system, architecture, found := strings.Cut(strings.TrimSpace(said), "/")
	if err != nil || !found || system == "" || architecture == "" {
		return "linux/" + runtime.GOARCH
	}
	return system + "/" + architecture
}
