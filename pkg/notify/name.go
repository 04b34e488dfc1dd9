package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// digits is the length of the hash in an Event's name: 80 bits, so that no two
// of a namespace's Events meet by chance.
const digits = 20

// eventName gives the Event about the object of that name and UID its own name,
// which follows from the UID and the message's mark and from nothing else: the
// same message has the same name in every process. It is a valid DNS subdomain,
// whatever the owner's name is: some kinds allow names that an Event may not have.
func eventName(owner string, uid types.UID, mark string) string {
	// A UID has no line break, so that the two can not run into each other.
	sum := sha256.Sum256([]byte(string(uid) + "\n" + mark))
	hash := hex.EncodeToString(sum[:])[:digits]
	prefix := subdomain(owner, maxName-digits-1)
	if prefix == "" {
		prefix = "evenkeel"
	}
	return prefix + "." + hash
}

// subdomain makes the nearest DNS subdomain of at most so many bytes; empty
// where the name has nothing to make one of.
func subdomain(name string, limit int) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return '-'
		}
	}, name)
	labels := strings.Split(cut(name, limit), ".")
	kept := labels[:0]
	for _, label := range labels {
		if label = strings.Trim(label, "-"); label != "" {
			kept = append(kept, label)
		}
	}
	return strings.Join(kept, ".")
}
