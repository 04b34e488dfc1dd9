package localcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// pollInterval is how often a component is asked whether it is ready.
const pollInterval = 50 * time.Millisecond

// Component is one process of a cluster. Its methods are safe for concurrent
// use.
type Component struct {
	name    Name
	cluster *Cluster
	path    string
	log     string
	// args returns the arguments for a port.
	args func(port int) []string
	// ready returns nil when the component on a port serves; nil where all
	// that can be asked of a component is that it runs.
	ready func(ctx context.Context, port int) error
	// port is what it listens on, or 0 if it doesn't. It is set by the first
	// start, and kept.
	port int

	// life is held while the process is started or ended.
	life sync.Mutex
	// mu guards process and doomed.
	mu      sync.Mutex
	process *process
	// doomed is set when the process is expected to end.
	doomed bool
	// retired is set when the cluster has been stopped; life guards it.
	retired bool
}

// Pid returns the id of the component's latest process.
func (c *Component) Pid() int { return c.current().cmd.Process.Pid }

// LogFile returns the path of the file that holds the output of all of the
// component's processes.
func (c *Component) LogFile() string { return c.log }

// Port returns the loopback port it listens on, or 0 if it doesn't.
func (c *Component) Port() int { return c.port }

// Running tells whether its process has not ended. A process that SIGSTOP
// stopped counts as running.
func (c *Component) Running() bool { return !c.current().ended() }

// Signal sends a signal to the component's process and does not wait for its
// effect: SIGSTOP freezes it until SIGCONT, SIGKILL ends it. It fails if the
// process has ended.
func (c *Component) Signal(sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch sig {
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		c.doomed = true
	}
	if err := c.process.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("sending %v to %s: %w", sig, c.name, err)
	}
	return nil
}

// Stop kills the component's process, also a frozen one, and waits until it
// has ended. Restart starts it again.
func (c *Component) Stop() {
	c.life.Lock()
	defer c.life.Unlock()
	c.stop()
}

// Restart kills the component's process, if it runs, and starts it again, on
// the same port. It returns when the component is ready, or with an error if
// it doesn't become so, ctx ends, or the cluster has been stopped. A restarted
// kwok looks after its nodes again only when the leases of its former self
// have run out, which takes Options.NodeGracePeriod.
func (c *Component) Restart(ctx context.Context) error {
	c.life.Lock()
	defer c.life.Unlock()
	if c.retired {
		return fmt.Errorf("restarting %s: the cluster has been stopped", c.name)
	}
	c.stop()
	if err := c.launch(c.port); err != nil {
		return fmt.Errorf("restarting %s: %w", c.name, err)
	}
	if err := c.await(ctx, c.port); err != nil {
		return fmt.Errorf("restarting %s: %w", c.name, err)
	}
	return nil
}

// retire stops the component for good.
func (c *Component) retire() {
	c.life.Lock()
	defer c.life.Unlock()
	c.retired = true
	c.stop()
}

// stop ends the process; life is held.
func (c *Component) stop() {
	c.mu.Lock()
	c.doomed = true
	process := c.process
	c.mu.Unlock()
	if process != nil {
		process.kill()
	}
}

func (c *Component) current() *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process
}

// launch starts a process; life is held.
func (c *Component) launch(port int) error {
	process, err := c.cluster.launcher.startProcess(c.path, c.args(port), c.cluster.environment(), c.cluster.dir, c.log)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.process, c.doomed = process, false
	c.mu.Unlock()
	if err := os.WriteFile(c.cluster.pidFile(c.name), fmt.Appendln(nil, process.cmd.Process.Pid), 0o600); err != nil {
		return fmt.Errorf("noting the process id: %w", err)
	}
	return nil
}

// watch reports the process, which is ready, if it ends without having been
// told to.
func (c *Component) watch(process *process) {
	<-process.done
	c.mu.Lock()
	doomed := c.doomed || c.process != process
	c.mu.Unlock()
	if !doomed {
		c.cluster.fail(fmt.Errorf("%s: %s; %s", c.name, process.how(), tail(c.log, 15)))
	}
}

// errPortTaken says that a component's port was no longer free when it came to
// listen on it.
var errPortTaken = errors.New("the port is taken")

// start starts the component for the first time, on a free port.
func (c *Component) start(ctx context.Context) error {
	c.life.Lock()
	defer c.life.Unlock()
	const attempts = 5
	var err error
	for range attempts {
		port := 0
		if c.ready != nil {
			if port, err = freePort(); err != nil {
				return fmt.Errorf("starting %s: %w", c.name, err)
			}
		}
		c.port = port
		if err = c.launch(port); err != nil {
			return fmt.Errorf("starting %s: %w", c.name, err)
		}
		if err = c.await(ctx, port); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", c.name, err)
	}
	return nil
}

// await returns when the component is ready, and has it watched from then on.
// If it isn't ready before ctx ends, or its process ends, the error holds the
// end of its log.
func (c *Component) await(ctx context.Context, port int) error {
	process := c.current()
	if c.ready == nil {
		go c.watch(process)
		return nil
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		last := c.ready(ctx, port)
		switch {
		case last == nil && !process.ended():
			go c.watch(process)
			return nil
		case last == nil:
			last = errors.New("something else answered on its port")
		}
		select {
		case <-process.done:
			log := tail(c.log, 15)
			if strings.Contains(log, "address already in use") {
				return fmt.Errorf("%w: %s; %s", errPortTaken, process.how(), log)
			}
			return fmt.Errorf("%s; %s", process.how(), log)
		case <-ctx.Done():
			return fmt.Errorf("%w while it was not ready (%w); %s", context.Cause(ctx), last, tail(c.log, 15))
		case <-tick.C:
		}
	}
}
