package cluster

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// Thinner drops, in place, what nobody will read of an encoded corev1.Pod or
// corev1.PodList, before it is decoded.
type Thinner interface {
	Pod(message []byte) ([]byte, error)
	PodList(message []byte) ([]byte, error)
}

// ThinPods is a client of Pods of which only that is decoded which the thinner
// leaves. It is for informers: nobody should write back what it reads.
func ThinPods(config *rest.Config, thinner Thinner) (coreclient.PodsGetter, error) {
	c := rest.CopyConfig(config)
	c.APIPath = "/api"
	c.GroupVersion = &corev1.SchemeGroupVersion
	c.NegotiatedSerializer = thinSerializer{
		NegotiatedSerializer: rest.CodecFactoryForGeneratedClient(scheme.Scheme, scheme.Codecs).WithoutConversion(),
		thinner:              thinner,
	}
	client, err := rest.RESTClientFor(c)
	if err != nil {
		return nil, fmt.Errorf("make the client of Pods: %w", err)
	}
	return coreclient.New(client), nil
}

// thinSerializer hands out decoders that thin Pods.
type thinSerializer struct {
	runtime.NegotiatedSerializer
	thinner Thinner
}

// DecoderToVersion is asked for by client-go for the objects of answers, and of
// watch events.
func (s thinSerializer) DecoderToVersion(decoder runtime.Decoder, version runtime.GroupVersioner) runtime.Decoder {
	return thinDecoder{Decoder: s.NegotiatedSerializer.DecoderToVersion(decoder, version), thinner: s.thinner}
}

// SupportedMediaTypes is asked for by client-go for the events of watches.
func (s thinSerializer) SupportedMediaTypes() []runtime.SerializerInfo {
	types := slices.Clone(s.NegotiatedSerializer.SupportedMediaTypes())
	for i := range types {
		if stream := types[i].StreamSerializer; stream != nil && types[i].MediaType == runtime.ContentTypeProtobuf {
			uncopied := *stream
			uncopied.Serializer = eventDecoder{stream.Serializer}
			types[i].StreamSerializer = &uncopied
		}
	}
	return types
}

// thinDecoder decodes Pods and lists of Pods that are written as protobuf by
// itself, and all else as ever.
type thinDecoder struct {
	runtime.Decoder
	thinner Thinner
}

// Decode makes thinDecoder a runtime.Decoder. The data are the caller's to keep,
// and the Pods of them are spoiled: client-go decodes an answer once.
func (d thinDecoder) Decode(data []byte, defaults *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	kind, message := ofEnvelope(data)
	switch kind {
	case corev1.SchemeGroupVersion.WithKind("Pod"):
		pod, ok := into.(*corev1.Pod)
		if !ok {
			pod = &corev1.Pod{}
		}
		return decoded(pod, kind, message, d.thinner.Pod)
	case corev1.SchemeGroupVersion.WithKind("PodList"):
		list, ok := into.(*corev1.PodList)
		if !ok {
			list = &corev1.PodList{}
		}
		return decoded(list, kind, message, d.thinner.PodList)
	default:
		return d.Decoder.Decode(data, defaults, into)
	}
}

// message is what the generated types have for protobuf.
type message interface {
	runtime.Object
	Reset()
	Unmarshal(data []byte) error
}

func decoded(into message, kind schema.GroupVersionKind, data []byte, thin func([]byte) ([]byte, error)) (runtime.Object, *schema.GroupVersionKind, error) {
	data, err := thin(data)
	if err == nil {
		into.Reset()
		err = into.Unmarshal(data)
	}
	if err != nil {
		return nil, &kind, fmt.Errorf("decode a %s: %w", kind.Kind, err)
	}
	return into, &kind, nil
}

// eventDecoder reads watch events without a copy of their objects: each is
// decoded before the next one is read into the same bytes.
type eventDecoder struct{ runtime.Serializer }

// Decode makes eventDecoder a runtime.Decoder. What it can not read is left to
// the decoder that it stands for.
func (d eventDecoder) Decode(data []byte, defaults *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	event, ok := into.(*metav1.WatchEvent)
	if !ok {
		return d.Serializer.Decode(data, defaults, into)
	}
	kind, object, ok := ofEvent(data)
	if !ok {
		return d.Serializer.Decode(data, defaults, into)
	}
	*event = metav1.WatchEvent{Type: kind, Object: runtime.RawExtension{Raw: object}}
	return event, defaults, nil
}
