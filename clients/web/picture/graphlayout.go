package picture

import "slices"

// node is a source laid out.
type node struct {
	box
	label label
	item  int
}

// frame is the lane of several sources.
type frame struct {
	box
	known bool // they depend on each other for certain
}

const (
	nodeHeight = 40.0
	rowGap     = 10.0
	laneGap    = 14.0
	tieRoom    = 16.0 // left of the first column, for ties
	badgeRoom  = 26.0
)

// sheet is a graph laid out.
type sheet struct {
	nodes  []node
	frames []frame
	height float64
	gutter float64 // between columns
}

func (d *drawing) sheet(g Graph, w web) sheet {
	columns := 1
	for _, at := range w.column {
		columns = max(columns, at+1)
	}
	s := sheet{nodes: make([]node, len(w.lane)), gutter: max(28, (d.width-2*margin)*0.1)}
	room := d.width - 2*margin - tieRoom - 16
	width := min((room-s.gutter*float64(columns-1))/float64(columns), 280)
	y := margin
	for lane := range w.lanes + 1 {
		if lane == w.lanes {
			lane = -1 // those who pass on several come last
		}
		rows, members := make([]int, columns), 0
		for i := range w.lane {
			if w.lane[i] != lane {
				continue
			}
			at := w.column[i]
			x := margin + tieRoom + 8 + float64(at)*(width+s.gutter)
			s.nodes[i] = node{box: box{x, y + 8 + float64(rows[at])*(nodeHeight+rowGap), width, nodeHeight}, item: i}
			rows[at]++
			members++
		}
		if members == 0 {
			continue
		}
		height := float64(slices.Max(rows))*(nodeHeight+rowGap) - rowGap + 16
		if lane >= 0 && members > 1 {
			s.frames = append(s.frames, s.around(w, lane, y, height))
		}
		y += height + laneGap - 6
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		room := n.w - 12
		if g.Sources[i].Stance != NoStance {
			room -= badgeRoom - 6
		}
		n.label = d.label(g.Sources[i].Label, i, small, room, 2)
	}
	s.height = y
	return s
}

// around is the frame of a lane, as far as its sources reach.
func (s sheet) around(w web, lane int, y, height float64) frame {
	right := 0.0
	for i, n := range s.nodes {
		if w.lane[i] == lane {
			right = max(right, n.right())
		}
	}
	return frame{box{margin, y, right + 8 - margin, height}, w.joined[lane]}
}

// way is how an arrow runs from a source to who passes it on: straight from column to
// column, and through the columns between them where no source stands.
func (s sheet) way(w web, from, to int) []point {
	a, b := s.nodes[from], s.nodes[to]
	start, end := point{a.right(), a.middle().y}, point{b.x, b.middle().y}
	if b.x <= a.x { // a circle, or both in the last column: round the right side
		out := max(a.right(), b.right()) + 7
		return []point{start, {out, start.y}, {out, b.middle().y + 8}, {b.right(), b.middle().y + 8}}
	}
	path := []point{start}
	for column := w.column[from] + 1; column < w.column[to]; column++ {
		left := a.x + float64(column-w.column[from])*(a.w+s.gutter)
		share := (left + a.w/2 - start.x) / (end.x - start.x)
		y := s.gap(w, column, start.y+(end.y-start.y)*share)
		path = append(path, point{left - 4, y}, point{left + a.w + 4, y})
	}
	return append(path, end)
}

// gap is the height nearest to y at which nothing of a column stands.
func (s sheet) gap(w web, column int, y float64) float64 {
	free := func(at float64) bool {
		return !slices.ContainsFunc(s.nodes, func(n node) bool {
			return w.column[n.item] == column && at > n.y-3 && at < n.bottom()+3
		})
	}
	for off := 0.0; off < s.height; off++ {
		if free(y-off) && y-off > margin {
			return y - off
		}
		if free(y + off) {
			return y + off
		}
	}
	return y
}
