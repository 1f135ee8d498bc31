package picture

// MaxSources is how many sources a graph has room for, and MaxColumns how many
// columns: what is passed on more often stands in the last.
const (
	MaxSources = 18
	MaxColumns = 4
)

// Graph is who passes on whom.
type Graph struct {
	Sources []Source
	Relays  []Relay
	Ties    []Tie
	Words   GraphWords
}

// Source is somebody who says something.
type Source struct {
	Label  string
	Stance Stance
}

// Relay says that a source passes another on, by their positions in Sources.
type Relay struct{ By, Of int }

// Tie joins two sources that rest, or may rest, on the same contact.
type Tie struct {
	A, B  int
	Known bool // not merely possible
}

// GraphWords are the captions of a graph's key; those left empty are not shown.
type GraphWords struct {
	Relays    string // an arrow: passed on by
	Known     string // known to rest on the same
	Possible  string // may rest on the same
	Dependent string // a frame: sources that depend on each other
	MayDepend string // a dashed frame: sources that may
	Stances   StanceWords
}

// web is a graph with all that follows from its links.
type web struct {
	of     [][]int // whom a source passes on
	column []int
	lane   []int // -1: it passes on several lanes
	lanes  int
	joined map[int]bool // lanes with a known tie in them, or whose ties are none but relays
}

// web works out columns and lanes. Links to what is not drawn, and of a source to
// itself, count for none.
func (g Graph) web(drawn int) web {
	w := web{of: make([][]int, drawn), column: make([]int, drawn), lane: make([]int, drawn), joined: map[int]bool{}}
	for _, r := range g.Relays {
		if linked(r.By, r.Of, drawn) {
			w.of[r.By] = append(w.of[r.By], r.Of)
		}
	}
	for i := range w.lane {
		w.lane[i] = -1
	}
	onTheWay := make([]bool, drawn)
	placed := make([]bool, drawn)
	for i := range drawn {
		w.place(i, onTheWay, placed)
	}
	w.share(g.Ties, drawn)
	return w
}

func linked(a, b, drawn int) bool { return a != b && a >= 0 && b >= 0 && a < drawn && b < drawn }

// place puts a source one column after the last of those that it passes on. Where
// sources pass on each other in a circle, the link that closes it counts for none.
func (w web) place(i int, onTheWay, placed []bool) {
	if placed[i] {
		return
	}
	onTheWay[i] = true
	for _, of := range w.of[i] {
		if !onTheWay[of] {
			w.place(of, onTheWay, placed)
			w.column[i] = max(w.column[i], min(w.column[of]+1, MaxColumns-1))
		}
	}
	onTheWay[i], placed[i] = false, true
}

// share gives each source its lane: tied sources share one with those who pass on them
// alone. Who passes on several lanes, or on somebody who does, stands in none.
func (w *web) share(ties []Tie, drawn int) {
	root := make([]int, drawn)
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			i = root[i]
		}
		return i
	}
	for _, t := range ties {
		if linked(t.A, t.B, drawn) {
			a, b := find(t.A), find(t.B)
			root[max(a, b)] = min(a, b)
		}
	}
	number := map[int]int{}
	for i := range drawn {
		if w.column[i] == 0 {
			r := find(i)
			if _, known := number[r]; !known {
				number[r] = w.lanes
				w.lanes++
			}
			w.lane[i] = number[r]
		}
	}
	for column := 1; column < MaxColumns; column++ {
		for range drawn { // the last column may hold who passes on others of it
			for i := range drawn {
				if w.column[i] == column {
					w.lane[i] = w.laneOf(i)
				}
			}
		}
	}
	for _, t := range ties {
		if linked(t.A, t.B, drawn) && t.Known && w.lane[t.A] >= 0 {
			w.joined[w.lane[t.A]] = true
		}
	}
	for i := range drawn {
		if w.column[i] > 0 && w.lane[i] >= 0 {
			w.joined[w.lane[i]] = true
		}
	}
}

func (w web) laneOf(i int) int {
	lane := w.lane[w.of[i][0]]
	for _, of := range w.of[i] {
		if w.lane[of] != lane {
			return -1
		}
	}
	return lane
}
