package repair

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// play is a run of a world under events at random, of one operator or, now and
// then, of two that both take themselves for the leader.
type play struct {
	*world
	t         *rapid.T
	operators []*operator
	without   []string
	evictions int
	judged    map[placement.WorkloadID]judgement
}

// judgement is what the controller reports of a workload, in short.
type judgement struct {
	verdict placement.Verdict
	fixable bool
}

func drawPlay(t *rapid.T, without []string) *play {
	p := &play{world: newWorld(), t: t, without: without, judged: make(map[placement.WorkloadID]judgement)}
	zones := rapid.IntRange(1, 3).Draw(t, "zones")
	for i := range rapid.IntRange(3, 6).Draw(t, "nodes") {
		n := &modelNode{name: fmt.Sprint("n", i), ready: true, room: rapid.IntRange(3, 12).Draw(t, "room")}
		if zones > 1 {
			n.zone = fmt.Sprint("z", i%zones)
		}
		p.nodes = append(p.nodes, n)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "apps") {
		a := p.app(fmt.Sprint("app-", i), rapid.IntRange(1, 5).Draw(t, "replicas"))
		a.id.Namespace = rapid.SampledFrom([]string{"shop", "bank"}).Draw(t, "namespace")
		crowd := p.node("crowd")
		for range a.wanted {
			if p.carries(crowd) >= crowd.room {
				break
			}
			p.put(a, crowd)
		}
	}
	p.tick(time.Second)
	p.sync()
	p.lead()
	return p
}

func (p *play) node(label string) *modelNode { return rapid.SampledFrom(p.nodes).Draw(p.t, label) }

func (p *play) any() *modelApp { return rapid.SampledFrom(p.apps).Draw(p.t, "app") }

func (p *play) lead() {
	o := p.operator(p.t, func(c *Config) { c.without = p.without })
	p.operators = append(p.operators, o)
	o.changed()
}

// goOn lets time pass; see says what caches learn meanwhile.
func (p *play) goOn(d, by time.Duration, see func()) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.tick(by)
		before := p.seen()
		see()
		changed := p.judgedAnew() || p.seen() != before
		for _, o := range p.operators {
			if changed {
				o.changed()
			}
			o.steps(p.t)
		}
	}
}

func (p *play) seen() int {
	n := 0
	for _, a := range p.apps {
		n += a.seen
	}
	return n
}

// judgedAnew is true where a judgement has changed, which the controller sees by
// itself, as by time alone.
func (p *play) judgedAnew() bool {
	changed := false
	for _, a := range p.apps {
		look, _ := p.Look(a.id, nil)
		is := judgement{look.Assessment.Verdict, look.Assessment.Fixable}
		changed = changed || is != p.judged[a.id]
		p.judged[a.id] = is
	}
	return changed
}

func (p *play) nothing() {}
func (p *play) word()    { p.cache.heard = p.now }

// event is one thing that happens.
func (p *play) event() {
	draw := func(most int, label string) int { return rapid.IntRange(0, most).Draw(p.t, label) }
	seconds := func(most int) time.Duration { return time.Duration(5*draw(most/5, "time")) * time.Second }
	switch rapid.IntRange(0, 20).Draw(p.t, "event") {
	case 0, 1, 2, 3:
		p.goOn(seconds(300), 5*time.Second, p.sync)
	case 4:
		p.goOn(seconds(120), 5*time.Second, p.word)
	case 5:
		p.goOn(seconds(400), 5*time.Second, p.nothing)
	case 6:
		n := p.node("dies")
		n.ready, n.died = false, p.now
	case 7:
		p.node("recovers").ready = true
	case 8:
		n := p.node("cordoned")
		n.cordoned = !n.cordoned
	case 9:
		a := p.any()
		a.revision++
		a.changes++
	case 10:
		a := p.any()
		a.wanted = 1 + draw(5, "wanted")
		a.changes++
	case 11:
		for _, o := range p.operators {
			o.SetLeader(false)
		}
		p.operators = nil
		p.lead()
	case 12:
		if len(p.operators) < 2 {
			p.lead() // by mistake
		}
	case 13:
		p.faults = append(p.faults, fault(draw(int(faultsN)-1, "fault")))
	case 14:
		for _, pod := range p.any().pods {
			pod.optOut = draw(2, "opts out") == 0
		}
	case 15:
		p.any().mode = rapid.SampledFrom(placement.Modes()).Draw(p.t, "mode")
	case 16:
		p.crowd(p.any(), p.node("crowded"))
	case 17:
		a := p.any()
		a.covered = !a.covered
	case 18:
		a := p.any()
		a.strict = !a.strict
	case 19:
		p.unreachable = !p.unreachable
	case 20:
		p.lostSaves += draw(3, "saves")
	}
}

// crowd is what another mover does.
func (p *play) crowd(a *modelApp, n *modelNode) {
	for _, pod := range a.live() {
		if pod.node != n && n.ready && p.carries(n) < n.room {
			pod.node, pod.placed, pod.changed, pod.ready = n, p.now, p.now, false
		}
	}
}

// calm ends all that happens.
func (p *play) calm() {
	p.faults, p.unreachable, p.lostSaves = nil, false, 0
	for _, n := range p.nodes {
		n.ready, n.cordoned = true, false
	}
	for _, a := range p.apps {
		a.mode, a.covered, a.strict = placement.Enforce, true, false
		for _, pod := range a.pods {
			pod.optOut = false
		}
	}
	for _, o := range p.operators[1:] {
		o.SetLeader(false)
	}
	p.operators = p.operators[:1]
	p.evictions = len(p.asked)
}

// most is how many evictions are more than enough to bring everything to rest.
func (p *play) most() int {
	n := 0
	for _, a := range p.apps {
		n += a.wanted + 3
		if p.scheduler == moody {
			n += 3 * a.wanted // what each move in vain has undone
		}
	}
	return n
}

func TestNothingThatHappensLeadsToAnEvictionThatMustNotBe(t *testing.T) {
	leftOut := without(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t, leftOut)
		p.scheduler = scheduler(rapid.IntRange(0, int(schedulersN)-1).Draw(t, "scheduler"))
		for range rapid.IntRange(5, 60).Draw(t, "events") {
			p.event() // what must not be ends the test; see world.check
		}
	})
}

func TestEveryRunEndsWithinABoundedNumberOfEvictions(t *testing.T) {
	leftOut := without(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t, leftOut)
		p.scheduler = scheduler(rapid.IntRange(0, int(schedulersN)-1).Draw(t, "scheduler"))
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			p.event()
		}
		p.calm()
		p.goOn(20*time.Minute, 5*time.Second, p.sync)
		p.goOn(6*time.Hour, time.Minute, p.sync)
		if n := len(p.asked) - p.evictions; n > p.most() {
			t.Fatalf("%d evictions after everything else had come to rest, more than %d", n, p.most())
		}
		before := len(p.asked)
		p.goOn(time.Hour, time.Minute, p.sync)
		if n := len(p.asked) - before; n > 0 {
			t.Fatalf("%d evictions in the seventh hour", n)
		}
		for _, a := range p.apps {
			look, _ := p.Look(a.id, nil)
			plan := placement.PlanMoves(look.Workload, look.Assessment, look.Scene)
			e, listed := p.operators[0].entry(a.id)
			switch {
			case len(plan.Moves) == 0:
			case !listed || e.Blocked == nil:
				t.Fatalf("%s could be moved, and nothing says why it is not: %+v", a.id.Name, e)
			case p.scheduler == honest && e.Record.GivenUp == nil:
				t.Fatalf("%s could be moved, the scheduler means well, and it is blocked by %+v", a.id.Name, *e.Blocked)
			}
		}
	})
}

func TestWithASchedulerThatMeansWellTheWorstNodeLossNeverGrows(t *testing.T) {
	leftOut := without(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t, leftOut)
		most := make(map[placement.WorkloadID]float64)
		p.goOn(time.Hour, 10*time.Second, func() {
			p.sync()
			for _, a := range p.apps {
				look, _ := p.Look(a.id, nil)
				judged := look.Assessment
				if judged.Verdict == placement.Settling || judged.Ready < a.wanted {
					continue
				}
				// A move between zones may use what the policy tolerates of a node.
				tolerated := look.Workload.Policy.MaxNodeLoss
				if was, known := most[a.id]; known && judged.WorstNode.Share > max(was, tolerated)+1e-9 {
					t.Fatalf("%s: the worst node carries %g of it, before %g", a.id.Name, judged.WorstNode.Share, was)
				}
				most[a.id] = judged.WorstNode.Share
			}
		})
		if ends := p.ends; ends["same"]+ends["worse"] > 0 {
			t.Fatalf("moves were in vain: %v", ends)
		}
		if n := len(p.asked); n > p.most() {
			t.Fatalf("%d evictions", n)
		}
	})
}

func TestWithAHostileSchedulerThreeMovesAreInVainAtMostAndThenNone(t *testing.T) {
	leftOut := without(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlay(t, leftOut)
		p.scheduler = hostile
		p.goOn(90*time.Minute, 10*time.Second, p.sync)
		for id := range p.operators[0].memory {
			if r := p.operators[0].memory[id]; r.InVain > 3 {
				t.Fatalf("%s: %d moves in vain", id.Name, r.InVain)
			}
		}
		if n := p.ends["same"] + p.ends["worse"]; n > 3*len(p.apps) {
			t.Fatalf("%d moves in vain of %d workloads", n, len(p.apps))
		}
		before := len(p.asked)
		p.goOn(time.Hour, time.Minute, p.sync)
		if n := len(p.asked) - before; n > 0 {
			t.Fatalf("%d evictions in the hour after that", n)
		}
	})
}
