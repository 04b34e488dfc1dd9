package images

import (
	"context"
	"path/filepath"
)

func prometheusPackages() []string { return []string{"prometheus"} }

// makePrometheus makes an image of Debian's Prometheus.
func makePrometheus(ctx context.Context, k kitchen, archive string) error {
	system, err := newDebian(ctx, filepath.Join(k.temp, "system"), prometheusPackages())
	if err != nil {
		return err
	}
	layer := filepath.Join(k.temp, "layer.tar")
	if err := system.layer(ctx, layer); err != nil {
		return err
	}
	return writeArchive(archive, k.image, config{
		Entrypoint: []string{"/usr/bin/prometheus"}, Env: []string{"PATH=/usr/bin:/bin"},
		User: "65534:65534", WorkingDir: "/",
	}, layer)
}
