package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// placeKubeconfig copies a kubeconfig file to where the user wants it, and
// returns a function that removes the copy if it is still the same. It
// overwrites nothing but what an earlier run left.
func placeKubeconfig(from, to string) (remove func(), err error) {
	content, err := os.ReadFile(from)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	existing, err := clientcmd.LoadFromFile(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("looking at the kubeconfig to replace: %w", err)
	case existing.CurrentContext != localcluster.ContextName || len(existing.Contexts) > 1:
		return nil, fmt.Errorf("not overwriting %s: it is not from an earlier local cluster", to)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return nil, fmt.Errorf("making a folder for the kubeconfig: %w", err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return func() {
		if now, err := os.ReadFile(to); err == nil && bytes.Equal(now, content) {
			_ = os.Remove(to) // a stale file does no harm
		}
	}, nil
}
