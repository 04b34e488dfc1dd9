package repair

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
)

var podsResource = schema.GroupResource{Resource: "pods"}

// withBudget names a budget as the cause of an answer.
func withBudget(err *apierrors.StatusError) error {
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Type: policyv1.DisruptionBudgetCause, Message: "the budget"})
	return err
}

func status(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

func TestEachAnswerOfTheServerIsToldFromTheOthers(t *testing.T) {
	cases := map[string]struct {
		err   error
		want  Answer
		after time.Duration
	}{
		"none":                                 {err: nil, want: Evicted},
		"no such Pod":                          {err: apierrors.NewNotFound(podsResource, "web-0"), want: Gone},
		"another Pod by that name":             {err: apierrors.NewConflict(podsResource, "web-0", errors.New("the UID in the precondition does not match")), want: Replaced},
		"the budget allows none":               {err: withBudget(apierrors.NewTooManyRequests("it would violate", 0)), want: Exhausted},
		"the budget is below zero":             {err: withBudget(apierrors.NewForbidden(podsResource, "web", errors.New("negative"))), want: Exhausted},
		"the budget is not taken in":           {err: withBudget(apierrors.NewTooManyRequests("it would violate", 10)), want: NotObserved, after: 10 * time.Second},
		"the server is busy":                   {err: apierrors.NewTooManyRequests("slow down", 2), want: Busy, after: 2 * time.Second},
		"two budgets":                          {err: status(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."), want: TwoBudgets},
		"no right":                             {err: apierrors.NewForbidden(podsResource, "web-0", errors.New(`User "x" cannot create resource "pods/eviction"`)), want: Forbidden},
		"no user":                              {err: apierrors.NewUnauthorized("token"), want: Forbidden},
		"a webhook":                            {err: apierrors.NewForbidden(podsResource, "web-0", errors.New(`admission webhook "x" denied the request: no`)), want: Denied},
		"a webhook with a code of its own":     {err: status(418, "", `admission webhook "x" denied the request: I am a teapot`), want: Denied},
		"a webhook that says 404":              {err: status(404, metav1.StatusReasonNotFound, `admission webhook "x" denied the request: no`), want: Denied},
		"an admission policy":                  {err: status(422, metav1.StatusReasonInvalid, `ValidatingAdmissionPolicy 'x' denied request: no`), want: Denied},
		"a bad request":                        {err: apierrors.NewBadRequest("no"), want: Refused},
		"not a method":                         {err: apierrors.NewMethodNotSupported(podsResource, "create"), want: Refused},
		"a webhook that can not be asked":      {err: apierrors.NewInternalError(errors.New(`failed calling webhook "x": failed to call webhook: connection refused`)), want: Denied},
		"a server that broke":                  {err: apierrors.NewInternalError(errors.New("etcd")), want: Unknown},
		"unavailable":                          {err: apierrors.NewServiceUnavailable("no"), want: Unknown},
		"the server's time-out":                {err: apierrors.NewTimeoutError("conflicts", 10), want: Unknown, after: 10 * time.Second},
		"a proxy's time-out":                   {err: apierrors.NewGenericServerResponse(http.StatusGatewayTimeout, "post", podsResource, "web-0", "", 0, true), want: Unknown},
		"an own time-out":                      {err: context.DeadlineExceeded, want: Unknown},
		"a lost lease":                         {err: context.Canceled, want: Unknown},
		"a connection that broke":              {err: syscall.ECONNRESET, want: Unknown},
		"a connection that was never accepted": {err: syscall.ECONNREFUSED, want: Unsent},
	}
	seen := map[Answer]bool{Recorded: true}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			seen[c.want] = true
			err := c.err
			if err != nil {
				err = fmt.Errorf("evict shop/web-0: %w", err)
			}
			if got := outcomeOf(err); got.Answer != c.want || got.After != c.after {
				t.Errorf("%v is %s after %s, want %s after %s", err, got.Answer, got.After, c.want, c.after)
			}
		})
	}
	for _, a := range Answers() {
		if !seen[a] {
			t.Errorf("no error is %s", a)
		}
	}
}

func TestEachAnswerHasItsConsequence(t *testing.T) {
	tests := map[string]struct {
		answer Answer
		after  time.Duration
		want   consequence
	}{
		"what was evicted is watched":              {answer: Evicted, want: consequence{made: true}},
		"what was recorded too":                    {answer: Recorded, want: consequence{made: true}},
		"what may have been evicted too":           {answer: Unknown, want: consequence{made: true}},
		"of what is gone the view will know soon":  {answer: Gone, want: consequence{again: time.Second}},
		"and of what was replaced":                 {answer: Replaced, want: consequence{again: time.Second}},
		"an exhausted budget is asked ever less":   {answer: Exhausted, want: consequence{hold: 10 * time.Second, most: 5 * time.Minute, passing: true}},
		"one not taken in when the server says":    {answer: NotObserved, after: 7 * time.Second, want: consequence{hold: 7 * time.Second, most: 5 * time.Minute, passing: true}},
		"a busy server a second later at least":    {answer: Busy, want: consequence{hold: time.Second, most: 5 * time.Minute, passing: true}},
		"two budgets ever less":                    {answer: TwoBudgets, want: consequence{hold: 10 * time.Second, most: 5 * time.Minute}},
		"a webhook that denies ever less":          {answer: Denied, want: consequence{hold: 10 * time.Second, most: 5 * time.Minute}},
		"without the right seldom":                 {answer: Forbidden, want: consequence{hold: time.Minute, most: 30 * time.Minute}},
		"what is refused for good seldom":          {answer: Refused, want: consequence{hold: time.Minute, most: 30 * time.Minute}},
		"what was never sent is the queue's again": {answer: Unsent, want: consequence{err: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (Outcome{Answer: test.answer, After: test.after}).consequence(); got != test.want {
				t.Errorf("%s: %+v, want %+v", test.answer, got, test.want)
			}
		})
	}
	if len(tests) != len(Answers()) {
		t.Errorf("%d consequences for %d answers", len(tests), len(Answers()))
	}
}

func TestWordsOfTheServerAreCutToFit(t *testing.T) {
	text := outcomeOf(status(403, metav1.StatusReasonForbidden, strings.Repeat("ü\xff", 5000))).Text
	if len(text) > mostText+len("…") || !strings.HasSuffix(text, "…") || strings.ToValidUTF8(text, "") != text {
		t.Errorf("%d bytes: %q", len(text), text)
	}
}

// answering is a Server whose evictions get the same answer each time.
type answering struct {
	*world
	err   error
	asked *int
}

func (a answering) Evict(context.Context, string, string, string) error {
	*a.asked++
	return a.err
}

func TestARefusalBlocksWithItsReasonAndIsAskedEverMoreSeldom(t *testing.T) {
	tests := map[string]struct {
		err error
		// most is how often it may be asked within half an hour.
		guard string
		most  int
	}{
		"a webhook denies":     {err: apierrors.NewForbidden(podsResource, "p", errors.New(`admission webhook "x" denied the request: no`)), guard: "denied", most: 11},
		"two budgets":          {err: status(500, "", "This pod has more than one PodDisruptionBudget"), guard: "pdb-two", most: 11},
		"no right":             {err: apierrors.NewForbidden(podsResource, "p", errors.New("no")), guard: "forbidden", most: 5},
		"the budget says no":   {err: withBudget(apierrors.NewTooManyRequests("no", 0)), guard: "pdb-exhausted", most: 11},
		"the server is busy":   {err: apierrors.NewTooManyRequests("no", 1), guard: "busy", most: 14},
		"the budget is behind": {err: withBudget(apierrors.NewTooManyRequests("no", 10)), guard: "pdb-not-observed", most: 11},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, a := crowded(3, 2)
			asked := 0
			server := answering{w, test.err, &asked}
			o := w.operator(t, leavingOut(t), func(c *Config) { c.Evictor = NewEvictor(server) })
			o.run(t, 30*time.Minute)
			e, _ := o.entry(a.id)
			if e.Blocked == nil || e.Blocked.Guard != test.guard || e.UnderWay != nil || e.Record.Move != nil {
				t.Fatalf("the entry is %+v", e)
			}
			if asked > test.most || asked < 3 {
				t.Errorf("asked %d times within half an hour, want 3 to %d", asked, test.most)
			}
			if got := w.reasons(a.id); len(got) != 1 || got[0] != RepairBlocked {
				t.Errorf("told %v, want once that it is blocked", got)
			}
			o.enforced.evictor = NewEvictor(w)
			o.run(t, 30*time.Minute)
			if len(w.asked) != 1 {
				t.Errorf("%d evictions when the refusal was over", len(w.asked))
			}
		})
	}
}

func TestWhatWasNeverSentIsTriedAgainByTheQueue(t *testing.T) {
	w, a := crowded(3, 2)
	asked := 0
	o := w.operator(t, leavingOut(t), func(c *Config) { c.Evictor = NewEvictor(answering{w, syscall.ECONNREFUSED, &asked}) })
	if _, err := o.work(klog.NewContext(t.Context(), logr.Discard()), a.id); err == nil || asked != 1 {
		t.Errorf("asked %d times, error %v; want one to be retried", asked, err)
	}
	if len(w.store.data) != 0 || o.enforced.ledger.underWay() != 0 {
		t.Error("a move that was never asked for is remembered")
	}
}
