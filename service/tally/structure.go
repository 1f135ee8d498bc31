package tally

import "slices"

// structure is how the events hang together, whatever is counted of them. Its
// nodes are the items, by their index, and behind them the events that items
// name but that aren't among them.
type structure struct {
	items  []Item
	nodes  int
	whole  []int // of each node, or -1; a cycle is no whole of anything
	looped []bool
	linked []bool    // may be the same as another
	below  []bool    // it, or a part of it at any depth, is linked
	same   *disjoint // nodes that may be the same, also through others
	// level is 0 for classes that are part of nothing, else one more than that of
	// the deepest of their wholes. By class, as are parts.
	level []int
	parts [][]int
	class *disjoint // nodes that may be the same, and those on a cycle of wholes

	components []component
	scratch    scratch
}

// component is a set of events none of whose people can be among those of an
// event outside it.
type component struct {
	nodes   []int // every whole before its parts
	classes []int // the deepest first
}

// relate works out how items hang together.
func relate(items []Item) *structure {
	s := &structure{}
	index := map[string]int{}
	for _, it := range items {
		if _, twice := index[it.Event]; !twice {
			index[it.Event] = len(s.items)
			it.Low = max(it.Low, 0)
			s.items = append(s.items, it)
		}
	}
	s.nodes = len(s.items)
	node := func(name string) int {
		n, known := index[name]
		if !known {
			n = s.nodes
			index[name] = n
			s.nodes++
		}
		return n
	}
	links := s.openLinks(node)
	wholes := make([]int, len(s.items))
	for i := range s.items {
		wholes[i] = -1
		if w := s.items[i].PartOf; w != "" && w != s.items[i].Event {
			wholes[i] = node(w)
		}
	}
	s.whole = wholes
	for len(s.whole) < s.nodes {
		s.whole = append(s.whole, -1)
	}
	s.same, s.class = newDisjoint(s.nodes), newDisjoint(s.nodes)
	s.linked = make([]bool, s.nodes)
	for _, l := range links {
		s.same.join(l[0], l[1])
		s.class.join(l[0], l[1])
		s.linked[l[0]], s.linked[l[1]] = true, true
	}
	s.cutCycles()
	s.fuseLoops()
	s.layer()
	s.split()
	s.scratch = newScratch(s.nodes)
	return s
}

// openLinks gives the pairs that may be the same and haven't been separated.
func (s *structure) openLinks(node func(string) int) [][2]int {
	pair := func(i, j int) [2]int { return [2]int{min(i, j), max(i, j)} }
	apart := map[[2]int]bool{}
	for i := range s.items {
		for _, name := range s.items[i].Separated {
			apart[pair(i, node(name))] = true
		}
	}
	var links [][2]int
	for i := range s.items {
		for _, name := range s.items[i].PossiblySame {
			if l := pair(i, node(name)); l[0] != l[1] && !apart[l] {
				links = append(links, l)
			}
		}
	}
	return links
}

// cutCycles finds events that are recorded as part of themselves through others,
// takes them as possibly one event, and part of nothing.
func (s *structure) cutCycles() {
	s.looped = make([]bool, s.nodes)
	walk := make([]int, s.nodes) // the walk that reached the node first, from 1
	for i := range walk {
		n := i
		for n >= 0 && walk[n] == 0 {
			walk[n] = i + 1
			n = s.whole[n]
		}
		if n < 0 || walk[n] != i+1 {
			continue
		}
		for !s.looped[n] {
			s.looped[n] = true
			s.class.join(n, s.whole[n])
			n = s.whole[n]
		}
	}
	for n, looped := range s.looped {
		if looped {
			s.whole[n] = -1
		}
	}
}

// classParts gives the classes that are part of each class, each once.
func (s *structure) classParts() [][]int {
	parts := make([][]int, s.nodes)
	for n, w := range s.whole {
		if w < 0 {
			continue
		}
		if p, c := s.class.find(n), s.class.find(w); p != c {
			parts[c] = append(parts[c], p)
		}
	}
	for c := range parts {
		slices.Sort(parts[c])
		parts[c] = slices.Compact(parts[c])
	}
	return parts
}

// fuseLoops makes one class of classes that would each be part of the other if
// some that may be the same are, with all that lies between them.
func (s *structure) fuseLoops() {
	parts := s.classParts()
	wholes := make([][]int, s.nodes)
	for c, ps := range parts {
		for _, p := range ps {
			wholes[p] = append(wholes[p], c)
		}
	}
	inLoop := make([]bool, s.nodes)
	// What nothing leads to in a loop, going down or going up, is taken away.
	for i, up := range trimmed(wholes, parts) {
		inLoop[i] = !up
	}
	for i, down := range trimmed(parts, wholes) {
		inLoop[i] = inLoop[i] && !down
	}
	for c, ps := range parts {
		for _, p := range ps {
			if inLoop[c] && inLoop[p] {
				s.class.join(c, p)
			}
		}
	}
}

// trimmed takes away, again and again, what has nothing left before it.
func trimmed(before, after [][]int) []bool {
	left := make([]int, len(before))
	gone := make([]bool, len(before))
	var todo []int
	for i := range before {
		if left[i] = len(before[i]); left[i] == 0 {
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		gone[i] = true
		for _, j := range after[i] {
			if left[j]--; left[j] == 0 {
				todo = append(todo, j)
			}
		}
	}
	return gone
}

// layer gives every class its level.
func (s *structure) layer() {
	s.parts = s.classParts()
	s.level = make([]int, s.nodes)
	wholes := make([]int, s.nodes)
	for _, ps := range s.parts {
		for _, p := range ps {
			wholes[p]++
		}
	}
	var todo []int
	for c, n := range wholes {
		if n == 0 {
			todo = append(todo, c)
		}
	}
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range s.parts[c] {
			s.level[p] = max(s.level[p], s.level[c]+1)
			if wholes[p]--; wholes[p] == 0 {
				todo = append(todo, p)
			}
		}
	}
}

// split finds the components.
func (s *structure) split() {
	together := newDisjoint(s.nodes)
	for n, w := range s.whole {
		together.join(n, s.class.find(n))
		if w >= 0 {
			together.join(n, w)
		}
	}
	at := make([]int, s.nodes)
	place := func(n int) *component {
		top := together.find(n)
		if at[top] == 0 {
			s.components = append(s.components, component{})
			at[top] = len(s.components)
		}
		return &s.components[at[top]-1]
	}
	order := s.wholesFirst()
	s.below = slices.Clone(s.linked)
	for _, n := range order {
		c := place(n)
		c.nodes = append(c.nodes, n)
		if s.class.find(n) == n {
			c.classes = append(c.classes, n)
		}
	}
	for _, n := range slices.Backward(order) {
		if w := s.whole[n]; w >= 0 && s.below[n] {
			s.below[w] = true
		}
	}
	for _, c := range s.components {
		slices.SortFunc(c.classes, func(a, b int) int { return s.level[b] - s.level[a] })
	}
}

// wholesFirst orders the nodes so that every whole comes before its parts.
func (s *structure) wholesFirst() []int {
	parts := make([][]int, s.nodes)
	order := make([]int, 0, s.nodes)
	for n, w := range s.whole {
		if w < 0 {
			order = append(order, n)
		} else {
			parts[w] = append(parts[w], n)
		}
	}
	for i := 0; i < len(order); i++ {
		order = append(order, parts[order[i]]...)
	}
	return order
}

// actsOf lists the acts of the items in a component that were asked for, each
// once.
func (s *structure) actsOf(c component) []string {
	var acts []string
	for _, n := range c.nodes {
		if n < len(s.items) && !s.items[n].Beside && !slices.Contains(acts, s.items[n].Act) {
			acts = append(acts, s.items[n].Act)
		}
	}
	return acts
}

// disjoint is a family of disjoint sets of nodes.
type disjoint struct{ up []int }

func newDisjoint(n int) *disjoint {
	d := &disjoint{up: make([]int, n)}
	for i := range d.up {
		d.up[i] = i
	}
	return d
}

func (d *disjoint) find(n int) int {
	for d.up[n] != n {
		d.up[n] = d.up[d.up[n]]
		n = d.up[n]
	}
	return n
}

// join unites two sets; the one whose node is the smaller stands for both.
func (d *disjoint) join(a, b int) {
	a, b = d.find(a), d.find(b)
	d.up[max(a, b)] = min(a, b)
}
