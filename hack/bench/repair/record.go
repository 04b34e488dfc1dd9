package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"evenkeel.dev/evenkeel/hack/bench/page"
	"evenkeel.dev/evenkeel/hack/toolchain"
)

//go:embed page.md.tmpl
var document string

// write writes the page: the tables and the machine.
func (r *result) write() error {
	kubernetes, err := pinned("kubernetes", "k8s.io/kubernetes")
	if err != nil {
		return err
	}
	descheduler, err := pinned("descheduler", "sigs.k8s.io/descheduler")
	if err != nil {
		return err
	}
	err = page.Write(r.options.record, document, map[string]any{
		"Machine": r.machine, "Kubernetes": kubernetes, "Descheduler": descheduler,
		"Reaction": r.reactionTable().Markdown(), "Requests": r.requestTable().Markdown(), "Runs": r.runTable().Markdown(),
		"Samples": r.samples, "Apps": r.apps, "Replicas": replicas, "Nodes": nodes, "Settle": settle, "Between": between,
		"Crowded": crowdedNodes, "Interval": interval, "Half": interval / 2, "Calm": calm,
	})
	if err != nil {
		return err
	}
	say("written: %s", r.options.record)
	return nil
}

// pinned is the version in which a tool is built.
func pinned(tool, module string) (string, error) {
	root, err := toolchain.FindRoot(".")
	if err != nil {
		return "", err
	}
	gomod, err := os.ReadFile(filepath.Join(root, "hack", "tools", tool, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("finding the version of %s: %w", tool, err)
	}
	return toolchain.RequiredVersion(gomod, module)
}
