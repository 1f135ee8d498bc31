package tally

import "math"

// reading is what is found on adding up some events.
type reading struct {
	low    int64
	high   int64 // where nothing below is open
	events int   // counted, and not part of another that is

	open      []int // counted events without a high
	raised    []int // counted wholes whose parts together are more than their own low
	parts     []int // counted events that are part of a counted one
	refuted   []int // events whose figures, or those of their parts, exceed their high
	conflicts bool  // the low exceeds the high otherwise
}

// bound is the high; nil where it is open. Of no events nothing is known.
func (r *reading) bound() *int64 {
	if r.events == 0 || len(r.open) > 0 || len(r.refuted) > 0 || r.conflicts {
		return nil
	}
	high := r.high
	return &high
}

// add adds the reading of other events, which share no people with these.
func (r *reading) add(o reading) {
	r.low = plus(r.low, o.low)
	r.high = plus(r.high, o.high)
	r.events += o.events
	r.open = append(r.open, o.open...)
	r.raised = append(r.raised, o.raised...)
	r.parts = append(r.parts, o.parts...)
	r.refuted = append(r.refuted, o.refuted...)
	r.conflicts = r.conflicts || o.conflicts
}

// measure adds up the counted events of a component. What isn't counted adds
// nothing and bounds nothing, but what hangs on it stays where it is.
func (s *structure) measure(c component, counted func(int) bool) reading {
	r := s.high(c, counted)
	r.low = s.low(c, counted)
	r.conflicts = r.bound() != nil && r.low > r.high
	return r
}

// low is how many people there were at least, whatever turns out to be the same.
//
// It goes up from the deepest parts and keeps sets of classes such that an event
// of one set shares nobody with an event of another. When it comes to a class,
// the sets of its parts become one set, with that of any class that has a part in
// one of them. The people of that set are at least those of its largest class,
// and at least those of the sets that it was made of, together: that is true of
// every set, and each figure is that of events which surely share nobody.
func (s *structure) low(c component, counted func(int) bool) int64 {
	m := &s.scratch
	for _, n := range c.nodes {
		m.sets.up[n], m.largest[n], m.together[n] = n, 0, 0
	}
	for _, n := range c.nodes {
		if counted(n) {
			class := s.class.find(n)
			m.largest[class] = max(m.largest[class], s.items[n].Low)
		}
	}
	for i := 0; i < len(c.classes); {
		from, level := i, s.level[c.classes[i]]
		for ; i < len(c.classes) && s.level[c.classes[i]] == level; i++ {
			for _, p := range s.parts[c.classes[i]] {
				m.unite(c.classes[i], p)
			}
		}
		for _, class := range c.classes[from:i] {
			set := m.sets.find(class)
			m.together[set] = max(m.together[set], m.largest[set])
		}
	}
	return m.together[m.sets.find(c.classes[0])]
}

// scratch is what measuring a component works on, by node; kept between
// components, most of which are a single event.
type scratch struct {
	sets     *disjoint
	largest  []int64 // of a set, the largest low in it
	together []int64 // of a set, the sum of what it was made of

	inside    []bool  // part of a counted event
	apart     []int64 // the lows of its parts that share nobody
	entangled []int64 // the largest low of those that may
}

func newScratch(nodes int) scratch {
	return scratch{
		sets: newDisjoint(nodes), largest: make([]int64, nodes), together: make([]int64, nodes),
		inside: make([]bool, nodes), apart: make([]int64, nodes), entangled: make([]int64, nodes),
	}
}

// unite makes one set of the sets of two classes.
func (m *scratch) unite(class, part int) {
	a, b := m.sets.find(class), m.sets.find(part)
	if a == b {
		return
	}
	m.sets.join(a, b)
	set := m.sets.find(a)
	m.together[set] = plus(m.together[a], m.together[b])
	m.largest[set] = max(m.largest[a], m.largest[b])
}

// high is how many people there were at most: the highs of the events that
// aren't part of a counted one, added as if none of them were the same. A high
// that the event's own low or its parts exceed bounds nothing.
func (s *structure) high(c component, counted func(int) bool) reading {
	var r reading
	m := &s.scratch
	for _, n := range c.nodes {
		w := s.whole[n]
		m.inside[n] = w >= 0 && (m.inside[w] || counted(w))
		m.apart[n], m.entangled[n] = 0, 0
	}
	for i := len(c.nodes) - 1; i >= 0; i-- {
		n := c.nodes[i]
		low := plus(m.apart[n], m.entangled[n])
		if counted(n) {
			if low > s.items[n].Low && !m.inside[n] {
				r.raised = append(r.raised, n)
			}
			low = max(low, s.items[n].Low)
			r.take(n, s.items[n].High, low, m.inside[n])
		}
		if w := s.whole[n]; w >= 0 && s.below[n] {
			m.entangled[w] = max(m.entangled[w], low)
		} else if w >= 0 {
			m.apart[w] = plus(m.apart[w], low)
		}
	}
	return r
}

// take adds the high of a counted event, which took in at least low people.
func (r *reading) take(n int, high *int64, low int64, inside bool) {
	if inside {
		r.parts = append(r.parts, n)
		return
	}
	r.events++
	switch {
	case high == nil:
		r.open = append(r.open, n)
	case low > *high:
		r.refuted = append(r.refuted, n)
	default:
		r.high = plus(r.high, *high)
	}
}

// plus adds numbers that aren't negative, and stops at the largest there is.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
