package repair

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// Answer is what the server said to an eviction.
type Answer string

// The answers.
const (
	// Evicted is 200 or 201: the Pod is being deleted.
	Evicted Answer = "evicted"
	// Recorded is a recorder's only answer.
	Recorded Answer = "recorded"
	// Gone is 404: there is no Pod by that name.
	Gone Answer = "gone"
	// Replaced is 409: another Pod has that name by now, or the Pod changed under
	// the server's hands.
	Replaced Answer = "replaced"
	// Exhausted is 429 with the budget as its cause, and a budget of which nothing
	// is left: also the 403 for one that is below zero or has too many unconfirmed.
	Exhausted Answer = "pdb-exhausted"
	// NotObserved is 429 with the budget as its cause and a Retry-After: its
	// controller has not taken in what is written, or an update came between.
	NotObserved Answer = "pdb-not-observed"
	// Busy is 429 without a budget: the server's own flow control.
	Busy Answer = "busy"
	// TwoBudgets is the 500 that says so.
	TwoBudgets Answer = "pdb-two"
	// Forbidden is 403 by the rules of access, or 401.
	Forbidden Answer = "forbidden"
	// Denied is any refusal by an admission webhook or policy, also that of a
	// webhook which can not be asked.
	Denied Answer = "denied"
	// Refused is any other 4xx: no retry makes it right.
	Refused Answer = "refused"
	// Unsent is a connection that was never made.
	Unsent Answer = "unsent"
	// Unknown is a time-out, a connection that broke or another 5xx: it may have
	// been done, or may yet be.
	Unknown Answer = "unknown"
)

// Answers lists every answer.
func Answers() []Answer {
	return []Answer{
		Evicted, Recorded, Gone, Replaced, Exhausted, NotObserved, Busy, TwoBudgets,
		Forbidden, Denied, Refused, Unsent, Unknown,
	}
}

// Outcome is an answer with the server's words and its wish when to ask again.
type Outcome struct {
	Answer Answer
	Text   string
	After  time.Duration
}

// outcomeOf is the one place that tells answers apart.
func outcomeOf(err error) Outcome {
	if err == nil {
		return Outcome{Answer: Evicted}
	}
	o := Outcome{Text: fit(err.Error()), Answer: answerOf(err)}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		o.After = time.Duration(seconds) * time.Second
	}
	return o
}

func answerOf(err error) Answer {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		if utilnet.IsConnectionRefused(err) && !errors.Is(err, context.DeadlineExceeded) {
			return Unsent
		}
		return Unknown
	}
	code := int(status.Status().Code)
	budget := apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause)
	seconds, _ := apierrors.SuggestsClientDelay(err)
	switch {
	case budget && code == http.StatusTooManyRequests && seconds > 0:
		return NotObserved
	case budget:
		return Exhausted
	case admission(err):
		// Before all codes: a webhook chooses its own.
		return Denied
	case code == http.StatusNotFound:
		return Gone
	case code == http.StatusConflict:
		return Replaced
	case code == http.StatusTooManyRequests:
		return Busy
	case code == http.StatusForbidden, code == http.StatusUnauthorized:
		return Forbidden
	case code == http.StatusInternalServerError && strings.Contains(err.Error(), "more than one PodDisruptionBudget"):
		return TwoBudgets
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout:
		return Refused
	default:
		return Unknown
	}
}

// admission is true where an admission webhook or policy said no, or a webhook
// could not be asked, which is a no before anything has been done. The API server
// tells that in words alone.
func admission(err error) bool {
	text := err.Error()
	return (strings.Contains(text, "admission webhook") && strings.Contains(text, "denied the request")) ||
		strings.Contains(text, "failed calling webhook") ||
		strings.Contains(text, "ValidatingAdmissionPolicy") ||
		strings.Contains(text, "MutatingAdmissionPolicy")
}

// consequence is what an answer means for the workload in the queue.
type consequence struct {
	// made is true where the move counts as under way.
	made bool
	// again is when to look again where nothing is in the way but an old view.
	again time.Duration
	// hold is for how long the workload is left alone at first, doubling up to most
	// each time in a row.
	hold, most time.Duration
	// passing is true where what refuses is about to change by itself.
	passing bool
	// err asks the queue for a retry with its own back-off.
	err bool
}

// What the server refuses is asked again soon at first, since most of it passes,
// and then ever more seldom: each try is a request, and a line in its audit log.
const (
	lookAgain   = time.Second
	refusedHold = 10 * time.Second
	refusedMost = 5 * time.Minute
	// forbiddenHold is longer: somebody has to grant a right first.
	forbiddenHold = time.Minute
	forbiddenMost = 30 * time.Minute
)

// consequence is what to do about each answer.
func (o Outcome) consequence() consequence {
	switch o.Answer {
	case Evicted, Recorded:
		return consequence{made: true}
	case Unknown:
		// As if it were done, but for who finds the Pod there later: to ask again at
		// once might take two.
		return consequence{made: true}
	case Gone, Replaced:
		// Done by another. The view does not know it yet.
		return consequence{again: lookAgain}
	case Exhausted:
		// The cached budget said yes, so it is about to change.
		return consequence{hold: refusedHold, most: refusedMost, passing: true}
	case NotObserved, Busy:
		return consequence{hold: max(o.After, lookAgain), most: refusedMost, passing: true}
	case TwoBudgets, Denied:
		return consequence{hold: refusedHold, most: refusedMost}
	case Forbidden, Refused:
		return consequence{hold: forbiddenHold, most: forbiddenMost}
	default: // Unsent
		return consequence{err: true}
	}
}

// mostText bounds what is repeated of the server's words, which may be a
// webhook's and so anybody's.
const mostText = 300

func fit(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "…"
	}
	return text
}
