// Command demo shows the operator at work: it starts a local cluster with
// simulated nodes, puts apps on it that hold every verdict, runs the operator,
// and shows what that says, worst first, while the cluster keeps changing:
//
//	go run ./hack/demo
//
// Ctrl-C ends it, and nothing of it stays. In a terminal the table is redrawn
// in place; elsewhere it is printed after each change.
//
// With --duration it is a test, too: it ends by itself, with exit code 1 if it
// did not see every verdict, or if a change did not do to the verdicts what it
// should.
//
// With --mode the operator may repair, and apps and changes are others. In enforce
// it spreads one crowded app after the other, and the demo crowds them again; in
// shadow it says what it would do. With --duration it fails if an app that can be
// repaired was not, if more Pods were evicted than planned, any in shadow, or if
// fewer of an app's were ready than its PodDisruptionBudget wants.
//
// The exit code is 2 if the command line is wrong, and 1 if anything else is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// Without this, writing to a pipe that nobody reads any more would end the
	// process on the spot, and the cluster's folder would stay.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is the program without its process: it runs until ctx ends, and
// returns the exit code.
func command(ctx context.Context, args []string, stdout, stderr *os.File) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "demo shows the operator at work on a local cluster that keeps changing.\n\n%s", usage())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "demo: %v (see --help)\n", err)
		return exitUsage
	}
	good, err := show(ctx, o, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "demo:", err)
		return exitFailed
	case !good && o.duration > 0:
		return exitFailed
	default:
		return exitOK
	}
}
