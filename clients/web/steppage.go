package web

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// taking is a step with the record that it is taken with.
type taking struct {
	*step
	record labels.Record
	in     string // the case around it; empty for none
	shelf  *shelf
	offers map[string][]option // for the fields of its form, by path without rows
	stepPage
}

// stepPage is what a page shows on which something is done.
type stepPage struct {
	Called, Back string // with what, and its page
	How          string // what it does
	Guards       []guard
	Form         *recordForm
	Until        *untilField // nil: it does not end
	OpenFirst    string      // the record that has to be opened for a purpose before this can be done; empty for none
}

// untilField asks for the day on which something ends.
type untilField struct{ Value, Fault string }

// taken is the step of the address.
func (v *visit) taken(ctx context.Context) (*taking, error) {
	word, name := v.r.PathValue("step"), v.r.PathValue("record")
	var s *step
	for _, verb := range stepVerbs {
		if one := stepOf(verb, labels.KindOf(name)); one != nil && one.word() == word {
			s = one
		}
	}
	if s == nil || !v.may(s.Service+"/"+s.method()) {
		return nil, errNotFound
	}
	record, err := v.stepRecord(ctx, name)
	if err != nil {
		return nil, err
	}
	t := &taking{step: s, record: record, shelf: v.shelf(), stepPage: stepPage{How: v.say().Say(s.said() + "_how")}}
	if t.in = labels.CaseOf(name); labels.KindOf(t.in) != "Case" {
		t.in = ""
	}
	return t, v.ready(ctx, t)
}

// stepRecord reads the record that a step is taken with. Members are read as colleagues:
// who looks after them reads no records.
func (v *visit) stepRecord(ctx context.Context, name string) (labels.Record, error) {
	if labels.KindOf(name) == "Member" {
		s := v.shelf()
		if err := v.members(ctx, s); err != nil {
			return nil, err
		}
		if m, ok := s.records[name].(*tumenv1.Member); ok {
			return m, nil
		}
		return nil, errNotFound
	}
	reply, err := v.site.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	if err != nil {
		return nil, err
	}
	return labels.Unwrap(reply.GetRecord()).(labels.Record), nil
}

// ready fits the form of a step to its record.
func (v *visit) ready(ctx context.Context, t *taking) error {
	put(t.shelf, t.record)
	switch of := t.record.(type) {
	case *tumenv1.Finding:
		return v.readyFinding(ctx, t, of)
	case *tumenv1.Claim:
		if t.field != "" && len(of.GetWithheld()) > 0 {
			return errNotFound // a replacement would lose what is withheld
		}
		t.form = t.form.ForAspect(of.GetAspect()).Without(func(f entry.Field) bool { return strings.HasPrefix(f.Path, "protected_value.") })
	case *tumenv1.Submission:
		if t.in = of.GetCase(); t.in != "" {
			t.form = t.form.Without(func(f entry.Field) bool { return f.Path == "into_case" })
		}
	case *tumenv1.Member:
		t.Called = t.shelf.Label(of.GetName()) + " (" + of.GetHandle() + ")"
		return nil
	}
	if err := v.refer(ctx, t.shelf, t.record); err != nil {
		return err
	}
	t.Called = t.shelf.Label(t.record.GetName())
	return nil
}

// begun are the texts with which the form of a step begins.
func (t *taking) begun() entry.Texts {
	switch of := t.record.(type) {
	case *tumenv1.Finding:
		return t.conclusionBegun(of)
	case *tumenv1.Claim:
		if t.field != "" {
			return t.form.Texts(of)
		}
	case *tumenv1.Member:
		if t.field != "" {
			return t.form.Texts(of)
		}
	}
	return entry.Texts{}
}

// showStep is the page on which a step is taken.
func (s *Site) showStep(v *visit) error {
	t, err := v.taken(v.context())
	if err != nil {
		return err
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	texts := t.begun()
	if v.got(draftField) != "" {
		maps.Copy(texts, typed(t.form, v.r.Form))
	}
	return v.showStepForm(http.StatusOK, t, texts, nil)
}

func (v *visit) showStepForm(status int, t *taking, texts entry.Texts, faults []entry.Fault) error {
	f, err := v.formOf(t.form, v.offeringFor(t), texts, faults)
	if err != nil {
		return err
	}
	f.Etag = etagOf(t.record)
	if etag := v.r.FormValue("etag"); etag != "" {
		f.Etag = etag
	}
	f.Here = t.address(t.record.GetName())
	t.Form, t.Back = f, t.next(nil)
	v.types()
	return v.render(status, "step", v.say().Say(t.said()), t)
}

// offeringFor are the choices of a step's form.
func (v *visit) offeringFor(t *taking) *choices {
	choices := v.offering(v.context(), t.in)
	choices.offers = t.offers
	return choices
}

func etagOf(r labels.Record) string {
	if e, ok := r.(interface{ GetEtag() string }); ok {
		return e.GetEtag()
	}
	return ""
}
