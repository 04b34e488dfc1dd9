package harness

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// Name is that of the suite's own cluster.
const Name = "evenkeel-e2e"

// Where the manifests put the operator and Prometheus.
const (
	Namespace           = "evenkeel"
	OperatorName        = "evenkeel"
	PrometheusNamespace = "monitoring"
	PrometheusName      = "prometheus"
)

// Suite is what the tests share.
type Suite struct {
	Cluster *kindcluster.Cluster
	Config  *rest.Config
	Client  kubernetes.Interface
	// Root is the folder of the checkout.
	Root string
	// Workers are the names of the nodes that take Pods.
	Workers []string
	// Shop are apps that stand all through the suite.
	Shop *Shop
	// Outage is when a test had the API server restart.
	Outage Outage

	log io.Writer
}

// Outage is a while in which the API server was down or not yet ready: one that
// begins to serve refuses what it has not read the roles for.
type Outage struct{ From, Until time.Time }

// Contains tells whether it was in that while.
func (o Outage) Contains(at time.Time) bool { return at.After(o.From) && at.Before(o.Until) }

// Options say which cluster the suite runs on.
type Options struct {
	// Existing is the name of a cluster that is there and is kept; empty for one
	// of the suite's own.
	Existing string
	// Keep keeps the suite's own cluster.
	Keep bool
	Log  io.Writer
}

// start provides a cluster with the operator and a Prometheus in it. Where it
// fails, there is a suite all the same if there is a cluster to delete.
func start(ctx context.Context, o Options) (*Suite, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	s := &Suite{log: o.Log}
	if s.Root, err = toolchain.FindRoot(dir); err != nil {
		return nil, err
	}
	if err := s.buildImage(ctx); err != nil {
		return nil, err
	}
	if s.Cluster, err = provide(ctx, o); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return s, err
	}
	if err := s.Cluster.Deploy(ctx); err != nil {
		return s, fmt.Errorf("installing deploy/base and deploy/prometheus: %w", err)
	}
	if s.Shop, err = s.openShop(ctx); err != nil {
		return s, err
	}
	return s, nil
}

// buildImage builds the operator's image from the checkout, whatever the
// container engine has.
func (s *Suite) buildImage(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "bash", filepath.Join("hack", "image.sh"))
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = s.Root, s.log, s.log, 5*time.Second
	cmd.Env = append(os.Environ(), "IMAGE="+kindcluster.OperatorImage)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the operator's image (hack/image.sh): %w", err)
	}
	return nil
}

func provide(ctx context.Context, o Options) (*kindcluster.Cluster, error) {
	if o.Existing != "" {
		return kindcluster.Attach(ctx, kindcluster.Options{Name: o.Existing, Log: o.Log})
	}
	options := kindcluster.Options{Name: Name, Log: o.Log}
	// One that a killed run left behind is not what this suite begins with.
	if _, err := kindcluster.Down(ctx, options); err != nil {
		return nil, fmt.Errorf("deleting what an earlier run left behind: %w", err)
	}
	return kindcluster.Up(ctx, options)
}

func (s *Suite) connect(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.Cluster.Kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	config.QPS, config.Burst, config.UserAgent = 100, 200, "evenkeel-e2e"
	s.Config = config
	if s.Client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	nodes, err := s.Cluster.Nodes(ctx)
	if err != nil {
		return err
	}
	s.Workers = slices.DeleteFunc(nodes, func(name string) bool { return name == s.Cluster.ControlPlane() })
	if len(s.Workers) < 3 {
		return fmt.Errorf("cluster %s has %d workers: the suite needs 3", s.Cluster.Name(), len(s.Workers))
	}
	return nil
}

// stopTime is how long taking down may take.
const stopTime = 2 * time.Minute

// stop deletes the suite's own cluster, or what the suite made in another's.
func (s *Suite) stop(o Options) error {
	if s == nil || s.Cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	switch {
	case o.Existing == "" && !o.Keep:
		return s.Cluster.Down(ctx)
	case s.Shop != nil:
		return s.deleteNamespace(ctx, s.Shop.Namespace)
	}
	return nil
}
