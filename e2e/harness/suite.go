package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

// Name is that of the suite's own cluster.
const Name = "evenkeel-e2e"

// Where the manifests put the operator and Prometheus.
const (
	Namespace           = kindcluster.OperatorNamespace
	OperatorName        = kindcluster.OperatorName
	PrometheusNamespace = kindcluster.PrometheusNamespace
	PrometheusName      = kindcluster.PrometheusName
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
	// Began is when the operator was installed: what an earlier one did, in a
	// cluster that was there, is before it.
	Began time.Time
	// Outage is when a test had the API server restart.
	Outage Outage

	log io.Writer
	// deletes says that the cluster is the suite's own and does not outlive it.
	deletes bool
	// networkWasThere says that kind's network was there before the cluster.
	networkWasThere bool
	// explained is the last test whose failure was explained.
	explained *testing.T
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
	s := &Suite{log: o.Log, deletes: o.Existing == "" && !o.Keep}
	if s.Root, err = toolchain.FindRoot(dir); err != nil {
		return nil, err
	}
	if err := s.buildImage(ctx); err != nil {
		return nil, err
	}
	if s.Cluster, err = s.provide(ctx, o); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return s, err
	}
	if err := s.removeOperator(ctx); err != nil {
		return s, err
	}
	s.Began = time.Now()
	if err := s.Cluster.Deploy(ctx); err != nil {
		return s, fmt.Errorf("installing deploy/base and deploy/prometheus: %w", err)
	}
	if s.Shop, err = s.openShop(ctx); err != nil {
		return s, err
	}
	return s, nil
}

// buildImage builds the operator's image from the checkout for every
// architecture, whatever the container engine has.
func (s *Suite) buildImage(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "bash", filepath.Join("hack", "image.sh"))
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = s.Root, s.log, s.log, 5*time.Second
	cmd.Env = append(os.Environ(), "IMAGE="+kindcluster.OperatorImage, "ARCHS=", "OUT=")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the operator's image (hack/image.sh): %w", err)
	}
	return nil
}

func (s *Suite) provide(ctx context.Context, o Options) (*kindcluster.Cluster, error) {
	if o.Existing != "" {
		s.networkWasThere = true
		return kindcluster.Attach(ctx, kindcluster.Options{Name: o.Existing, Log: o.Log, NoBuild: true})
	}
	options := kindcluster.Options{Name: Name, Log: o.Log, NoBuild: true} // it has just been built
	// One that a killed run left behind is not what this suite begins with.
	if _, err := kindcluster.Down(ctx, options); err != nil {
		return nil, fmt.Errorf("deleting what an earlier run left behind: %w", err)
	}
	s.networkWasThere = networkExists(ctx)
	return kindcluster.Up(ctx, options)
}

// removeOperator deletes an operator that is there, and waits until it has
// ended: what the one of the checkout asks for at its start, and no other's
// requests, is to be seen in the suite's time.
func (s *Suite) removeOperator(ctx context.Context) error {
	foreground := metav1.DeletePropagationForeground
	err := s.Client.AppsV1().Deployments(Namespace).Delete(ctx, OperatorName, metav1.DeleteOptions{PropagationPolicy: &foreground})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting an earlier operator: %w", err)
	}
	err = poll(ctx, 90*time.Second, func(ctx context.Context) error {
		_, err := s.Client.AppsV1().Deployments(Namespace).Get(ctx, OperatorName, metav1.GetOptions{})
		if err == nil {
			return errors.New("its Deployment is still there")
		}
		if !apierrors.IsNotFound(err) {
			return err
		}
		pods, err := s.Pods(ctx, Namespace, OperatorName)
		if err == nil && len(pods) > 0 {
			err = fmt.Errorf("its Pods are still there: %v", Names(pods))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting an earlier operator: %w", err)
	}
	return nil
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

// Deletes tells whether the cluster is the suite's own and does not outlive it:
// the last tests may delete it.
func (s *Suite) Deletes() bool { return s.deletes }

// stop deletes the suite's own cluster, and fails if anything remains of it. In
// one that stays it deletes what the suite made.
func (s *Suite) stop() error {
	if s == nil || s.Cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	switch {
	case s.deletes:
		if err := s.Cluster.Down(ctx); err != nil {
			return err
		}
		left, err := s.Left(ctx, s.Cluster.Name())
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("cluster %s is deleted, but there is still %s", s.Cluster.Name(), strings.Join(left, ", "))
		}
		return err
	case s.Shop != nil:
		return s.deleteNamespace(ctx, s.Shop.Namespace)
	}
	return nil
}
