package deploy_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
)

// uninstall deletes what a kustomization made, and waits until it is gone. The
// test's own context has ended by then.
func uninstall(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	kubectl, err := toolchain.Ensure(ctx, "kubectl", nil)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, kubectl, "--kubeconfig", suite.Cluster.Kubeconfig(), "delete", "-k", filepath.Join(folder, name), "--ignore-not-found")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("uninstall %s: %v\n%s", name, err, out.String())
	}
}
