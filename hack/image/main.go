// Command image makes a container image without a registry, unless the cache
// has it, and prints its name and the path of its archive:
//
//	go run ./hack/image node
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"evenkeel.dev/evenkeel/hack/images"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintf(os.Stderr, "usage: image NAME   (one of: %s)\n", strings.Join(images.Names(), " "))
		os.Exit(2)
	}
	image, err := images.Ensure(ctx, os.Args[1], os.Stderr)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Printf("%s\t%s\n", image.Name, image.Archive)
}
