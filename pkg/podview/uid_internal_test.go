package podview

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestAUIDComesBackAsItWas(t *testing.T) {
	cases := map[string]struct {
		uid types.UID
		// whole is true where nothing is kept besides the sixteen bytes.
		whole bool
	}{
		"a UUID is sixteen bytes":            {"5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", true},
		"so is one with a zero first":        {"003f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", true},
		"one of zeros is kept":               {"00000000-0000-0000-0000-000000000000", false},
		"one in upper case is kept":          {"5B3F0E62-8C1D-4D5A-9A37-2F6F0C7B1E94", false},
		"one without hyphens is kept":        {"5b3f0e628c1d4d5a9a372f6f0c7b1e94", false},
		"one with a letter too far is kept":  {"5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e9g", false},
		"hyphens in the wrong place are too": {"5b3f0e6-28c1d-4d5a-9a37-2f6f0c7b1e94", false},
		"a word is kept":                     {"uid-1", false},
		"a word of sixteen bytes is kept":    {"sixteen-bytes-it", false},
		"none is none":                       {"", true},
	}
	by := NewTransformer(DefaultAppLabels())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := by.Pod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: c.uid}})
			if p.UIDText() != c.uid || (p.Own == nil) != c.whole {
				t.Errorf("%q comes back as %q, besides is kept %+v", c.uid, p.UIDText(), p.Own)
			}
		})
	}
}

func TestUIDsAreEqualWhereTheirTextsAre(t *testing.T) {
	seen := make(map[UID]types.UID)
	for _, uid := range []types.UID{
		"", "\x00", "\x00\x00", "a", "5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e94", "5b3f0e62-8c1d-4d5a-9a37-2f6f0c7b1e95",
		"5B3F0E62-8C1D-4D5A-9A37-2F6F0C7B1E94", "00000000-0000-0000-0000-000000000000", "\x5b\x3f\x0e\x62\x8c\x1d\x4d\x5a\x9a\x37\x2f\x6f\x0c\x7b\x1e\x94",
	} {
		packed, _ := pack(uid)
		if other, ok := seen[packed]; ok {
			t.Errorf("%q and %q are equal", uid, other)
		}
		if again, _ := pack(uid); again != packed {
			t.Errorf("%q is not equal to itself", uid)
		}
		seen[packed] = uid
	}
}
