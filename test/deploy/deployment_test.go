package deploy_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// operator is the container of the operator's Deployment.
func operator(t *testing.T) corev1.Container {
	t.Helper()
	var deployment appsv1.Deployment
	read(t, render(t, "base"), "Deployment", &deployment)
	containers := deployment.Spec.Template.Spec.Containers
	if len(containers) != 1 {
		t.Fatalf("%d containers, want 1", len(containers))
	}
	return containers[0]
}

func TestTheDeploymentsFlagsAreDocumentedAndItsPortsTheirDefaults(t *testing.T) {
	page := readFile(t, "docs/flags.md")
	c := operator(t)
	if !slices.Contains(c.Args, "--leader-elect") {
		t.Errorf("several replicas without --leader-elect: %q", c.Args)
	}
	for _, arg := range c.Args {
		flag, _, _ := strings.Cut(arg, "=")
		if !strings.Contains(page, "| `"+flag+"` |") {
			t.Errorf("docs/flags.md does not have %s", flag)
		}
	}
	if !strings.Contains(page, "| `--metrics-addr` | `:8080` |") || len(c.Ports) != 1 || c.Ports[0].ContainerPort != 8080 {
		t.Errorf("the ports %+v are not the default of --metrics-addr", c.Ports)
	}
}

func TestTheGarbageCollectorIsToldOfTheMemoryLimit(t *testing.T) {
	c := operator(t)
	i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
	if i < 0 {
		t.Fatal("there is no GOMEMLIMIT")
	}
	soft, err := resource.ParseQuantity(strings.TrimSuffix(c.Env[i].Value, "B"))
	if err != nil {
		t.Fatal(err)
	}
	share := soft.AsApproximateFloat64() / c.Resources.Limits.Memory().AsApproximateFloat64()
	if share < 0.85 || share > 0.95 {
		t.Errorf("GOMEMLIMIT is %.2f of the memory limit, want nine tenths", share)
	}
}
