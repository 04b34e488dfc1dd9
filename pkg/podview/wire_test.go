package podview_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/randfill"

	"evenkeel.dev/evenkeel/pkg/podview"
)

func encode(t *testing.T, object interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	message, err := object.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func decode(t *testing.T, into interface{ Unmarshal([]byte) error }, message []byte) {
	t.Helper()
	if err := into.Unmarshal(message); err != nil {
		t.Fatal(err)
	}
}

// FuzzThinPod shows that nothing is dropped of a Pod that the transform reads:
// whoever has it read more finds out here.
func FuzzThinPod(f *testing.F) {
	for _, seed := range []string{"", "a", "Pods of any shape", "\x00\xff\x80\x01", "0123456789abcdefghijklmnopqrstuvwxyz"} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, owned bool) {
		sameThinned(t, randfill.NewFromGoFuzz(data).NilChance(0.3).NumElements(0, 3), owned)
	})
}

func TestOfAThinPodTheSameIsMade(t *testing.T) {
	for seed := range 150 {
		sameThinned(t, randfill.NewWithSeed(int64(seed)).NilChance(0.1).NumElements(1, 3), seed%4 != 0)
	}
}

// TestOfAThinPodThatIsResizedTheSameIsMade has what chance does not find: a
// condition's reason that decides what the Pod takes.
func TestOfAThinPodThatIsResizedTheSameIsMade(t *testing.T) {
	for _, reason := range []string{corev1.PodReasonInfeasible, corev1.PodReasonDeferred} {
		sameOfThin(t, pod(running(requesting("cpu", "4")), func(p *corev1.Pod) {
			p.Spec.Containers[0].Name = "main"
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: reason}}
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{
				Name: "main", AllocatedResources: resources("cpu", "1"), Resources: &corev1.ResourceRequirements{Requests: resources("cpu", "2")},
			}}
		}))
	}
}

func sameThinned(t *testing.T, fill *randfill.Filler, owned bool) {
	t.Helper()
	original := &corev1.Pod{}
	fill.Fill(original)
	if owned {
		for i := range original.OwnerReferences {
			original.OwnerReferences[i].Controller = &owned
		}
		original.Spec.RestartPolicy = corev1.RestartPolicyAlways
		original.Status.Conditions = append(original.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue})
	}
	sameOfThin(t, original)
}

func sameOfThin(t *testing.T, original *corev1.Pod) {
	t.Helper()
	message := encode(t, original)
	whole, thinned := &corev1.Pod{}, &corev1.Pod{}
	decode(t, whole, message)
	thin, err := podview.NewThinner().Pod(slices.Clone(message))
	if err != nil {
		t.Fatal(err)
	}
	decode(t, thinned, thin)
	by := transformer()
	want, got := transform(t, by, whole), transform(t, by, thinned)
	if got.Template != want.Template || !equal(got, want) {
		t.Errorf("of the thin one is made\n%+v, of\n%+v\nof the whole one\n%+v, of\n%+v", got, got.Template, want, want.Template)
	}
}

func TestAThinPodIsASmallOne(t *testing.T) {
	pod := &corev1.Pod{}
	randfill.NewWithSeed(1).NilChance(0).NumElements(2, 2).MaxDepth(12).Fill(pod)
	message := encode(t, pod)
	thin, err := podview.NewThinner().Pod(slices.Clone(message))
	if err != nil || len(thin) > len(message)/4 {
		t.Errorf("of %d bytes %d are left, %v", len(message), len(thin), err)
	}
}

func TestEveryPodOfAListIsMadeThin(t *testing.T) {
	list := &corev1.PodList{Items: make([]corev1.Pod, 3)}
	list.ResourceVersion, list.Continue = "7", "more"
	for i := range list.Items {
		list.Items[i].Name, list.Items[i].Spec.Hostname = "web", "not read"
	}
	thin, err := podview.NewThinner().PodList(encode(t, list))
	if err != nil {
		t.Fatal(err)
	}
	got := &corev1.PodList{}
	decode(t, got, thin)
	if got.ResourceVersion != "7" || got.Continue != "more" || len(got.Items) != 3 {
		t.Fatalf("it has become %+v", got)
	}
	for _, pod := range got.Items {
		if pod.Name != "web" || pod.Spec.Hostname != "" {
			t.Errorf("a Pod has become %+v", pod)
		}
	}
}

// FuzzThinAnything shows that a message of any bytes is refused or made
// smaller, and that what is left can be read where the whole could.
func FuzzThinAnything(f *testing.F) {
	f.Add([]byte{0x0a, 0x02, 0x0a, 0x00})
	f.Add([]byte{0x0a, 0x7f})
	f.Add([]byte{0x0b, 0x0c})
	f.Add([]byte{0x12, 0x03, 0x12, 0x81, 0x00})
	f.Fuzz(func(t *testing.T, message []byte) {
		readable := (&corev1.Pod{}).Unmarshal(message) == nil
		thin, err := podview.NewThinner().Pod(slices.Clone(message))
		if err != nil {
			return
		}
		if len(thin) > len(message) {
			t.Errorf("%d bytes have become %d", len(message), len(thin))
		}
		if err := (&corev1.Pod{}).Unmarshal(thin); readable && err != nil {
			t.Errorf("what is left can not be read: %v", err)
		}
	})
}
