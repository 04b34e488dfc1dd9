package repair_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/repair"
	"evenkeel.dev/evenkeel/test/harness"
)

// evicting asks for the eviction of a Pod as repair does, and returns what repair
// makes of the answer.
func evicting(t *testing.T, client kubernetes.Interface, w *harness.World, name, uid string) repair.Outcome {
	t.Helper()
	evictor := repair.NewEvictor(repair.NewClient(client, nil, nil)) // which reads no owner
	return evictor.Evict(t.Context(), repair.Eviction{ID: placement.WorkloadID{AppKey: placement.AppKey{Namespace: w.Namespace}}, Name: name, UID: uid})
}

func TestEachAnswerOfTheServerToAnEvictionIsKnown(t *testing.T) {
	stranger, err := suite.Cluster.RESTConfigFor(nobody)
	if err != nil {
		t.Fatal(err)
	}
	strangers, err := kubernetes.NewForConfig(stranger)
	if err != nil {
		t.Fatal(err)
	}
	w := suite.World(t, 1, "a")
	cases := map[string]struct {
		name  string
		keeps func(t *testing.T, pod *corev1.Pod)
		by    kubernetes.Interface
		want  repair.Answer
		says  string
	}{
		"nothing is in its way": {name: "free", want: repair.Evicted},
		"the Pod is gone": {
			name: "gone", want: repair.Gone, says: "not found",
			keeps: func(t *testing.T, pod *corev1.Pod) { goneBefore(t, w, pod.Name) },
		},
		"another Pod has its name by now": {
			name: "another", want: repair.Replaced, says: "UID",
			keeps: func(_ *testing.T, pod *corev1.Pod) { pod.UID = "of-the-one-before" },
		},
		"its budget allows none": {
			name: "exhausted", want: repair.Exhausted, says: "disruption budget",
			keeps: func(t *testing.T, _ *corev1.Pod) {
				pdb(t, w, "exhausted", mustBeThere(1), "exhausted")
				waitObserved(t, w, "exhausted")
			},
		},
		"two budgets are over it": {
			name: "two", want: repair.TwoBudgets, says: "more than one PodDisruptionBudget",
			keeps: func(t *testing.T, _ *corev1.Pod) {
				for _, name := range []string{"one", "other"} {
					pdb(t, w, name, mayBeAway(1), "two")
					waitObserved(t, w, name)
				}
			},
		},
		"it has no right": {name: "forbidden", by: strangers, want: repair.Forbidden, says: `User "nobody" cannot create resource "pods/eviction"`},
	}
	for _, c := range cases {
		w.Deployment(t, c.name, 1)
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			w.WaitPods(t, c.name, 1)
			pod := w.Pods(t, c.name)[0]
			if c.keeps != nil {
				c.keeps(t, &pod)
			}
			if c.by == nil {
				c.by = suite.Client
			}
			wantOutcome(t, evicting(t, c.by, w, pod.Name, string(pod.UID)), c.want, c.says)
		})
	}
}

// wantOutcome fails the test where an answer is another, or in other words.
func wantOutcome(t *testing.T, got repair.Outcome, want repair.Answer, says string) {
	t.Helper()
	if got.Answer != want || !strings.Contains(got.Text, says) {
		t.Errorf("the answer is %s, want %s that says %q: %s", got.Answer, want, says, got.Text)
	}
}

func TestABudgetThatIsNotTakenInYetIsAskedLaterAndWhateverAdmissionRefusesIsDenied(t *testing.T) {
	w := suite.World(t, 1, "a")
	w.Deployment(t, "web", 1)
	w.WaitPods(t, "web", 1)
	pod := w.Pods(t, "web")[0]
	withoutControllers(t, func() {
		budget(t, w, "web")
		got := evicting(t, suite.Client, w, pod.Name, string(pod.UID))
		if wantOutcome(t, got, repair.NotObserved, ""); got.After != 10*time.Second {
			t.Errorf("to be asked again after %s", got.After)
		}
	})
	const words = "no evictions on a Friday"
	for sentence, c := range map[string]struct {
		refuse func(t *testing.T, w *harness.World)
		says   string
	}{
		"a webhook says no": {
			refuse: func(t *testing.T, w *harness.World) { denying(t, words).rules(t, w) },
			says:   "denied the request: " + words,
		},
		"a webhook is not there to be asked": {
			refuse: func(t *testing.T, w *harness.World) { absent(t).rules(t, w) },
			says:   "failed calling webhook",
		},
		"a policy says no": {
			refuse: func(t *testing.T, w *harness.World) { policy(t, w, words) },
			says:   "denied request: " + words,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.refuse(t, w)
			refuses(t, w, c.says)
			wantOutcome(t, evicting(t, suite.Client, w, pod.Name, string(pod.UID)), repair.Denied, c.says)
		})
	}
}

// policy puts all evictions in a world under an admission policy that refuses
// them.
func policy(t *testing.T, w *harness.World, words string) {
	t.Helper()
	admission := suite.Client.AdmissionregistrationV1()
	rules := make([]admissionregistrationv1.NamedRuleWithOperations, 0, 1)
	for _, rule := range evictions() {
		rules = append(rules, admissionregistrationv1.NamedRuleWithOperations{RuleWithOperations: rule})
	}
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{NamespaceSelector: only(w), ResourceRules: rules},
			Validations:      []admissionregistrationv1.Validation{{Expression: "false", Message: words}},
		},
	}
	if _, err := admission.ValidatingAdmissionPolicies().Create(t.Context(), policy, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, admission.ValidatingAdmissionPolicies(), w.Namespace) })
	binding := &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: w.Namespace},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        w.Namespace,
			ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		},
	}
	if _, err := admission.ValidatingAdmissionPolicyBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, admission.ValidatingAdmissionPolicyBindings(), w.Namespace) })
}

// goneBefore deletes a Pod and waits until it is gone.
func goneBefore(t *testing.T, w *harness.World, name string) {
	t.Helper()
	deletePod(t, w, name)
	harness.Eventually(t, soon, func() error {
		_, err := suite.Client.CoreV1().Pods(w.Namespace).Get(t.Context(), name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("%s is still there (%w)", name, err)
	})
}

// waitObserved waits until a budget is taken in.
func waitObserved(t *testing.T, w *harness.World, name string) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		found, err := suite.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err == nil && found.Status.ObservedGeneration < found.Generation {
			err = fmt.Errorf("budget %s is not taken in", name)
		}
		return err
	})
}
