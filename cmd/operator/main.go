// Command operator watches a cluster's Pods and says, continuously, which
// applications die with which node or zone.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
)

// version and commit are set by the linker.
var (
	version = "dev"
	commit  = "unknown"
)

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is the program without its process: it runs until ctx ends, and
// returns the exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := o.flagSet()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(stdout, "operator says which applications die if a node or zone dies.\n\nFlags:\n%s", flags.FlagUsages())
		return exitOK
	case err == nil && o.version:
		fmt.Fprintf(stdout, "evenkeel %s (%s)\n", version, commit)
		return exitOK
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("takes no arguments, but got %q", flags.Args())
	case err == nil:
		err = o.validate()
	}
	if err != nil {
		fmt.Fprintf(stderr, "operator: %s (see --help)\n", oneLine(err))
		return exitUsage
	}
	ctx, err = withLogging(ctx, o)
	if err == nil {
		err = operate(ctx, o)
	}
	if err != nil {
		fmt.Fprintf(stderr, "operator: %s\n", oneLine(err))
		return exitFailed
	}
	return exitOK
}

// oneLine puts an error that has several lines on one.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; ")
}
