package service

import (
	"fmt"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// aspectRule says of what an aspect is one, and which kind of value it takes:
// the name of the field in Value, or in ProtectedValue for a person; empty for
// none.
type aspectRule struct {
	subject   records.Kind
	value     string
	protected string
}

// aspects is the whole table; an aspect that is not in it is refused.
var aspects = map[tumenv1.Aspect]aspectRule{
	tumenv1.Aspect_ASPECT_OCCURRENCE:     {subject: records.Event},
	tumenv1.Aspect_ASPECT_TIME:           {subject: records.Event, value: "time"},
	tumenv1.Aspect_ASPECT_PLACE:          {subject: records.Event, value: "places"},
	tumenv1.Aspect_ASPECT_COUNT:          {subject: records.Event, value: "count"},
	tumenv1.Aspect_ASPECT_COMPOSITION:    {subject: records.Event, value: "composition"},
	tumenv1.Aspect_ASPECT_RESPONSIBILITY: {subject: records.Event, value: "responsibility"},
	tumenv1.Aspect_ASPECT_PARTICIPATION:  {subject: records.Involvement, value: "participation"},
	tumenv1.Aspect_ASPECT_CUSTODY_STATUS: {subject: records.Involvement, value: "custody"},
	tumenv1.Aspect_ASPECT_NAME:           {subject: records.Person, protected: "name"},
	tumenv1.Aspect_ASPECT_BIRTH:          {subject: records.Person, protected: "birth"},
	tumenv1.Aspect_ASPECT_IDENTITY:       {subject: records.Person, protected: "identity"},
	tumenv1.Aspect_ASPECT_RELATION:       {subject: records.Person, protected: "relation"},
}

func (c *check) claim(r *tumenv1.Claim) {
	if c.unchanging(r); len(c.violations) > 0 {
		return // as another claim it would be judged by other rules
	}
	rule, ok := aspects[r.GetAspect()]
	if !ok {
		c.bad("aspect", "UNKNOWN_ASPECT", "this aspect is not known here")
		return
	}
	for i, s := range r.GetSubjects() {
		path := fmt.Sprintf("subjects[%d]", i)
		kind := c.kindNamed(s)
		if kind != rule.subject {
			c.bad(path, "ASPECT_MISMATCH", "%s is an aspect of %s, and this is %s", aspectWord(r.GetAspect()), fault.A(rule.subject.String()), fault.A(kind.String()))
		} else if kind != records.Person {
			c.inCase(path, s)
		}
	}
	c.claimValue(r, rule)
	c.date("said_on", r.GetSaidOn())
	if r.GetCredibility() != 0 && blank(r.GetCredibilityReason()) {
		c.bad("credibility_reason", "GRADE_REASON_MISSING", "say why the claim has this grade")
	}
	if b, ok := c.before.(*tumenv1.Claim); ok && b.GetCredibility() != 0 && r.GetCredibility() != b.GetCredibility() && r.GetCredibility() != 0 && r.GetCredibilityReason() == b.GetCredibilityReason() {
		c.bad("credibility_reason", "GRADE_REASON_STALE", "the reason is that of the former grade; say why the claim has this one")
	}
	if e := r.GetExamination(); e != nil && records.ParentOf(e.GetCapture()) != r.GetSource() {
		c.bad("examination.capture", "OTHER_SOURCE", "%s is not a capture of the claim's source", e.GetCapture())
	}
	if k, err := records.Get[*tumenv1.Capture](c.view, r.GetExamination().GetCapture()); err == nil && k.GetKind() != tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL {
		c.bad("examination.capture", "WORKING_COPY", "a working copy is never evidence by itself; name the original")
	}
	c.claimRelays(r)
}

// claimValue checks that the value is of the kind that the aspect takes.
func (c *check) claimValue(r *tumenv1.Claim, rule aspectRule) {
	if got := valueKind(r.GetValue()); got != "" && got != rule.value {
		c.bad("value", "ASPECT_MISMATCH", "%s takes %s, not %s", aspectWord(r.GetAspect()), wanted(rule.value), got)
	}
	if got := protectedKind(r.GetProtectedValue()); got != "" && got != rule.protected {
		c.bad("protected_value", "ASPECT_MISMATCH", "%s takes %s, not %s", aspectWord(r.GetAspect()), wanted(rule.protected), got)
	}
	if r.GetStance() == tumenv1.Stance_STANCE_ASSERTS && len(c.violations) == 0 {
		if rule.value != "" && valueKind(r.GetValue()) == "" {
			c.bad("value."+rule.value, "VALUE_MISSING", "say what the source asserts, in its own words at least")
		}
		if rule.protected != "" && protectedKind(r.GetProtectedValue()) == "" {
			c.bad("protected_value."+rule.protected, "VALUE_MISSING", "say what the source asserts")
		}
	}
	c.time("value.time", r.GetValue().GetTime())
	c.date("protected_value.birth.edtf", r.GetProtectedValue().GetBirth().GetEdtf())
	before, _ := c.before.(*tumenv1.Claim)
	c.code("value.custody.status", tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, r.GetValue().GetCustody().GetStatus(), before.GetValue().GetCustody().GetStatus())
	for i, p := range r.GetValue().GetPlaces().GetPlaces() {
		if p.GetPlace() == "" && p.GetWords() == "" {
			c.bad(fmt.Sprintf("value.places.places[%d].place", i), "VALUE_MISSING", "name the place, or give the source's words for it")
		}
	}
}

func wanted(kind string) string {
	if kind == "" {
		return "no such value"
	}
	return "a value of kind " + kind
}

// claimRelays checks that a claim relays only what its source relays.
func (c *check) claimRelays(r *tumenv1.Claim) {
	if len(r.GetRelays()) == 0 || c.err != nil {
		return
	}
	source, err := records.Get[*tumenv1.Source](c.view, r.GetSource())
	if err != nil {
		return // references() has said so
	}
	basis := r.GetBasis()
	if basis == tumenv1.Basis_BASIS_UNSPECIFIED {
		basis = source.GetBasis()
	}
	if basis != tumenv1.Basis_BASIS_RELAYED {
		c.bad("relays", "NOT_RELAYED", "only a relayed claim relays; set basis to BASIS_RELAYED or leave relays empty")
	}
	for i, n := range r.GetRelays() {
		known := slices.ContainsFunc(source.GetRelays(), func(x *tumenv1.Relay) bool { return x.GetSource() == n })
		if !known {
			c.bad(fmt.Sprintf("relays[%d]", i), "NOT_A_RELAY_OF_THE_SOURCE", "the claim's source does not relay %s; add it to the source's relays first", n)
		}
	}
}

// unchanging keeps what a claim is about: another source, subject, aspect or
// stance makes it another claim.
func (c *check) unchanging(r *tumenv1.Claim) {
	b, ok := c.before.(*tumenv1.Claim)
	if !ok {
		return
	}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"source", b.GetSource() == r.GetSource()},
		{"subjects", slices.Equal(b.GetSubjects(), r.GetSubjects())},
		{"aspect", b.GetAspect() == r.GetAspect()},
		{"stance", b.GetStance() == r.GetStance()},
	} {
		if !f.same {
			c.bad(f.name, "IMMUTABLE", "this makes it another claim: supersede it, or retract it and record a new one")
		}
	}
}
