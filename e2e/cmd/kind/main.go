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
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"evenkeel.dev/evenkeel/e2e/kindcluster"
)

const usage = `usage: hack/kind.sh up | load | deploy | status | down [FLAG...]

  up      make a cluster of 1 control-plane node and 3 workers in zones of their own
  load    build the operator's image from the checkout, and load it, Prometheus' and pause's into the nodes
  deploy  do as load does, apply deploy/base and deploy/prometheus, and wait until all works
  status  show how the nodes, the operator, its leader and Prometheus are
  down    delete the cluster and all that belongs to it

flags:
`

func main() {
	command, err := parse(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil: // what is wrong has been said
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := command.run(ctx, os.Stdout); err != nil {
		line, above := tell(err)
		for _, detail := range above {
			fmt.Fprintln(os.Stderr, detail)
		}
		fmt.Fprintln(os.Stderr, "kind:", line)
		os.Exit(1)
	}
}

// command is what the command line says.
type command struct {
	name    string
	options kindcluster.Options
}

// parse reads the command line. Help that was asked for goes to stdout, and
// what is wrong, with the usage, to stderr.
func parse(args []string, stdout, stderr io.Writer) (command, error) {
	c := command{options: kindcluster.Options{Log: stderr, UserKubeconfig: true}}
	flags := flag.NewFlagSet("kind", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // it would say things in its own way
	flags.StringVar(&c.options.Name, "name", kindcluster.DefaultName, "the cluster's `name`")
	flags.IntVar(&c.options.APIServerPort, "api-port", 0, "the `port` of this machine that the API server of a new cluster answers on (default a free one)")
	flags.StringVar(&c.options.NodeImage, "node-image", "", "the `image` that the nodes of a new cluster are made of (default kind's own where it can be pulled, one that is built elsewhere)")
	flags.BoolVar(&c.options.NoBuild, "no-build", false, "load and deploy take the operator's image as it was built last")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.name, args = args[0], args[1:]
	}
	wrong := flags.Parse(args)
	if errors.Is(wrong, flag.ErrHelp) || c.name == "help" {
		showUsage(stdout, flags)
		return command{}, flag.ErrHelp
	}
	if wrong == nil {
		wrong = c.check(flags.Args())
	}
	if wrong != nil {
		fmt.Fprintln(stderr, "kind:", twoDashes(wrong.Error()))
		showUsage(stderr, flags)
	}
	return c, wrong
}

// check fails for an unknown command, and for arguments that no flag takes.
func (c command) check(rest []string) error {
	switch c.name {
	case "up", "load", "deploy", "status", "down":
	case "":
		return errors.New("what to do is missing")
	default:
		return fmt.Errorf("%q is unknown", c.name)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is one argument too many", rest[0])
	}
	return nil
}

func showUsage(out io.Writer, flags *flag.FlagSet) {
	fmt.Fprint(out, usage)
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if f.Name == "name" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(out, "  %-20s %s\n", strings.TrimSpace("--"+f.Name+" "+value), text)
	})
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
		return c.load(ctx, cluster, out)
	case "status":
		return cluster.Status(ctx, out)
	}
	return c.deploy(ctx, cluster, out)
}

func (c command) load(ctx context.Context, cluster *kindcluster.Cluster, out io.Writer) error {
	if err := cluster.LoadImages(ctx); err != nil {
		return err
	}
	outdated, err := cluster.Outdated(ctx)
	if err != nil || len(outdated) == 0 {
		return err
	}
	return write(out, "\nThe Pods of %s still run another build. Next:\n  %s\n",
		strings.Join(outdated, " and "), kindcluster.ScriptCommand("deploy", cluster.Name()))
}

func (c command) deploy(ctx context.Context, cluster *kindcluster.Cluster, out io.Writer) error {
	if err := cluster.Deploy(ctx); err != nil {
		return err
	}
	pages, err := cluster.PrometheusHasPages(ctx)
	if err != nil {
		return err
	}
	return write(out, "%s", nextAfterDeploy(kubectl(cluster.Context()), pages))
}

func (c command) up(ctx context.Context, out io.Writer) error {
	cluster, err := kindcluster.Up(ctx, c.options)
	if err != nil {
		return err
	}
	return write(out, nextAfterUp, cluster.Context(), kindcluster.ScriptCommand("deploy", cluster.Name()))
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
  %[2]s
`

// nextAfterDeploy says what can be seen. A Prometheus without pages has its API
// all the same.
func nextAfterDeploy(kubectl string, pages bool) string {
	const api, page = `curl -s 'http://127.0.0.1:9090/api/v1/query?query=evenkeel_workloads'`,
		"http://127.0.0.1:9090/query?g0.expr=evenkeel_workloads&g0.tab=0"
	text := fmt.Sprintf(`
The operator is Ready and Prometheus scrapes it. Next:
  %[1]s -n %[2]s get pods -o wide
  %[1]s -n %[2]s port-forward deploy/%[3]s 8081
      and http://127.0.0.1:8081/api/v1/apps
  %[1]s -n %[4]s port-forward svc/%[5]s 9090
      and %[6]s
`, kubectl, kindcluster.OperatorNamespace, kindcluster.OperatorName,
		kindcluster.PrometheusNamespace, kindcluster.PrometheusName, api)
	if pages {
		text += "      or " + page + "\n"
	}
	return text
}

// kubectl is how it is called for a context. Where none is installed, the
// checkout has one.
func kubectl(kubeContext string) string {
	command := "kubectl"
	if _, err := exec.LookPath(command); err != nil {
		command = "go run ./hack/tool kubectl"
	}
	return command + " --context " + kubeContext
}

func write(out io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(out, format, args...); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// twoDashes gives flags two dashes in what package flag says of them.
func twoDashes(said string) string {
	for _, before := range []string{"not defined: ", "for flag ", "an argument: "} {
		said = strings.Replace(said, before+"-", before+"--", 1)
	}
	return said
}

// tell makes one line of an error, and returns what else there is to show above
// it: the output of a command that failed is many lines, the last of which says
// the most.
func tell(err error) (line string, above []string) {
	var parts []string
	for _, one := range each(err) {
		lines := strings.FieldsFunc(one.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
		switch len(lines) {
		case 0:
		case 1:
			parts = append(parts, lines[0])
		default:
			last := len(lines) - 1
			above = append(above, lines...)
			parts = append(parts, strings.TrimRight(lines[0], ": ")+": "+strings.TrimSpace(lines[last]))
		}
	}
	return strings.Join(parts, "; "), above
}

// each returns the errors that errors.Join joined.
func each(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	parts := joined.Unwrap()
	if len(parts) == 0 || !strings.HasPrefix(err.Error(), parts[0].Error()+"\n") {
		return []error{err}
	}
	var all []error
	for _, part := range parts {
		all = append(all, each(part)...)
	}
	return all
}
