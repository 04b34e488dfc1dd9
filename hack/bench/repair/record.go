package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

//go:embed page.md.tmpl
var page string

// remarks is the heading of what people write about a run, such as why an aim
// was missed: write leaves it as it is.
const remarks = "\n## Remarks\n"

// write writes the page: the tables and the machine.
func (r *result) write() error {
	before, err := os.ReadFile(r.options.record)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the page: %w", err)
	}
	_, said, _ := strings.Cut(string(before), remarks)
	kubernetes, err := pinned("kubernetes", "k8s.io/kubernetes")
	if err != nil {
		return err
	}
	descheduler, err := pinned("descheduler", "sigs.k8s.io/descheduler")
	if err != nil {
		return err
	}
	var out strings.Builder
	err = template.Must(template.New("page").Parse(page)).Execute(&out, map[string]any{
		"Machine": r.machine, "Kubernetes": kubernetes, "Descheduler": descheduler,
		"Reaction": r.reactionTable().markdown(), "Requests": r.requestTable().markdown(), "Runs": r.runTable().markdown(),
		"Samples": r.samples, "Apps": r.apps, "Replicas": replicas, "Nodes": nodes, "Settle": settle, "Between": between,
		"Crowded": crowdedNodes, "Interval": interval, "Half": interval / 2, "Calm": calm, "Remarks": strings.TrimSpace(said),
	})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := os.WriteFile(r.options.record, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("writing the page: %w", err)
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
