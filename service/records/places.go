package records

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/gazetteer"
)

// insideBuiltIn lists what lies directly inside a built-in place, among the
// built-in ones.
var insideBuiltIn = func() map[string][]string {
	inside := map[string][]string{}
	for _, p := range gazetteer.Places() {
		inside[p.GetContainedIn()] = append(inside[p.GetContainedIn()], p.GetName())
	}
	return inside
}()

// Inside lists a place and everything inside it, as far as the reader sees what
// lies in what; deleted places too: events still name them.
func (v *View) Inside(place string) ([]string, error) {
	out := []string{place}
	seen := map[string]bool{place: true}
	for i := 0; i < len(out); i++ {
		inner := insideBuiltIn[out[i]]
		for p, err := range each[*tumenv1.Place](v, Place, v.ids(byContainer, v.idOf(out[i]))) {
			if err != nil {
				return nil, err
			}
			inner = append(inner[:len(inner):len(inner)], p.GetName())
		}
		for _, n := range inner {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// maxContainers bounds how deep places lie inside each other.
const maxContainers = 64

// Contains says whether a place is another or lies inside it, as far as the
// reader sees what lies in what.
func (v *View) Contains(outer, inner string) (bool, error) {
	for range maxContainers {
		if inner == outer || inner == "" {
			return inner == outer, nil
		}
		k, err := v.store.names.Parse(inner)
		if err != nil {
			return false, nil
		}
		rec, err := v.read(k)
		p, ok := rec.(*tumenv1.Place)
		if !ok || err != nil || !v.Sees(p) {
			return false, err
		}
		inner = p.GetContainedIn()
	}
	return false, nil
}
