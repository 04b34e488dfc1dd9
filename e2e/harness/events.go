package harness

import (
	"context"
	"fmt"
	"slices"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Events are the operator's in a namespace, or in all where that is empty.
func (s *Suite) Events(ctx context.Context, namespace string) ([]eventsv1.Event, error) {
	list, err := s.Client.EventsV1().Events(namespace).List(ctx, metav1.ListOptions{
		FieldSelector: "reportingController=evenkeel.dev/operator",
	})
	if err != nil {
		return nil, fmt.Errorf("listing Events: %w", err)
	}
	slices.SortStableFunc(list.Items, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	return list.Items, nil
}

// Told are the Events of one reason.
func Told(events []eventsv1.Event, reason string) []eventsv1.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e eventsv1.Event) bool { return e.Reason != reason })
}

// Reasons are those of the Events that stand on an object, in their order.
func Reasons(events []eventsv1.Event, kind, name string) []string {
	var reasons []string
	for _, e := range events {
		if e.Regarding.Kind == kind && e.Regarding.Name == name {
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}
