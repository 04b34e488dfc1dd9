package cluster

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

func TestTheViewIsAsOldAsTheResourceThatWasHeardOfLongestAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		speak := make(map[string]*watch.RaceFreeFakeWatcher)
		for _, resource := range []string{"pods", "nodes", "namespaces"} {
			w := watch.NewRaceFreeFake()
			speak[resource] = w
			client.PrependWatchReactor(resource, func(clienttesting.Action) (bool, watch.Interface, error) { return true, w, nil })
		}
		factory, stop := run(t.Context(), t, client, FactoryOptions{})
		defer stop()
		if got := factory.Silence(); got < 24*time.Hour {
			t.Errorf("nothing was heard yet: %s", got)
		}
		speak["pods"].Action(watch.Bookmark, &corev1.Pod{ObjectMeta: meta("", "")})
		time.Sleep(time.Minute)
		speak["nodes"].Add(&corev1.Node{ObjectMeta: meta("", "a")})
		time.Sleep(time.Second)
		if got := factory.Silence(); got != time.Minute+time.Second {
			t.Errorf("of Pods nothing was heard for 61 s: %s", got)
		}
		speak["pods"].Action(watch.Bookmark, &corev1.Pod{ObjectMeta: meta("", "")})
		speak["namespaces"].Add(&corev1.Namespace{ObjectMeta: meta("", "shop")})
		time.Sleep(time.Minute)
		if got := factory.Silence(); got != time.Minute+time.Second {
			t.Errorf("of Nodes nothing was heard for 61 s: %s", got)
		}
	})
}
