package localcluster_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

func TestTwoClustersRunAtOnceAndStopLeavesNothing(t *testing.T) {
	clusters := make([]*localcluster.Cluster, 2)
	clients := make([]kubernetes.Interface, 2)
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i := range clusters {
		group.Go(func() {
			clusters[i], errs[i] = localcluster.Start(t.Context(), localcluster.Options{})
		})
	}
	group.Wait()
	var pids []int
	for i, cluster := range clusters {
		if cluster == nil {
			continue
		}
		t.Cleanup(func() { _ = cluster.Stop() }) // the test proper looks at the error
		for _, name := range allComponents {
			pids = append(pids, component(t, cluster, name).Pid())
		}
		client, err := kubernetes.NewForConfig(cluster.RESTConfig())
		if err != nil {
			t.Fatal(err)
		}
		clients[i] = client
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}

	// What is in one is not in the other.
	if err := clusters[0].AddNodes(t.Context(), localcluster.Node("lonely", "")); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the node is Ready", func(ctx context.Context) error {
		return wantNode(ctx, clients[0], "lonely", v1.ConditionTrue)
	})
	nodes, err := clients[1].CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil || len(nodes.Items) != 0 {
		t.Errorf("the other cluster has nodes %v, %v", nodes.Items, err)
	}

	for _, cluster := range clusters {
		if err := errors.Join(cluster.Stop(), cluster.Stop()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(cluster.Dir()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder is still there (%v)", err)
		}
	}
	if err := wantGone(pids); err != nil {
		t.Error("after Stop", err)
	}
	apiServer := component(t, clusters[0], localcluster.APIServer)
	if err := apiServer.Restart(t.Context()); err == nil {
		t.Error("a component of a stopped cluster restarts")
	}
}

func TestComponentsCanBeFrozenKilledAndRestarted(t *testing.T) {
	cluster, client := startCluster(t, localcluster.Options{
		WithoutControllerManager: true, WithoutScheduler: true, WithoutKwok: true,
	})
	if _, err := cluster.Component(localcluster.Kwok); err == nil {
		t.Error("there is a component that was left out")
	}
	apiServer := component(t, cluster, localcluster.APIServer)
	answers := func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := client.CoreV1().Namespaces().Get(ctx, "default", metav1.GetOptions{})
		return err
	}
	if err := answers(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := apiServer.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "a frozen API server does not answer", func(ctx context.Context) error {
		if answers(ctx) == nil {
			return errors.New("it answers")
		}
		return nil
	})
	if err := apiServer.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "it answers when it goes on", answers)

	before, port := apiServer.Pid(), apiServer.Port()
	if err := apiServer.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if apiServer.Pid() == before || apiServer.Port() != port {
		t.Errorf("process %d on port %d, want another than %d on port %d", apiServer.Pid(), apiServer.Port(), before, port)
	}
	eventually(t, 20*time.Second, "it answers after a restart", answers)

	etcd := component(t, cluster, localcluster.Etcd)
	if err := etcd.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	etcd.Stop() // also what is frozen ends
	if etcd.Running() {
		t.Error("a stopped component runs")
	}
	if err := etcd.Signal(syscall.SIGCONT); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal to a stopped component gives %v, want %v", err, os.ErrProcessDone)
	}
	if err := etcd.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 60*time.Second, "the API server finds etcd again", answers)
	select {
	case err := <-cluster.Failed():
		t.Errorf("what a test does to components is reported as their failure: %v", err)
	default:
	}
}

func TestAComponentThatEndsByItselfIsReported(t *testing.T) {
	cluster, _ := startCluster(t, localcluster.Options{WithoutControllerManager: true, WithoutKwok: true})
	if err := syscall.Kill(component(t, cluster, localcluster.Scheduler).Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-cluster.Failed():
		if !strings.Contains(err.Error(), "kube-scheduler") || !strings.Contains(err.Error(), "killed") {
			t.Errorf("the report is %v, want one about the scheduler", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it is not reported")
	}
}

func TestAStartThatFailsShowsTheEndOfTheLogAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	cluster, err := localcluster.Start(t.Context(), localcluster.Options{APIServerArgs: []string{"--no-such-flag"}})
	if err == nil {
		t.Fatal("it started", cluster.Stop())
	}
	for _, want := range []string{"starting kube-apiserver", "unknown flag: --no-such-flag"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func TestAGivenFolderIsKeptAndMustBeEmpty(t *testing.T) {
	dir := t.TempDir()
	cluster, _ := startCluster(t, localcluster.Options{
		Dir: dir, WithoutControllerManager: true, WithoutScheduler: true, WithoutKwok: true,
	})
	if err := cluster.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(component(t, cluster, localcluster.APIServer).LogFile()); err != nil {
		t.Errorf("the log is gone: %v", err)
	}
	if again, err := localcluster.Start(t.Context(), localcluster.Options{Dir: dir}); err == nil {
		t.Error("another cluster starts in the same folder", again.Stop())
	}
}
