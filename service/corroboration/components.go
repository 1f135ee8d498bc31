package corroboration

// components are the strongly connected components of a directed graph,
// numbered so that every link between two of them leads from the higher number
// to the lower.
type components struct {
	of     []int32   // of a node
	order  []int32   // nodes, component by component
	within [][]int32 // nodes of a component
	cyclic []bool    // its nodes lead back to themselves
	to     [][]int32 // components that it leads to, each once
}

// condense finds the components (Tarjan's algorithm, without recursion: chains
// of relays may be long). It takes time linear in nodes and links.
func condense(nodes int, links func(int32) []int32) *components {
	c := &components{of: make([]int32, nodes), order: make([]int32, 0, nodes)}
	const unseen = -1
	for i := range c.of {
		c.of[i] = unseen
	}
	index := make([]int32, nodes) // order of discovery, from 1
	low := make([]int32, nodes)
	next := make([]int32, nodes) // the link to follow next
	var path, open []int32
	found := int32(0)
	enter := func(n int32) {
		found++
		index[n], low[n] = found, found
		path, open = append(path, n), append(open, n)
	}
	for root := range int32(nodes) {
		if index[root] != 0 {
			continue
		}
		enter(root)
		for len(path) > 0 {
			n := path[len(path)-1]
			if out := links(n); int(next[n]) < len(out) {
				to := out[next[n]]
				next[n]++
				switch {
				case index[to] == 0:
					enter(to)
				case c.of[to] == unseen:
					low[n] = min(low[n], index[to])
				}
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				low[path[len(path)-1]] = min(low[path[len(path)-1]], low[n])
			}
			if low[n] == index[n] {
				open = c.closeAt(n, open)
			}
		}
	}
	c.join(links)
	return c
}

// closeAt makes a component of the open nodes from n on.
func (c *components) closeAt(n int32, open []int32) []int32 {
	start := len(open) - 1
	for open[start] != n {
		start--
	}
	for _, m := range open[start:] {
		c.of[m] = int32(len(c.within))
	}
	first := len(c.order)
	c.order = append(c.order, open[start:]...)
	c.within = append(c.within, c.order[first:len(c.order):len(c.order)])
	return open[:start]
}

// join finds which components are cyclic and where each leads.
func (c *components) join(links func(int32) []int32) {
	c.cyclic = make([]bool, len(c.within))
	c.to = make([][]int32, len(c.within))
	seen := make([]int32, len(c.within)) // the component, plus one, that saw it last
	for i, nodes := range c.within {
		c.cyclic[i] = len(nodes) > 1
		for _, n := range nodes {
			for _, m := range links(n) {
				to := c.of[m]
				switch {
				case to == int32(i):
					c.cyclic[i] = true
				case seen[to] != int32(i)+1:
					seen[to] = int32(i) + 1
					c.to[i] = append(c.to[i], to)
				}
			}
		}
	}
}

// backwards turns the links round.
func backwards(to [][]int32) [][]int32 {
	from := make([][]int32, len(to))
	for i, list := range to {
		for _, j := range list {
			from[j] = append(from[j], int32(i))
		}
	}
	return from
}
