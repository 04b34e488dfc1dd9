// Package harness runs the operator's binary against a local control plane, for
// the integration suites.
package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// Suite is what the tests of one package share.
type Suite struct {
	Cluster *localcluster.Cluster
	Client  kubernetes.Interface
	// Binary is the operator's.
	Binary string
	dir    string
}

// Run starts a control plane, builds the operator with the race detector, runs
// the tests and takes all down. It returns the exit code for os.Exit.
func Run(m *testing.M, options localcluster.Options, use func(*Suite)) int {
	return RunBuilt(m, options, []string{"-race"}, use)
}

// RunBuilt does the same with an operator that is built with these flags.
func RunBuilt(m *testing.M, options localcluster.Options, build []string, use func(*Suite)) int {
	suite, err := start(options, build)
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 1
	}
	use(suite)
	code := m.Run()
	if err := suite.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		return 1
	}
	return code
}

func start(options localcluster.Options, flags []string) (*Suite, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute) // a first build takes long
	defer cancel()
	options.Progress = os.Stderr
	dir, err := os.MkdirTemp("", "evenkeel-test-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the tests: %w", err)
	}
	s := &Suite{Binary: filepath.Join(dir, "operator"), dir: dir}
	args := append(append([]string{"build"}, flags...), "-o", s.Binary, "evenkeel.dev/evenkeel/cmd/operator")
	build := exec.CommandContext(ctx, "go", args...)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build the operator: %w\n%s", err, out), os.RemoveAll(dir))
	}
	if s.Cluster, err = localcluster.Start(ctx, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if s.Client, err = kubernetes.NewForConfig(s.Cluster.RESTConfig()); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *Suite) stop() error {
	return errors.Join(s.Cluster.Stop(), os.RemoveAll(s.dir))
}
