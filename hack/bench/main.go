// Command bench measures the operator at scale, beside a plain informer in the
// same run: memory, time to ready, scrapes, requests, reaction to changes, and
// what the loss of a zone does. It fills local clusters with made-up Pods:
//
//	go run ./hack/bench --pods 10000,50000,100000
//
// It prints a table, and with --record writes that, a profile of what a Pod
// costs and the machine's description into a file. It judges nothing: a figure
// that misses its aim is no failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"evenkeel.dev/evenkeel/hack/bench/page"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return // it has been told
	case err != nil:
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
	pods   []int
	record string
	// rest is for how long the operator is watched doing nothing, churn for how
	// long Pods change, and rounds how often a first sync is measured.
	rest, churn time.Duration
	rounds      int
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	sizes := flags.String("pods", "10000,50000,100000", "how many Pods there are, each from 1000 to 200000, one cluster after the other: some six minutes each, most of them waiting")
	flags.StringVar(&o.record, "record", "", "also write the result to this `file`")
	flags.DurationVar(&o.rest, "rest", 150*time.Second, "how long the operator is watched doing nothing")
	flags.DurationVar(&o.churn, "churn", 30*time.Second, "how long Pods change")
	flags.IntVar(&o.rounds, "rounds", 3, "how often a first sync is measured")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for size := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1000 || n > 200_000 {
			return o, fmt.Errorf("--pods: want numbers from 1000 to 200000, not %q", size)
		}
		o.pods = append(o.pods, n)
	}
	return o, o.check(flags.Args())
}

// check is what is wrong with the options, before minutes are spent on them.
func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("takes flags alone, but got %q", rest)
	case o.rounds < 1:
		return fmt.Errorf("--rounds must be at least 1, not %d", o.rounds)
	case o.rest <= 0 || o.churn <= 0:
		return fmt.Errorf("--rest and --churn must be longer than nothing: %s, %s", o.rest, o.churn)
	}
	if o.record == "" {
		return nil
	}
	if folder, err := os.Stat(filepath.Dir(o.record)); err != nil || !folder.IsDir() {
		return fmt.Errorf("--record %s: there is no folder %s", o.record, filepath.Dir(o.record))
	}
	return nil
}

func bench(ctx context.Context, o options) error {
	machine, err := page.ThisMachine() // before the build: what is measured is what is there now
	if err != nil {
		return err
	}
	programs, err := build(ctx)
	if err != nil {
		return err
	}
	defer programs.remove()
	var results []result
	for _, pods := range o.pods {
		r, err := measure(ctx, o, programs, pods)
		if err != nil {
			return fmt.Errorf("at %d Pods: %w", pods, err)
		}
		results = append(results, r)
		slices.SortFunc(results, func(a, b result) int { return a.pods - b.pods })
		if err := tell(o, machine, results); err != nil { // now: a larger one may fail
			return err
		}
	}
	return nil
}

// tell prints the results that there are, and records them.
func tell(o options, m page.Machine, results []result) error {
	table := tableOf(results)
	fmt.Print("\n", table.Text(), "\n", profileOf(results).Text())
	if o.record == "" {
		return nil
	}
	return record(o, m, table, results)
}

// say tells what goes on.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
