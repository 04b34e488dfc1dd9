package images

import (
	"context"
	"path/filepath"
	"runtime"
)

// nobody is the user and group of what needs no rights at all.
const nobody = "65534:65534"

// makePause makes the image of a program that does nothing.
func makePause(ctx context.Context, k kitchen, archive string) error {
	program, err := k.buildPause(ctx)
	if err != nil {
		return err
	}
	return programImage(k, archive, k.image, program, nobody)
}

func (k kitchen) buildPause(ctx context.Context) (string, error) {
	program := filepath.Join(k.temp, "pause")
	build := command(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./hack/images/pause")
	build.Dir = k.root
	build.Env = append(build.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOWORK=off", "GOFLAGS=-mod=readonly")
	return program, run(build)
}
