package service_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// office is a server with two organisations, and what is recorded in them, as the model
// has it.
type office struct {
	*world
	model
	t    *rapid.T
	log  []string // what was done, to be told with a failure
	next int
}

var officesMade int

// openOffice makes two organisations with members of any kind: the first has at least
// two who record and decide.
func openOffice(w *world, t *rapid.T) *office {
	o := &office{world: w, t: t}
	officesMade++
	for org, size := range []int{rapid.IntRange(3, 6).Draw(t, "members"), 1} {
		handle := fmt.Sprintf("org-%d-%d", officesMade, org)
		audience := rapid.SampledFrom([]tumenv1.CaseAudience{0, 1, 2}).Draw(t, "default audience")
		_, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: handle, DisplayName: handle, DefaultAudience: audience}})
		o.must(err)
		for i := range size {
			c := &caller{org: org, highest: 1}
			if i < 2 {
				c.roles = [][]tumenv1.Role{{tumenv1.Role_ROLE_CASE_WORKER}, {tumenv1.Role_ROLE_REVIEWER}}[i]
			} else {
				c.roles = rapid.SampledFrom([][]tumenv1.Role{{1}, {2}, {4}, {1}, {2}, {4}, {3}, {5}, {1, 4}}).Draw(t, "roles")
			}
			if i > 0 {
				c.highest = rapid.SampledFrom([]int{1, 1, 2, 3, 4}).Draw(t, "highest")
			}
			as := &tumenv1.Member{Handle: fmt.Sprintf("m%d", i), Roles: c.roles, IdentityBudget: 100_000}
			if c.highest > 1 {
				as.HighestMarking = tumenv1.Marking(c.highest)
			}
			if rapid.Bool().Draw(t, "for persons") {
				c.cleared, as.Clearances = append(c.cleared, ofIdentity), append(as.Clearances, identity)
			}
			if rapid.Bool().Draw(t, "for sources") {
				c.cleared, as.Clearances = append(c.cleared, ofSource), append(as.Clearances, sourceIdentity)
			}
			c.member = w.enrol(handle, as)
			o.callers = append(o.callers, c)
		}
	}
	return o
}

// must fails the draw on an error of what has to work.
func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.fatalf("an error where there may be none: %s", told(err))
	}
}

// says makes a text that stands nowhere else.
func (o *office) says() mark {
	o.next++
	return mark(fmt.Sprintf("qz%05dqz", officesMade%100*1000+o.next))
}

// things of a kind.
func (o *office) all(kinds ...string) []*thing {
	return slices.Collect(func(yield func(*thing) bool) {
		for _, t := range o.things {
			if slices.Contains(kinds, t.kind) && !yield(t) {
				return
			}
		}
	})
}

// one draws a record of a kind; nil where there is none.
func (o *office) one(label string, kinds ...string) *thing {
	all := o.all(kinds...)
	if len(all) == 0 {
		return nil
	}
	return rapid.SampledFrom(all).Draw(o.t, label)
}

func (o *office) author() *caller {
	var all []*caller
	for _, c := range o.callers {
		if c.works() {
			all = append(all, c)
		}
	}
	return rapid.SampledFrom(all).Draw(o.t, "author")
}

func (o *office) marking() tumenv1.Marking {
	return tumenv1.Marking(rapid.SampledFrom([]int{1, 2, 2, 3, 3, 4, 5}).Draw(o.t, "marking"))
}

// words gives texts of their own to fields of a record, and keeps of what class each is.
func (o *office) words(rec proto.Message, texts map[mark]class, fields ...string) {
	for _, f := range fields {
		name, of := f, ofContent
		if n, is := strings.CutPrefix(f, "identity:"); is {
			name, of = n, ofIdentity
		} else if n, is := strings.CutPrefix(f, "source:"); is {
			name, of = n, ofSource
		}
		text := o.says()
		texts[text] = of
		d := rec.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name))
		switch {
		case d.IsList() && d.Message() != nil: // names
			rec.ProtoReflect().Mutable(d).List().Append(protoreflect.ValueOfMessage((&tumenv1.PersonName{Text: string(text)}).ProtoReflect()))
		case d.IsList():
			rec.ProtoReflect().Mutable(d).List().Append(protoreflect.ValueOfString(string(text)))
		default:
			rec.ProtoReflect().Set(d, protoreflect.ValueOfString(string(text)))
		}
	}
}

// kindOf says how a kind of record is written.
var kindsOfThings = map[string]struct {
	service, method, plural string
	texts                   []string
	update                  []string // what a change gives other words to
}{
	"case":         {"CaseService", "Case", "Cases", []string{"title", "summary"}, []string{"title"}},
	"event":        {"CaseService", "Event", "Events", []string{"title", "description"}, []string{"description"}},
	"involvement":  {"CaseService", "Involvement", "Involvements", []string{"description"}, []string{"description"}},
	"intervention": {"CaseService", "Intervention", "Interventions", []string{"summary", "by"}, []string{"summary"}},
	"person":       {"PersonService", "Person", "Persons", []string{"identity:names", "identity:notes", "identity:safe_contact", "identity:documents"}, []string{"identity:notes"}},
	"source":       {"SourceService", "Source", "Sources", []string{"title", "publisher", "source:protected_names", "source:protected_contact"}, []string{"title", "source:protected_notes"}},
	"tie":          {"SourceService", "Tie", "Ties", []string{"grounds"}, []string{"grounds"}},
	"claim":        {"ClaimService", "Claim", "Claims", []string{"notes", "speaker"}, []string{"notes"}},
	"capture":      {"SourceService", "Capture", "Captures", []string{"address", "identity:file_name"}, nil},
	"finding":      {"VerificationService", "Finding", "Findings", nil, nil},
}

// add records something, and keeps what was recorded.
func (o *office) add(by *caller, kind string, in *thing, rec proto.Message, s state, uses ...*thing) *thing {
	k := kindsOfThings[kind]
	s.marking = int(o.marking())
	if s.texts == nil {
		s.texts = map[mark]class{}
	}
	o.words(rec, s.texts, k.texts...)
	s.reason = o.says()
	external := o.says()
	m := rec.ProtoReflect()
	set(o.world.t, m, "marking", tumenv1.Marking(s.marking))
	ids := m.Mutable(m.Descriptor().Fields().ByName("external_ids")).List()
	ids.Append(protoreflect.ValueOfMessage((&tumenv1.ExternalId{Issuer: "their", Id: string(external)}).ProtoReflect()))
	if kind == "capture" {
		ids.Truncate(0)
		external = ""
	}
	var out proto.Message
	var err error
	if kind == "capture" {
		s.bytes = o.says()
		out, err = uploadPieces(&october{world: o.world}, by.member, &tumenv1.CaptureHeader{Parent: in.name, Capture: rec.(*tumenv1.Capture), Reason: string(s.reason)}, []byte(s.bytes), 1000)
	} else {
		body := fields{kind: rec, "reason": string(s.reason)}
		if in != nil {
			body["parent"] = in.name
		}
		var answer protoreflect.Message
		answer, err = by.rpc(o.world.t, o.ctx, k.service+"/Create"+k.method, body)
		out = part(o.world.t, answer, kind)
	}
	needs := slices.Clone(uses)
	if in != nil {
		needs = append(needs, in)
	}
	if !o.wrote(by, "records a "+kind, err, needs...) {
		return nil
	}
	made := out.(stored)
	s.marking = int(made.GetMarking())
	t := &thing{kind: kind, name: made.GetName(), org: by.org, by: by, past: []state{s}, in: in, uses: uses, external: external}
	if c, is := out.(*tumenv1.Case); is {
		t.past[0].closed = c.GetAudience() == tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED
	}
	o.things = append(o.things, t)
	o.note("  as %s %s, marked %d", kind, t.name, s.marking)
	return t
}

func (o *office) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

// wrote says whether a call went through. It must not for who doesn't see what it needs,
// and its refusal tells nothing that they may not be told.
func (o *office) wrote(by *caller, what string, err error, needs ...*thing) bool {
	o.t.Helper()
	var names []string
	for _, n := range needs {
		names = append(names, n.kind+" "+n.name)
	}
	o.note("%s %s, with %v: %v", by.name, what, names, err)
	if err != nil {
		o.discreet(by, way{}, what, []byte(told(err)))
		var asked []string
		for _, n := range needs {
			asked = append(asked, n.name)
		}
		o.namesNone(by, what, told(err, asked...))
		return false
	}
	for _, n := range needs {
		if n != nil && o.sees(by, n) == no {
			o.fatalf("%s %s with %s %s, which they do not see", by.name, what, n.kind, n.name)
		}
	}
	return true
}

// namesNone fails where a refusal names what somebody doesn't see.
func (o *office) namesNone(c *caller, what, refusal string) {
	o.t.Helper()
	for _, t := range o.things {
		if strings.Contains(refusal, t.name) && o.sees(c, t) == no {
			o.fatalf("the refusal of %s names %s %s to %s: %s", what, t.kind, t.name, c.name, refusal)
		}
	}
}

func (o *office) fatalf(format string, args ...any) {
	o.t.Helper()
	var who []string
	for _, c := range o.callers {
		who = append(who, fmt.Sprintf("%s: organisation %d, roles %v, highest %d, cleared %v", c.name, c.org, c.roles, c.highest, c.cleared))
	}
	// Apart from the failure, which has to be the same for every draw that fails so, or
	// rapid finds no smaller one.
	o.t.Logf("%s\n\nmembers:\n%s\n\nwhat was done:\n%s", fmt.Sprintf(format, args...), strings.Join(who, "\n"), strings.Join(o.log, "\n"))
	o.t.Fatal(format)
}

// colleagues draws some members of the organisation of somebody.
func (o *office) colleagues(of *caller) []*caller {
	var some []*caller
	for _, c := range o.callers {
		if c.org == of.org && rapid.IntRange(0, 2).Draw(o.t, "assigned") == 0 {
			some = append(some, c)
		}
	}
	return some
}

func namesOfCallers(cs []*caller) []string {
	var names []string
	for _, c := range cs {
		names = append(names, c.name)
	}
	return names
}

// doings is what people in an office do, some of it oftener.
func (o *office) doings() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){}
	for what, often := range map[string]int{"case": 2, "person": 2, "source": 2, "event": 2, "involvement": 2, "intervention": 1, "claim": 5, "capture": 1, "tie": 1,
		"change": 2, "audience": 2, "mark": 2, "terms": 2, "delete": 1, "undelete": 1, "retract": 1, "review": 4} {
		for i := range often {
			all[fmt.Sprintf("%s %d", what, i)] = func(t *rapid.T) { o.does(what) }
		}
	}
	return all
}

// does does one thing.
func (o *office) does(what string) {
	by := o.author()
	switch what {
	case "case":
		o.addCase(by)
	case "person":
		o.add(by, "person", nil, &tumenv1.Person{Sex: tumenv1.Sex_SEX_MALE}, state{})
	case "source":
		o.add(by, "source", nil, &tumenv1.Source{Kind: "news", Basis: own}, state{})
	case "event":
		if in := o.one("case", "case"); in != nil {
			n := int64(3)
			o.add(by, "event", in, &tumenv1.Event{Act: "arrest", Time: &tumenv1.Time{Edtf: "2023-05"}, People: &tumenv1.Count{Low: &n}}, state{})
		}
	case "intervention":
		if in := o.one("case", "case"); in != nil {
			o.add(by, "intervention", in, &tumenv1.Intervention{Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST}, state{})
		}
	case "involvement":
		o.addInvolvement(by)
	case "claim":
		o.addClaim(by)
	case "capture":
		if in := o.one("source", "source"); in != nil {
			if t := o.add(by, "capture", in, &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}, state{}); t != nil {
				t.of = []*thing{in}
			}
		}
	case "tie":
		a, b := o.one("a", "source"), o.one("b", "source")
		if a != nil && a != b {
			o.add(by, "tie", nil, &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: a.name, B: b.name}, state{}, a, b)
		}
	case "delete", "undelete":
		o.remove(by, what == "delete")
	case "retract":
		o.retract(by)
	case "review":
		o.review()
	default:
		o.change(by, what)
	}
}

func (o *office) addCase(by *caller) {
	c := &tumenv1.Case{Audience: tumenv1.CaseAudience(rapid.IntRange(0, 2).Draw(o.t, "audience"))}
	s := state{assigned: o.colleagues(by)}
	c.Assignees = namesOfCallers(s.assigned)
	o.add(by, "case", nil, c, s)
}

func (o *office) addInvolvement(by *caller) {
	event, person := o.one("event", "event"), o.one("person", "person")
	if event == nil {
		return
	}
	i := &tumenv1.Involvement{Event: event.name, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}
	s, uses := state{texts: map[mark]class{}}, []*thing{event}
	if person != nil && rapid.Bool().Draw(o.t, "named") {
		i.Who, uses = &tumenv1.Involvement_Person{Person: person.name}, append(uses, person)
	} else {
		o.words(i, s.texts, "unnamed")
	}
	o.add(by, "involvement", event.in, i, s, uses...)
}

func (o *office) addClaim(by *caller) {
	source, subject := o.one("source", "source"), o.one("subject", "event", "event", "involvement", "person")
	if source == nil || subject == nil {
		return
	}
	c := &tumenv1.Claim{Source: source.name, Subjects: []string{subject.name}, Stance: rapid.SampledFrom([]tumenv1.Stance{asserts, asserts, denies, unsure}).Draw(o.t, "stance")}
	s, in, text := state{texts: map[mark]class{}}, subject.in, o.says()
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
		if in = o.one("case of the claim", "case"); in == nil {
			return
		}
		c.Aspect, of = onName, []*thing{subject}
		if c.Stance == asserts {
			name := o.says()
			s.texts[name] = ofIdentity
			c.ProtectedValue = nameValue(string(name))
		}
	}
	t := o.add(by, "claim", in, c, s, source, subject)
	if t == nil {
		return
	}
	t.aspect, t.stance, t.inForce, t.of = c.Aspect, c.Stance, true, of
	o.finding(by, in, subject, c.Aspect)
}

// finding keeps the finding that came with a claim, if it is new.
func (o *office) finding(by *caller, in, subject *thing, aspect tumenv1.Aspect) {
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

// change gives a record another text, another marking, other readers or other terms.
func (o *office) change(by *caller, what string) {
	kinds := []string{"case", "event", "involvement", "intervention", "person", "source", "tie", "claim"}
	switch what {
	case "audience":
		kinds = kinds[:1]
	case "terms":
		kinds = []string{"person", "source"}
	}
	t := o.one("changed", kinds...)
	if t == nil {
		return
	}
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
	case "terms":
		o.terms(&s, rec, t.kind)
		mask = []string{"releases"}
	default:
		o.words(rec.Interface(), s.texts, k.update...)
		for _, f := range k.update {
			mask = append(mask, f[strings.Index(f, ":")+1:])
		}
	}
	set(o.world.t, rec, "name", t.name)
	set(o.world.t, rec, "etag", etag)
	_, err := by.rpc(o.world.t, forPurpose(o.ctx), k.service+"/Update"+k.method, fields{t.kind: rec.Interface(), "update_mask": mask, "reason": string(s.reason)})
	if what != "terms" && what != "mark" && what != "audience" {
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

// terms draws on which terms a person or source is known.
func (o *office) terms(s *state, rec protoreflect.Message, kind string) {
	var all []*tumenv1.Release
	s.given, s.refused = false, false
	s.explained = map[mark]class{}
	of := ofIdentity
	if kind == "source" {
		of = ofSource
	}
	for range rapid.IntRange(0, 2).Draw(o.t, "terms") {
		r := &tumenv1.Release{Purpose: rapid.SampledFrom([]tumenv1.ReleasePurpose{1, 1, 1, 2, 5}).Draw(o.t, "purpose"), Basis: rapid.SampledFrom([]tumenv1.ReleaseBasis{1, 1, 2, 4, 5}).Draw(o.t, "basis")}
		if slices.ContainsFunc(all, func(b *tumenv1.Release) bool { return b.Purpose == r.Purpose }) {
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
		all = append(all, r)
	}
	list := rec.Mutable(rec.Descriptor().Fields().ByName("releases")).List()
	for _, r := range all {
		list.Append(protoreflect.ValueOfMessage(r.ProtoReflect()))
	}
}

func (o *office) remove(by *caller, deleting bool) {
	t := o.one("removed", "involvement", "intervention", "tie", "capture", "event")
	if t == nil {
		return
	}
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

func (o *office) retract(by *caller) {
	t := o.one("retracted", "claim")
	if t == nil {
		return
	}
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
		s.texts = map[mark]class{}
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
