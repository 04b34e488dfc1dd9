package eligibility

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTheSlotOfANodeThatHasGoneIsForTheNext(t *testing.T) {
	m := NewMemo()
	for i := range 100 {
		name := fmt.Sprint("node-", i)
		m.Set(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}})
		m.Delete(name)
	}
	if len(m.nodes) != 1 || len(m.free) != 1 {
		t.Errorf("a hundred nodes that came and went leave %d slots, %d of them free", len(m.nodes), len(m.free))
	}
}
