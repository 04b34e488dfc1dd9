// Command soak runs the operator for a long time on a cluster that never rests,
// and fails if the operator grows:
//
//	go run ./hack/soak --for 1h
//
// Pods of a fixed fleet turn unready and ready and are replaced; beside it,
// namespaces full of apps are created and deleted without end, none under a
// name that was there before. Goroutines, heap, series and queue depth are
// sampled and printed. At the end, when everything that came has gone again,
// nothing of it may be left.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if err := soak(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	long, every time.Duration
	pods, rate  int
}

// shortest leaves time for the settle time, and for as many samples as a
// median wants.
const shortest = 4 * time.Minute

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.DurationVar(&o.long, "for", time.Hour, "how long it lasts, at least 4m")
	flags.DurationVar(&o.every, "every", 0, "the `time` between two samples; a sixtieth of the whole by default")
	flags.IntVar(&o.pods, "pods", 2000, "how many Pods there are always")
	flags.IntVar(&o.rate, "rate", 200, "how many of these change a second")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.every == 0 {
		o.every = o.long / 60
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("takes flags alone, but got %q", flags.Args())
	case o.long < shortest:
		return o, fmt.Errorf("--for (make soak SOAK=…) must be at least %s, not %s", shortest, o.long)
	case o.pods < 200:
		return o, fmt.Errorf("--pods must be at least 200, not %d", o.pods)
	case o.rate < 1:
		return o, fmt.Errorf("--rate must be at least 1, not %d", o.rate)
	}
	return o, nil
}
