// Command tool runs a development tool in its pinned version, and builds it
// first where that is needed:
//
//	go run ./hack/tool kubectl get nodes
//	go run ./hack/tool --path etcd kube-apiserver
//
// The second form prints where the tools are, one line each.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

const usage = `usage: tool NAME [ARGUMENT...]   run a tool
       tool --path NAME...       print where tools are, building them if needed
tools: %s
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		var wrong usageError
		if errors.As(err, &wrong) {
			fmt.Fprintf(os.Stderr, usage, strings.Join(toolchain.Names(), " "))
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "tool:", err)
		os.Exit(1)
	}
}

// usageError says that the command line was not understood.
type usageError struct{}

func (usageError) Error() string { return "wrong usage" }

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) >= 1 && (args[0] == "-h" || args[0] == "--help"):
		fmt.Printf(usage, strings.Join(toolchain.Names(), " "))
		return nil
	case len(args) >= 2 && args[0] == "--path":
		return printPaths(ctx, args[1:])
	case len(args) == 0 || strings.HasPrefix(args[0], "-"):
		return usageError{}
	}
	path, err := toolchain.Ensure(ctx, args[0], os.Stderr)
	if err != nil {
		return err
	}
	stop() // from here on signals are the tool's
	if err := syscall.Exec(path, args, os.Environ()); err != nil {
		return fmt.Errorf("running %s: %w", path, err)
	}
	return nil
}

func printPaths(ctx context.Context, names []string) error {
	for _, name := range names {
		path, err := toolchain.Ensure(ctx, name, os.Stderr)
		if err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}
