package support

import "slices"

// knots are the groups of nodes that lead to each other, in an order in which
// every link between two of them leads to an earlier one.
type knots struct {
	of      []int   // of a node
	nodes   [][]int // of a knot
	tangled []bool  // its nodes lead back to themselves
}

// knotsOf finds them in two walks: one notes in which order nodes are done with,
// the other goes against the links, those last done with first.
func knotsOf(links [][]int) *knots {
	back := make([][]int, len(links))
	for from, list := range links {
		for _, to := range list {
			back[to] = append(back[to], from)
		}
	}
	k := &knots{of: make([]int, len(links))}
	for i := range k.of {
		k.of[i] = -1
	}
	done := finished(links)
	for _, start := range slices.Backward(done) {
		if k.of[start] >= 0 {
			continue
		}
		number := len(k.nodes)
		group := []int{start}
		k.of[start] = number
		for i := 0; i < len(group); i++ {
			for _, from := range back[group[i]] {
				if k.of[from] < 0 {
					k.of[from] = number
					group = append(group, from)
				}
			}
		}
		k.nodes = append(k.nodes, group)
	}
	slices.Reverse(k.nodes)
	k.tangled = make([]bool, len(k.nodes))
	for i, group := range k.nodes {
		k.tangled[i] = len(group) > 1 || slices.Contains(links[group[0]], group[0])
		for _, n := range group {
			k.of[n] = i
		}
	}
	return k
}

// finished gives the nodes in the order in which a walk in depth is done with them.
// It does not call itself: chains of relays may be long.
func finished(links [][]int) (done []int) {
	entered := make([]bool, len(links))
	type step struct{ node, next int }
	for root := range links {
		if entered[root] {
			continue
		}
		entered[root] = true
		path := []step{{root, 0}}
		for len(path) > 0 {
			s := &path[len(path)-1]
			if s.next == len(links[s.node]) {
				done = append(done, s.node)
				path = path[:len(path)-1]
				continue
			}
			to := links[s.node][s.next]
			s.next++
			if !entered[to] {
				entered[to] = true
				path = append(path, step{to, 0})
			}
		}
	}
	return done
}
