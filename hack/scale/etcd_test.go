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
