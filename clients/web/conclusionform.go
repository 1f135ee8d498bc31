package web

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// readyFinding gathers what a finding rests on, has its guards worked out, and offers the
// origins and claims of it where a proposal names some.
func (v *visit) readyFinding(ctx context.Context, t *taking, f *tumenv1.Finding) error {
	t.form = t.form.ForAspect(f.GetAspect())
	if err := v.fetch(ctx, t.shelf, f.GetSubject()); err != nil {
		return err
	}
	if err := v.gatherCase(t.shelf, f); err != nil {
		return err
	}
	t.Called = t.shelf.Label(f.GetSubject()) + " — " + v.say().Enum(f.GetAspect())
	for _, g := range v.guards(t.shelf, f) {
		if g.Action == t.word() {
			t.Guards = append(t.Guards, g)
		}
	}
	if aboutIdentity(f.GetAspect()) && v.session.purposeOf(f.GetName(), v.site.config.Now()) == "" && (t.Verb == "Propose" || t.Verb == "Approve") {
		t.OpenFirst = f.GetName()
	}
	if t.field == "" {
		return nil
	}
	support := f.GetSupport()
	supporting := t.origins(originsOf(support.GetSupporting()))
	t.offers = map[string][]option{
		"addressed_denials.origin": t.origins(originsOf(support.GetDenying())),
		"independence.a":           supporting,
		"independence.b":           supporting,
		"contrary":                 t.claims(support),
	}
	return nil
}

// aboutIdentity says whether an aspect is of who somebody is: only who is shown what is
// said of it, for a purpose, decides on it.
func aboutIdentity(a tumenv1.Aspect) bool {
	switch a {
	case tumenv1.Aspect_ASPECT_NAME, tumenv1.Aspect_ASPECT_BIRTH, tumenv1.Aspect_ASPECT_IDENTITY, tumenv1.Aspect_ASPECT_RELATION:
		return true
	}
	return false
}

// origins are sources to choose from, under what each is called.
func (t *taking) origins(names map[string]bool) []option {
	var all []option
	for name := range names {
		all = append(all, option{Value: name, Label: t.shelf.Label(name)})
	}
	slices.SortFunc(all, func(a, b option) int { return labels.Compare(a.Label+a.Value, b.Label+b.Value) })
	return all
}

// claims are those that speak to a finding, each with its source and what it says.
func (t *taking) claims(support *tumenv1.Support) []option {
	var all []option
	for _, stance := range []*tumenv1.StanceSupport{support.GetDenying(), support.GetSupporting(), support.GetNotConfirming()} {
		for _, name := range stance.GetClaims() {
			c := t.shelf.Claim(name)
			if c == nil {
				continue
			}
			label := t.shelf.Label(c.GetSource()) + " — " + t.shelf.words.Enum(c.GetStance())
			if value, own := t.shelf.Value(c.GetValue()); value+own.Text != "" {
				label += ": " + value + " " + own.Text
			}
			all = append(all, option{Value: name, Label: label})
		}
	}
	return all
}

// conclusionBegun is what was concluded before, and a row for each denial that has to be
// weighed.
func (t *taking) conclusionBegun(f *tumenv1.Finding) entry.Texts {
	texts := entry.Texts{}
	if t.field == "" {
		return texts
	}
	if f.GetConclusion() != nil {
		texts = t.form.Texts(f.GetConclusion())
	}
	row := len(f.GetConclusion().GetAddressedDenials())
	for _, denier := range t.offers["addressed_denials.origin"] {
		if !slices.Contains(slices.Collect(maps.Values(texts)), denier.Value) {
			texts["addressed_denials["+strconv.Itoa(row)+"].origin"] = denier.Value
			row++
		}
	}
	return texts
}
