package corroboration

import (
	"cmp"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// bonds are the ties between sources. Components are numbered by their first
// source, so that equal input in another order gives equal numbers.
type bonds struct {
	known       []int32 // of a source: its component by known ties
	knownGroups int
	any         []int32 // of a source: its component by all ties
	anyGroups   int
	at          [][]bond // of a source: what it is tied to
}

// bond is a tie as seen from one of its two ends.
type bond struct {
	to    int32
	known bool
	name  string
}

// pair is two sources, the lower number first.
type pair struct{ a, b int32 }

func pairOf(a, b int32) pair { return pair{min(a, b), max(a, b)} }

// readTies joins the sources. SEPARATED takes a POSSIBLY_SAME between the same
// two back, and nothing else.
func readTies(r *reading, ties []*tumenv1.Tie) *bonds {
	separated := make(map[pair]bool)
	var standing []*tumenv1.Tie
	for _, t := range ties {
		if t == nil || t.GetDeleteTime() != nil || t.GetA() == t.GetB() {
			continue
		}
		if t.GetKind() == tumenv1.TieKind_TIE_KIND_SEPARATED {
			separated[pairOf(r.number[t.GetA()], r.number[t.GetB()])] = true
		} else {
			standing = append(standing, t)
		}
	}
	b := &bonds{at: make([][]bond, len(r.names))}
	known, all := newJoining(len(r.names)), newJoining(len(r.names))
	for _, t := range standing {
		x, y := r.number[t.GetA()], r.number[t.GetB()]
		isKnown := false
		switch t.GetKind() {
		case tumenv1.TieKind_TIE_KIND_SAME_WITNESS, tumenv1.TieKind_TIE_KIND_SAME_CONTACT:
			isKnown = true
			known.join(x, y)
		case tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME:
			if separated[pairOf(x, y)] {
				continue
			}
		default:
			continue
		}
		all.join(x, y)
		b.at[x] = append(b.at[x], bond{y, isKnown, t.GetName()})
		b.at[y] = append(b.at[y], bond{x, isKnown, t.GetName()})
	}
	for _, list := range b.at {
		slices.SortFunc(list, func(x, y bond) int {
			return cmp.Or(cmp.Compare(x.to, y.to), knownFirst(x.known, y.known), strings.Compare(x.name, y.name))
		})
	}
	b.known, b.knownGroups = known.components()
	b.any, b.anyGroups = all.components()
	return b
}

func knownFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// joining is a union-find.
type joining struct{ parent []int32 }

func newJoining(n int) *joining {
	j := &joining{make([]int32, n)}
	for i := range j.parent {
		j.parent[i] = int32(i)
	}
	return j
}

func (j *joining) root(n int32) int32 {
	for j.parent[n] != n {
		j.parent[n] = j.parent[j.parent[n]]
		n = j.parent[n]
	}
	return n
}

// join unites two components under the lower root, and says whether they were
// two.
func (j *joining) join(a, b int32) bool {
	a, b = j.root(a), j.root(b)
	if a == b {
		return false
	}
	j.parent[max(a, b)] = min(a, b)
	return true
}

func (j *joining) components() (of []int32, count int) {
	of = make([]int32, len(j.parent))
	for i := range of {
		if root := j.root(int32(i)); root == int32(i) {
			of[i] = int32(count)
			count++
		} else {
			of[i] = of[root]
		}
	}
	return of, count
}

// joints are the links that join the counted origins of one group, as few as
// do it: those by known ties first, then those by all. Both are found by
// spreading from all origins at once along the ties.
func (b *bonds) joints(r *reading, origins []int32) []*tumenv1.Joint {
	if len(origins) < 2 {
		return nil
	}
	place := make(map[int32]int32, len(origins))
	for i, s := range origins {
		place[s] = int32(i)
	}
	joined := newJoining(len(origins))
	var joints []*tumenv1.Joint
	for _, known := range []bool{true, false} {
		s := spreading{bonds: b, reached: make(map[int32]step)}
		s.spread(origins, known, func(x, y int32, over bond) {
			if joined.join(place[s.reached[x].origin], place[s.reached[y].origin]) {
				joints = append(joints, s.joint(r, x, y, over.name, known))
			}
		})
	}
	return joints
}

// step is how spreading came to a source.
type step struct {
	origin int32 // from which origin
	from   int32 // over which source; none for an origin itself
	tie    string
}

type spreading struct {
	*bonds
	reached map[int32]step
}

// spread goes from the origins along the ties, nearest first, and reports each
// tie between sources reached from different origins.
func (s *spreading) spread(origins []int32, knownOnly bool, meet func(x, y int32, over bond)) {
	queue := slices.Clone(origins)
	for _, o := range origins {
		s.reached[o] = step{origin: o, from: none}
	}
	for len(queue) > 0 {
		x := queue[0]
		queue = queue[1:]
		for _, t := range s.at[x] {
			if knownOnly && !t.known {
				continue
			}
			there, ok := s.reached[t.to]
			switch {
			case !ok:
				s.reached[t.to] = step{origin: s.reached[x].origin, from: x, tie: t.name}
				queue = append(queue, t.to)
			case there.origin != s.reached[x].origin:
				meet(x, t.to, t)
			}
		}
	}
}

// joint is the way between two origins over the tie from x to y, the origin of
// the lower name first.
func (s *spreading) joint(r *reading, x, y int32, tie string, known bool) *tumenv1.Joint {
	if s.reached[y].origin < s.reached[x].origin {
		x, y = y, x
	}
	j := &tumenv1.Joint{A: r.names[s.reached[x].origin], B: r.names[s.reached[y].origin], Known: known}
	for n := x; s.reached[n].from != none; n = s.reached[n].from {
		j.Ties, j.Through = append(j.Ties, s.reached[n].tie), append(j.Through, r.names[n])
	}
	slices.Reverse(j.Ties)
	slices.Reverse(j.Through)
	j.Ties = append(j.Ties, tie)
	for n := y; s.reached[n].from != none; n = s.reached[n].from {
		j.Ties, j.Through = append(j.Ties, s.reached[n].tie), append(j.Through, r.names[n])
	}
	return j
}
