package eligibility_test

import (
	"fmt"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"evenkeel.dev/evenkeel/pkg/eligibility"
)

func TestAClassIsDescribedOnceForAll(t *testing.T) {
	m := memo(node("a"))
	use(m, app("one"), "any", eligibility.Class{})
	for _, name := range []string{"one", "two"} {
		if got := m.Eligible(app(name), "any", never(t)); got.Nodes() != 1 {
			t.Errorf("%s has %d eligible nodes", name, got.Nodes())
		}
	}
	if m.Classes() != 1 {
		t.Errorf("%d classes", m.Classes())
	}
}

func TestAClassGoesWithTheLastOfItsApps(t *testing.T) {
	m := memo(node("a"))
	use(m, app("one"), "any", eligibility.Class{})
	use(m, app("two"), "any", eligibility.Class{})
	use(m, app("two"), "ssd", selecting("disk", "ssd"))
	steps := []struct {
		app     string
		keep    []string
		classes int
	}{
		{"two", []string{"any", "ssd"}, 2},
		{"two", []string{"ssd"}, 2},
		{"one", nil, 1},
		{"never", nil, 1},
		{"two", nil, 0},
	}
	for _, step := range steps {
		m.Keep(app(step.app), step.keep)
		if m.Classes() != step.classes {
			t.Errorf("after %s keeps %v there are %d classes, want %d", step.app, step.keep, m.Classes(), step.classes)
		}
	}
	if got := names(m.Set(node("b"))); got != nil {
		t.Errorf("apps without a class are told: %v", got)
	}
}

func TestAnAppIsToldOnlyOfTheClassesThatItKeeps(t *testing.T) {
	m := threeClasses()
	use(m, app("anywhere"), "ssd", selecting("disk", "ssd"))
	m.Keep(app("anywhere"), []string{"ssd"})
	if got := names(m.Set(node("a"))); len(got) != 1 || got[0] != "tolerates" {
		t.Errorf("concerned are %v", got)
	}
}

func TestWhatWasHandedOutDoesNotChange(t *testing.T) {
	m := memo(node("a", inZone("1")))
	before := use(m, app("web"), "any", eligibility.Class{})
	m.Set(node("b", inZone("1")))
	m.Set(node("c", inZone("2")))
	m.Delete("a")
	if before.Nodes() != 1 || before.ByZone["1"] != 1 {
		t.Errorf("it has become %+v", before)
	}
}

func TestNodesThatComeAndGoTakeNoRoom(t *testing.T) {
	m := memo()
	use(m, app("web"), "any", eligibility.Class{})
	for i := range 1000 {
		name := fmt.Sprint("node-", i)
		m.Set(node(name))
		m.Delete(name)
	}
	m.Set(node("last"))
	if got := use(m, app("web"), "any", eligibility.Class{}); got.Nodes() != 1 || got.Excluded != nil || len(m.Nodes()) != 1 {
		t.Errorf("of one node it says %+v", got)
	}
}

func TestAMemoMayBeUsedByManyAtOnce(t *testing.T) {
	m := memo()
	var together sync.WaitGroup
	for w := range 3 {
		together.Go(func() {
			for i := range 500 {
				name := fmt.Sprint("node-", i%7)
				if w == 0 && i%3 == 0 {
					m.Delete(name)
				} else {
					m.Set(node(name, inZone(fmt.Sprint(w))))
				}
			}
		})
		together.Go(func() {
			for i := range 500 {
				self, key := app(fmt.Sprint("app-", w)), fmt.Sprint("class-", i%5)
				e := use(m, self, key, tolerating(corev1.Toleration{Key: key}))
				for zone, n := range e.ByZone {
					if n <= 0 {
						t.Errorf("%d nodes in zone %s", n, zone)
					}
				}
				m.Keep(self, []string{key})
				m.Nodes()
				m.Node("node-1")
			}
			m.Keep(app(fmt.Sprint("app-", w)), nil)
		})
	}
	together.Wait()
	if m.Classes() != 0 {
		t.Errorf("%d classes that nobody uses", m.Classes())
	}
}
