package scale

import (
	"bytes"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

func fleet() Fleet {
	return Fleet{Nodes: 30, Apps: 100, PodsPerApp: 10, Now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC), Age: time.Hour}
}

func TestNoTwoPodsOfAFleetAreOne(t *testing.T) {
	f := fleet()
	keys, uids := make(map[string]bool), make(map[string]bool)
	for app := range f.Apps {
		for i := range f.PodsPerApp {
			for round := range 2 {
				pod := f.Pod(Replica{App: app, Index: i, Round: round})
				keys[pod.Namespace+"/"+pod.Name], uids[string(pod.UID)] = true, true
			}
		}
	}
	if want := 2 * f.Apps * f.PodsPerApp; len(keys) != want || len(uids) != want {
		t.Errorf("%d names and %d UIDs for %d Pods", len(keys), len(uids), want)
	}
}

func TestAFleetsAppsLieAsTheyShould(t *testing.T) {
	f := fleet()
	cases := map[string]struct {
		kind, nodes, zones int
	}{
		"one in twenty lies on one node":   {0, 1, 1},
		"two in twenty lie in one zone":    {2, 10, 1},
		"three in twenty lie in two zones": {5, 10, 2},
		"the others lie in three zones":    {9, 10, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for app := c.kind; app < f.Apps; app += 20 {
				nodes, zones := make(map[int]bool), make(map[string]bool)
				for i := range f.PodsPerApp {
					n := f.place(app, i, 0)
					nodes[n], zones[ZoneOf(n)] = true, true
				}
				if len(nodes) != c.nodes || len(zones) != c.zones {
					t.Errorf("app %d lies on %d nodes in %d zones, want %d in %d", app, len(nodes), len(zones), c.nodes, c.zones)
				}
			}
		})
	}
}

func TestASuccessorStaysInTheZone(t *testing.T) {
	f := fleet()
	for app := range f.Apps {
		for round := range 10 {
			if was, is := f.place(app, 3, 0), f.place(app, 3, round); ZoneOf(was) != ZoneOf(is) {
				t.Fatalf("app %d, round %d: %s instead of %s", app, round, ZoneOf(is), ZoneOf(was))
			}
		}
	}
}

func TestWhatIsStoredIsWhatTheAPIServerReads(t *testing.T) {
	pod := fleet().Pod(Replica{App: 1})
	change := Put(pod)
	if !bytes.HasPrefix(change.Value, []byte("k8s\x00")) {
		t.Error("it does not begin as protobuf in etcd does")
	}
	read, kind, err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Decode(change.Value, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := read.(*corev1.Pod); !ok || got.Name != pod.Name || kind.Kind != "Pod" {
		t.Errorf("read back: a %T, %v", read, kind)
	}
	if want := "/registry/pods/" + pod.Namespace + "/" + pod.Name; change.Key != want || Delete(pod).Key != want {
		t.Errorf("key %q and %q, want %q", change.Key, Delete(pod).Key, want)
	}
}
