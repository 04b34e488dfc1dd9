package converge_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"evenkeel.dev/evenkeel/test/harness"
)

// planned is what repair would do for one app, as GET /api/v1/plan has it.
type planned struct {
	Namespace, App, Mode, Verdict string
	Replicas, Ready               int
	Moves                         []move
	Reaches                       bool
	Because                       string
	Blocked                       struct{ Guard, Reason string }
	UnderWay                      struct{ Pod, WaitsFor string }
	Memory                        struct {
		InVain       int
		AvoidedNodes []string
		BackOffUntil string
		GivenUp      string
	}
}

type move struct {
	Pod, Node, Zone, Reason string
	Before, After           struct{ WorstNode, WorstZone harness.Domain }
	Admits                  []string
	AdmitsCount             int
	MayReturn               bool
	Predicted               string
}

// plan is what an operator would do for the apps of a namespace, by their names,
// and whether it leads.
func plan(t *testing.T, o *harness.Operator, namespace string) (apps map[string]planned, leads bool) {
	t.Helper()
	var page struct {
		Leads bool
		Items []planned
	}
	o.GetJSON(t, "/api/v1/plan", &page)
	apps = make(map[string]planned)
	for _, item := range page.Items {
		if item.Namespace == namespace {
			apps[item.App] = item
		}
	}
	return apps, page.Leads
}

// planOf waits until the plan for an app is as wanted.
func planOf(t *testing.T, o *harness.Operator, namespace, app string, want func(planned) error) planned {
	t.Helper()
	var found planned
	harness.Eventually(t, soon, func() error {
		apps, _ := plan(t, o, namespace)
		item, listed := apps[app]
		if !listed {
			return fmt.Errorf("%s is not in the plan", app)
		}
		found = item
		return want(item)
	})
	return found
}

// firstPlans waits until all apps are planned for while the cluster is unwell:
// so nothing has been begun.
func (c *crowd) firstPlans(t *testing.T, o *harness.Operator) map[string]planned {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		if n := metric(t, o, `evenkeel_repair_blocked_workloads{guard="cluster-unwell"}`); int(n) != len(c.wanted) {
			return fmt.Errorf("%.0f apps are planned for, of %d", n, len(c.wanted))
		}
		return nil
	})
	apps, _ := plan(t, o, c.Namespace)
	for name := range c.wanted {
		if item := apps[name]; len(item.Moves) == 0 {
			t.Fatalf("there is no move for %s: %+v", name, item)
		}
	}
	return apps
}

// metric is the value of one series; zero where it is not there.
func metric(t *testing.T, o *harness.Operator, series string) float64 {
	t.Helper()
	_, exposition := o.Get(t, o.Metrics+"/metrics")
	match := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(exposition)
	if match == nil {
		return 0
	}
	value, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		t.Fatalf("%s: %v", series, err)
	}
	return value
}

// told counts the Events of each reason on each Deployment of a namespace, and
// sees that none says what another has said.
func told(t *testing.T, namespace string) map[string]map[string]int {
	t.Helper()
	count := make(map[string]map[string]int)
	said := make(map[string]bool)
	for _, e := range suite.Events(t, namespace) {
		name, what := e.Regarding.Name, fmt.Sprint(e.Regarding.UID, e.Reason, e.Note, e.Annotations)
		if said[what] || e.Series != nil {
			t.Errorf("said twice of %s: %s %s", name, e.Reason, e.Note)
		}
		said[what] = true
		if count[name] == nil {
			count[name] = make(map[string]int)
		}
		count[name][e.Reason]++
	}
	return count
}

// toldOf waits until so many Events of a reason stand on each app.
func (c *crowd) toldOf(t *testing.T, reason string, n int) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		count := told(t, c.Namespace)
		for name := range c.wanted {
			if count[name][reason] != n {
				return fmt.Errorf("%d Events %s on %s, want %d", count[name][reason], reason, name, n)
			}
		}
		return nil
	})
}
