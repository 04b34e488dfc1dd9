package images

import "context"

// makePrometheus makes the image of a Prometheus that finds its targets by the
// Kubernetes API. Its pages are not in its module, so that it has none: what
// it knows is asked of its API.
func makePrometheus(_ context.Context, k kitchen, archive string) error {
	return programImage(k, archive, k.image, k.tools["prometheus"], nobody)
}
