package podview

import (
	"encoding/hex"

	"k8s.io/apimachinery/pkg/types"
)

// UID is a Pod's UID, packed: the 36 letters of a UUID, which the API server
// gives every object, are 16 bytes. Two are equal where what they stand for is.
type UID string

// unpacked begins what is kept as it was: what is no UUID, and might be taken
// for a packed one.
const unpacked = "\x00"

// places are where the hexadecimal digits of a UUID stand.
var places = [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}}

// pack packs a UID. The result does not keep the text alive.
func pack(uid types.UID) UID {
	var packed [16]byte
	digits := packed[:0]
	if len(uid) == 36 && uid[8] == '-' && uid[13] == '-' && uid[18] == '-' && uid[23] == '-' {
		for _, p := range places {
			digits, _ = hex.AppendDecode(digits, []byte(uid[p[0]:p[1]]))
		}
	}
	// Upper case letters would not come back as such.
	if len(digits) == 16 && UID(digits).Text() == uid {
		return UID(digits)
	}
	return UID(unpacked + uid)
}

// Text is the UID as the API has it.
func (u UID) Text() types.UID {
	if len(u) != 16 || u[0] == unpacked[0] {
		if u == "" {
			return ""
		}
		return types.UID(u[1:])
	}
	text := make([]byte, 0, 36)
	for i, p := range places {
		if i > 0 {
			text = append(text, '-')
		}
		// Each two digits are a byte; the hyphens before them are not.
		text = hex.AppendEncode(text, []byte(u[(p[0]-i)/2:(p[1]-i)/2]))
	}
	return types.UID(text)
}
