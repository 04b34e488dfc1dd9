package localcluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Cluster is a running control plane. Its methods are safe for concurrent use.
type Cluster struct {
	opts Options
	dir  string
	// release gives up the lock on dir and removes it if it is temporary.
	release  func() error
	launcher *launcher
	pki      *pki
	stages   []string

	components    map[Name]*Component
	apiServerPort int

	failed   chan error
	stopOnce sync.Once
	stopErr  error
}

// Dir returns the folder that holds everything the cluster is made of.
func (c *Cluster) Dir() string { return c.dir }

// AuditLog returns the path of the API server's audit log, one JSON object a
// line, which exists if Options.AuditLog was set.
func (c *Cluster) AuditLog() string { return c.auditLogFile() }

// Component returns a component. It fails if the cluster was started without.
func (c *Cluster) Component(name Name) (*Component, error) {
	component, ok := c.components[name]
	if !ok {
		return nil, fmt.Errorf("this cluster has no %s", name)
	}
	return component, nil
}

// Failed returns a channel that receives an error, with the end of the log,
// when a component ends that nobody told to. It is never closed.
func (c *Cluster) Failed() <-chan error { return c.failed }

// fail reports an error to whoever listens to Failed. One is enough: a
// component that ends takes others with it.
func (c *Cluster) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// Stop ends all processes, waits until they have ended, and removes the
// temporary folder. Every call returns when that is done, with the same error,
// which is about the folder alone.
func (c *Cluster) Stop() error {
	c.stopOnce.Do(func() {
		// Nothing of the cluster is kept, so nothing is asked to finish: a
		// SIGTERM would take seconds, and a process that a test has frozen
		// would not even see it. Those that depend on others go first.
		for _, name := range slices.Backward(c.opts.names()) {
			if component, ok := c.components[name]; ok {
				component.retire()
			}
		}
		c.launcher.close()
		c.stopErr = c.release()
	})
	return c.stopErr
}

// pidFile returns the path of the file with the process id of a component,
// for whoever wants to look from outside.
func (c *Cluster) pidFile(name Name) string { return filepath.Join(c.dir, "pids", string(name)) }

// makeFolders makes the folders that the components write into.
func (c *Cluster) makeFolders() error {
	for _, name := range []string{"pids", "logs", "kubeconfig"} {
		if err := os.MkdirAll(filepath.Join(c.dir, name), 0o700); err != nil {
			return fmt.Errorf("making folders: %w", err)
		}
	}
	return nil
}

// joinStop stops what has been started of a cluster whose start failed.
func (c *Cluster) joinStop(err error) error { return errors.Join(err, c.Stop()) }
