package cluster

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// hostnames is a thinner that knows of Pods by their hostnames alone, and so
// tells who it was asked about.
type hostnames struct{ fail error }

func (h hostnames) Pod(message []byte) ([]byte, error) {
	pod := &corev1.Pod{}
	if err := errors.Join(h.fail, pod.Unmarshal(message)); err != nil {
		return nil, err
	}
	return (&corev1.Pod{Spec: corev1.PodSpec{Hostname: pod.Spec.Hostname}}).Marshal()
}

func (h hostnames) PodList(message []byte) ([]byte, error) {
	list := &corev1.PodList{}
	if err := errors.Join(h.fail, list.Unmarshal(message)); err != nil {
		return nil, err
	}
	thin := &corev1.PodList{ListMeta: list.ListMeta}
	for _, pod := range list.Items {
		thin.Items = append(thin.Items, corev1.Pod{Spec: corev1.PodSpec{Hostname: pod.Spec.Hostname}})
	}
	return thin.Marshal()
}

func fatPod(hostname string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Hostname: hostname, Containers: []corev1.Container{{Name: "web", Image: "web:1"}}},
	}
}

func asProtobuf(t testing.TB, object runtime.Object) []byte {
	t.Helper()
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !ok {
		t.Fatal("client-go has no protobuf any more")
	}
	var out bytes.Buffer
	if err := scheme.Codecs.EncoderForVersion(info.Serializer, corev1.SchemeGroupVersion).Encode(object, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// asEvent is a watch event as the API server writes it.
func asEvent(t testing.TB, kind watch.EventType, object runtime.Object) []byte {
	t.Helper()
	var out bytes.Buffer
	frames := protobuf.LengthDelimitedFramer.NewFrameWriter(&out)
	event := &metav1.WatchEvent{Type: string(kind), Object: runtime.RawExtension{Raw: asProtobuf(t, object)}}
	message, err := event.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := frames.Write(message); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// saying is a server that says this and nothing else.
func saying(t *testing.T, contentType string, body []byte) *rest.Config {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

func TestPodsAreThinnedBeforeTheyAreDecoded(t *testing.T) {
	list := &corev1.PodList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}, Items: []corev1.Pod{*fatPod("a"), *fatPod("b")}}
	config := saying(t, runtime.ContentTypeProtobuf, asProtobuf(t, list))
	client, err := ThinPods(config, hostnames{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Pods("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Items) != 2 || got.ResourceVersion != "7" || got.Items[1].Spec.Hostname != "b" || got.Items[1].Name != "" {
		t.Errorf("got %+v", got)
	}
}

func TestThePodsOfAWatchAreThinnedEachByItself(t *testing.T) {
	expired := &metav1.Status{Reason: metav1.StatusReasonExpired, Code: http.StatusGone}
	body := slices.Concat(
		asEvent(t, watch.Added, fatPod("first, of a longer name")), asEvent(t, watch.Modified, fatPod("second")),
		asEvent(t, watch.Bookmark, fatPod("")), asEvent(t, watch.Error, expired),
	)
	config := saying(t, runtime.ContentTypeProtobuf+";stream=watch", body)
	client, err := ThinPods(config, hostnames{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := client.Pods("").Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var events []watch.Event
	for event := range w.ResultChan() {
		events = append(events, event)
	}
	if len(events) != 4 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	for i, want := range []string{"first, of a longer name", "second", ""} {
		if pod, ok := events[i].Object.(*corev1.Pod); !ok || pod.Spec.Hostname != want || pod.Name != "" {
			t.Errorf("event %d is %+v", i, events[i].Object)
		}
	}
	if status, ok := events[3].Object.(*metav1.Status); !ok || status.Reason != metav1.StatusReasonExpired {
		t.Errorf("the error is %+v", events[3].Object)
	}
}

func TestWhatIsNoPodInProtobufIsDecodedAsEver(t *testing.T) {
	pod := fatPod("a")
	inJSON, err := runtime.Encode(scheme.Codecs.LegacyCodec(corev1.SchemeGroupVersion), pod)
	if err != nil {
		t.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	for name, test := range map[string]struct {
		contentType string
		data        []byte
		want        string
	}{
		"a Pod in JSON":      {runtime.ContentTypeJSON, inJSON, "web"},
		"a Node in protobuf": {runtime.ContentTypeProtobuf, asProtobuf(t, node), "a"},
	} {
		t.Run(name, func(t *testing.T) {
			object, _, err := decoderOf(t, hostnames{fail: errors.New("asked")}, test.contentType).Decode(test.data, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := object.(metav1.Object).GetName(); got != test.want {
				t.Errorf("its name is %q", got)
			}
		})
	}
}

func TestAPodThatCanNotBeThinnedIsAnError(t *testing.T) {
	broken := errors.New("broken")
	_, kind, err := decoderOf(t, hostnames{fail: broken}, runtime.ContentTypeProtobuf).Decode(asProtobuf(t, fatPod("a")), nil, nil)
	if !errors.Is(err, broken) || kind == nil || kind.Kind != "Pod" {
		t.Errorf("decoded a %v, %v", kind, err)
	}
}

// decoderOf is what client-go decodes the objects of answers with.
func decoderOf(t testing.TB, thinner Thinner, contentType string) runtime.Decoder {
	t.Helper()
	s := thinSerializer{rest.CodecFactoryForGeneratedClient(scheme.Scheme, scheme.Codecs).WithoutConversion(), thinner}
	info, ok := runtime.SerializerInfoForMediaType(s.SupportedMediaTypes(), contentType)
	if !ok {
		t.Fatalf("nothing decodes %s", contentType)
	}
	return s.DecoderToVersion(info.Serializer, corev1.SchemeGroupVersion)
}

// FuzzThinDecoder shows that no bytes make the decoders panic, and that what they
// take for a Pod or an event client-go does as well.
func FuzzThinDecoder(f *testing.F) {
	f.Add(asProtobuf(f, fatPod("a")))
	f.Add(asProtobuf(f, &corev1.PodList{Items: []corev1.Pod{*fatPod("a")}}))
	f.Add(asEvent(f, watch.Added, fatPod("a"))[4:])
	f.Add([]byte("k8s\x00\x0a\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, message := ofEnvelope(slices.Clone(data))
		var unknown runtime.Unknown
		if inside, ok := bytes.CutPrefix(data, []byte("k8s\x00")); ok && kind != (schema.GroupVersionKind{}) && unknown.Unmarshal(inside) == nil {
			if unknown.GroupVersionKind() != kind || !bytes.Equal(unknown.Raw, message) {
				t.Errorf("read as a %v, it is a %v", kind, unknown.GroupVersionKind())
			}
		}
		var event metav1.WatchEvent
		if name, object, ok := ofEvent(slices.Clone(data)); ok && event.Unmarshal(data) == nil {
			if event.Type != name || !bytes.Equal(event.Object.Raw, object) {
				t.Errorf("read as %q of %x, it is %q of %x", name, object, event.Type, event.Object.Raw)
			}
		}
		_, _, _ = decoderOf(t, hostnames{}, runtime.ContentTypeProtobuf).Decode(data, nil, nil)
	})
}
