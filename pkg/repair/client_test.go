package repair

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// apiServer answers what it is asked for by its path with a text in JSON and a
// code.
type apiServer struct {
	answers map[string]reply

	mu       sync.Mutex
	requests []string
	bodies   []string
}

type reply struct {
	code   int
	object any
	header map[string]string
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	answer, ok := s.answers[r.URL.Path+"?"+r.URL.Query().Get("continue")]
	if !ok || err != nil {
		answer = reply{code: http.StatusNotFound, object: failure(http.StatusNotFound, metav1.StatusReasonNotFound, "not found")}
	}
	w.Header().Set("Content-Type", "application/json")
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.code)
	if err := json.NewEncoder(w).Encode(answer.object); err != nil {
		panic(err)
	}
}

func failure(code int32, reason metav1.StatusReason, message string, causes ...metav1.StatusCause) *metav1.Status {
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure,
		Code: code, Reason: reason, Message: message, Details: &metav1.StatusDetails{Causes: causes},
	}
}

// connect makes a Client of a server with those answers by path.
func connect(t *testing.T, answers map[string]reply) (*Client, *apiServer) {
	t.Helper()
	api := &apiServer{answers: answers}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL, QPS: 1000, Burst: 1000}
	config.ContentType = "application/json"
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	httpClient := &http.Client{Transport: transport}
	client, err := kubernetes.NewForConfigAndClient(config, httpClient)
	if err != nil {
		t.Fatal(err)
	}
	unstructured, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		t.Fatal(err)
	}
	return NewClient(client, unstructured, mapper{}), api
}

// mapper knows one kind of its own.
type mapper struct{}

func (mapper) RESTMappingWithContext(_ context.Context, kind schema.GroupKind, _ ...string) (*meta.RESTMapping, error) {
	if kind.Kind != "Rollout" {
		return nil, &meta.NoKindMatchError{GroupKind: kind}
	}
	return &meta.RESTMapping{Resource: schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}}, nil
}

const evictionPath = "/api/v1/namespaces/shop/pods/web-0/eviction?"

func TestAnEvictionNamesTheVeryPodAndIsAskedForOnce(t *testing.T) {
	budget := metav1.StatusCause{Type: policyv1.DisruptionBudgetCause, Message: "the budget is still being processed"}
	late := failure(429, metav1.StatusReasonTooManyRequests, "it would violate", budget)
	late.Details.RetryAfterSeconds = 10
	two := failure(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
	tests := map[string]struct {
		answer reply
		want   Answer
		after  time.Duration
	}{
		"done":                                 {reply{code: 201, object: &metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusSuccess}}, Evicted, 0},
		"gone":                                 {reply{code: 404, object: failure(404, metav1.StatusReasonNotFound, "not found")}, Gone, 0},
		"exhausted":                            {reply{code: 429, object: failure(429, metav1.StatusReasonTooManyRequests, "it would violate", budget)}, Exhausted, 0},
		"a Retry-After is not slept on":        {reply{code: 429, object: late, header: map[string]string{"Retry-After": "10"}}, NotObserved, 10 * time.Second},
		"two budgets":                          {reply{code: 500, object: two}, TwoBudgets, 0},
		"two budgets, sent with a good code":   {reply{code: 201, object: two}, TwoBudgets, 0},
		"a Retry-After with 503 is not either": {reply{code: 503, object: failure(503, metav1.StatusReasonServiceUnavailable, "no"), header: map[string]string{"Retry-After": "30"}}, Unknown, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, api := connect(t, map[string]reply{evictionPath: test.answer})
			begun := time.Now()
			got := outcomeOf(client.Evict(t.Context(), "shop", "web-0", "the-uid"))
			if got.Answer != test.want || got.After != test.after {
				t.Errorf("got %+v, want %s", got, test.want)
			}
			if took := time.Since(begun); len(api.requests) != 1 || took > 5*time.Second {
				t.Fatalf("asked %v within %s", api.requests, took)
			}
			var sent policyv1.Eviction
			if err := json.Unmarshal([]byte(api.bodies[0]), &sent); err != nil {
				t.Fatal(err)
			}
			if sent.APIVersion != "policy/v1" || sent.Kind != "Eviction" || sent.Name != "web-0" || sent.DeleteOptions == nil || *sent.DeleteOptions.Preconditions.UID != "the-uid" {
				t.Errorf("sent %s", api.bodies[0])
			}
		})
	}
}

func TestAServerThatIsNotThereWasSentNothing(t *testing.T) {
	client, _ := connect(t, nil)
	gone := httptest.NewServer(nil)
	gone.Close()
	dead, err := kubernetes.NewForConfig(&rest.Config{Host: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	client.kubernetes = dead
	if got := outcomeOf(client.Evict(t.Context(), "shop", "web-0", "uid")); got.Answer != Unsent {
		t.Errorf("got %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := outcomeOf(client.Evict(ended, "shop", "web-0", "uid")); got.Answer != Unknown {
		t.Errorf("with an ended context got %+v", got)
	}
}

func podOf(name string, options ...func(*corev1.Pod)) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "shop", UID: types.UID("uid-" + name),
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-1", UID: "rs", Controller: new(true)}},
	}}
	p.Spec.NodeName = "a"
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for _, o := range options {
		o(&p)
	}
	return p
}

func TestReplicasAreTheOwnersPodsThatAreNeitherFinishedNorGoing(t *testing.T) {
	list := corev1.PodList{Items: []corev1.Pod{
		podOf("ready"),
		podOf("unready", func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }),
		podOf("unknown", func(p *corev1.Pod) { p.Status.Conditions = nil; p.Spec.NodeName = "" }),
		podOf("going", func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) }),
		podOf("failed", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }),
		podOf("done", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }),
		podOf("another's", func(p *corev1.Pod) { p.OwnerReferences[0].UID = "other" }),
		podOf("nobody's", func(p *corev1.Pod) { p.OwnerReferences = nil }),
	}}
	list.Continue = "more"
	client, api := connect(t, map[string]reply{
		"/api/v1/namespaces/shop/pods?":     {code: 200, object: list},
		"/api/v1/namespaces/shop/pods?more": {code: 200, object: corev1.PodList{Items: []corev1.Pod{podOf("second-page")}}},
	})
	got, err := client.Replicas(t.Context(), "shop", metav1.OwnerReference{UID: "rs"}, "app=web")
	want := "[{uid-ready a true} {uid-unready a false} {uid-unknown  false} {uid-second-page a true}]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("got  %v, %v\nwant %s", got, err, want)
	}
	for _, request := range api.requests {
		if !strings.Contains(request, "labelSelector=app%3Dweb") || !strings.Contains(request, "limit="+strconv.Itoa(pageSize)) || strings.Contains(request, "resourceVersion=") {
			t.Errorf("asked %s: it must pick by label, be limited and ask for what is there now", request)
		}
	}
}

func TestAListWithoutEndIsAnError(t *testing.T) {
	var list corev1.PodList
	list.Continue = "more"
	client, _ := connect(t, map[string]reply{"/api/v1/namespaces/shop/pods?": {code: 200, object: list}, "/api/v1/namespaces/shop/pods?more": {code: 200, object: list}})
	if _, err := client.Replicas(t.Context(), "shop", metav1.OwnerReference{UID: "rs"}, ""); !errors.Is(err, errTooMany) {
		t.Errorf("got %v", err)
	}
}

// Paths of a Deployment's owners.
const (
	replicaSetPath  = "/apis/apps/v1/namespaces/shop/replicasets/web-1?"
	deploymentPath  = "/apis/apps/v1/namespaces/shop/deployments/web?"
	statefulSetPath = "/apis/apps/v1/namespaces/shop/statefulsets/db?"
	rolloutScale    = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/scale?"
)

func replicaSetBy(controller *metav1.OwnerReference) *appsv1.ReplicaSet {
	s := &appsv1.ReplicaSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}}
	s.Name, s.UID = "web-1", "rs"
	s.Spec.Replicas = new(int32(3))
	s.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web", "pod-template-hash": "1"}}
	if controller != nil {
		controller.Controller = new(true)
		s.OwnerReferences = []metav1.OwnerReference{*controller}
	}
	return s
}

func deploymentThat(set func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}}
	d.Name, d.UID, d.Generation = "web", "deploy", 2
	d.Spec.Replicas = new(int32(4))
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 4, UpdatedReplicas: 4}
	if set != nil {
		set(d)
	}
	return d
}

func statefulSetThat(set func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}}
	s.Name, s.UID = "db", "sts"
	s.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}
	s.Status.CurrentRevision, s.Status.UpdateRevision = "1", "1"
	if set != nil {
		set(s)
	}
	return s
}

func TestWhatAnOwnerWantsIsSaidByItsTopmost(t *testing.T) {
	rs := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", UID: "rs"}
	sts := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db", UID: "sts"}
	rollout := metav1.OwnerReference{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web", UID: "rollout"}
	byDeployment := &metav1.OwnerReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "deploy"}
	deployed := func(set func(*appsv1.Deployment)) map[string]reply {
		return map[string]reply{replicaSetPath: {code: 200, object: replicaSetBy(byDeployment)}, deploymentPath: {code: 200, object: deploymentThat(set)}}
	}
	stateful := func(set func(*appsv1.StatefulSet)) map[string]reply {
		return map[string]reply{statefulSetPath: {code: 200, object: statefulSetThat(set)}}
	}
	scale := map[string]any{
		"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": map[string]any{"name": "web", "uid": "rollout"},
		"spec": map[string]any{"replicas": 5}, "status": map[string]any{"selector": "app=web"},
	}
	const hashed = "app=web,pod-template-hash=1"
	tests := map[string]struct {
		owner   metav1.OwnerReference
		answers map[string]reply
		want    Owner
	}{
		"a Deployment at rest":               {rs, deployed(nil), Owner{Wanted: 4, Selector: hashed}},
		"a Deployment that is paused":        {rs, deployed(func(d *appsv1.Deployment) { d.Spec.Paused = true }), Owner{Wanted: 4, Selector: hashed, Rollout: "it is paused"}},
		"a Deployment that was just written": {rs, deployed(func(d *appsv1.Deployment) { d.Generation = 3 }), Owner{Wanted: 4, Selector: hashed, Rollout: "what is written of it has not been taken in yet"}},
		"a Deployment half updated":          {rs, deployed(func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }), Owner{Wanted: 4, Selector: hashed, Rollout: "1 of 4 replicas are of the newest revision"}},
		"a Deployment with old ones left":    {rs, deployed(func(d *appsv1.Deployment) { d.Status.Replicas = 6 }), Owner{Wanted: 4, Selector: hashed, Rollout: "2 replicas of an older revision are left"}},
		"a Deployment made anew":             {rs, deployed(func(d *appsv1.Deployment) { d.UID = "new" }), Owner{Unreadable: "Deployment web has been made anew"}},
		"a Deployment without a number wants one": {rs, deployed(func(d *appsv1.Deployment) {
			d.Spec.Replicas = nil
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: 2, UpdatedReplicas: 1, Replicas: 1}
		}), Owner{Wanted: 1, Selector: hashed}},
		"a ReplicaSet of nobody": {rs, map[string]reply{replicaSetPath: {code: 200, object: replicaSetBy(nil)}}, Owner{Wanted: 3, Selector: hashed}},
		"a ReplicaSet of a kind of its own": {rs, map[string]reply{
			replicaSetPath: {code: 200, object: replicaSetBy(&rollout)}, rolloutScale: {code: 200, object: scale},
		}, Owner{Wanted: 5, Selector: hashed}},
		"a ReplicaSet that is gone":      {rs, nil, Owner{Unreadable: "ReplicaSet web-1 is gone, or has no scale"}},
		"a StatefulSet at rest":          {sts, stateful(nil), Owner{Wanted: 1, Selector: "app=db"}},
		"a StatefulSet that updates":     {sts, stateful(func(s *appsv1.StatefulSet) { s.Status.UpdateRevision = "2" }), Owner{Wanted: 1, Selector: "app=db", Rollout: "0 of 1 replicas are of the newest revision"}},
		"a StatefulSet just written":     {sts, stateful(func(s *appsv1.StatefulSet) { s.Generation = 1 }), Owner{Wanted: 1, Selector: "app=db", Rollout: "what is written of it has not been taken in yet"}},
		"a StatefulSet made anew":        {sts, stateful(func(s *appsv1.StatefulSet) { s.UID = "new" }), Owner{Unreadable: "StatefulSet db has been made anew"}},
		"a kind of its own":              {rollout, map[string]reply{rolloutScale: {code: 200, object: scale}}, Owner{Wanted: 5, Selector: "app=web"}},
		"a kind whose scale says little": {rollout, map[string]reply{rolloutScale: {code: 200, object: map[string]any{"apiVersion": "autoscaling/v1", "kind": "Scale"}}}, Owner{Unreadable: "the scale of Rollout web names no selector"}},
		"a kind that the API serves not": {metav1.OwnerReference{APIVersion: "x.y/v1", Kind: "Gone", Name: "web"}, nil, Owner{Unreadable: `no matches for kind "Gone" in group "x.y"`}},
		"one that may not be read":       {sts, map[string]reply{statefulSetPath: {code: 403, object: failure(403, metav1.StatusReasonForbidden, "no right")}}, Owner{Unreadable: "no right"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, test.answers)
			got, err := client.Owner(t.Context(), "shop", test.owner)
			if err != nil || got != test.want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestAnOwnerThatCanNotBeReadJustNowIsAnError(t *testing.T) {
	client, _ := connect(t, map[string]reply{statefulSetPath: {code: 500, object: failure(500, metav1.StatusReasonInternalError, "etcd")}})
	got, err := client.Owner(t.Context(), "shop", metav1.OwnerReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db", UID: "sts"})
	if err == nil {
		t.Errorf("got %+v", got)
	}
}
