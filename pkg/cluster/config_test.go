package cluster

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

var update = flag.Bool("update", false, "write the golden files")

// outside is a loader for a process that is in no Pod.
func outside() loader {
	return loader{inCluster: func() (*rest.Config, error) { return nil, rest.ErrNotInCluster }}
}

// inPod is a loader for a process in a Pod.
func inPod(t *testing.T) loader {
	t.Helper()
	file := filepath.Join(t.TempDir(), "namespace")
	if err := os.WriteFile(file, []byte("evenkeel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return loader{
		inCluster:     func() (*rest.Config, error) { return &rest.Config{Host: "https://10.0.0.1:443"}, nil },
		namespaceFile: file,
	}
}

// withoutKubeconfig hides the kubeconfig of whoever runs the test.
func withoutKubeconfig(t *testing.T) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join("testdata", "config", "absent.yaml"))
	t.Setenv("POD_NAMESPACE", "")
}

func TestEveryKubeconfigLoadsOrFailsWithOneLineThatNamesIt(t *testing.T) {
	withoutKubeconfig(t)
	for name, o := range map[string]Options{
		"good":                {Kubeconfig: "good.yaml"},
		"other-context":       {Kubeconfig: "good.yaml", Context: "plain"},
		"unknown-context":     {Kubeconfig: "good.yaml", Context: "prod"},
		"missing":             {Kubeconfig: "missing.yaml"},
		"malformed":           {Kubeconfig: "malformed.yaml"},
		"empty":               {Kubeconfig: "empty.yaml"},
		"no-current-context":  {Kubeconfig: "no-current-context.yaml"},
		"no-such-cluster":     {Kubeconfig: "no-such-cluster.yaml"},
		"no-such-certificate": {Kubeconfig: "no-such-certificate.yaml"},
		"bad-server":          {Kubeconfig: "bad-server.yaml"},
		"bad-ca":              {Kubeconfig: "bad-ca.yaml"},
		"a-directory":         {Kubeconfig: "."},
		"nothing-anywhere":    {},
	} {
		t.Run(name, func(t *testing.T) {
			if o.Kubeconfig != "" {
				o.Kubeconfig = filepath.Join("testdata", "config", o.Kubeconfig)
			}
			got := told(outside().load(o))
			if strings.Count(got, "\n") != 1 {
				t.Errorf("not one line:\n%s", got)
			}
			golden(t, filepath.Join("testdata", "config", name+".golden"), got)
		})
	}
}

func told(config *rest.Config, namespace string, err error) string {
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return fmt.Sprintf("%s, namespace %s\n", config.Host, namespace)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	// Paths made absolute on the way must not depend on where the test runs.
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got = strings.ReplaceAll(got, dir+"/", "")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestAKubeconfigThatWasAskedForIsUsedEvenInAPod(t *testing.T) {
	withoutKubeconfig(t)
	config, namespace, err := inPod(t).load(Options{Kubeconfig: "testdata/config/good.yaml"})
	if err != nil || config.Host != "https://127.0.0.1:6443" || namespace != "tools" {
		t.Errorf("got %v, %q, %v", config, namespace, err)
	}
}

func TestAContextThatWasAskedForIsLookedUpEvenInAPod(t *testing.T) {
	t.Setenv("KUBECONFIG", "testdata/config/good.yaml")
	config, namespace, err := inPod(t).load(Options{Context: "plain"})
	if err != nil || config.Host != "https://127.0.0.1:6443" || namespace != "default" {
		t.Errorf("got %v, %q, %v", config, namespace, err)
	}
}

func TestInAPodItsOwnClusterAndNamespaceAreUsed(t *testing.T) {
	t.Setenv("KUBECONFIG", "testdata/config/good.yaml")
	t.Setenv("POD_NAMESPACE", "")
	config, namespace, err := inPod(t).load(Options{})
	if err != nil || config.Host != "https://10.0.0.1:443" || namespace != "evenkeel" {
		t.Errorf("got %v, %q, %v", config, namespace, err)
	}
}

func TestAPodWithoutATokenUsesAKubeconfig(t *testing.T) {
	t.Setenv("KUBECONFIG", "testdata/config/good.yaml")
	l := loader{inCluster: func() (*rest.Config, error) {
		return nil, &fs.PathError{Op: "open", Path: "token", Err: fs.ErrNotExist}
	}}
	if got := told(l.load(Options{})); got != "https://127.0.0.1:6443, namespace tools\n" {
		t.Error(got)
	}
}

func TestATokenThatCanNotBeReadIsAnError(t *testing.T) {
	withoutKubeconfig(t)
	l := loader{inCluster: func() (*rest.Config, error) {
		return nil, &fs.PathError{Op: "open", Path: "token", Err: fs.ErrPermission}
	}}
	_, _, err := l.load(Options{})
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "in-cluster configuration: open token: permission denied" {
		t.Error(err)
	}
}

func TestLimitsAndNameReachTheConfiguration(t *testing.T) {
	config, _, err := outside().load(Options{
		Kubeconfig: "testdata/config/good.yaml", QPS: 20, Burst: 40, UserAgent: "evenkeel/v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if config.QPS != 20 || config.Burst != 40 || config.UserAgent != "evenkeel/v1" {
		t.Errorf("got QPS %v, burst %v, user agent %q", config.QPS, config.Burst, config.UserAgent)
	}
	if config.WarningHandlerWithContext == nil {
		t.Error("the server's warnings would be printed")
	}
}
