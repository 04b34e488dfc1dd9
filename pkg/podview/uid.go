package podview

import (
	"crypto/sha256"
	"encoding/hex"

	"k8s.io/apimachinery/pkg/types"
)

// UID is a Pod's UID in as few bytes as can be. The UUID that the API server
// gives every object is 16 bytes; of what is none it is a digest, and the Pod
// keeps the text besides. Two are equal where what they stand for is.
type UID [16]byte

// places are where the hexadecimal digits of a UUID stand.
var places = [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}}

// pack packs a UID, and tells whether that says it all.
func pack(uid types.UID) (packed UID, whole bool) {
	if uid == "" {
		return UID{}, true
	}
	digits := packed[:0]
	if len(uid) == 36 && uid[8] == '-' && uid[13] == '-' && uid[18] == '-' && uid[23] == '-' {
		for _, p := range places {
			digits, _ = hex.AppendDecode(digits, []byte(uid[p[0]:p[1]]))
		}
	}
	// Upper case letters would not come back as such, and zeros are no UID.
	if len(digits) == len(packed) && packed != (UID{}) && packed.text() == uid {
		return packed, true
	}
	sum := sha256.Sum256([]byte(uid))
	return UID(sum[:len(packed)]), false
}

// text is the UUID that was packed.
func (u UID) text() types.UID {
	if u == (UID{}) {
		return ""
	}
	text := make([]byte, 0, 36)
	for i, p := range places {
		if i > 0 {
			text = append(text, '-')
		}
		// Each two digits are a byte; the hyphens before them are not.
		text = hex.AppendEncode(text, u[(p[0]-i)/2:(p[1]-i)/2])
	}
	return types.UID(text)
}

// UIDText is the Pod's UID as the API has it.
func (p *Pod) UIDText() types.UID {
	if p.Own != nil && p.Own.uid != "" {
		return p.Own.uid
	}
	return p.UID.text()
}
