package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// kubeconfig writes a kubeconfig file with these contexts.
func kubeconfig(t *testing.T, contexts ...string) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	for _, name := range contexts {
		config.Contexts[name] = clientcmdapi.NewContext()
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnlyWhatAnEarlierRunLeftIsReplaced(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(garbage, []byte("not a kubeconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		may  bool
	}{
		"nothing":                {filepath.Join(t.TempDir(), "none"), true},
		"an earlier run's":       {kubeconfig(t, localcluster.ContextName), true},
		"one without contexts":   {kubeconfig(t), true},
		"the user's":             {kubeconfig(t, "production"), false},
		"the user's, with ours":  {kubeconfig(t, "production", localcluster.ContextName), false},
		"something else":         {garbage, false},
		"something unresolvable": {filepath.Join(garbage, "below"), false},
	} {
		if err := mayReplace(test.path); (err == nil) != test.may {
			t.Errorf("%s: %v, want allowed: %t", name, err, test.may)
		}
	}
}

func TestTheCopyIsRemovedUnlessSomeoneChangedIt(t *testing.T) {
	from := kubeconfig(t, localcluster.ContextName)
	to := filepath.Join(t.TempDir(), "sub", "kubeconfig")
	remove, err := placeKubeconfig(from, to)
	if err != nil {
		t.Fatal(err)
	}
	remove()
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there (%v)", err)
	}
	if remove, err = placeKubeconfig(from, to); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	remove()
	if _, err := os.Stat(to); err != nil {
		t.Errorf("another's file is gone: %v", err)
	}
}
