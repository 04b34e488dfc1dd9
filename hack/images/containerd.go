package images

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// cniTemplate is the network of a node's Pods, of plugins that need no daemon:
// containerd fills in the node's range. Whoever makes a cluster routes the
// nodes' ranges to each other.
const cniTemplate = `{
  "cniVersion": "0.4.0",
  "name": "evenkeel",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "routes": [{"dst": "0.0.0.0/0"}],
        "ranges": [[{"subnet": "{{.PodCIDR}}"}]]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`

// cniConfig is added to kind's configuration of containerd.
const cniConfig = `
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/opt/cni/bin"
  conf_template = "/etc/containerd/cni.template"
`

// configureContainerd adds the Pod network and the base of every container's
// specification to kind's configuration.
func (n node) configureContainerd(ctx context.Context) error {
	const file = "etc/containerd/config.toml"
	existing, err := os.ReadFile(n.path(file))
	if err != nil {
		return fmt.Errorf("reading kind's configuration of containerd: %w", err)
	}
	if err := n.write(file, string(existing)+cniConfig, 0o644); err != nil {
		return err
	}
	if err := n.write("etc/containerd/cni.template", cniTemplate, 0o644); err != nil {
		return err
	}
	said, err := output(command(ctx, n.tools["ctr"], "oci", "spec"))
	if err != nil {
		return err
	}
	spec, err := nodeSpec([]byte(said))
	if err != nil {
		return err
	}
	return n.write("etc/containerd/cri-base.json", spec, 0o644)
}

// nodeSpec makes containerd's default specification that of a container on a
// kind node: with kind's hook for the product's identity, and with the limits
// that containerd itself has.
func nodeSpec(standard []byte) (string, error) {
	var spec map[string]any
	if err := json.Unmarshal(standard, &spec); err != nil {
		return "", fmt.Errorf("reading containerd's default specification: %w", err)
	}
	if process, ok := spec["process"].(map[string]any); ok {
		delete(process, "rlimits")
	}
	spec["hooks"] = map[string]any{
		"createContainer": []map[string]string{{"path": "/kind/bin/mount-product-files.sh"}},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("writing the specification: %w", err)
	}
	return string(text), nil
}

// importerConfig is of a containerd that only takes images in.
const importerConfig = `version = 3
root = %q
state = %q
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "io.containerd.nri.v1.nri"]
[grpc]
  address = %q
[ttrpc]
  address = %q
`

// importImages takes archives into the image store of a node that does not run
// yet, by a containerd of this machine. They stay packed: each node unpacks
// what it starts.
func (n node) importImages(ctx context.Context, archives []string) (err error) {
	// A short path: the name of a socket has 107 characters at most.
	dir, err := os.MkdirTemp("", "evenkeel-ctrd-")
	if err != nil {
		return fmt.Errorf("making containerd's folder: %w", err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "c.sock")
	config := filepath.Join(dir, "config.toml")
	text := fmt.Sprintf(importerConfig, n.path("var/lib/containerd"), filepath.Join(dir, "state"), socket, socket+".ttrpc")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing containerd's configuration: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	server := command(ctx, n.tools["containerd"], "--config", config)
	server.Env = append(server.Environ(), "PATH="+filepath.Dir(n.tools["containerd"])+":"+os.Getenv("PATH"))
	var said strings.Builder
	server.Stderr = &said
	// What was taken in is on the disk when ctr returns, but for the index of
	// it, which a containerd that is asked to end closes first.
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		stop()
		return fmt.Errorf("starting containerd: %w", err)
	}
	defer func() {
		stop()
		_ = server.Wait() // it was told to end
		if err != nil {
			err = fmt.Errorf("%w\ncontainerd said:\n%s", err, said.String())
		}
	}()
	ctr := func(args ...string) error {
		return run(command(ctx, n.tools["ctr"], append([]string{"--address", socket, "--namespace", "k8s.io"}, args...)...))
	}
	if err := waitUntil(ctx, 30*time.Second, func() error { return ctr("version") }); err != nil {
		return fmt.Errorf("waiting for containerd: %w", err)
	}
	for _, archive := range archives {
		// Pinned: the kubelet does not remove them when space is short.
		if err := ctr("images", "import", "--label=io.cri-containerd.pinned=pinned", "--all-platforms", "--no-unpack", archive); err != nil {
			return fmt.Errorf("taking in %s: %w", filepath.Base(archive), err)
		}
	}
	return nil
}

// waitUntil tries until there is no error, and returns the last one when the
// time is over.
func waitUntil(ctx context.Context, limit time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
