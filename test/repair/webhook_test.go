package repair_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

func TestAWebhookThatDeniesEvictionsBlocksInItsOwnWordsAndIsAskedEverMoreSeldom(t *testing.T) {
	w := suite.World(t, 1, "a", "b")
	crowded(t, w, "web", 2, 2)
	webhook := denying(t, "not on a Friday")
	webhook.rules(t, w)
	refuses(t, w, "not on a Friday")
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")

	planOf(t, o, w.Namespace, "web", blockedAs("denied", "not on a Friday"))
	if note := told(t, w.Namespace, "web", "RepairBlocked"); !strings.Contains(note, "not on a Friday") {
		t.Errorf("told: %s", note)
	}
	harness.Eventually(t, soon, func() error {
		if n := sample(t, o, `evenkeel_evictions_total{result="denied"}`); n != "2" {
			return fmt.Errorf("%s evictions were denied", n)
		}
		return nil
	})
	webhook.goes(t, w)
	says(t, o, w.Namespace, "web", "Healthy")
	told(t, w.Namespace, "web", "Rebalanced")

	requests := asked(t, w.Namespace)
	if len(requests) != 3 {
		t.Fatalf("%d evictions were asked for, want 3: %v", len(requests), requests)
	}
	first, second := requests[1].At.Sub(requests[0].At), requests[2].At.Sub(requests[1].At)
	if first < 9*time.Second || second < 18*time.Second {
		t.Errorf("asked again after %s and then %s, want 10s and then twice that", first, second)
	}
	if n := timesTold(t, w.Namespace, "web", "RepairBlocked"); n != 1 {
		t.Errorf("told %d times that it is blocked", n)
	}
}

// webhook is one that evictions in a world can be put under.
type webhook struct {
	url string
	ca  []byte
}

// denying serves a webhook that denies everything for a reason.
func denying(t *testing.T, reason string) webhook {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review admissionv1.AdmissionReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
			http.Error(w, "no review", http.StatusBadRequest)
			return
		}
		review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Result: &metav1.Status{Message: reason}}
		review.Request = nil
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(review)
	}))
	t.Cleanup(server.Close)
	return webhook{server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}
}

// absent is a webhook that nobody serves any more.
func absent(t *testing.T) webhook {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return webhook{server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}
}

// rules puts all evictions in a world under the webhook.
func (h webhook) rules(t *testing.T, w *harness.World) {
	t.Helper()
	config := &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name:                    "evictions.test.evenkeel.dev",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: &h.url, CABundle: h.ca},
			Rules:                   evictions(),
			NamespaceSelector:       only(w),
			SideEffects:             new(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}
	if _, err := suite.Client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Create(t.Context(), config, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.goes(t, w) })
}

// goes takes it away, unless that was done.
func (h webhook) goes(t *testing.T, w *harness.World) {
	t.Helper()
	remove(t, suite.Client.AdmissionregistrationV1().ValidatingWebhookConfigurations(), w.Namespace)
}

// evictions are the requests for one.
func evictions() []admissionregistrationv1.RuleWithOperations {
	return []admissionregistrationv1.RuleWithOperations{{
		Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
		Rule: admissionregistrationv1.Rule{
			APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods/eviction"},
		},
	}}
}

// only selects a world's namespace.
func only(w *harness.World) *metav1.LabelSelector {
	return metav1.SetAsLabelSelector(map[string]string{corev1.LabelMetadataName: w.Namespace})
}

// refuses waits until the API server refuses an eviction with these words, also
// that of a Pod which is not there: admission comes first.
func refuses(t *testing.T, w *harness.World, words string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		err := suite.Client.CoreV1().Pods(w.Namespace).EvictV1(t.Context(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: noPod}})
		if err == nil || !strings.Contains(err.Error(), words) {
			return fmt.Errorf("an eviction is answered by %w", err)
		}
		return nil
	})
}
