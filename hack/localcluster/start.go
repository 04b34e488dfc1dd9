package localcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

// startTimeout bounds the start without the building of programs. It takes
// seconds; on a machine that is this slow, something else is wrong.
const startTimeout = 2 * time.Minute

// Start starts a cluster and returns when its API server is ready and its
// controllers run. The programs come from the toolchain package, which builds
// them the first time: that takes minutes, and is told to opts.Progress. ctx
// bounds the start, and not the cluster's life: that ends with Stop, or with
// this process. After an error nothing is left behind but what there was
// before, and the logs in opts.Dir where that is set; the error holds the end
// of the log of the component that failed.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("starting a local cluster: %w", err)
	}
	paths := make(map[Name]string)
	for _, name := range opts.names() {
		if paths[name], err = toolchain.Ensure(ctx, string(name), opts.Progress); err != nil {
			return nil, fmt.Errorf("starting a local cluster: %w", err)
		}
	}
	dir, release, err := makeDir(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("starting a local cluster: %w", err)
	}
	c := &Cluster{
		opts: opts, dir: dir, release: release,
		launcher: newLauncher(), components: make(map[Name]*Component), failed: make(chan error, 1),
	}
	timeout := fmt.Errorf("gave up after %v", startTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, timeout)
	defer cancel()
	if err := c.prepare(paths); err != nil {
		return nil, c.joinStop(fmt.Errorf("starting a local cluster: %w", err))
	}
	if err := c.run(ctx); err != nil {
		return nil, c.joinStop(fmt.Errorf("starting a local cluster: %w", err))
	}
	return c, nil
}

// prepare writes everything that does not depend on a port.
func (c *Cluster) prepare(paths map[Name]string) (err error) {
	if err := c.makeFolders(); err != nil {
		return err
	}
	if c.pki, err = newPKI(filepath.Join(c.dir, "pki")); err != nil {
		return err
	}
	if c.stages, err = writeStages(c.dir); err != nil {
		return err
	}
	if err := writeTokens(c.tokenFile(), c.opts.Users); err != nil {
		return err
	}
	if err := os.WriteFile(c.auditPolicyFile(), []byte(auditPolicy), 0o600); err != nil {
		return fmt.Errorf("writing the audit policy: %w", err)
	}
	probes := c.newProbes()
	for name, parts := range map[Name]struct {
		args  func(int) []string
		ready func(context.Context, int) error
	}{
		Etcd:              {c.etcdArgs, probes.etcd},
		APIServer:         {c.apiServerArgs, probes.apiServer},
		ControllerManager: {c.controllerManagerArgs, nil},
		Scheduler:         {c.schedulerArgs, nil},
		Kwok:              {c.kwokArgs, nil},
	} {
		if path, wanted := paths[name]; wanted {
			c.components[name] = &Component{
				name: name, cluster: c, path: path, args: parts.args, ready: parts.ready,
				log: filepath.Join(c.dir, "logs", string(name)+".log"),
			}
		}
	}
	return nil
}

// run starts the components: those that others need first, and the rest at
// once.
func (c *Cluster) run(ctx context.Context) error {
	begin := time.Now()
	if err := c.components[Etcd].start(ctx); err != nil {
		return err
	}
	etcd := time.Since(begin)
	if err := c.components[APIServer].start(ctx); err != nil {
		return err
	}
	apiServer := time.Since(begin)
	c.apiServerPort = c.components[APIServer].port
	if err := c.writeKubeconfigs(); err != nil {
		return err
	}
	for _, name := range c.opts.names()[2:] {
		if err := c.components[name].start(ctx); err != nil {
			return err
		}
	}
	if err := c.awaitControllers(ctx); err != nil {
		return err
	}
	fmt.Fprintf(c.opts.Progress, "local cluster ready in %.1fs (etcd after %.1fs, kube-apiserver after %.1fs), in %s\n",
		time.Since(begin).Seconds(), etcd.Seconds(), apiServer.Seconds(), c.dir)
	return nil
}

// awaitControllers waits for a sign of life of each controller, or for the
// first that ends instead.
func (c *Cluster) awaitControllers(ctx context.Context) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	probes := c.newProbes()
	for {
		last := probes.bootstrapped(ctx, c.apiServerPort, !c.opts.WithoutControllerManager)
		if last == nil {
			return nil
		}
		select {
		case err := <-c.failed:
			return fmt.Errorf("starting %w", err)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for the controllers: %w", context.Cause(ctx)), last)
		case <-tick.C:
		}
	}
}
