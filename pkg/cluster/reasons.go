package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// The reasons for which a watch starts anew.
const (
	// ReasonClosed is a stream's normal end: the server closes each after five
	// to ten minutes. A connection that is cut looks the same to client-go; what
	// then fails is the next request.
	ReasonClosed = "closed"
	// ReasonExpired is a resource version that the server has no more (410
	// Gone), or not yet: normal after a pause, or behind several servers.
	ReasonExpired = "expired"
	// ReasonFallback is a server that does not stream the first list: normal
	// where that is not supported; a list follows.
	ReasonFallback = "fallback"
	// ReasonShort is a stream that was closed at once, with nothing in it.
	ReasonShort = "short"
	// ReasonOverdue is a stream that the server has not ended when it was to.
	ReasonOverdue = "overdue"
	// ReasonRefused is a server that does not listen.
	ReasonRefused = "refused"
	// ReasonConnection is a connection lost or not made in any other way.
	ReasonConnection = "connection"
	// ReasonTimeout is an answer that did not come in time.
	ReasonTimeout = "timeout"
	// ReasonThrottled is 429 Too Many Requests.
	ReasonThrottled = "throttled"
	// ReasonDenied is 401 Unauthorized and 403 Forbidden.
	ReasonDenied = "denied"
	// ReasonServer is an error of the server's own: 5xx.
	ReasonServer = "server"
	// ReasonOther is all else.
	ReasonOther = "other"
)

// RestartReasons lists every reason, in no order that matters.
func RestartReasons() []string {
	return []string{
		ReasonClosed, ReasonExpired, ReasonFallback, ReasonShort, ReasonOverdue, ReasonRefused, ReasonConnection,
		ReasonTimeout, ReasonThrottled, ReasonDenied, ReasonServer, ReasonOther,
	}
}

// reasonOf puts the error of a list or watch into one of the reasons.
func reasonOf(err error) string {
	code := statusOf(err)
	switch {
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err), tooNew(err):
		return ReasonExpired
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return ReasonDenied
	case code == http.StatusTooManyRequests:
		return ReasonThrottled
	case apierrors.IsTimeout(err), timedOut(err):
		return ReasonTimeout
	case code >= 500:
		return ReasonServer
	case utilnet.IsConnectionRefused(err):
		return ReasonRefused
	case disconnected(err):
		return ReasonConnection
	default:
		return ReasonOther
	}
}

// tooNew is the answer of a server that has not caught up with the version
// asked for.
func tooNew(err error) bool {
	return apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

func disconnected(err error) bool {
	var network net.Error // url.Error is one, and wraps every error of a request
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// normal are the reasons that are no outage.
func normal(reason string) bool {
	return slices.Contains([]string{ReasonClosed, ReasonExpired, ReasonFallback}, reason)
}
