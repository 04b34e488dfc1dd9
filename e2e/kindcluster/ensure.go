package kindcluster

import (
	"context"
	"io"

	"evenkeel.dev/evenkeel/hack/images"
)

// ensureImage returns the name and the archive of an image that is built from
// Go modules and Debian packages; the first build takes minutes.
func ensureImage(ctx context.Context, what string, progress io.Writer) (name, archive string, err error) {
	image, err := images.Ensure(ctx, what, progress)
	return image.Name, image.Archive, err
}
