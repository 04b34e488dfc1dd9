package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/kind/pkg/cluster"
)

// DefaultName is the name of the cluster that hack/kind.sh makes.
const DefaultName = "evenkeel"

// AuditLog is where the API server writes its audit log, on the control-plane
// node: every request of the ServiceAccounts in the namespace evenkeel, at the
// level Metadata, in lines of JSON.
const AuditLog = "/var/log/kubernetes/audit/audit.log"

// ScriptCommand is how hack/kind.sh is called for a cluster.
func ScriptCommand(command, cluster string) string {
	command = "hack/kind.sh " + command
	if cluster != DefaultName {
		command += " --name " + cluster
	}
	return command
}

// Options say which cluster is meant and how it is made. The zero value is the
// cluster that hack/kind.sh makes, but for the user's kubeconfig.
type Options struct {
	// Name is the cluster's name; DefaultName if it is empty.
	Name string
	// Log is told what happens, line by line; nobody if it is nil.
	Log io.Writer
	// APIServerPort is the port of this machine that the API server answers on;
	// a free one if it is 0.
	APIServerPort int
	// NodeImage is the image to make nodes of. If it is empty, kind's own is
	// taken where it can be pulled, and one built from Go modules elsewhere.
	NodeImage string
	// UserKubeconfig says that the user's kubeconfig gets a context for the
	// cluster, which becomes the current one, as kind does it. Down removes it
	// in any case.
	UserKubeconfig bool
	// NoBuild says that the operator's image is taken as the engine has it. It is
	// built from the checkout otherwise, whenever images are loaded.
	NoBuild bool
}

// Cluster is a cluster that runs. It is safe for concurrent use, but for
// stopping and starting nodes, which is one caller's.
type Cluster struct {
	name     string
	log      logger
	engine   engine
	state    state
	provider *cluster.Provider
	client   kubernetes.Interface
	// routed says that Pods of different nodes reach each other by routes that
	// are set from here, since the node image brings no network of its own.
	routed bool
	// noBuild is Options.NoBuild.
	noBuild bool
}

// Up makes the cluster, or brings an existing one of that name that Up made
// into order: nodes that do not run are started. It returns when every node is
// Ready. A cluster of that name that something else made is left alone and is
// an error. If making the cluster fails, or ctx ends, what was made of it is
// deleted.
func Up(ctx context.Context, o Options) (*Cluster, error) {
	c, err := open(o)
	if err != nil {
		return nil, err
	}
	unlock, err := c.state.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	found, err := c.find(ctx)
	switch {
	case err != nil:
		return nil, err
	case found.exists():
		if o.APIServerPort != 0 || o.NodeImage != "" {
			c.log.linef("cluster %s stays as it was made: --api-port and --node-image are for a new one", c.name)
		}
		err = c.adopt(ctx, found)
	default:
		err = c.create(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if o.UserKubeconfig {
		if err := c.provider.ExportKubeConfig(c.name, "", false); err != nil {
			return nil, fmt.Errorf("adding the cluster to the user's kubeconfig: %w", err)
		}
	}
	return c, nil
}

// Attach returns a cluster that exists, however it is. It fails if there is none
// of that name, or if Up did not make it, or not to the end.
func Attach(ctx context.Context, o Options) (*Cluster, error) {
	c, err := open(o)
	if err != nil {
		return nil, err
	}
	found, err := c.find(ctx)
	if err != nil {
		return nil, err
	}
	if !found.exists() {
		return nil, fmt.Errorf("there is no cluster %s: make it with %s", c.name, ScriptCommand("up", c.name))
	}
	if !found.foreign() && !found.done {
		return nil, c.brokenError(errHalf)
	}
	if err := c.attach(found); err != nil {
		return nil, err
	}
	return c, nil
}

// Name returns the cluster's name.
func (c *Cluster) Name() string { return c.name }

// Kubeconfig returns the path of a kubeconfig that holds this cluster alone.
func (c *Cluster) Kubeconfig() string { return c.state.kubeconfig() }

// Context returns the name of the cluster's context in kubeconfigs.
func (c *Cluster) Context() string { return "kind-" + c.name }

// CollectLogs writes the logs of the nodes and of what runs on them into a
// folder. What is not there is left out.
func (c *Cluster) CollectLogs(ctx context.Context, dir string) error {
	done := make(chan error, 1)
	go func() { done <- c.provider.CollectLogs(c.name, dir) }()
	select {
	case err := <-done:
		if err != nil {
			return explainCreate(err)
		}
		return nil
	case <-ctx.Done(): // kind can not be told
		return context.Cause(ctx)
	}
}

// Down deletes the cluster with its volumes, its entry in the user's
// kubeconfig, the logs of one that could not be made and, if nothing else uses
// it, kind's network.
func (c *Cluster) Down(ctx context.Context) error {
	unlock, err := c.state.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return errors.Join(c.delete(ctx), c.state.removeLogs())
}

// Down deletes the cluster that the options name, as the method does, whatever
// is left of it. It tells whether there was anything to delete, and does not
// touch a cluster that Up did not make.
func Down(ctx context.Context, o Options) (deleted bool, err error) {
	c, err := open(o)
	if err != nil {
		return false, err
	}
	found, err := c.find(ctx)
	if err != nil {
		return false, err
	}
	if found.foreign() {
		return false, foreignError(c.name)
	}
	return found.exists(), c.Down(ctx)
}

// open returns the Cluster that the options name, without a look at whether it
// exists.
func open(o Options) (*Cluster, error) {
	name := o.Name
	if name == "" {
		name = DefaultName
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if o.APIServerPort < 0 || o.APIServerPort > 65535 {
		return nil, fmt.Errorf("%d is not a port", o.APIServerPort)
	}
	engine, err := engineFor(os.Getenv("ENGINE"))
	if err != nil {
		return nil, err
	}
	state, err := stateFor(name)
	if err != nil {
		return nil, err
	}
	log := newLogger(o.Log)
	return &Cluster{
		name: name, log: log, engine: engine, state: state,
		provider: engine.provider(log), noBuild: o.NoBuild,
	}, nil
}

func foreignError(name string) error {
	return fmt.Errorf("a cluster %s is there already that this did not make: delete it (kind delete cluster --name %s) or choose another name (--name)", name, name)
}

// brokenError says that a cluster is not worth repairing, and why.
func (c *Cluster) brokenError(why error) error {
	return fmt.Errorf("cluster %s is no good (%w): delete it with %s and make it anew", c.name, why, ScriptCommand("down", c.name))
}

// errHalf means that Up did not come to its end, or that nodes were removed.
var errHalf = errors.New("only half of it is there")
