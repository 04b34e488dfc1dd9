package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var eventsResource = schema.GroupResource{Group: "events.k8s.io", Resource: "events"}

// terminating is what the API answers to a Create in a namespace that is being
// deleted.
func terminating() error {
	err := apierrors.NewForbidden(eventsResource, "e", errors.New("because it is being terminated"))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes,
		metav1.StatusCause{Type: corev1.NamespaceTerminatingCause})
	return err
}

func TestWhatAnAnswerMeansForTheQueue(t *testing.T) {
	kind := schema.GroupKind{Group: "events.k8s.io", Kind: "Event"}
	cases := map[string]struct {
		err  error
		want outcome
	}{
		"none":                  {nil, written},
		"exists":                {apierrors.NewAlreadyExists(eventsResource, "e"), said},
		"namespace gone":        {apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "shop"), pointless},
		"namespace terminating": {terminating(), pointless},
		"forbidden":             {apierrors.NewForbidden(eventsResource, "e", errors.New("no RBAC")), refused},
		"invalid":               {apierrors.NewInvalid(kind, "e", nil), malformed},
		"bad request":           {apierrors.NewBadRequest("no"), malformed},
		"too large":             {apierrors.NewRequestEntityTooLargeError("no"), malformed},
		"too many requests":     {apierrors.NewTooManyRequests("slow down", 1), later},
		"internal error":        {apierrors.NewInternalError(errors.New("oops")), later},
		"unavailable":           {apierrors.NewServiceUnavailable("no"), later},
		"gateway timeout":       {apierrors.NewGenericServerResponse(http.StatusGatewayTimeout, "post", eventsResource, "e", "", 0, true), later},
		"server timeout":        {apierrors.NewServerTimeout(eventsResource, "create", 1), later},
		"unauthorized":          {apierrors.NewUnauthorized("token"), later},
		"conflict":              {apierrors.NewConflict(eventsResource, "e", errors.New("again")), later},
		"own deadline":          {fmt.Errorf("posting: %w", context.DeadlineExceeded), later},
		"network":               {errors.New("connection refused"), later},
	}
	for name, c := range cases {
		if got := outcomeOf(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := outcomeOf(fmt.Errorf("wrapped: %w", c.err)); got != c.want {
			t.Errorf("%s, wrapped: got %d, want %d", name, got, c.want)
		}
	}
}
