package service_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// doings is what people in an office do, some of it oftener.
func (o *office) doings() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){}
	for what, often := range map[string]int{"case": 2, "person": 2, "source": 2, "event": 2, "involvement": 2, "intervention": 1, "claim": 5, "capture": 1, "tie": 1,
		"change": 3, "audience": 2, "mark": 4, "terms": 3, "delete": 3, "undelete": 1, "retract": 1, "review": 4,
		"grant": 4, "revoke": 1, "free": 4, "later": 1, "offer": 2, "return": 1} {
		for i := range often {
			all[fmt.Sprintf("%s %d", what, i)] = func(t *rapid.T) { o.does(what) }
		}
	}
	return all
}

// someone is oftener than not who recorded a thing, as others may not be let in.
func (o *office) someone(t *thing) *caller {
	if t.kind != "finding" && rapid.IntRange(0, 3).Draw(o.t, "another") > 0 {
		return t.by
	}
	return o.author()
}

// does does one thing.
func (o *office) does(what string) {
	switch what {
	case "case":
		o.addCase(o.author(), 0)
	case "person":
		o.addPerson(o.author(), 0)
	case "source":
		o.addSource(o.author(), 0)
	case "event":
		if in := o.one("case", "case"); in != nil {
			o.addEvent(o.someone(in), in, 0)
		}
	case "intervention":
		if in := o.one("case", "case"); in != nil {
			o.add(o.someone(in), "intervention", in, &tumenv1.Intervention{Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST}, state{})
		}
	case "involvement":
		o.addInvolvement()
	case "claim":
		o.addClaim()
	case "capture":
		if in := o.one("source", "source"); in != nil {
			o.addCapture(o.someone(in), in, 0)
		}
	case "tie":
		a, b := o.one("a", "source"), o.one("b", "source")
		if a != nil && a != b {
			o.add(o.someone(a), "tie", nil, &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: a.name, B: b.name}, state{}, a, b)
		}
	case "delete", "undelete":
		o.remove(what == "delete")
	case "retract":
		o.retract()
	case "review":
		o.review()
	case "grant":
		o.grant()
	case "revoke":
		o.revoke()
	case "free":
		o.readsThrough()
	case "later":
		hours.forward(10 * time.Minute)
	case "offer":
		o.offer()
	case "return":
		o.returns()
	default:
		o.changes(what)
	}
}

func (o *office) addCase(by *caller, marking int) *thing {
	c := &tumenv1.Case{Audience: tumenv1.CaseAudience(rapid.IntRange(0, 2).Draw(o.t, "audience"))}
	s := state{marking: marking, assigned: o.colleagues(by)}
	c.Assignees = namesOfCallers(s.assigned)
	return o.add(by, "case", nil, c, s)
}

func (o *office) addPerson(by *caller, marking int) *thing {
	return o.add(by, "person", nil, &tumenv1.Person{Sex: tumenv1.Sex_SEX_MALE}, state{marking: marking})
}

func (o *office) addSource(by *caller, marking int) *thing {
	return o.add(by, "source", nil, &tumenv1.Source{Kind: "news", Basis: own}, state{marking: marking})
}

func (o *office) addEvent(by *caller, in *thing, marking int) *thing {
	n := int64(3)
	return o.add(by, "event", in, &tumenv1.Event{Act: "arrest", Time: &tumenv1.Time{Edtf: "2023-05"}, People: &tumenv1.Count{Low: &n}}, state{marking: marking})
}

func (o *office) addCapture(by *caller, of *thing, marking int) *thing {
	t := o.add(by, "capture", of, &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}, state{marking: marking})
	if t != nil {
		t.of = []*thing{of}
	}
	return t
}

func (o *office) addInvolvement() {
	event, person := o.one("event", "event"), o.one("person", "person")
	if event == nil {
		return
	}
	if person != nil && !rapid.Bool().Draw(o.t, "named") {
		person = nil
	}
	o.involve(o.someone(event), event, person, 0)
}

// involve records that somebody had a part in an event: a person, or nil for somebody who
// has no record.
func (o *office) involve(by *caller, event, person *thing, marking int) *thing {
	i := &tumenv1.Involvement{Event: event.name, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}
	s, uses := state{marking: marking, texts: map[mark]class{}}, []*thing{event}
	if person != nil {
		i.Who, uses = &tumenv1.Involvement_Person{Person: person.name}, append(uses, person)
	} else {
		o.words(i, s.texts, "unnamed")
	}
	return o.add(by, "involvement", event.in, i, s, uses...)
}

func (o *office) addClaim() {
	source, subject := o.one("source", "source"), o.one("subject", "event", "event", "involvement", "person")
	if source == nil || subject == nil {
		return
	}
	in := subject.in
	if subject.kind == "person" {
		if in = o.one("case of the claim", "case"); in == nil {
			return
		}
	}
	o.claim(o.someone(subject), in, source, subject, 0)
}

// claim records in a case what a source says of something, and keeps the finding on that.
func (o *office) claim(by *caller, in, source, subject *thing, marking int) *thing {
	c := &tumenv1.Claim{Source: source.name, Subjects: []string{subject.name}, Stance: rapid.SampledFrom([]tumenv1.Stance{asserts, asserts, denies, unsure}).Draw(o.t, "stance")}
	s, text := state{marking: marking, texts: map[mark]class{}}, o.says()
	s.texts[text] = ofContent
	c.Quote = &tumenv1.Quote{Text: string(text), Language: "en"}
	var of []*thing
	switch subject.kind {
	case "event":
		c.Aspect = rapid.SampledFrom([]tumenv1.Aspect{occurrence, count}).Draw(o.t, "aspect")
		if c.Aspect == count && c.Stance == asserts {
			c.Value = exactly(3)
		}
	case "involvement":
		c.Aspect = tumenv1.Aspect_ASPECT_PARTICIPATION
		if c.Stance == asserts {
			c.Value = asVictim()
		}
	case "person":
		c.Aspect, of = onName, []*thing{subject}
		if c.Stance == asserts {
			name := o.says()
			s.texts[name] = ofIdentity
			c.ProtectedValue = nameValue(string(name))
		}
	}
	t := o.add(by, "claim", in, c, s, source, subject)
	if t == nil {
		return nil
	}
	t.aspect, t.stance, t.inForce, t.of = c.Aspect, c.Stance, true, of
	o.finding(by, in, subject, t)
	return t
}

// finding keeps the finding that came with a claim, if it is new.
func (o *office) finding(by *caller, in, subject, claim *thing) {
	aspect := claim.aspect
	for _, f := range o.all("finding") {
		if f.uses[0] == subject && f.aspect == aspect && f.in == in {
			return
		}
	}
	out, err := by.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: in.name, Subject: subject.name, Aspect: aspect})
	o.must(err)
	for _, f := range out.GetFindings() {
		o.things = append(o.things, &thing{kind: "finding", name: f.GetName(), org: by.org, by: by, in: in, uses: []*thing{subject}, aspect: aspect,
			past: []state{{marking: int(f.GetMarking()), texts: map[mark]class{}}}})
		o.note("  with finding %s, marked %d", f.GetName(), f.GetMarking())
	}
}

// read reads a record as somebody sees it.
func (o *office) read(by *caller, t *thing) stored {
	k := kindsOfThings[t.kind]
	out, err := by.rpc(o.world.t, forPurpose(o.ctx), k.service+"/Get"+k.method, fields{"name": t.name})
	if err != nil {
		return nil
	}
	return part(o.world.t, out, t.kind)
}

// changes gives a record another text, another marking, other readers or other terms.
func (o *office) changes(what string) {
	kinds := []string{"case", "event", "involvement", "intervention", "person", "source", "tie", "claim"}
	switch what {
	case "audience":
		kinds = kinds[:1]
	case "terms":
		kinds = []string{"person", "source"}
	}
	if t := o.one("changed", kinds...); t != nil {
		o.change(o.someone(t), t, what)
	}
}

func (o *office) change(by *caller, t *thing, what string) {
	k, etag := kindsOfThings[t.kind], "unknown"
	if seen := o.read(by, t); seen != nil {
		etag = seen.GetEtag()
	}
	rec := newMessage(o.world.t, methodOf(o.world.t, k.service+"/Get"+k.method).Output().Fields().ByName(protoreflect.Name(t.kind)).Message())
	s := t.now()
	s.texts, s.reason = maps.Clone(s.texts), o.says()
	var mask []string
	switch what {
	case "mark":
		s.marking = int(o.marking())
		set(o.world.t, rec, "marking", tumenv1.Marking(s.marking))
		mask = []string{"marking"}
	case "audience":
		s.closed, s.assigned = rapid.Bool().Draw(o.t, "closed"), o.colleagues(t.by)
		c := rec.Interface().(*tumenv1.Case)
		c.Audience, c.Assignees = tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS, namesOfCallers(s.assigned)
		if s.closed {
			c.Audience = tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
		}
		mask = []string{"audience", "assignees"}
	case "change":
		o.words(rec.Interface(), s.texts, k.update...)
		for _, f := range k.update {
			mask = append(mask, f[strings.Index(f, ":")+1:])
		}
	default:
		o.terms(termsDrawn[what], &s, rec, t.kind)
		mask = []string{"releases"}
	}
	set(o.world.t, rec, "name", t.name)
	set(o.world.t, rec, "etag", etag)
	if what == "change" && k.update[0] != "plain:title" && t.kind != "person" { // a text that may name anybody
		s.free = false
	}
	_, err := by.rpc(o.world.t, forPurpose(o.ctx), k.service+"/Update"+k.method, fields{t.kind: rec.Interface(), "update_mask": mask, "reason": string(s.reason)})
	if what == "change" {
		// What stood in the fields before stands in the former revision only.
		s.texts = o.replaced(t, s.texts, rec.Interface())
	}
	if o.wrote(by, fmt.Sprintf("changes (%s to %v)", what, rec.Interface()), err, t) {
		t.past = append(t.past, s)
	}
}

// replaced takes nothing away: the model keeps former texts with the record, as who may
// be told one revision of it may not be told another. It is for the texts that are there.
func (o *office) replaced(t *thing, texts map[mark]class, rec proto.Message) map[mark]class {
	got := map[mark]class{}
	for text, of := range texts {
		if _, before := t.now().texts[text]; !before {
			got[text] = of
		}
	}
	if full := o.truth(t.name); full != nil {
		held := string(mustMarshal(full))
		for text, of := range t.now().texts {
			if strings.Contains(held, string(text)) {
				got[text] = of
			}
		}
	}
	return got
}

// bases are on what basis somebody may be known for a purpose, 0 for none: drawn from.
type bases map[tumenv1.ReleasePurpose][]tumenv1.ReleaseBasis

const (
	toRecord  = tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD
	toShare   = tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS
	toPublish = tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH
)

// termsDrawn are the terms that there may be: whether somebody may be recorded, shared, and
// named in public are told apart, so that any of these may be all that there is.
var termsDrawn = map[string]bases{
	"terms":                   {toRecord: {0, 0, 0, 1, 1, 1, 2, 2, 4, 5}, toShare: {0, 0, 0, 1, 1, 1, 2, 2, 4, 5}, toPublish: {0, 0, 0, 1, 5}},
	"terms to share alone":    {toShare: {1, 2}, toPublish: {0, 0, 5}},
	"terms to record alone":   {toRecord: {1, 2}, toShare: {0, 4}, toPublish: {0, 1}},
	"terms to both":           {toRecord: {1, 2}, toShare: {1, 2}},
	"terms but not to record": {toRecord: {4, 5}, toShare: {1, 2}},
}

// agreements are the terms on which people are known in a shared case.
var agreements = [8]string{
	"terms to share alone", "terms to share alone", "terms to share alone", "terms to record alone", "terms to record alone",
	"terms to both", "terms but not to record", "terms",
}

// terms draws on which terms a person or source is known.
func (o *office) terms(drawn bases, s *state, rec protoreflect.Message, kind string) {
	var all []*tumenv1.Release
	s.given, s.refused, s.shared = false, false, false
	s.explained = map[mark]class{}
	of := ofIdentity
	if kind == "source" {
		of = ofSource
	}
	for _, purpose := range slices.Sorted(maps.Keys(drawn)) {
		r := &tumenv1.Release{Purpose: purpose, Basis: rapid.SampledFrom(drawn[purpose]).Draw(o.t, "basis")}
		if r.Basis == 0 {
			continue
		}
		text := o.says()
		s.explained[text] = of
		r.Explanation = string(text)
		if r.Basis == tumenv1.ReleaseBasis_RELEASE_BASIS_NEXT_OF_KIN {
			r.GivenBy = "a sister"
		}
		if r.Purpose == tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD {
			s.refused = s.refused || r.Basis >= tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED
			s.given = s.given || r.Basis < tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED
		}
		if r.Purpose == tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS {
			s.shared = r.Basis < tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED
		}
		all = append(all, r)
	}
	list := rec.Mutable(rec.Descriptor().Fields().ByName("releases")).List()
	for _, r := range all {
		list.Append(protoreflect.ValueOfMessage(r.ProtoReflect()))
	}
}

func (o *office) remove(deleting bool) {
	t := o.one("removed", "involvement", "intervention", "tie", "capture", "event", "event", "person", "source")
	if t == nil {
		return
	}
	by := o.someone(t)
	k, etag, verb := kindsOfThings[t.kind], "unknown", "Delete"
	if seen := o.read(by, t); seen != nil {
		etag = seen.GetEtag()
	}
	if !deleting {
		verb = "Undelete"
	}
	s := t.now()
	s.reason = o.says()
	_, err := by.rpc(o.world.t, o.ctx, k.service+"/"+verb+k.method, fields{"name": t.name, "etag": etag, "reason": string(s.reason)})
	if o.wrote(by, verb+"s", err, t) {
		t.past, t.deleted = append(t.past, s), deleting
	}
}

func (o *office) retract() {
	t := o.one("retracted", "claim")
	if t == nil {
		return
	}
	by := o.someone(t)
	etag := "unknown"
	if seen := o.read(by, t); seen != nil {
		etag = seen.GetEtag()
	}
	s := t.now()
	s.reason = o.says()
	_, err := by.claims.RetractClaim(o.ctx, &tumenv1.RetractClaimRequest{Name: t.name, Etag: etag, Reason: string(s.reason)})
	if o.wrote(by, "retracts", err, t) {
		t.past, t.inForce = append(t.past, s), false
	}
}

// review takes a finding one step on.
func (o *office) review() {
	f := o.one("weighed", "finding")
	if f == nil {
		return
	}
	by := o.author()
	etag := "unknown"
	if seen := o.read(by, f); seen != nil {
		etag = seen.GetEtag()
	}
	s := f.now()
	s.texts, s.reason = maps.Clone(s.texts), o.says()
	why := string(s.reason)
	var err error
	step := rapid.SampledFrom([]string{"open", "open", "propose", "propose", "approve", "approve", "return"}).Draw(o.t, "step")
	switch step {
	case "open":
		_, err = by.findings.OpenFinding(o.ctx, &tumenv1.OpenFindingRequest{Name: f.name, Etag: etag, Reason: why})
	case "propose":
		c := &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, Confidence: tumenv1.Confidence_CONFIDENCE_LOW}
		s.texts, s.free = map[mark]class{}, false
		o.words(c, s.texts, "rationale", "tried")
		_, err = by.findings.ProposeFinding(forPurpose(o.ctx), &tumenv1.ProposeFindingRequest{Name: f.name, Etag: etag, Reason: why, Conclusion: c})
	case "approve":
		_, err = by.findings.ApproveFinding(forPurpose(o.ctx), &tumenv1.ApproveFindingRequest{Name: f.name, Etag: etag, Reason: why})
	case "return":
		_, err = by.findings.ReturnFinding(o.ctx, &tumenv1.ReturnFindingRequest{Name: f.name, Etag: etag, Reason: why})
	}
	if o.wrote(by, step+"s", err, f) {
		f.past, f.decided = append(f.past, s), step == "approve"
	}
}
