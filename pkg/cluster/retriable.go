package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// unmet is a need that the cluster does not meet: waiting does not help.
type unmet struct{ text string }

func (u *unmet) Error() string { return u.text }

func unmetf(format string, args ...any) error { return &unmet{fmt.Sprintf(format, args...)} }

// retriable tells the errors that pass by themselves from those that somebody
// has to do something about.
func retriable(err error) bool {
	code := statusOf(err)
	switch {
	case isUnmet(err):
		return false // answered, and the answer is no
	case distrusted(err):
		return false // the wrong CA or name: a matter of configuration
	case errors.Is(err, http.ErrSchemeMismatch):
		return false // an https URL for a port that speaks http
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return true // overloaded, or starting
	case code >= 400 && code < 500:
		return false // 401 and 403 above all: asking again gets the same answer
	default:
		return true // 5xx, refused, reset, no route, no such host yet, timed out
	}
}

func isUnmet(err error) bool {
	var u *unmet
	return errors.As(err, &u)
}

// statusOf is the HTTP status of an API server's answer; 0 where there is none.
func statusOf(err error) int {
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		return int(answer.Status().Code)
	}
	return 0
}

// distrusted is true where the server's certificate is not accepted.
func distrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	return errors.As(err, &verification)
}

// explain puts what was being done before a permanent error.
func (p preflight) explain(err error) error {
	server := p.needs.Server
	switch {
	case err == nil:
		return nil
	case isUnmet(err):
		return err
	case distrusted(err):
		return fmt.Errorf("API server %s: its certificate is not accepted: %w", server, onOneLine(err))
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("API server %s does not accept these credentials: %w", server, onOneLine(err))
	default:
		return fmt.Errorf("API server %s: %w", server, onOneLine(err))
	}
}
