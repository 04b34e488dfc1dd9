package notify

import (
	"testing"
	"testing/synctest"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// about is an Event by that name about a verdict of the item's workload.
func about(name string, verdict placement.Verdict, since time.Time) *eventsv1.Event {
	it := item(placement.Assessment{Verdict: verdict})
	it.Since = since
	return &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: it.ID.Namespace, Name: name, Annotations: annotations(it)},
	}
}

func TestOfEachWorkloadTheLastThatWasSaidIsRecalled(t *testing.T) {
	last := noon.Add(90 * time.Second).Add(time.Millisecond)
	hostile := about("hostile", placement.Uneven, noon.Add(time.Hour))
	hostile.Annotations[workloadAnnotation] = `["another","app","of","theirs"]`
	events := []runtime.Object{
		about("first", placement.NodeFragile, noon),
		about("last", placement.Healthy, last),
		about("between", placement.Uneven, noon.Add(time.Minute)),
		about("no-verdict", "Brittle", noon.Add(time.Hour)),
		about("on-the-move", placement.Settling, noon.Add(time.Hour)),
		hostile,
		&eventsv1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "somebody-elses"}},
	}
	said, err := Recall(t.Context(), fake.NewClientset(events...).EventsV1(), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := item(placement.Assessment{}).ID
	if len(said) != 1 || said[0].ID != want || said[0].Verdict != placement.Healthy || !said[0].Since.Equal(last) {
		t.Errorf("recalled %+v, want %v Healthy since %v alone", said, want, last)
	}
}

func TestAChangeThatFollowsFromWhatWasLearntIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.run()()
		r.Lead(func() { r.Changed(into(placement.Healthy, placement.NodeFragile, 0)) })
		time.Sleep(time.Second)
		r.wantReasons(Recovered)
	})
}
