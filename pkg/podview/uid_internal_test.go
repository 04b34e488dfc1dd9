package podview

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestAUIDComesBackAsItWas(t *testing.T) {
	cases := map[string]struct {
		uid   types.UID
		bytes int
	}{
		"a UUID is sixteen bytes":            {"5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", 16},
		"one with a zero first is kept":      {"003f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", 37},
		"one in upper case is kept":          {"5B3F0E62-8C1D-4D5A-9A37-2F6F0C7B1E94", 37},
		"one without hyphens is kept":        {"5b3f0e628c1d4d5a9a372f6f0c7b1e94", 33},
		"one with a letter too far is kept":  {"5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e9g", 37},
		"hyphens in the wrong place are too": {"5b3f0e6-28c1d-4d5a-9a37-2f6f0c7b1e94", 37},
		"a word is kept":                     {"uid-1", 6},
		"a word of sixteen bytes is kept":    {"sixteen-bytes-it", 17},
		"a word of fifteen bytes is kept":    {"fifteen-bytes-i", 16},
		"a word with a zero first is kept":   {"\x00ixteen-bytes-it", 17},
		"none is kept":                       {"", 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			packed := pack(c.uid)
			if packed.Text() != c.uid || len(packed) != c.bytes {
				t.Errorf("%q comes back as %q, from %d bytes, want %d", c.uid, packed.Text(), len(packed), c.bytes)
			}
		})
	}
}

func TestUIDsAreEqualWhereTheirTextsAre(t *testing.T) {
	seen := make(map[UID]types.UID)
	for _, uid := range []types.UID{
		"", "\x00", "\x00\x00", "a", "5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", "5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e95",
		"5B3F0E62-8C1D-4D5A-9A37-2F6F0C7B1E94", types.UID(pack("5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94")),
	} {
		packed := pack(uid)
		if other, ok := seen[packed]; ok {
			t.Errorf("%q and %q are equal", uid, other)
		}
		seen[packed] = uid
	}
}
