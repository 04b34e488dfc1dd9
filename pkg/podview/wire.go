package podview

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Pod comes from the API server as protobuf, some 7 KB of it, most of which
// nobody here reads: variables, probes, mounts, images, managed fields. Made into
// a corev1.Pod it takes three times as much, for as long as it takes to make it
// small. What is dropped before that costs nothing.

// numbers are those of a message's fields that are read here, as they stand in
// k8s.io/api/core/v1/generated.proto and its like; nil under a number keeps all
// of that field.
type numbers map[protowire.Number]numbers

// Thinner drops what Transformer does not read of encoded Pods. It is safe for
// concurrent use.
type Thinner struct{ pod, list numbers }

// NewThinner makes a Thinner.
func NewThinner() Thinner {
	pod := numbers{1: keptOfMeta(), 2: keptOfSpec(), 3: keptOfStatus()}
	return Thinner{pod: pod, list: numbers{1: nil, 2: pod}}
}

// Pod thins a corev1.Pod in place and returns what is left, which is one as
// well. After an error the message is spoiled.
func (t Thinner) Pod(message []byte) ([]byte, error) { return thin(message, t.pod) }

// PodList does the same for a corev1.PodList.
func (t Thinner) PodList(message []byte) ([]byte, error) { return thin(message, t.list) }

// keptOfMeta leaves out what is generated from, finalizers and managed fields.
func keptOfMeta() numbers {
	return numbers{
		1: nil, 3: nil, 5: nil, 6: nil, // name, namespace, uid, resourceVersion
		8: nil, 9: nil, 10: nil, // creation and deletion
		11: nil, 12: nil, 13: nil, // labels, annotations, ownerReferences
	}
}

func keptOfSpec() numbers {
	return numbers{
		1:  {2: {10: nil}},                    // volumes: claims
		2:  {1: nil, 6: nil, 8: nil},          // containers: name, ports, resources
		20: {1: nil, 6: nil, 8: nil, 24: nil}, // initContainers: and restartPolicy
		3:  nil,                               // restartPolicy
		7:  nil, 10: nil,                      // nodeSelector, nodeName
		11: nil,                   // hostNetwork
		18: nil, 22: nil, 33: nil, // affinity, tolerations, topologySpreadConstraints
		24: nil, 25: nil, // priorityClassName, priority
		32: nil, 40: nil, 39: nil, // overhead, resources, resourceClaims
	}
}

func keptOfStatus() numbers {
	statuses := numbers{1: nil, 10: nil, 11: nil} // name, allocatedResources, resources
	return numbers{
		1: nil, 2: {1: nil, 2: nil, 4: nil, 5: nil}, // phase; conditions: type, status, lastTransitionTime, reason
		8: statuses, 10: statuses, 19: nil, 20: nil, // and of the Pod as a whole
	}
}

// thin moves what is kept of a message to its beginning.
func thin(message []byte, keep numbers) ([]byte, error) {
	left := message[:0]
	for rest := message; len(rest) > 0; {
		number, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return nil, fmt.Errorf("read a field's number: %w", protowire.ParseError(n))
		}
		size := protowire.ConsumeFieldValue(number, kind, rest[n:])
		if size < 0 {
			return nil, fmt.Errorf("read field %d: %w", number, protowire.ParseError(size))
		}
		field := rest[:n+size]
		rest = rest[n+size:]
		switch inner, ok := keep[number]; {
		case !ok:
		case inner == nil || kind != protowire.BytesType:
			left = append(left, field...)
		default:
			value, _ := protowire.ConsumeBytes(field[n:])
			value, err := thin(value, inner)
			if err != nil {
				return nil, fmt.Errorf("in field %d: %w", number, err)
			}
			// No longer than it was, and so never ahead of what is to be read.
			left = protowire.AppendTag(left, number, kind)
			left = protowire.AppendVarint(left, uint64(len(value)))
			left = append(left, value...)
		}
	}
	return left, nil
}
