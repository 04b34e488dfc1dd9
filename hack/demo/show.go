package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/hack/toolchain"
)

// show is the demo from beginning to end. It is good if everything was seen
// that should be. That ctx ends is no error.
func show(ctx context.Context, o options, stdout *os.File, stderr io.Writer) (good bool, err error) {
	cluster, binary, err := start(ctx, stderr)
	if err != nil {
		return false, unlessEnded(ctx, err)
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	restore, err := logInto(filepath.Join(cluster.Dir(), "demo.log"))
	if err != nil {
		return false, err
	}
	defer restore()
	operator, err := startOperator(binary, cluster.Kubeconfig(), cluster.Dir(), repairFlags(o.modeAtMost())...)
	if err != nil {
		return false, err
	}
	defer operator.stop(patience)
	good, err = perform(ctx, o, cluster, operator, stdout, stderr)
	return good, unlessEnded(ctx, err)
}

// start builds the operator and starts the cluster, both at once. The
// operator's program is put into the cluster's folder, so that all that there
// is of the demo goes away with that, sooner or later, whatever happens.
func start(ctx context.Context, progress io.Writer) (*localcluster.Cluster, string, error) {
	root, err := toolchain.FindRoot(".")
	if err != nil {
		return nil, "", err
	}
	removeAbandoned(os.TempDir())
	temp, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return nil, "", fmt.Errorf("making a temporary folder: %w", err)
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	fmt.Fprintln(progress, "building the operator and starting a cluster")
	built := make(chan error, 1)
	go func() {
		err := buildOperator(ctx, root, filepath.Join(temp, "operator"))
		if err != nil {
			cancel(err)
		}
		built <- err
	}()
	cluster, err := localcluster.Start(ctx, localcluster.Options{Progress: progress})
	if err != nil {
		cancel(err)
		if buildErr := <-built; buildErr != nil && !errors.Is(buildErr, err) {
			err = buildErr // which ended the start, too
		}
		return nil, "", err
	}
	binary := filepath.Join(cluster.Dir(), "operator")
	err = <-built
	if err == nil {
		err = os.Rename(filepath.Join(temp, "operator"), binary)
	}
	if err != nil {
		return nil, "", errors.Join(err, cluster.Stop())
	}
	return cluster, binary, nil
}

const (
	tempPrefix = "evenkeel-demo-"
	// abandonedAfter is longer than any build.
	abandonedAfter = time.Hour
)

// removeAbandoned removes the folders of demos that were killed while they
// built. What cannot be removed only takes up space.
func removeAbandoned(temp string) {
	dirs, err := filepath.Glob(filepath.Join(temp, tempPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > abandonedAfter {
			_ = os.RemoveAll(dir)
		}
	}
}

// logInto has what client-go says written into a file: the terminal is the
// table's. restore throws away what comes later.
func logInto(path string) (restore func(), err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the demo's log: %w", err)
	}
	klog.LogToStderr(false)
	klog.SetOutput(file)
	return func() {
		klog.SetOutput(io.Discard)
		file.Close()
	}, nil
}

// perform shows what happens on a cluster, with the operator on it, until ctx
// or the duration ends, or one of the processes does.
func perform(ctx context.Context, o options, cluster *localcluster.Cluster, op *operator, stdout *os.File, progress io.Writer) (good bool, err error) {
	scene := scene{nodes: o.nodes, zones: o.zones, mode: o.modeAtMost()}
	if err := cluster.AddNodes(ctx, scene.makeNodes()...); err != nil {
		return false, err
	}
	client, err := kubernetes.NewForConfig(cluster.RESTConfig())
	if err != nil {
		return false, fmt.Errorf("making a client: %w", err)
	}
	w, err := watchWorld(ctx, client)
	if err != nil {
		return false, err
	}
	defer w.close()
	fmt.Fprintln(progress, "waiting for the operator to serve")
	api, err := op.address(ctx)
	if err != nil {
		return false, err
	}

	d := &director{
		hands:    hands{client: client, world: w, silence: cluster},
		scene:    scene,
		pictures: newFeed(picture{}),
		journal:  newJournal(),
		record:   newRecord(),
		every:    o.every,
	}
	reader := newReader(api)
	if scene.repairs() {
		reader.plan = planPath(api)
		d.account = newAccount(scene, d.record.failed)
		if err := w.eachPod(d.account.pod); err != nil {
			return false, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var background sync.WaitGroup
	background.Go(func() {
		if err := reader.poll(ctx, d.pictures); err != nil {
			cancel(err)
		}
	})
	background.Go(func() {
		select {
		case err := <-cluster.Failed():
			cancel(fmt.Errorf("the cluster broke: %w", err))
		case <-op.done:
			cancel(op.failure())
		case <-ctx.Done():
		}
	})
	background.Go(func() {
		err := outputTo(stdout).run(ctx, func() view { return d.view(api) })
		if err != nil {
			cancel(fmt.Errorf("showing the table: %w", err))
		}
	})
	err = d.direct(ctx, o.duration)
	cancel(nil)
	background.Wait()

	lines, good := d.summary()
	for _, line := range lines {
		fmt.Fprintln(stdout, line)
	}
	return good, err
}

// errOver is the end of the duration.
var errOver = errors.New("the time is over")

// direct prepares the scene and plays on it for so long; 0 is for ever. Its
// error is what else ended the play.
func (d *director) direct(ctx context.Context, duration time.Duration) error {
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, duration, errOver)
		defer cancel()
	}
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		// Every picture is looked at; none is wanted.
		_, _ = d.pictures.await(watching, func(p picture) bool { d.see(p); return false })
	})
	err := d.playAs(ctx, d.scene.mode)
	stop()
	watch.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause // which says more than what came of it
	}
	if errors.Is(err, errOver) {
		err = nil
	}
	return err
}

// unlessEnded returns an error, but for those of someone who asked for the
// end.
func unlessEnded(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}
