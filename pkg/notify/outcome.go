package notify

import (
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// outcome is what the answer to a Create means for the message in the queue.
type outcome int

const (
	// written: done.
	written outcome = iota
	// said: done, by someone else or by this operator before it restarted.
	said
	// pointless: nobody is left to read it. Drop it.
	pointless
	// refused: this operator may not write it. Drop it, and log it once.
	refused
	// malformed: no retry makes it valid. Drop it, and log it: it is a bug.
	malformed
	// later: keep it and try again with back-off.
	later
)

// outcomeOf is the one place that decides what becomes of a message by the
// answer to its Create.
func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return written
	case apierrors.IsAlreadyExists(err):
		// The name follows from what is said, so what exists says the same.
		return said
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		// A Forbidden too, so it must come before that: the namespace is going.
		return pointless
	case apierrors.IsNotFound(err):
		// Of a Create this can only be the namespace, which is gone.
		return pointless
	case apierrors.IsForbidden(err):
		// RBAC, a quota on Events or an admission policy: back-off would not
		// change their mind, and would cost a request per Event and try.
		return refused
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsRequestEntityTooLargeError(err):
		return malformed
	default:
		// 429, 5xx, 401 while a token rotates, timeouts and the network.
		return later
	}
}
