package placement

import "slices"

// matching gives replicas spots, as many as the spots have room for and as
// domains may carry. It is a bipartite matching with capacities on both the
// spots and their zones; a replica that is to come in may have others change
// their spots for it (augmenting paths: Kuhn 1955).
type matching struct {
	scene Scene
	// room is what each spot can take, inZone what each zone can.
	room   []int
	inZone map[string]int
	spotOf map[*Candidate]int
	// on and within are who has a place on a spot and in a zone.
	on     [][]*Candidate
	within map[string][]*Candidate
}

func newMatching(p *planner, l limits) *matching {
	m := &matching{
		scene: p.scene, room: make([]int, len(p.scene.Spots)), inZone: make(map[string]int),
		spotOf: make(map[*Candidate]int), on: make([][]*Candidate, len(p.scene.Spots)), within: make(map[string][]*Candidate),
	}
	for i, s := range p.scene.Spots {
		m.room[i] = max(0, min(s.Room, l.node-p.nodes[s.Node]))
		if s.Zone == "" {
			continue
		}
		if _, known := m.inZone[s.Zone]; !known {
			m.inZone[s.Zone] = p.roomInZone(s.Zone, l)
		}
	}
	return m
}

// roomInZone is how many may come to a zone when all have gone that must.
func (p *planner) roomInZone(zone string, l limits) int {
	tooMany := 0
	for _, share := range p.spread.nodes {
		if share.Zone == zone {
			tooMany += max(0, share.Ready-l.node)
		}
	}
	carries, may := p.zones[zone], l.inZone(zone)
	return may - carries + max(tooMany, carries-may)
}

// add gives a replica a spot, if need be by having others change theirs. It
// changes nothing where there is none.
func (m *matching) add(c *Candidate) bool {
	s := search{matching: m, spots: make([]bool, len(m.scene.Spots)), zones: make(map[string]bool)}
	return s.settle(c)
}

// search is one search for a way to a free spot; each spot and zone is asked
// once.
type search struct {
	*matching
	spots []bool
	zones map[string]bool
}

func (s *search) settle(c *Candidate) bool {
	for i := range c.Admits.All() {
		if i >= len(s.spots) || s.spots[i] || s.room[i] == 0 {
			continue
		}
		s.spots[i] = true
		if s.makeRoom(i) {
			s.put(c, i)
			return true
		}
	}
	return false
}

// makeRoom frees a place on a spot, and in its zone, where there is none.
func (s *search) makeRoom(spot int) bool {
	if len(s.on[spot]) >= s.room[spot] {
		for _, other := range s.on[spot] {
			if s.moveOn(other) {
				return true
			}
		}
		return false
	}
	zone := s.scene.Spots[spot].Zone
	if zone == "" || len(s.within[zone]) < s.inZone[zone] {
		return true
	}
	if s.zones[zone] {
		return false
	}
	s.zones[zone] = true
	for _, other := range s.within[zone] {
		if s.moveOn(other) {
			return true
		}
	}
	return false
}

// moveOn has one that has a spot take another.
func (s *search) moveOn(c *Candidate) bool {
	was := s.spotOf[c]
	if !s.settle(c) {
		return false
	}
	s.leave(c, was)
	return true
}

func (m *matching) put(c *Candidate, spot int) {
	m.spotOf[c] = spot
	m.on[spot] = append(m.on[spot], c)
	if zone := m.scene.Spots[spot].Zone; zone != "" {
		m.within[zone] = append(m.within[zone], c)
	}
}

// leave takes a replica that has another spot by now off the one that it had.
func (m *matching) leave(c *Candidate, was int) {
	same := func(other *Candidate) bool { return other == c }
	m.on[was] = slices.DeleteFunc(m.on[was], same)
	zone := m.scene.Spots[was].Zone
	if i := slices.IndexFunc(m.within[zone], same); i >= 0 {
		m.within[zone] = slices.Delete(m.within[zone], i, i+1) // once: it may have come to the same zone again
	}
}
