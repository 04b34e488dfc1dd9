package scale

import (
	"bytes"
	"testing"
)

func TestATransactionIsEncodedAsEtcdReadsIt(t *testing.T) {
	got := frame(txn([]Change{{Key: "a", Value: []byte("xyz")}, {Key: "b"}}))
	want := []byte{
		0, 0, 0, 0, 19, // not compressed, nineteen bytes
		0x12, 10, 0x12, 8, 0x0a, 1, 'a', 0x12, 3, 'x', 'y', 'z', // success: put a
		0x12, 5, 0x1a, 3, 0x0a, 1, 'b', // success: delete b
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTheRevisionIsFoundInTheHeaderOfAnAnswer(t *testing.T) {
	// TxnResponse{header: {cluster_id: 7, revision: 300}, succeeded: true}
	answer := []byte{0x0a, 0x05, 0x08, 0x07, 0x18, 0xac, 0x02, 0x10, 0x01}
	if got, err := revisionIn(answer); err != nil || got != 300 {
		t.Errorf("got %d, %v", got, err)
	}
	for name, answer := range map[string][]byte{
		"nothing": nil, "no header": {0x10, 0x01}, "a header that is cut off": answer[:5], "no revision": {0x0a, 0x02, 0x08, 0x07},
	} {
		if got, err := revisionIn(answer); err == nil {
			t.Errorf("of %s: %d", name, got)
		}
	}
}
