package support

// bonds are the groups into which ties join sources, by their first name.
type bonds struct {
	known, any joined
	standing   map[string]*Tie // those that join, by name
}

// joined leads from a source towards the first of its group; who is alone is not in it.
type joined map[string]string

func (j joined) first(name string) string {
	for {
		next, more := j[name]
		if !more {
			return name
		}
		if after, more := j[next]; more { // shorten the way
			j[name] = after
		}
		name = next
	}
}

func (j joined) join(a, b string) {
	a, b = j.first(a), j.first(b)
	switch {
	case a < b:
		j[b] = a
	case b < a:
		j[a] = b
	}
}

func bondsOf(ties []*Tie) *bonds {
	b := &bonds{joined{}, joined{}, map[string]*Tie{}}
	separated := map[[2]string]bool{}
	for _, t := range ties {
		if t.Kind == Separated {
			separated[[2]string{min(t.A, t.B), max(t.A, t.B)}] = true
		}
	}
	for _, t := range ties {
		possible := t.Kind == PossiblySame && !separated[[2]string{min(t.A, t.B), max(t.A, t.B)}]
		if t.A == t.B || !t.Kind.known() && !possible {
			continue
		}
		b.standing[t.Name] = t
		b.any.join(t.A, t.B)
		if t.Kind.known() {
			b.known.join(t.A, t.B)
		}
	}
	return b
}

// leads says whether a joint is a way over standing ties from its one end to the
// other, and whether all of them are known.
func (b *bonds) leads(j Joint) (all, known bool) {
	if len(j.Ties) != len(j.Through)+1 {
		return false, false
	}
	at, known := j.A, true
	stops := append(append([]string{}, j.Through...), j.B)
	for i, name := range j.Ties {
		t := b.standing[name]
		if t == nil || !(t.A == at && t.B == stops[i] || t.B == at && t.A == stops[i]) {
			return false, false
		}
		known = known && t.Kind.known()
		at = stops[i]
	}
	return true, known
}
