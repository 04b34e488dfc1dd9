package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kyaml "sigs.k8s.io/yaml"
)

func TestTheServerTakesEveryKustomizationWithoutAWarning(t *testing.T) {
	installDefinitions(t)
	names := kustomizations(t)
	if len(names) < 4 {
		t.Fatalf("found no more than %q below deploy/", names)
	}
	for _, name := range names {
		makeNamespaces(t, render(t, name))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if err := dryRun(t, render(t, name)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatTheServerWouldNotTakeIsTold(t *testing.T) {
	installDefinitions(t)
	cases := map[string]struct{ kustomization, was, is, want string }{
		"a Pod that is more than restricted": {"base", "runAsNonRoot: true", "runAsNonRoot: false", "would violate PodSecurity"},
		"a field that there is not":          {"base", "terminationGracePeriodSeconds:", "terminationGraceSeconds:", "unknown field"},
		"a value that can not be":            {"base", "unhealthyPodEvictionPolicy: AlwaysAllow", "unhealthyPodEvictionPolicy: Allow", "Unsupported value"},
		"a monitor without an endpoint":      {"prometheus/operator", "podMetricsEndpoints:", "podMetricEndpoints:", "podMetricEndpoints"},
		"a rule whose for is no time":        {"prometheus/operator", "for: 30s", "for: soon", "should match"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			manifests := render(t, c.kustomization)
			makeNamespaces(t, render(t, "base"))
			broken := strings.Replace(manifests, c.was, c.is, 1)
			if broken == manifests {
				t.Fatalf("there is no %q to break", c.was)
			}
			if err := dryRun(t, broken); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the server says %v, want %q in it", err, c.want)
			}
		})
	}
}

// dryRun has the server say what it would make of manifests. A warning is an
// error.
func dryRun(t *testing.T, manifests string) error {
	t.Helper()
	said, err := kubectl(t, manifests, "apply", "--dry-run=server", "--warnings-as-errors", "--validate=strict", "-f", "-")
	if want := len(objects(t, manifests)); err == nil && strings.Count(said, "(server dry run)") != want {
		err = fmt.Errorf("want %d objects taken:\n%s", want, said)
	}
	return err
}

// makeNamespaces makes those of the manifests: a dry run makes none, and
// everything else must be in one.
func makeNamespaces(t *testing.T, manifests string) {
	t.Helper()
	for _, object := range ofKind(objects(t, manifests), "Namespace") {
		text, err := kyaml.Marshal(object.Object)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kubectl(t, string(text), "apply", "-f", "-"); err != nil {
			t.Fatal(err)
		}
	}
}

// installDefinitions makes the Prometheus operator's kinds known to the server.
func installDefinitions(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	said, err := run(ctx, t, "", "go", "-C", root+"/hack/tools/prometheus-operator", "mod", "download", "-json", "github.com/prometheus-operator/prometheus-operator")
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal([]byte(said), &module)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"apply", "--server-side"}
	for _, name := range []string{"podmonitors", "prometheusrules"} {
		args = append(args, "-f", filepath.Join(module.Dir, "example/prometheus-operator-crd/monitoring.coreos.com_"+name+".yaml"))
	}
	if _, err := kubectl(t, "", args...); err != nil {
		t.Fatal(err)
	}
	_, err = kubectl(t, "", "wait", "--for=condition=Established", "--timeout=30s", "crd", "podmonitors.monitoring.coreos.com", "prometheusrules.monitoring.coreos.com")
	if err != nil {
		t.Fatal(err)
	}
}
