package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery/cached/memory"
	fakediscovery "k8s.io/client-go/discovery/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	"k8s.io/client-go/restmapper"
	clienttesting "k8s.io/client-go/testing"
)

func owner(apiVersion, kind, name string, uid types.UID) metav1.OwnerReference {
	controls := true
	return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: name, UID: uid, Controller: &controls}
}

var (
	replicaSet = owner("apps/v1", "ReplicaSet", "web-5d4", "rs-uid")
	deployment = owner("apps/v1", "Deployment", "web", "deploy-uid")
	rollout    = owner("argoproj.io/v1alpha1", "Rollout", "web", "rollout-uid")
	shop       = owner("example.com/v1", "Shop", "mine", "shop-uid")
	fleet      = owner("example.com/v1", "Fleet", "all", "fleet-uid")
)

// owned is the metadata of the object that ref names, with its own controller.
func owned(ref metav1.OwnerReference, by ...metav1.OwnerReference) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: ref.APIVersion, Kind: ref.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: ref.Name, UID: ref.UID, OwnerReferences: by},
	}
}

func metadataClient(objects ...*metav1.PartialObjectMetadata) *metadatafake.FakeMetadataClient {
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		panic(err)
	}
	list := make([]runtime.Object, len(objects))
	for i, o := range objects {
		list[i] = o
	}
	return metadatafake.NewSimpleMetadataClient(scheme, list...)
}

// served is a mapper that knows all kinds above but learns Rollout only by a
// reset.
type served struct {
	meta.RESTMapperWithContext
	mapper *meta.DefaultRESTMapper
	resets int
	err    error
}

func newServed() *served {
	m := meta.NewDefaultRESTMapper(nil)
	for _, ref := range []metav1.OwnerReference{replicaSet, deployment, shop} {
		m.Add(schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind), meta.RESTScopeNamespace)
	}
	m.Add(schema.FromAPIVersionAndKind(fleet.APIVersion, fleet.Kind), meta.RESTScopeRoot)
	return &served{RESTMapperWithContext: meta.ToRESTMapperWithContext(m), mapper: m}
}

func (s *served) RESTMappingWithContext(ctx context.Context, kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.RESTMapperWithContext.RESTMappingWithContext(ctx, kind, versions...)
}

func (s *served) ResetWithContext(context.Context) {
	s.resets++
	s.mapper.Add(schema.FromAPIVersionAndKind(rollout.APIVersion, rollout.Kind), meta.RESTScopeNamespace)
}

// refuse makes every Get of a resource fail.
func refuse(client *metadatafake.FakeMetadataClient, resource string, err error) {
	client.PrependReactor("get", resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, err
	})
}

func TestTheTopOwner(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "shops"}, "mine", errors.New("no RBAC"))
	again := deployment
	again.UID = "another-uid"
	unknown := owner("gone.example.com/v1", "Thing", "x", "thing-uid")
	chain := func(n int) []*metav1.PartialObjectMetadata {
		var list []*metav1.PartialObjectMetadata
		at := replicaSet
		for i := range n {
			next := owner("example.com/v1", "Shop", "s"+string(rune('0'+i)), types.UID(rune('0'+i)))
			list = append(list, owned(at, next))
			at = next
		}
		return append(list, owned(at))
	}
	cases := map[string]struct {
		objects []*metav1.PartialObjectMetadata
		refused string
		want    string
	}{
		"a Deployment's":                           {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(deployment)}, want: "Deployment/web"},
		"its own top":                              {objects: []*metav1.PartialObjectMetadata{owned(replicaSet)}, want: "ReplicaSet/web-5d4"},
		"a kind that discovery learns of":          {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, rollout), owned(rollout)}, want: "Rollout/web"},
		"over a Deployment":                        {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(deployment, shop), owned(shop)}, want: "Shop/mine"},
		"one that may not be read":                 {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(deployment, shop)}, refused: "shops", want: "Shop/mine"},
		"below cluster scope":                      {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(deployment, fleet)}, want: "Deployment/web"},
		"below a kind that is not served":          {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, unknown)}, want: "ReplicaSet/web-5d4"},
		"below one that is gone":                   {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment)}, want: "ReplicaSet/web-5d4"},
		"below one that was made anew":             {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(again)}, want: "ReplicaSet/web-5d4"},
		"the direct one, gone itself":              {want: "ReplicaSet/web-5d4"},
		"of a circle":                              {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, deployment), owned(deployment, replicaSet)}, want: "Deployment/web"},
		"of a chain that is too long":              {objects: chain(9), want: "Shop/s3"},
		"an owner that does not control is no top": {objects: []*metav1.PartialObjectMetadata{owned(replicaSet, metav1.OwnerReference{APIVersion: "example.com/v1", Kind: "Shop", Name: "mine", UID: "shop-uid"})}, want: "ReplicaSet/web-5d4"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			client := metadataClient(c.objects...)
			if c.refused != "" {
				refuse(client, c.refused, forbidden)
			}
			o := &owners{objects: newObjects(client, newServed())}
			for range 2 {
				top, err := o.top(t.Context(), "shop", replicaSet)
				if err != nil || top.Kind+"/"+top.Name != c.want {
					t.Fatalf("got %s/%s, %v; want %s", top.Kind, top.Name, err, c.want)
				}
			}
			asked := make(map[string]int)
			for _, a := range client.Actions() {
				get := a.(clienttesting.GetAction)
				asked[get.GetResource().Resource+"/"+get.GetName()]++
			}
			for what, n := range asked {
				if n > 1 {
					t.Errorf("asked %d times for %s", n, what)
				}
			}
		})
	}
}

func TestATransientErrorIsReturnedWithWhatIsKnown(t *testing.T) {
	client := metadataClient(owned(replicaSet, deployment), owned(deployment, shop))
	refuse(client, "shops", apierrors.NewInternalError(errors.New("webhook")))
	mapper := newServed()
	o := &owners{objects: newObjects(client, mapper)}
	top, err := o.top(t.Context(), "shop", replicaSet)
	if !apierrors.IsInternalError(err) || !strings.Contains(err.Error(), "Shop shop/mine") || top.Kind != "Deployment" {
		t.Errorf("got %s, %v", top.Kind, err)
	}
	mapper.err = errors.New("discovery is down")
	o = &owners{objects: newObjects(client, mapper)}
	if top, err = o.top(t.Context(), "shop", replicaSet); !errors.Is(err, mapper.err) || top.Kind != "ReplicaSet" {
		t.Errorf("got %s, %v", top.Kind, err)
	}
}

func TestOwnersAreBelievedForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := metadataClient(owned(replicaSet, deployment))
		o := &owners{objects: newObjects(client, newServed())}
		top := func() (string, int) {
			ref, err := o.top(t.Context(), "shop", replicaSet)
			if err != nil {
				t.Fatal(err)
			}
			return ref.Kind, len(client.Actions())
		}
		if kind, n := top(); kind != "ReplicaSet" || n != 2 {
			t.Fatalf("got %s by %d requests", kind, n)
		}
		if err := client.Tracker().Add(owned(deployment)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(believeMissing - time.Second)
		if kind, n := top(); kind != "ReplicaSet" || n != 2 {
			t.Errorf("a missing one is asked for too soon: %s, %d requests", kind, n)
		}
		time.Sleep(2 * time.Second)
		if kind, n := top(); kind != "Deployment" || n != 3 {
			t.Errorf("a missing one is not asked for again: %s, %d requests", kind, n)
		}
		time.Sleep(believeFound + time.Second)
		if kind, n := top(); kind != "Deployment" || n != 5 {
			t.Errorf("what was found is believed too long: %s, %d requests", kind, n)
		}
	})
}

func TestDiscoveryIsReadAnewForAnUnknownKindButSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mapper := newServed()
		k := &kinds{mapper: mapper}
		ask := func(want int) {
			t.Helper()
			_, err := k.mapping(t.Context(), schema.GroupVersionKind{Group: "gone.example.com", Version: "v1", Kind: "Thing"})
			if !meta.IsNoMatchError(err) || mapper.resets != want {
				t.Errorf("%d resets, want %d; %v", mapper.resets, want, err)
			}
		}
		ask(1)
		ask(1)
		time.Sleep(resetEvery)
		ask(2)
	})
}

func TestADeferredMapperLearnsOfALaterKind(t *testing.T) {
	api := &fakediscovery.FakeDiscovery{Fake: &clienttesting.Fake{Resources: []*metav1.APIResourceList{{
		GroupVersion: "apps/v1",
		APIResources: []metav1.APIResource{{Name: "replicasets", Kind: "ReplicaSet", Namespaced: true}},
	}}}}
	k := &kinds{mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(api))}
	if _, err := k.mapping(t.Context(), schema.FromAPIVersionAndKind("apps/v1", "ReplicaSet")); err != nil {
		t.Fatal(err)
	}
	api.Resources = append(api.Resources, &metav1.APIResourceList{
		GroupVersion: "argoproj.io/v1alpha1",
		APIResources: []metav1.APIResource{{Name: "rollouts", Kind: "Rollout", Namespaced: true}},
	})
	got, err := k.mapping(t.Context(), schema.FromAPIVersionAndKind("argoproj.io/v1alpha1", "Rollout"))
	if err != nil || got.Resource.Resource != "rollouts" {
		t.Fatalf("got %v, %v", got, err)
	}
}
