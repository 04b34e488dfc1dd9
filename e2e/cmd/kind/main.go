// Command kind makes a cluster of containers with the operator and a Prometheus
// in it. It is what hack/kind.sh runs, which chooses the container engine:
//
//	hack/kind.sh up
//
// It ends with exit code 0 if all is well, with 1 and one line that says what to
// do if not, and with 2 if the command line is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

const usage = `usage: hack/kind.sh up | load | deploy | status | down [FLAG...]

  up      make a cluster of 1 control-plane node and 3 workers in zones of their own
  load    load the images of the operator, Prometheus and pause into its nodes
  deploy  apply deploy/base and deploy/prometheus, and wait until all works
  status  show how the nodes, the operator, its leader and Prometheus are
  down    delete the cluster and all that belongs to it

flags:
`

func main() {
	command, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil: // what is wrong has been said
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := command.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kind:", oneLine(err))
		os.Exit(1)
	}
}

// command is what the command line says.
type command struct {
	name    string
	options kindcluster.Options
}

func parse(args []string, stderr io.Writer) (command, error) {
	c := command{options: kindcluster.Options{Log: stderr, UserKubeconfig: true}}
	flags := flag.NewFlagSet("kind", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&c.options.Name, "name", kindcluster.DefaultName, "the cluster's `name`")
	flags.IntVar(&c.options.APIServerPort, "api-port", 0, "the `port` of this machine that the API server of a new cluster answers on; 0 is a free one")
	flags.StringVar(&c.options.NodeImage, "node-image", "", "the `image` that the nodes of a new cluster are made of (default kind's own where it can be pulled, one that is built elsewhere)")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.name, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return command{}, err
	}
	var wrong error
	switch c.name {
	case "up", "load", "deploy", "status", "down":
	case "help":
		flags.Usage()
		return command{}, flag.ErrHelp
	case "":
		wrong = errors.New("what to do is missing")
	default:
		wrong = fmt.Errorf("%q is unknown", c.name)
	}
	if wrong == nil && flags.NArg() > 0 {
		wrong = fmt.Errorf("%q is one argument too many", flags.Arg(0))
	}
	if wrong != nil {
		fmt.Fprintln(stderr, "kind:", wrong)
		flags.Usage()
	}
	return c, wrong
}

func (c command) run(ctx context.Context, out io.Writer) error {
	switch c.name {
	case "up":
		return c.up(ctx, out)
	case "down":
		return c.down(ctx, out)
	}
	cluster, err := kindcluster.Attach(ctx, c.options)
	if err != nil {
		return err
	}
	switch c.name {
	case "load":
		return cluster.LoadImages(ctx)
	case "status":
		return cluster.Status(ctx, out)
	}
	if err := cluster.Deploy(ctx); err != nil {
		return err
	}
	return write(out, nextAfterDeploy, cluster.Context())
}

func (c command) up(ctx context.Context, out io.Writer) error {
	cluster, err := kindcluster.Up(ctx, c.options)
	if err != nil {
		return err
	}
	return write(out, nextAfterUp, cluster.Context(), nameFlag(cluster.Name()))
}

func (c command) down(ctx context.Context, out io.Writer) error {
	deleted, err := kindcluster.Down(ctx, c.options)
	if err != nil {
		return err
	}
	if !deleted {
		return write(out, "there is no cluster %s\n", c.options.Name)
	}
	return write(out, "cluster %s is deleted\n", c.options.Name)
}

const nextAfterUp = `
The cluster is ready, and kubectl's current context is %[1]s. Next:
  hack/kind.sh deploy%[2]s
`

const nextAfterDeploy = `
The operator is Ready and Prometheus scrapes it. Next:
  kubectl --context %[1]s -n evenkeel get pods -o wide
  kubectl --context %[1]s -n evenkeel port-forward deploy/evenkeel 8081
      and http://127.0.0.1:8081/api/v1/apps
  kubectl --context %[1]s -n monitoring port-forward svc/prometheus 9090
      and http://127.0.0.1:9090/graph?g0.expr=evenkeel_workloads&g0.tab=0
`

// nameFlag is what to add to a command that is about the same cluster.
func nameFlag(name string) string {
	if name == kindcluster.DefaultName {
		return ""
	}
	return " --name " + name
}

func write(out io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(out, format, args...); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// oneLine makes one line of an error: joined ones have several.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; ")
}
