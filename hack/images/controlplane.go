package images

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// loadImages makes the images that kubeadm starts a cluster with, under the
// names that it asks for, and puts them into the node's containerd.
func (n node) loadImages(ctx context.Context) error {
	version, err := n.kubernetesVersion(ctx)
	if err != nil {
		return err
	}
	said, err := output(command(ctx, n.tools["kubeadm"], "config", "images", "list", "--kubernetes-version", version))
	if err != nil {
		return err
	}
	sandbox, err := n.sandboxImage()
	if err != nil {
		return err
	}
	var archives []string
	for _, image := range append(strings.Fields(said), sandbox) {
		archive := filepath.Join(n.temp, fmt.Sprintf("image-%d.tar", len(archives)))
		made, err := n.makeComponent(ctx, archive, image)
		if err != nil {
			return fmt.Errorf("making the image %s: %w", image, err)
		}
		if made {
			archives = append(archives, archive)
		}
	}
	return n.importImages(ctx, archives)
}

// sandboxImage returns the image that kind's configuration of containerd holds
// Pods' namespaces with.
func (n node) sandboxImage() (string, error) {
	config, err := os.ReadFile(n.path("etc/containerd/config.toml"))
	if err != nil {
		return "", fmt.Errorf("finding the sandbox image: %w", err)
	}
	found := regexp.MustCompile(`(?m)^\s*sandbox_image\s*=\s*"([^"]+)"`).FindSubmatch(config)
	if found == nil {
		return "", fmt.Errorf("kind's configuration of containerd names no sandbox_image")
	}
	return string(found[1]), nil
}

// makeComponent makes the image of a part of the control plane. CoreDNS is left
// out, and whatever else kubeadm lists that is not made from the tools: nothing
// here looks up names, since clients in the cluster find the API server by
// address.
func (n node) makeComponent(ctx context.Context, archive, image string) (bool, error) {
	name, _, _ := strings.Cut(filepath.Base(image), ":")
	switch name {
	case "pause":
		program, err := n.buildPause(ctx)
		if err != nil {
			return false, err
		}
		return true, programImage(n.kitchen, archive, image, program, "")
	case "kube-proxy":
		return true, n.makeProxy(ctx, archive, image)
	}
	program, ok := n.tools[name]
	if !ok {
		return false, nil
	}
	return true, programImage(n.kitchen, archive, image, program, "")
}

// makeProxy makes the image of kube-proxy, which runs programs of the system.
func (n node) makeProxy(ctx context.Context, archive, image string) error {
	if err := n.copy(n.tools["kube-proxy"], "usr/local/bin/kube-proxy", 0o755); err != nil {
		return err
	}
	extensions, err := filepath.Glob(n.path("usr/lib/*/xtables/*.so"))
	if err != nil {
		return fmt.Errorf("finding the extensions of iptables: %w", err)
	}
	for i, extension := range extensions {
		extensions[i] = strings.TrimPrefix(extension, string(n.debian))
	}
	layer := filepath.Join(n.temp, "proxy.layer.tar")
	programs := append([]string{
		"/usr/sbin/iptables", "/usr/sbin/iptables-save", "/usr/sbin/iptables-restore",
		"/usr/sbin/ip6tables", "/usr/sbin/ip6tables-save", "/usr/sbin/ip6tables-restore",
		"/usr/sbin/nft", "/usr/sbin/conntrack", "/usr/bin/kmod", "/usr/sbin/modprobe",
	}, extensions...)
	if err := n.extract(ctx, layer, programs, []string{"/usr/local/bin/kube-proxy"}); err != nil {
		return err
	}
	if err := os.Remove(n.path("usr/local/bin/kube-proxy")); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	return writeArchive(archive, image, config{
		Entrypoint: []string{"/usr/local/bin/kube-proxy"}, Env: []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin"},
	}, layer)
}
