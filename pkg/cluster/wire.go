package cluster

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// parts are the first few fields of an encoded message that are bytes, text or
// messages, under their numbers. They are the message's own.
type parts [4][]byte

// partsOf is false where the message can not be read, or has one of them twice,
// which nobody writes.
func partsOf(message []byte) (found parts, ok bool) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return parts{}, false
		}
		size := protowire.ConsumeFieldValue(number, kind, message[n:])
		if size < 0 {
			return parts{}, false
		}
		if kind == protowire.BytesType && int(number) < len(found) {
			if found[number] != nil {
				return parts{}, false
			}
			found[number], _ = protowire.ConsumeBytes(message[n:])
		}
		message = message[n+size:]
	}
	return found, true
}

// ofEnvelope reads what stands around an object that the API server writes as
// protobuf, four bytes and a runtime.Unknown: what kind of object it is, and its
// message. See https://kubernetes.io/docs/reference/using-api/api-concepts/. It
// returns no kind for what it can not read.
func ofEnvelope(data []byte) (kind schema.GroupVersionKind, message []byte) {
	inside, ok := bytes.CutPrefix(data, []byte{'k', '8', 's', 0})
	if !ok {
		return schema.GroupVersionKind{}, nil
	}
	const typeMeta, raw, contentEncoding = 1, 2, 3
	found, ok := partsOf(inside)
	var meta runtime.TypeMeta
	if !ok || len(found[contentEncoding]) > 0 || meta.Unmarshal(found[typeMeta]) != nil {
		return schema.GroupVersionKind{}, nil
	}
	return schema.FromAPIVersionAndKind(meta.APIVersion, meta.Kind), found[raw]
}

// ofEvent reads a metav1.WatchEvent: its type, and its object as it is sent.
func ofEvent(message []byte) (kind string, object []byte, ok bool) {
	const typeOf, objectOf, rawOf = 1, 2, 1
	event, ok := partsOf(message)
	if !ok {
		return "", nil, false
	}
	extension, ok := partsOf(event[objectOf])
	return string(event[typeOf]), extension[rawOf], ok && len(extension[rawOf]) > 0
}
