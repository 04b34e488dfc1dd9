package kindcluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/cluster"
)

// The labels that kind gives the containers of its nodes.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
)

// stopSeconds is how long a node may take to stop before it is killed.
const stopSeconds = "10"

// engine is a container engine's command, docker or podman.
type engine string

const (
	docker engine = "docker"
	podman engine = "podman"
)

// engineFor returns the engine that the environment names.
func engineFor(name string) (engine, error) {
	switch e := engine(name); e {
	case docker, podman:
		return e, nil
	case "":
		return "", errors.New("no container engine is chosen: use hack/kind.sh or a make target, or source hack/engine.sh first")
	default:
		return "", fmt.Errorf("ENGINE is %q: only docker and podman are known", name)
	}
}

func (e engine) provider(log logger) *cluster.Provider {
	option := cluster.ProviderWithDocker()
	if e == podman {
		option = cluster.ProviderWithPodman()
	}
	return cluster.NewProvider(option, cluster.ProviderWithLogger(log))
}

// command makes the engine's command with ctx. It gets a while to end by itself
// when ctx does.
func (e engine) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, string(e), args...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// output runs the engine and returns its standard output.
func (e engine) output(ctx context.Context, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := e.command(ctx, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return out, fmt.Errorf("%s %s: %w", e, args[0], context.Cause(ctx))
		}
		return out, e.failed(args, stderr.String(), err)
	}
	return out, nil
}

// failed makes an error of a command that failed: what it was, and what it said.
func (e engine) failed(args []string, stderr string, err error) error {
	if known := explain(stderr); known != nil {
		return known
	}
	if said := strings.TrimSpace(stderr); said != "" {
		return fmt.Errorf("%s %s: %w: %s", e, strings.Join(args, " "), err, said)
	}
	return fmt.Errorf("%s %s: %w", e, strings.Join(args, " "), err)
}

// has tells whether the engine has an image.
func (e engine) has(ctx context.Context, image string) (bool, error) {
	id, err := e.imageID(ctx, image)
	return id != "", err
}

// imageID returns the ID of an image, or "" if the engine does not have it.
func (e engine) imageID(ctx context.Context, image string) (string, error) {
	out, err := e.output(ctx, "image", "inspect", "--format", "{{.Id}}", image)
	if err != nil {
		if isNoSuchImage(err.Error()) {
			return "", nil
		}
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// container is a node's container as the engine knows it.
type container struct {
	name, role, image string
	running           bool
	// networks are those that the container is in.
	networks []attachment
	// mounts are the paths in the container where something is mounted.
	mounts []string
}

// attachment is a container's place in a network.
type attachment struct{ network, address, mac string }

// address returns the container's address, or "" if it does not run.
func (c container) address() string {
	if !c.running || len(c.networks) == 0 {
		return ""
	}
	return c.networks[0].address
}

// containers returns the containers of a cluster.
func (e engine) containers(ctx context.Context, cluster string) ([]container, error) {
	ids, err := e.output(ctx, "ps", "-a", "--filter", "label="+clusterLabel+"="+cluster, "--format", "{{.ID}}")
	if err != nil {
		return nil, err
	}
	if len(strings.Fields(string(ids))) == 0 {
		return nil, nil
	}
	out, err := e.output(ctx, append([]string{"container", "inspect"}, strings.Fields(string(ids))...)...)
	if err != nil {
		return nil, err
	}
	return parseContainers(out)
}

// parseContainers reads what inspect writes: docker and podman agree about
// these fields, except for the one that has the image's name.
func parseContainers(inspected []byte) ([]container, error) {
	var parsed []struct {
		Name      string
		ImageName string // podman; docker has it in Config
		State     struct{ Running bool }
		Config    struct {
			Image  string
			Labels map[string]string
		}
		Mounts          []struct{ Destination string }
		NetworkSettings struct {
			Networks map[string]struct{ IPAddress, MacAddress string }
		}
	}
	if err := json.Unmarshal(inspected, &parsed); err != nil {
		return nil, fmt.Errorf("reading what the engine says of the nodes' containers: %w", err)
	}
	var containers []container
	for _, p := range parsed {
		c := container{
			name: strings.TrimPrefix(p.Name, "/"), role: p.Config.Labels[roleLabel],
			image: p.Config.Image, running: p.State.Running,
		}
		if p.ImageName != "" {
			c.image = p.ImageName
		}
		for name, network := range p.NetworkSettings.Networks {
			c.networks = append(c.networks, attachment{name, network.IPAddress, network.MacAddress})
		}
		for _, mount := range p.Mounts {
			c.mounts = append(c.mounts, mount.Destination)
		}
		containers = append(containers, c)
	}
	return containers, nil
}
