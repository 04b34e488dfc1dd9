// Command cluster runs a local Kubernetes cluster with simulated nodes until
// it is told to end:
//
//	go run ./hack/cluster --nodes 6 --zones 3
//
// It ends with exit code 0 on SIGINT, SIGTERM or SIGHUP, with 1 if the cluster
// does not start or one of its processes ends by itself, and with 2 if the
// command line is wrong. No process of the cluster outlives it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

func main() {
	options, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil: // the flag set has said what is wrong
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := withGoRun(ctx)
	defer cancel()
	if err := run(ctx, options, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	cluster      localcluster.Options
	nodes, zones int
	kubeconfig   string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.nodes, "nodes", 6, "how many simulated `nodes` there are")
	flags.IntVar(&o.zones, "zones", 3, "over how many `zones` they are spread; 0 for nodes without a zone")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "also write the kubeconfig to this `file`, and remove it at the end")
	flags.StringVar(&o.cluster.Dir, "dir", "", "an empty `folder` for all files, which is kept; default is a temporary one")
	flags.BoolVar(&o.cluster.AuditLog, "audit-log", false, "have the API server log every request")
	flags.DurationVar(&o.cluster.NodeGracePeriod, "node-grace-period", 0, "how long a silent node stays Ready (default 5s)")
	flags.Func("feature-gate", "a `name=true|false` of the API server; may be repeated", func(value string) error {
		return addGate(&o.cluster, value)
	})
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 || o.nodes < 0 || o.zones < 0 {
		err := errors.New("want flags alone, and no negative numbers")
		fmt.Fprintln(stderr, "cluster:", err)
		flags.Usage()
		return options{}, err
	}
	o.cluster.Progress = stderr
	return o, nil
}

func run(ctx context.Context, o options, stdout io.Writer) (err error) {
	if o.kubeconfig != "" {
		if err := mayReplace(o.kubeconfig); err != nil {
			return err
		}
	}
	cluster, err := localcluster.Start(ctx, o.cluster)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	defer func() { err = errors.Join(unlessEnded(ctx, err), cluster.Stop()) }()
	if err := cluster.AddNodes(ctx, localcluster.Nodes(o.nodes, o.zones)...); err != nil {
		return err
	}
	kubeconfig := cluster.Kubeconfig()
	if o.kubeconfig != "" {
		remove, err := placeKubeconfig(kubeconfig, o.kubeconfig)
		if err != nil {
			return err
		}
		defer remove()
		kubeconfig = o.kubeconfig
	}
	fmt.Fprintf(stdout, `The cluster is ready: %d simulated nodes in %d zones. To use it, in another terminal:

    export KUBECONFIG=%s
    go run ./hack/tool kubectl get nodes

To silence a node, so that it turns NotReady, and to have it back:

    go run ./hack/tool kubectl label node node-1 %s=%s
    go run ./hack/tool kubectl label node node-1 %s-

Ctrl-C ends it.
`, o.nodes, o.zones, kubeconfig, localcluster.HeartbeatLabel, localcluster.HeartbeatStopped, localcluster.HeartbeatLabel)
	select {
	case <-ctx.Done():
		return nil
	case err := <-cluster.Failed():
		return fmt.Errorf("the cluster broke: %w", err)
	}
}

// unlessEnded returns err, or nil if what failed did so because a signal has
// ended it.
func unlessEnded(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// addGate adds a feature gate as the command line gives it.
func addGate(o *localcluster.Options, value string) error {
	name, text, found := strings.Cut(value, "=")
	on, err := strconv.ParseBool(text)
	if !found || name == "" || err != nil {
		return errors.New("want NAME=true or NAME=false")
	}
	if o.FeatureGates == nil {
		o.FeatureGates = make(map[string]bool)
	}
	o.FeatureGates[name] = on
	return nil
}
