package service

import (
	"fmt"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// The rules of each kind that need more than the field itself: protovalidate has
// checked formats and limits, and references() that what is named exists.

func (c *check) case_(r *tumenv1.Case) {
	c.day("follow_up_date", r.GetFollowUpDate())
	for i, a := range r.GetAssignees() {
		if records.ParentOf(a) != c.reader.Organisation {
			c.bad(fmt.Sprintf("assignees[%d]", i), "OTHER_ORGANISATION", "only members of the owner organisation can be assigned")
		}
	}
	if e := r.GetPrincipalEvent(); e != "" && records.ParentOf(e) != r.GetName() {
		c.bad("principal_event", "OTHER_CASE", "%s lies in another case", e)
	}
}

func (c *check) event(r *tumenv1.Event) {
	before, _ := c.before.(*tumenv1.Event)
	c.code("act", tumenv1.Vocabulary_VOCABULARY_ACTS, r.GetAct(), before.GetAct())
	c.time("time", r.GetTime())
	for i, e := range r.GetFollows() {
		c.notItself(fmt.Sprintf("follows[%d]", i), e)
	}
	c.acyclic("follows", func(n int) string { return fmt.Sprintf("follows[%d]", n) })
	if c.notItself("part_of", r.GetPartOf()) {
		c.acyclic("part_of", func(int) string { return "part_of" })
	}
	for i, e := range r.GetPossiblySameAs() {
		c.notItself(fmt.Sprintf("possibly_same_as[%d]", i), e)
	}
}

func (c *check) person(r *tumenv1.Person) {
	c.date("birth.edtf", r.GetBirth().GetEdtf())
	for i, x := range r.GetRelations() {
		c.notItself(fmt.Sprintf("relations[%d].person", i), x.GetPerson())
	}
	for i, p := range r.GetPossiblySameAs() {
		c.notItself(fmt.Sprintf("possibly_same_as[%d]", i), p)
	}
	c.releases(r.GetReleases())
}

func (c *check) releases(all []*tumenv1.Release) {
	for i, x := range all {
		path := fmt.Sprintf("releases[%d]", i)
		c.day(path+".given_on", x.GetGivenOn())
		if x.GetBasis() == tumenv1.ReleaseBasis_RELEASE_BASIS_NEXT_OF_KIN && blank(x.GetGivenBy()) {
			c.bad(path+".given_by", "GIVER_MISSING", "say who among the next of kin gave it")
		}
		if x.GetBasis() == tumenv1.ReleaseBasis_RELEASE_BASIS_NOT_OBTAINABLE && (blank(x.GetExplanation()) || x.GetApprovedBy() == "") {
			c.bad(path+".explanation", "EXPLANATION_MISSING", "say why consent can't be obtained, and in approved_by who approved going without")
		}
	}
}

func (c *check) involvement(r *tumenv1.Involvement) {
	before, _ := c.before.(*tumenv1.Involvement)
	c.inCase("event", r.GetEvent())
	c.code("custody_status", tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, r.GetCustodyStatus(), before.GetCustodyStatus())
	if r.GetPerson() == "" && r.GetUnnamed() == "" && r.GetAuthority() == "" {
		c.bad("person", "WHO_MISSING", "say who: a person, an unnamed person or group, or an authority")
	}
	if r.GetPerson() != "" && r.GetPeople() != nil {
		c.bad("people", "COUNT_OF_ONE", "a person is one; a count is for a group")
	}
}

func (c *check) intervention(r *tumenv1.Intervention) {
	c.date("date", r.GetDate())
	c.date("answer_date", r.GetAnswerDate())
	c.day("next_date", r.GetNextDate())
	for i, e := range r.GetEvents() {
		c.inCase(fmt.Sprintf("events[%d]", i), e)
	}
}

func (c *check) source(r *tumenv1.Source) {
	before, _ := c.before.(*tumenv1.Source)
	c.code("kind", tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, r.GetKind(), before.GetKind())
	c.date("published", r.GetPublished())
	if r.GetReliability() != 0 && blank(r.GetReliabilityReason()) {
		c.bad("reliability_reason", "GRADE_REASON_MISSING", "say why the source has this grade")
	}
	if before != nil && before.GetReliability() != 0 && r.GetReliability() != before.GetReliability() && r.GetReliability() != 0 && r.GetReliabilityReason() == before.GetReliabilityReason() {
		c.bad("reliability_reason", "GRADE_REASON_STALE", "the reason is that of the former grade; say why the source has this one")
	}
	c.releases(r.GetReleases())
	seen := map[string]bool{}
	for i, x := range r.GetRelays() {
		path := fmt.Sprintf("relays[%d].source", i)
		if seen[x.GetSource()] {
			c.bad(path, "DUPLICATE", "this source is named twice")
		}
		seen[x.GetSource()] = true
		c.notItself(path, x.GetSource())
	}
	c.acyclic("relays", func(n int) string { return fmt.Sprintf("relays[%d].source", n) })
	if before != nil && (before.GetBasis() != r.GetBasis() || !slices.EqualFunc(before.GetRelays(), r.GetRelays(), func(x, y *tumenv1.Relay) bool { return x.GetSource() == y.GetSource() })) {
		c.relayingClaims(r, seen)
	}
}

// relayingClaims keeps the claims that say what they relay in agreement with
// their source: one that lost what it relays would count as an origin of its
// own.
func (c *check) relayingClaims(r *tumenv1.Source, relays map[string]bool) {
	for claim, err := range c.view.ClaimsOf(r.GetName()) {
		if err != nil {
			c.err = err
			return
		}
		if !active(claim) || len(claim.GetRelays()) == 0 {
			continue
		}
		if claim.GetBasis() == tumenv1.Basis_BASIS_UNSPECIFIED && r.GetBasis() != tumenv1.Basis_BASIS_RELAYED {
			c.bad("basis", "CLAIMS_RELAY", "%s says what it relays and has no basis of its own; give it one, or retract it, first", c.claimWords(claim))
			return
		}
		for _, name := range claim.GetRelays() {
			if !relays[name] && !c.visible(claim) {
				c.bad("relays", "CLAIMS_RELAY", "%s relays what you leave out; it has to be changed or retracted first", c.claimWords(claim))
				return
			}
			if !relays[name] {
				c.bad("relays", "CLAIMS_RELAY", "%s relays %s; change or retract it first", claim.GetName(), name)
				return
			}
		}
	}
}

// claimWords names a claim only to who may see it.
func (c *check) claimWords(claim *tumenv1.Claim) string {
	if c.visible(claim) {
		return claim.GetName()
	}
	return "a claim that is withheld from you"
}

func (c *check) capture(r *tumenv1.Capture) {
	c.date("captured_on", r.GetCapturedOn())
	working := r.GetKind() == tumenv1.CaptureKind_CAPTURE_KIND_WORKING_COPY
	if working != (r.GetOriginal() != "") {
		c.bad("original", "ORIGINAL_MISMATCH", "a working copy names its original, and only a working copy does")
	}
	if o := r.GetOriginal(); o != "" && records.ParentOf(o) != records.ParentOf(r.GetName()) {
		c.bad("original", "OTHER_SOURCE", "%s belongs to another source", o)
	}
	if o, err := records.Get[*tumenv1.Capture](c.view, r.GetOriginal()); err == nil && o.GetKind() != tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL {
		c.bad("original", "WORKING_COPY", "%s is itself a working copy; name the original that it was made from", r.GetOriginal())
	}
}

func (c *check) tie(r *tumenv1.Tie) {
	before, _ := c.before.(*tumenv1.Tie)
	if err := separating(c.view, c.reader, r, before); err != nil && c.err == nil {
		c.err = err
	}
	if r.GetA() == r.GetB() {
		c.bad("b", "REFERS_TO_ITSELF", "a tie joins two different records")
		return
	}
	a, b := c.kindNamed(r.GetA()), c.kindNamed(r.GetB())
	if a != b {
		c.bad("b", "WRONG_KIND", "a tie joins two records of one kind; these are %s and %s", fault.A(a.String()), fault.A(b.String()))
	}
	known := r.GetKind() == tumenv1.TieKind_TIE_KIND_SAME_CONTACT || r.GetKind() == tumenv1.TieKind_TIE_KIND_SAME_WITNESS
	if known && a != records.Source {
		c.bad("kind", "WRONG_KIND", "the same witness or contact ties sources only")
	}
}

func (c *check) kindNamed(name string) records.Kind {
	k, err := c.view.Key(name, records.NoKind)
	if err != nil {
		return records.NoKind
	}
	return k.Kind
}

func (c *check) place(r *tumenv1.Place) {
	if c.notItself("contained_in", r.GetContainedIn()) {
		c.acyclic("contained_in", func(int) string { return "contained_in" })
	}
	for i, n := range r.GetConnects() {
		c.notItself(fmt.Sprintf("connects[%d]", i), n)
	}
	crossing := r.GetKind() == tumenv1.PlaceKind_PLACE_KIND_BORDER_CROSSING
	if len(r.GetConnects()) > 0 && !crossing {
		c.bad("connects", "NOT_A_CROSSING", "only a border crossing connects two places")
	}
}

func (c *check) term(r *tumenv1.Term) {
	before, _ := c.before.(*tumenv1.Term)
	if before != nil && before.GetLasting() != r.GetLasting() {
		c.bad("lasting", "IMMUTABLE", "whether an act lasts can't be changed: events recorded with it would mean something else; make a new code")
	}
	if r.GetLasting() && r.GetVocabulary() != tumenv1.Vocabulary_VOCABULARY_ACTS {
		c.bad("lasting", "NOT_AN_ACT", "only an act lasts")
	}
	if r.GetPersonal() && r.GetVocabulary() != tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS {
		c.bad("personal", "NOT_A_SOURCE_KIND", "only a kind of source is personal")
	}
}
