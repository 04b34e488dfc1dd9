package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
)

// readyTime is how long the nodes may take to become Ready.
const readyTime = 3 * time.Minute

// deleteTime is how long deleting a half-made cluster may take.
const deleteTime = 2 * time.Minute

// logsTime is how long collecting the logs of one may take.
const logsTime = 30 * time.Second

// found is what there is of a cluster.
type found struct {
	containers []container
	// begun says that Up began to make a cluster of that name, done that it did.
	begun, done bool
}

func (f found) exists() bool { return len(f.containers) > 0 }

// foreign tells whether something else made the cluster. What is left of one
// whose making was ended may lack the node that would tell.
func (f found) foreign() bool {
	for _, c := range f.containers {
		if c.role == string(v1alpha4.ControlPlaneRole) {
			return !slices.Contains(c.mounts, auditMount)
		}
	}
	return f.exists() && !f.begun
}

// complete tells whether Up came to its end and every node is there.
func (f found) complete() bool {
	return f.done && len(f.containers) == 1+len(workerZones())
}

// built tells whether the nodes are made of an image of our own.
func (f found) built() bool {
	return slices.ContainsFunc(f.containers, func(c container) bool { return isBuilt(c.image) })
}

func (c *Cluster) find(ctx context.Context) (found, error) {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return found{}, fmt.Errorf("looking for a cluster %s: %w", c.name, err)
	}
	return found{containers: containers, begun: c.state.exists(), done: c.state.complete()}, nil
}

// adopt brings an existing cluster into order.
func (c *Cluster) adopt(ctx context.Context, f found) error {
	switch {
	case f.foreign():
		return foreignError(c.name)
	case !f.complete():
		return c.brokenError(errHalf)
	}
	c.log.linef("cluster %s is there already", c.name)
	for _, container := range f.containers {
		if container.running {
			continue
		}
		c.log.linef("starting node %s", container.name)
		if _, err := c.engine.output(ctx, "start", container.name); err != nil {
			return fmt.Errorf("starting node %s: %w", container.name, err)
		}
	}
	if err := c.attachWhenUp(ctx, f); err != nil {
		return err
	}
	if err := c.restoreNetwork(ctx); err != nil {
		return c.brokenError(err)
	}
	if err := c.waitReady(ctx); err != nil {
		return c.brokenError(err)
	}
	return nil
}

// create makes the cluster, or nothing.
func (c *Cluster) create(ctx context.Context, o Options) (err error) {
	if err := checkPort(ctx, o.APIServerPort); err != nil {
		return err
	}
	if err := checkInotify("/proc"); err != nil {
		return err
	}
	f, err := detect(ctx, c.engine)
	if err != nil {
		return err
	}
	if err := provideModules(c.engine, modules); err != nil {
		return err
	}
	image, err := c.chooseNodeImage(ctx, o.NodeImage)
	if err != nil {
		return err
	}
	c.log.linef("making cluster %s with %s of %s", c.name, c.engine, image.name)
	defer func() {
		if err == nil {
			return
		}
		c.keepLogs(ctx)
		c.log.linef("deleting what was made of cluster %s", c.name)
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTime)
		defer cancel()
		err = errors.Join(err, c.delete(cleanup))
	}()
	if err := c.state.prepare(); err != nil {
		return err
	}
	if err := c.noteNetwork(ctx); err != nil {
		return err
	}
	if err := c.runKind(ctx, clusterConfig(c.name, o.APIServerPort, image, f, c.state.auditDir())); err != nil {
		return fmt.Errorf("making cluster %s: %w", c.name, err)
	}
	made, err := c.find(ctx)
	if err != nil {
		return err
	}
	if err := c.attach(made); err != nil {
		return err
	}
	if err := c.restoreNetwork(ctx); err != nil {
		return err
	}
	if err := c.waitReady(ctx); err != nil {
		return err
	}
	return c.state.noteComplete()
}

// keepLogs keeps the logs of a cluster that could not be made, unless it was
// not to be made any more.
func (c *Cluster) keepLogs(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, logsTime)
	defer cancel()
	dir := c.state.logsDir()
	if err := os.RemoveAll(dir); err != nil {
		return // older logs would be misleading, and this is only for help
	}
	// Kind complains about whatever a node lacks: what there is counts.
	_ = c.CollectLogs(ctx, dir)
	if _, err := os.Stat(dir); err == nil {
		c.log.linef("the nodes' logs are kept in %s", dir)
	}
}

// runKind lets kind make the cluster. Kind can not be told to stop: if ctx ends,
// its containers are taken away until it gives up.
func (c *Cluster) runKind(ctx context.Context, config *v1alpha4.Cluster) error {
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		failed = c.provider.Create(c.name,
			cluster.CreateWithV1Alpha4Config(config),
			cluster.CreateWithKubeconfigPath(c.state.kubeconfig()),
			cluster.CreateWithRetain(true)) // create deletes more than kind would
	}()
	select {
	case <-done:
		if failed != nil {
			return explainCreate(failed)
		}
		return ctx.Err()
	case <-ctx.Done():
	}
	cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTime)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := c.removeContainers(cleanup); err != nil && cleanup.Err() == nil {
			c.log.linef("deleting the nodes: %v", err) // and again: kind may be making one
		}
		select {
		case <-done:
			return context.Cause(ctx)
		case <-cleanup.Done():
			return fmt.Errorf("%w; kind did not stop", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// checkPort fails if a port of this machine is taken. The engine's complaint
// would come late, and differs.
func checkPort(ctx context.Context, port int) error {
	if port == 0 {
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return listener.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return portInUse(strconv.Itoa(port))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d is not for ordinary users: choose one above 1023 with --api-port", port)
	default:
		return fmt.Errorf("trying port %d: %w", port, err)
	}
}
