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

// mayReplace returns an error if there is a file that is neither empty of
// contexts nor from an earlier run: a user's own kubeconfig is not ours to
// overwrite.
func mayReplace(path string) error {
	existing, err := clientcmd.LoadFromFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("not overwriting %s, which is no kubeconfig: %w", path, err)
	case len(existing.Contexts) > 1 || len(existing.Contexts) == 1 && existing.Contexts[localcluster.ContextName] == nil:
		return fmt.Errorf("not overwriting %s: it is not from an earlier local cluster", path)
	}
	return nil
}

// placeKubeconfig copies a kubeconfig file to where the user wants it, and
// returns a function that removes the copy if it is still the same.
func placeKubeconfig(from, to string) (remove func(), err error) {
	content, err := os.ReadFile(from)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
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
