package harness

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AgreesWithAFreshOne starts a second operator with the same arguments, waits
// until both say the same of a namespace, and sees that the second, which
// writes Events too, has nothing to say that was not said.
func (o *Operator) AgreesWithAFreshOne(t *testing.T, namespace string) {
	t.Helper()
	o.AgreesWithOneOf(t, namespace, o.args...)
}

// AgreesWithOneOf does the same where the fresh one has arguments of its own.
func (o *Operator) AgreesWithOneOf(t *testing.T, namespace string, args ...string) {
	t.Helper()
	o.hasSaidAllTrouble(t, namespace)
	before := o.suite.eventNames(t, namespace)
	fresh := o.suite.Operator(t, args...)
	Eventually(t, 20*time.Second, func() error {
		old, err := o.apps(namespace)
		if err != nil {
			return err
		}
		anew, err := fresh.apps(namespace)
		if err != nil {
			return err
		}
		if a, b := describe(old), describe(anew); a != b {
			return fmt.Errorf("the operator that has run all along says\n%sa fresh one\n%s", a, b)
		}
		return nil
	})
	fresh.Stop(t)
	if after := o.suite.eventNames(t, namespace); !slices.Equal(before, after) {
		t.Errorf("a fresh operator said again what was said:\n%v\nbefore it\n%v", after, before)
	}
}

// hasSaidAllTrouble waits until an Event tells of each workload at risk, since
// when the API says.
func (o *Operator) hasSaidAllTrouble(t *testing.T, namespace string) {
	t.Helper()
	Eventually(t, 20*time.Second, func() error {
		items, err := o.apps(namespace)
		if err != nil {
			return err
		}
		told := make(map[string]bool)
		for _, e := range o.suite.Events(t, namespace) {
			since, _ := time.Parse(time.RFC3339Nano, e.Annotations["evenkeel.dev/since"])
			told[fmt.Sprint(e.Annotations["evenkeel.dev/workload"], e.Reason, since.Unix())] = true
		}
		for _, item := range items {
			id, err := json.Marshal([]string{item.Namespace, item.App, item.Workload.Kind, item.Workload.Name})
			if err != nil {
				return err
			}
			if item.atRisk() && !told[fmt.Sprint(string(id), item.Verdict, item.Since.Unix())] {
				return fmt.Errorf("no Event tells of %s %s since %s", item.Workload.Name, item.Verdict, item.Since)
			}
		}
		return nil
	})
}

func (i Item) atRisk() bool { return i.Severity == "critical" || i.Severity == "warning" }

// describe is all items in words. The beginning of what is not at risk is left
// out: nobody has said it, and what happened to Pods that are gone is known to
// one who saw it alone.
func describe(items []Item) string {
	lines := make([]string, len(items))
	for i, item := range items {
		if !item.atRisk() {
			item.Since = time.Time{}
		}
		data, err := json.Marshal(item)
		if err != nil {
			panic(err) // plain values
		}
		lines[i] = string(data) + "\n"
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// Events are the operator's in a namespace.
func (s *Suite) Events(t *testing.T, namespace string) []eventsv1.Event {
	t.Helper()
	list, err := s.Client.EventsV1().Events(namespace).List(t.Context(), metav1.ListOptions{
		FieldSelector: "reportingController=evenkeel.dev/operator",
	})
	if err != nil {
		t.Fatalf("list Events: %v", err)
	}
	return list.Items
}

func (s *Suite) eventNames(t *testing.T, namespace string) []string {
	t.Helper()
	var names []string
	for _, e := range s.Events(t, namespace) {
		names = append(names, e.Reason+" "+e.Name)
	}
	slices.Sort(names)
	return names
}
