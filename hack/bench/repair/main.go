// Command repair measures repair on local clusters with the real scheduler and
// controllers: how soon an app that was crowded onto a node is repaired, with how
// many requests, and what becomes of many crowded apps, beside the descheduler on
// a cluster of its own in the same run:
//
//	go run ./hack/bench/repair
//
// It prints tables, and with --record writes them with the machine's description
// into a file. It judges nothing: a figure that misses its aim is no failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	samples, apps int
	// beside is false where the operator is measured alone.
	beside bool
	record string
}

// mostApps fit on the nodes that they are crowded onto.
const mostApps = 100

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.samples, "samples", 100, "how many apps each reaction is measured with")
	flags.IntVar(&o.apps, "apps", 60, "how many apps are crowded at once")
	flags.BoolVar(&o.beside, "beside", true, "whether the descheduler is measured too; building it takes minutes the first time")
	flags.StringVar(&o.record, "record", "", "also write the result to this `file`")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.samples < 1 || o.apps < 1 || o.apps > mostApps {
		return o, fmt.Errorf("want flags alone, at least one sample, and from 1 to %d apps", mostApps)
	}
	return o, nil
}

func bench(ctx context.Context, o options) (err error) {
	r := result{options: o}
	if r.machine, err = page.ThisMachine(); err != nil { // before the build: what is measured is what is there now
		return err
	}
	p, err := build(ctx, o.beside)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.remove()) }()
	steps := []func(context.Context, programs) error{r.reactions, r.operator}
	if o.beside {
		steps = append(steps, r.descheduler)
	}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	fmt.Print("\n", r.reactionTable().Text(), "\n", r.requestTable().Text(), "\n", r.runTable().Text())
	if o.record == "" {
		return nil
	}
	return r.write()
}

// say tells what goes on.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
