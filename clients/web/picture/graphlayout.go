package picture

import (
	"cmp"
	"slices"
)

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
	for i := range s.nodes {
		s.nodes[i].item = i
		s.nodes[i].box = box{margin + tieRoom + 8 + float64(w.column[i])*(width+s.gutter), 0, width, nodeHeight}
	}
	y := margin
	for lane := range w.lanes {
		y = s.lane(w, lane, y, columns)
	}
	s.height = y
	for column := range columns {
		s.between(w, column)
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		room := n.w - 12
		if g.Sources[i].Stance != NoStance {
			room -= badgeRoom - 6
		}
		n.label = d.label(g.Sources[i].Label, i, small, room, 2)
	}
	return s
}

// lane puts the sources of a lane under each other, column by column, and a frame
// round several of them.
func (s *sheet) lane(w web, lane int, y float64, columns int) float64 {
	rows, members, inside := make([]int, columns), 0, 0.0
	for _, of := range w.lane {
		if of == lane {
			members++
		}
	}
	if members > 1 {
		inside = 8
	}
	for i, at := range w.column {
		if w.lane[i] == lane {
			s.nodes[i].y = y + inside + float64(rows[at])*(nodeHeight+rowGap)
			rows[at]++
		}
	}
	height := float64(slices.Max(rows))*(nodeHeight+rowGap) - rowGap + 2*inside
	if members > 1 {
		s.frames = append(s.frames, s.around(w, lane, y, height))
	}
	return y + height + rowGap
}

// between puts the sources of a column that stand in no lane where there is room,
// nearest to those whom they pass on.
func (s *sheet) between(w web, column int) {
	type wish struct {
		item int
		y    float64
	}
	var wishes []wish
	for i, at := range w.column {
		if at != column || w.lane[i] >= 0 {
			continue
		}
		sum := 0.0
		for _, of := range w.of[i] {
			sum += s.nodes[of].y
		}
		wishes = append(wishes, wish{i, sum / float64(len(w.of[i]))})
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(a.y, b.y) })
	placed := map[int]bool{}
	for _, one := range wishes {
		n := &s.nodes[one.item]
		n.y = s.clear(w, placed, n.box, column, one.y)
		placed[one.item] = true
		s.height = max(s.height, n.bottom()+rowGap)
	}
}

// clear is the height nearest to y at which a box meets neither frame nor source.
func (s *sheet) clear(w web, placed map[int]bool, b box, column int, y float64) float64 {
	free := func(at float64) bool {
		around := box{b.x - 10, at - rowGap, b.w + 20, b.h + 2*rowGap}
		for _, f := range s.frames {
			if f.meets(around) {
				return false
			}
		}
		for i, n := range s.nodes {
			if w.column[i] == column && (w.lane[i] >= 0 || placed[i]) && n.meets(around) {
				return false
			}
		}
		return true
	}
	y = max(y, margin) // whom it passes on may have no place yet
	for off := 0.0; ; off += 2 {
		if up := y - off; up >= margin && free(up) {
			return up
		}
		if free(y + off) {
			return y + off
		}
	}
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
	start, end := point{a.right(), a.middle().y}, point{b.x, s.arrival(w, from, to)}
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

// arrival is where on the left side of a source an arrow ends: those that come from
// above above.
func (s sheet) arrival(w web, from, to int) float64 {
	all := slices.Clone(w.of[to])
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(s.nodes[a].y, s.nodes[b].y) })
	apart := min(9, (nodeHeight-10)/float64(max(len(all)-1, 1)))
	return s.nodes[to].middle().y + (float64(slices.Index(all, from))-float64(len(all)-1)/2)*apart
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
