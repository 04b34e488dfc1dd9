package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	eventsclient "k8s.io/client-go/kubernetes/typed/events/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// Annotations of an Event about a workload, by which an operator knows what was
// said before its time.
const (
	workloadAnnotation = placement.AnnotationPrefix + "workload"
	verdictAnnotation  = placement.AnnotationPrefix + "verdict"
	sinceAnnotation    = placement.AnnotationPrefix + "since"
)

// mostAhead is how far another operator's clock is believed to be ahead.
const mostAhead = 10 * time.Minute

// recallPage is how many Events are read at once.
const recallPage = 500

// annotations make a verdict's Event one that can be recalled.
func annotations(item report.Item) map[string]string {
	id := [...]string{item.ID.Namespace, item.ID.App, item.ID.Kind, item.ID.Name}
	workload, err := json.Marshal(id)
	if err != nil {
		return nil // strings can always be encoded
	}
	return map[string]string{
		workloadAnnotation: string(workload),
		verdictAnnotation:  string(item.Verdict),
		sinceAnnotation:    item.Since.UTC().Format(time.RFC3339Nano),
	}
}

// Recall reads what the API server still knows to have been said of workloads,
// in one namespace or, where that is empty, in all: of each workload the last.
// The time is the cluster's. It takes the right to list Events.
func Recall(ctx context.Context, client eventsclient.EventsV1Interface, namespace string, now time.Time) ([]report.Standing, error) {
	latest := make(map[placement.WorkloadID]report.Standing)
	options := metav1.ListOptions{FieldSelector: "reportingController=" + Controller, Limit: recallPage}
	for {
		page, err := client.Events(namespace).List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("listing the Events of %s: %w", Controller, err)
		}
		for i := range page.Items {
			s, ok := standingOf(&page.Items[i], now)
			if known, told := latest[s.ID]; ok && (!told || s.Since.After(known.Since)) {
				latest[s.ID] = s
			}
		}
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	said := make([]report.Standing, 0, len(latest))
	for _, s := range latest {
		said = append(said, s)
	}
	return said, nil
}

// standingOf reads an Event's annotations; false where it is none about a
// workload, or somebody has written what can not be.
func standingOf(e *eventsv1.Event, now time.Time) (report.Standing, bool) {
	var id [4]string
	if json.Unmarshal([]byte(e.Annotations[workloadAnnotation]), &id) != nil || id[0] != e.Namespace {
		return report.Standing{}, false
	}
	verdict, ok := placement.ParseVerdict(e.Annotations[verdictAnnotation])
	since, err := time.Parse(time.RFC3339Nano, e.Annotations[sinceAnnotation])
	if !ok || err != nil || verdict == placement.Settling || since.Sub(now) > mostAhead {
		return report.Standing{}, false
	}
	return report.Standing{
		ID: placement.WorkloadID{
			AppKey: placement.AppKey{Namespace: id[0], App: id[1]}, Kind: id[2], Name: id[3],
		},
		Verdict: verdict, Since: since,
	}, true
}
