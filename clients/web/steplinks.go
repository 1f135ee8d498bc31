package web

import (
	"fmt"
	"net/url"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// deletable is a record that can be deleted and undeleted.
type deletable interface {
	GetDeleteTime() *timestamppb.Timestamp
}

// stepLink leads to the page of something that can be done with a record.
type stepLink struct{ Label, To string }

// Steps are what the member may do with a record of the own organisation as it is: change
// it, and the steps that fit.
func (s *shell) Steps(r labels.Record) []stepLink {
	v := s.visit
	kind := labels.KindOf(r.GetName())
	if owner, ok := r.(interface{ GetOwner() string }); !ok || kind != "Member" && !s.Ours(owner.GetOwner()) {
		return nil
	}
	var all []stepLink
	if k := entry.KindOf(strings.ToLower(kind)); k != nil && v.may(k.Service+"/Update"+k.Title()) && live(r) {
		all = append(all, stepLink{v.say().Say("entry.edit_" + k.Name), "/edit/" + r.GetName()})
	}
	for _, verb := range stepVerbs {
		if step := stepOf(verb, kind); step != nil && v.may(step.Service+"/"+step.method()) && step.fits(r) && !v.stopped(step, r) {
			all = append(all, stepLink{v.say().Say(step.said()), step.address(r.GetName())})
		}
	}
	return all
}

// Ours says whether an owner is the reader's organisation: nobody changes what is another's.
func (s *shell) Ours(owner string) bool {
	return owner == s.visit.session.self.GetOrganisation().GetName()
}

// Protected says whether a record tells, or could tell, who somebody is: it holds or
// withholds that, or the reader may enter it.
func (s *shell) Protected(r labels.Record) bool {
	if !s.visit.may("RecordService/GetRecord") {
		return false
	}
	if w, ok := r.(interface{ GetWithheld() []*tumenv1.Withheld }); ok && len(w.GetWithheld()) > 0 {
		return true
	}
	switch of := r.(type) {
	case *tumenv1.Person:
		return s.Ours(of.GetOwner())
	case *tumenv1.Source:
		return s.Ours(of.GetOwner()) && s.visit.may("SourceService/UpdateSource")
	case *tumenv1.Finding:
		return aboutIdentity(of.GetAspect())
	}
	holds := false
	r.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		holds = identifies(fd)
		return !holds
	})
	return holds
}

// stopped says whether something stands against a step that can be known beforehand: nobody
// approves what they proposed, and who is not shown the whole of a claim can't replace it.
func (v *visit) stopped(s *step, r labels.Record) bool {
	switch of := r.(type) {
	case *tumenv1.Finding:
		return s.Verb == "Approve" && of.GetProposer() == v.session.self.GetMember().GetName()
	case *tumenv1.Claim:
		return s.Verb == "Supersede" && len(of.GetWithheld()) > 0
	case *tumenv1.Member:
		return s.Verb == "Confirm" && (of.GetPending().GetProposer() == v.session.self.GetMember().GetName() || of.GetName() == v.session.self.GetMember().GetName())
	}
	return false
}

func live(r labels.Record) bool {
	d, ok := r.(deletable)
	return !ok || d.GetDeleteTime() == nil
}

// Makes are links to the forms for new records that go with a record, by what of the form
// is filled in already.
func (s *shell) Makes(given map[string]any, kinds ...string) []stepLink {
	filled := url.Values{}
	for field, text := range given {
		filled.Set(field, fmt.Sprint(text))
	}
	var all []stepLink
	for _, name := range kinds {
		if k := entry.KindOf(name); k != nil && s.visit.may(k.Service+"/Create"+k.Title()) {
			to := "/new/" + name
			if len(filled) > 0 {
				to += "?" + filled.Encode()
			}
			all = append(all, stepLink{s.visit.say().Say("entry.new_" + name), to})
		}
	}
	return all
}

// MakesIn are links to the forms for new records in a case of the own organisation.
func (s *shell) MakesIn(c *tumenv1.Case, kinds ...string) []stepLink {
	if !s.Ours(c.GetOwner()) || !live(c) {
		return nil
	}
	return s.Makes(map[string]any{"case": c.GetName()}, kinds...)
}

// ClaimsOn is a link to the form for a new claim on what a finding is about.
func (s *shell) ClaimsOn(c *tumenv1.Case, f *tumenv1.Finding) []stepLink {
	if !s.Ours(c.GetOwner()) || !live(c) {
		return nil
	}
	aspect := labels.EnumWord(f.GetAspect().Descriptor(), f.GetAspect().Number())
	return s.Makes(map[string]any{"case": c.GetName(), "f.subjects": f.GetSubject(), "f.aspect": aspect}, "claim")
}
