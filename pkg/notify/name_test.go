package notify

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

func TestAnEventsNameFollowsFromWhatItSays(t *testing.T) {
	trouble := func(change func(*report.Item)) string {
		it := item(placement.Assessment{Verdict: placement.NodeFragile, Ready: 2})
		change(&it)
		m, _ := ofTrouble(it)
		return eventName("web", "uid-1", m.mark)
	}
	same := trouble(func(*report.Item) {})
	for name, change := range map[string]func(*report.Item){
		"another clock's zone": func(i *report.Item) { i.Since = noon.In(time.FixedZone("", 3600)) },
		"another explanation":  func(i *report.Item) { i.Cause, i.Ready = "drifted", 3 },
	} {
		if got := trouble(change); got != same {
			t.Errorf("%s: %s is not %s", name, got, same)
		}
	}
	for name, change := range map[string]func(*report.Item){
		"another beginning":  func(i *report.Item) { i.Since = noon.Add(time.Second) },
		"in the same second": func(i *report.Item) { i.Since = noon.Add(time.Millisecond) },
		"another verdict":    func(i *report.Item) { i.Verdict = placement.Uneven },
		"another app":        func(i *report.Item) { i.ID.App = "api" },
		"another workload":   func(i *report.Item) { i.ID.Name = "web-2" },
	} {
		if got := trouble(change); got == same {
			t.Errorf("%s has the same name", name)
		}
	}
	if eventName("web", "uid-2", "mark") == eventName("web", "uid-1", "mark") {
		t.Error("another owner by the same name has the same name of an Event")
	}
}

func TestNamesOfEventsDoNotChangeBetweenVersions(t *testing.T) {
	m, _ := ofTrouble(item(placement.Assessment{Verdict: placement.NodeFragile}))
	if got, want := eventName("web", "uid-1", m.mark), "web.d7fcdc11b2e01e54fba1"; got != want {
		t.Errorf("got %s, want %s: after an upgrade everything would be said again", got, want)
	}
}

func TestAHostileOwnersNameMakesAValidName(t *testing.T) {
	cases := map[string]string{
		"web":                     "web",
		"System:Node_1":           "system-node-1",
		"-.a..-b-.":               "a.b",
		"…":                       "evenkeel",
		"":                        "evenkeel",
		strings.Repeat("a", 253):  strings.Repeat("a", 232),
		strings.Repeat("a.", 200): strings.TrimSuffix(strings.Repeat("a.", 116), "."),
	}
	for owner, prefix := range cases {
		got := eventName(owner, "uid", "mark")
		if !strings.HasPrefix(got, prefix+".") || len(got) != len(prefix)+1+digits {
			t.Errorf("%q makes %q, want prefix %q", owner, got, prefix)
		}
	}
}

func FuzzNameAndNote(f *testing.F) {
	f.Add("web", "uid", "no spread constraint", "# kubectl rollout restart\n")
	f.Add(strings.Repeat("-.", 200), "", strings.Repeat("ü", 2048), "  - topologyKey: \xff\x00\n")
	f.Add("\xff.A", "\n", strings.Repeat("\xe2\x80", 3000), softCure)
	f.Fuzz(func(t *testing.T, owner, uid, cause, cure string) {
		it := item(placement.Assessment{Verdict: placement.NodeFragile, Ready: 2, Cause: cause, Because: cause + cure, Cure: cure})
		it.WorstNode.Name = owner
		trouble, _ := ofTrouble(it)
		policy := policyMessage("The Namespace's", placement.Invalid{Annotation: owner, Value: cause, Why: cure})
		for _, m := range []message{trouble, policy} {
			if len(m.note) > maxNote || len(m.note) == 0 || !utf8.ValidString(m.note) || strings.ContainsAny(m.note, "\n\r\x00") {
				t.Errorf("bad note of %d bytes: %q", len(m.note), m.note)
			}
			if problems := validation.IsDNS1123Subdomain(eventName(owner, types.UID(uid), m.mark)); len(problems) > 0 {
				t.Errorf("bad name: %v", problems)
			}
		}
	})
}

func TestALongNoteIsCutAtARune(t *testing.T) {
	for pad := range 4 {
		got := fit(strings.Repeat("x", pad) + strings.Repeat("🚢", 400))
		if len(got) > maxNote || len(got) < maxNote-3 || !utf8.ValidString(got) || !strings.HasSuffix(got, "🚢…") {
			t.Errorf("after %d: %d bytes, ends in %q", pad, len(got), got[len(got)-8:])
		}
	}
	if got := fit(" one\r\n  two\x00three "); got != "one two three" {
		t.Errorf("got %q", got)
	}
}
