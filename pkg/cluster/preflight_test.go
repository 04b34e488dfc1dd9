package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	discoveryfake "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"
)

// fakeCluster is a fake cluster that has and allows everything.
type fakeCluster struct {
	*fake.Clientset
	reviews []authorizationv1.ResourceAttributes
	// denied tells what is not allowed; nil allows all.
	denied func(authorizationv1.ResourceAttributes) bool
}

func newFakeCluster(objects ...runtime.Object) *fakeCluster {
	c := &fakeCluster{Clientset: fake.NewClientset(objects...)}
	c.serves("v1.37.2")
	c.Resources = []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "pods"}, {Name: "nodes"}, {Name: "namespaces"}}},
		{GroupVersion: "events.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "events"}}},
		{GroupVersion: "coordination.k8s.io/v1", APIResources: []metav1.APIResource{{Name: "leases"}}},
	}
	c.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		asked := *review.Spec.ResourceAttributes
		c.reviews = append(c.reviews, asked)
		review.Status.Allowed = c.denied == nil || !c.denied(asked)
		return true, review, nil
	})
	return c
}

func (c *fakeCluster) serves(v string) {
	c.Discovery().(*discoveryfake.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: v}
}

// fails makes the next n requests for a resource fail.
func (c *fakeCluster) fails(resource string, n int, err error) {
	c.PrependReactor("*", resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		n--
		return n >= 0, nil, err
	})
}

var everything = Needs{Server: "https://api:6443", Lease: Lease{Namespace: "evenkeel", Name: "evenkeel"}}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAClusterThatHasAndAllowsEverythingPassesAtOnceAndInSilence(t *testing.T) {
	ctx, log := logged(t.Context(), 1)
	if err := Preflight(ctx, newFakeCluster(), everything); err != nil {
		t.Error(err)
	}
	if said := log.with(""); len(said) > 0 {
		t.Errorf("said %q", said)
	}
}

func TestAServerThatIsTooOldIsRefusedWithBothVersions(t *testing.T) {
	c := newFakeCluster()
	c.serves("v1.29.14-eks-1234")
	wantError(t, Preflight(t.Context(), c, everything),
		"API server https://api:6443 is Kubernetes v1.29.14-eks-1234: 1.30 or newer is needed")
}

func TestTheOldestAndNewestVersionsPassWithoutAWarningAndANewerOneWithOne(t *testing.T) {
	for v, warnings := range map[string]int{
		"v1.30.0": 0, "v1.33.1-gke.100+build": 0, "v1.37.9": 0, "v1.38.0-alpha.1": 1, "v2.0.0": 1,
	} {
		ctx, log := logged(t.Context(), 0)
		c := newFakeCluster()
		c.serves(v)
		if err := Preflight(ctx, c, everything); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		if got := len(log.with("newer than the newest version tested")); got != warnings {
			t.Errorf("%s: %d warnings, want %d", v, got, warnings)
		}
	}
}

func TestAVersionThatIsNoneIsRefused(t *testing.T) {
	c := newFakeCluster()
	c.serves("latest")
	wantError(t, Preflight(t.Context(), c, everything), `API server https://api:6443 tells no version of Kubernetes: "latest"`)
}

func TestResourcesThatAreNotServedAreToldTogether(t *testing.T) {
	c := newFakeCluster()
	c.Resources = c.Resources[:1]
	wantError(t, Preflight(t.Context(), c, everything),
		"API server https://api:6443 does not serve events in events.k8s.io/v1, leases in coordination.k8s.io/v1")
}

func TestLeasesAreOnlyNeededForAnElection(t *testing.T) {
	c := newFakeCluster()
	c.Resources = c.Resources[:2]
	c.denied = func(a authorizationv1.ResourceAttributes) bool { return a.Resource == "leases" }
	if err := Preflight(t.Context(), c, Needs{Server: "s"}); err != nil {
		t.Error(err)
	}
}

func TestMissingPermissionsAreToldTogetherWithTheirScope(t *testing.T) {
	for namespace, want := range map[string]string{
		"": `missing permissions on API server https://api:6443: list, watch pods in all namespaces; list, watch nodes cluster-wide; list, watch namespaces cluster-wide; ` +
			`create events.events.k8s.io in all namespaces; create leases.coordination.k8s.io in namespace "evenkeel"; ` +
			`get, update leases.coordination.k8s.io "evenkeel" in namespace "evenkeel"; create pods/eviction in all namespaces`,
		"shop": `missing permissions on API server https://api:6443: list, watch pods in namespace "shop"; list, watch nodes cluster-wide; list, watch namespaces "shop" cluster-wide; ` +
			`create events.events.k8s.io in namespace "shop"; get namespaces "shop"; create leases.coordination.k8s.io in namespace "evenkeel"; ` +
			`get, update leases.coordination.k8s.io "evenkeel" in namespace "evenkeel"; create pods/eviction in all namespaces`,
	} {
		c := newFakeCluster(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
		c.denied = func(authorizationv1.ResourceAttributes) bool { return true }
		needs := everything
		needs.Namespace = namespace
		needs.Permissions = []Permission{{Verbs: []string{"create"}, Resource: "pods/eviction"}}
		wantError(t, Preflight(t.Context(), c, needs), want)
	}
}

func TestOneMissingVerbIsToldAlone(t *testing.T) {
	c := newFakeCluster()
	c.denied = func(a authorizationv1.ResourceAttributes) bool { return a.Resource == "pods" && a.Verb == "watch" }
	wantError(t, Preflight(t.Context(), c, everything), "missing permissions on API server https://api:6443: watch pods in all namespaces")
}

func TestASubresourceIsAskedForAsOne(t *testing.T) {
	c := newFakeCluster()
	needs := Needs{Permissions: []Permission{{Verbs: []string{"create"}, Resource: "pods/eviction"}}}
	if err := Preflight(t.Context(), c, needs); err != nil {
		t.Fatal(err)
	}
	want := authorizationv1.ResourceAttributes{Verb: "create", Resource: "pods", Subresource: "eviction"}
	for _, asked := range c.reviews {
		if asked == want {
			return
		}
	}
	t.Errorf("%v was not asked for", want)
}

func TestPermissionsToFindOwnersAndEventsAreOptionalButSaid(t *testing.T) {
	ctx, log := logged(t.Context(), 0)
	c := newFakeCluster()
	c.denied = func(a authorizationv1.ResourceAttributes) bool {
		return a.Group == "apps" || (a.Group == "events.k8s.io" && a.Verb == "list")
	}
	if err := Preflight(ctx, c, everything); err != nil {
		t.Error(err)
	}
	for _, missing := range []string{"get deployments.apps in all namespaces", "list events.events.k8s.io in all namespaces"} {
		if got := len(log.with(missing)); got != 1 {
			t.Errorf("%s: said %d times, want once", missing, got)
		}
	}
}

func TestANamespaceThatDoesNotExistIsToldByItsName(t *testing.T) {
	needs := everything
	needs.Namespace = "shop"
	wantError(t, Preflight(t.Context(), newFakeCluster(), needs), `namespace "shop" does not exist on API server https://api:6443`)
}

func TestANamespaceThatMayNotBeReadIsAMissingPermission(t *testing.T) {
	c := newFakeCluster()
	c.fails("namespaces", 1, apierrors.NewForbidden(schema.GroupResource{Resource: "namespaces"}, "shop", errors.New("no")))
	c.denied = func(a authorizationv1.ResourceAttributes) bool { return a.Verb == "get" && a.Resource == "namespaces" }
	needs := everything
	needs.Namespace = "shop"
	wantError(t, Preflight(t.Context(), c, needs), `missing permissions on API server https://api:6443: get namespaces "shop"`)
}

func TestNotBeingAllowedToAskIsNoReasonNotToStart(t *testing.T) {
	ctx, log := logged(t.Context(), 0)
	c := newFakeCluster()
	c.fails("selfsubjectaccessreviews", 100, apierrors.NewForbidden(schema.GroupResource{Resource: "selfsubjectaccessreviews"}, "", errors.New("no")))
	if err := Preflight(ctx, c, everything); err != nil {
		t.Error(err)
	}
	if len(log.with("Can't check permissions")) != 1 {
		t.Error("it was not said")
	}
}

func TestAnOutageIsWaitedForAndSaidOnceAtEitherEnd(t *testing.T) {
	for name, err := range map[string]error{
		"throttled":   apierrors.NewTooManyRequests("later", 1),
		"unavailable": apierrors.NewServiceUnavailable("starting"),
		"internal":    apierrors.NewInternalError(errors.New("etcd")),
		"timeout":     apierrors.NewTimeoutError("slow", 1),
		"connection":  errors.New("connection reset by peer"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, log := logged(t.Context(), 0)
				c := newFakeCluster()
				c.fails("pods", 0, nil)
				c.fails("selfsubjectaccessreviews", 8, err)
				begun := time.Now()
				if err := Preflight(ctx, c, everything); err != nil {
					t.Fatal(err)
				}
				// 0.5+1+2+4+8+15+15+15 s, each up to 30% longer.
				if took := time.Since(begun); took < 60*time.Second || took > 79*time.Second {
					t.Errorf("took %v", took)
				}
				if n := len(log.with("not reachable, will keep trying")); n != 1 {
					t.Errorf("the beginning was said %d times", n)
				}
				if n := len(log.with("is back")); n != 1 {
					t.Errorf("the end was said %d times", n)
				}
			})
		})
	}
}

func TestAnOutageIsWaitedForNoLongerThanTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, _ := logged(t.Context(), 0)
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		c := newFakeCluster()
		c.fails("selfsubjectaccessreviews", 1e6, apierrors.NewServiceUnavailable("starting"))
		err := Preflight(ctx, c, everything)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "starting") {
			t.Error(err)
		}
	})
}

// clientOf connects to a server, which is closed with the test.
func clientOf(t *testing.T, server *httptest.Server, change func(*rest.Config)) kubernetes.Interface {
	t.Helper()
	t.Cleanup(server.Close)
	config := &rest.Config{Host: server.URL}
	if change != nil {
		change(config)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := client.CoreV1().RESTClient().(*rest.RESTClient); ok && c.Client != nil {
			c.Client.CloseIdleConnections()
		}
	})
	return client
}

// preflightWithin fails the test where the error is taken for one that passes.
func preflightWithin(t *testing.T, client kubernetes.Interface, server string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := Preflight(ctx, client, Needs{Server: server})
	if ctx.Err() != nil {
		t.Fatalf("kept trying: %v", err)
	}
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Fatalf("not one line: %v", err)
	}
	return err
}

func status(code int32, reason metav1.StatusReason) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(code))
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
			Code: code, Reason: reason, Message: string(reason),
		})
	}
}

func TestCredentialsThatAreNotAcceptedEndTheWait(t *testing.T) {
	client := clientOf(t, httptest.NewServer(status(401, metav1.StatusReasonUnauthorized)), nil)
	err := preflightWithin(t, client, "s")
	wantError(t, err, "API server s does not accept these credentials: ask for the version: the server has asked for the client to provide credentials")
}

func TestAServerThatIsNoKubernetesEndsTheWait(t *testing.T) {
	client := clientOf(t, httptest.NewServer(http.NotFoundHandler()), nil)
	if err := preflightWithin(t, client, "s"); !strings.HasPrefix(err.Error(), "API server s: ask for the version: ") {
		t.Error(err)
	}
}

func TestACertificateOfAnUnknownAuthorityEndsTheWait(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = silent()
	server.StartTLS()
	err := preflightWithin(t, clientOf(t, server, nil), "s")
	if !strings.HasPrefix(err.Error(), "API server s: its certificate is not accepted: ") ||
		!strings.Contains(err.Error(), "x509: certificate signed by unknown authority") {
		t.Error(err)
	}
}

func TestACertificateForAnotherNameEndsTheWait(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = silent()
	server.StartTLS()
	client := clientOf(t, server, func(c *rest.Config) {
		c.CAData = pemOf(server)
		c.ServerName = "elsewhere.test"
	})
	if err := preflightWithin(t, client, "s"); !strings.Contains(err.Error(), "elsewhere.test") {
		t.Error(err)
	}
}

func TestHTTPSToAPortThatSpeaksHTTPEndsTheWait(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	client := clientOf(t, server, func(c *rest.Config) {
		c.Host = "https" + strings.TrimPrefix(server.URL, "http")
		c.Insecure = true
	})
	if err := preflightWithin(t, client, "s"); !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		t.Error(err)
	}
}

func TestARefusedConnectionIsWaitedFor(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	client := clientOf(t, server, nil)
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
	defer cancel()
	ctx, log := logged(ctx, 0)
	err := Preflight(ctx, client, Needs{Server: "s"})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connection refused") {
		t.Error(err)
	}
	if n := len(log.with("not reachable, will keep trying")); n != 1 {
		t.Errorf("said %d times", n)
	}
}

func TestAServerErrorOverHTTPIsWaitedFor(t *testing.T) {
	var asked atomic.Int64
	client := clientOf(t, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 3 {
			status(503, metav1.StatusReasonServiceUnavailable)(w, r)
			return
		}
		status(401, metav1.StatusReasonUnauthorized)(w, r)
	})), nil)
	ctx, log := logged(t.Context(), 0)
	err := Preflight(ctx, client, Needs{Server: "s"})
	if !apierrors.IsUnauthorized(err) {
		t.Error(err)
	}
	if n := len(log.with("not reachable, will keep trying")); n != 1 {
		t.Errorf("said %d times", n)
	}
}
