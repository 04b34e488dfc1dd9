package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"evenkeel.dev/evenkeel/e2e/harness"
)

// asTheOperator is a client with a token of the operator's ServiceAccount.
func asTheOperator(t *testing.T) kubernetes.Interface {
	t.Helper()
	request := &authenticationv1.TokenRequest{}
	issued, err := suite.Client.CoreV1().ServiceAccounts(harness.Namespace).CreateToken(t.Context(), harness.OperatorName, request, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config := rest.AnonymousClientConfig(suite.Config)
	config.BearerToken = issued.Status.Token
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestTheServerRefusesAnEvictionByTheOperatorsServiceAccount(t *testing.T) {
	suite.ExplainFailure(t)
	operator, namespace := asTheOperator(t), suite.Shop.Namespace
	pods, err := suite.Pods(t.Context(), namespace, harness.Catalog)
	if err != nil || len(pods) == 0 {
		t.Fatalf("%d Pods of %s, %v", len(pods), harness.Catalog, err)
	}
	pod := pods[0].Name
	nothing, patch := metav1.DeleteOptions{}, []byte(`{"metadata":{"labels":{"touched":"yes"}}}`)
	for what, try := range map[string]func(context.Context) error{
		"evict a Pod": func(ctx context.Context) error {
			return operator.PolicyV1().Evictions(namespace).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace}})
		},
		"delete a Pod": func(ctx context.Context) error {
			return operator.CoreV1().Pods(namespace).Delete(ctx, pod, nothing)
		},
		"patch a Pod": func(ctx context.Context) error {
			_, err := operator.CoreV1().Pods(namespace).Patch(ctx, pod, types.MergePatchType, patch, metav1.PatchOptions{})
			return err
		},
		"patch a Deployment": func(ctx context.Context) error {
			_, err := operator.AppsV1().Deployments(namespace).Patch(ctx, harness.Checkout, types.MergePatchType, patch, metav1.PatchOptions{})
			return err
		},
		"patch a Node": func(ctx context.Context) error {
			_, err := operator.CoreV1().Nodes().Patch(ctx, suite.Shop.Doomed, types.MergePatchType, patch, metav1.PatchOptions{})
			return err
		},
		"make a Pod in its own namespace": func(ctx context.Context) error {
			_, err := operator.CoreV1().Pods(harness.Namespace).Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "own"}}, metav1.CreateOptions{})
			return err
		},
		"read Secrets": func(ctx context.Context) error {
			_, err := operator.CoreV1().Secrets(namespace).List(ctx, metav1.ListOptions{})
			return err
		},
		"take another's Lease": func(ctx context.Context) error {
			_, err := operator.CoordinationV1().Leases("kube-system").Get(ctx, "kube-scheduler", metav1.GetOptions{})
			return err
		},
		"delete Events": func(ctx context.Context) error {
			return operator.EventsV1().Events(namespace).DeleteCollection(ctx, nothing, metav1.ListOptions{})
		},
	} {
		if err := try(t.Context()); !apierrors.IsForbidden(err) {
			t.Errorf("to %s: %v, want it forbidden", what, err)
		}
	}
	after, err := suite.Client.CoreV1().Pods(namespace).Get(t.Context(), pod, metav1.GetOptions{})
	if err != nil || after.DeletionTimestamp != nil || after.UID != pods[0].UID {
		t.Errorf("the Pod is not what it was: %v, %v", after.ObjectMeta, err)
	}
	// Not that it may do nothing at all.
	if _, err := operator.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{}); err != nil {
		t.Errorf("to list Pods: %v, want it allowed", err)
	}
}

func TestTheServiceAccountMayWriteNothingButEventsAndItsLease(t *testing.T) {
	suite.ExplainFailure(t)
	operator := asTheOperator(t)
	reading := []string{"get", "list", "watch"}
	asking := []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}
	for _, namespace := range []string{harness.Namespace, "default", "kube-system", suite.Shop.Namespace} {
		review, err := operator.AuthorizationV1().SelfSubjectRulesReviews().Create(t.Context(), &authorizationv1.SelfSubjectRulesReview{
			Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace},
		}, metav1.CreateOptions{})
		if err != nil || review.Status.Incomplete {
			t.Fatalf("the rights in %s are not known: %v %s", namespace, err, review.Status.EvaluationError)
		}
		for _, rule := range review.Status.ResourceRules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					switch {
					case slices.Contains(reading, verb), slices.Contains(asking, resource) && verb == "create":
					case resource == "events" && verb == "create" && slices.Equal(rule.APIGroups, []string{"events.k8s.io"}):
					case resource == "leases" && namespace == harness.Namespace && slices.Contains([]string{"create", "update"}, verb):
					default:
						t.Errorf("in %s it may %s %s.%s", namespace, verb, resource, strings.Join(rule.APIGroups, ","))
					}
				}
			}
		}
	}
}
