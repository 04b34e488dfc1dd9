package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// kindNetwork is the one that kind's nodes of all clusters share.
const kindNetwork = "kind"

// Engine runs the container engine that hack/engine.sh has chosen, and returns
// what it says.
func Engine(ctx context.Context, args ...string) (string, error) {
	engine := os.Getenv("ENGINE")
	cmd := exec.CommandContext(ctx, engine, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		return "", fmt.Errorf("%s %s: %w: %s", engine, strings.Join(args, " "), err, strings.TrimSpace(string(ended.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", engine, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Containers are the names of a kind cluster's containers, running or not.
func Containers(ctx context.Context, cluster string) ([]string, error) {
	names, err := Engine(ctx, "ps", "-a", "--filter", "label=io.x-k8s.kind.cluster="+cluster, "--format", "{{.Names}}")
	return strings.Fields(names), err
}

// Left tells what there is of a kind cluster: its containers, their volumes, what
// it has in the user's cache and, where that was not there before the suite,
// kind's network.
func (s *Suite) Left(ctx context.Context, cluster string) ([]string, error) {
	var left []string
	containers, err := Containers(ctx, cluster)
	if err != nil {
		return nil, err
	}
	for _, name := range containers {
		left = append(left, "container "+name)
	}
	// Kind labels podman's volumes with the node. Docker's have no name of their
	// own and go with the container.
	for _, node := range []string{"control-plane", "worker", "worker2", "worker3"} {
		volumes, err := Engine(ctx, "volume", "ls", "--quiet", "--filter", "label="+cluster+"-"+node)
		if err != nil {
			return nil, err
		}
		for _, name := range strings.Fields(volumes) {
			left = append(left, "volume "+name)
		}
	}
	// Its folder, and the lock and logs beside that.
	folder := filepath.Join(filepath.Dir(filepath.Dir(s.Cluster.Kubeconfig())), cluster)
	for _, pattern := range []string{folder, folder + ".*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("looking for the cluster's folder: %w", err)
		}
		left = append(left, files...)
	}
	network, err := s.networkLeft(ctx)
	if network {
		left = append(left, "network "+kindNetwork)
	}
	return left, err
}

// networkLeft tells whether kind's network is there, which was not before, and
// nothing is in it.
func (s *Suite) networkLeft(ctx context.Context) (bool, error) {
	if s.networkWasThere || !networkExists(ctx) {
		return false, nil
	}
	users, err := Engine(ctx, "ps", "-a", "--quiet", "--filter", "network="+kindNetwork)
	return users == "", err
}

func networkExists(ctx context.Context) bool {
	_, err := Engine(ctx, "network", "inspect", kindNetwork)
	return err == nil
}
