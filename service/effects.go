package service

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
	"tumen/service/fault"
	"tumen/service/records"
	"tumen/service/verification"
)

// named gives a new record its name before the rules see it: they compare names.
func (c *change) named(rec records.Record, parent string) error {
	name := c.NewName(records.KindOf(rec), parent)
	if t, ok := rec.(*tumenv1.Term); ok {
		name = records.TermName(t.GetVocabulary(), t.GetCode())
	}
	setName(rec, name)
	return nil
}

func setName(rec records.Record, name string) {
	m := rec.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName("name"), valueOfString(name))
}

// found sets what the server itself says of a new record.
func (c *change) found(rec records.Record) error {
	switch r := rec.(type) {
	case *tumenv1.Case:
		r.State = tumenv1.CaseState_CASE_STATE_OPEN
		reference, err := c.reference()
		r.Reference = fmt.Sprintf("%d-%s", c.Now().Year(), reference)
		return err
	case *tumenv1.Person:
		reference, err := c.reference()
		r.Reference = "P-" + reference
		return err
	case *tumenv1.Claim:
		r.State = tumenv1.ClaimState_CLAIM_STATE_ACTIVE
	}
	return nil
}

// reference draws five characters of Crockford's base 32.
func (c *change) reference() (string, error) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	b := make([]byte, 5)
	if err := c.server.records.Random(b); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	return string(b), nil
}

// effects carries the change of a record on to what depends on it: the findings
// that a claim belongs to, those that rest on a source, and those whose values
// are read otherwise since an act or a place has changed.
func (c *change) effects(prefix string, rec, before records.Record) error {
	switch r := rec.(type) {
	case *tumenv1.Claim:
		b, _ := before.(*tumenv1.Claim)
		return c.claimEffects(prefix, r, b)
	case *tumenv1.Source:
		b, _ := before.(*tumenv1.Source)
		if b != nil {
			return c.SourceChanged(r.GetName())
		}
	case *tumenv1.Event:
		b, _ := before.(*tumenv1.Event)
		if b != nil && b.GetAct() != r.GetAct() {
			f, err := c.FindingOn(r.GetName(), tumenv1.Aspect_ASPECT_TIME)
			if err != nil {
				return err
			}
			return c.restaleAll(f)
		}
	case *tumenv1.Place:
		b, _ := before.(*tumenv1.Place)
		if b != nil && b.GetContainedIn() != r.GetContainedIn() {
			return c.placesMoved()
		}
	case *tumenv1.Tie:
		b, _ := before.(*tumenv1.Tie)
		for _, name := range []string{r.GetA(), r.GetB(), b.GetA(), b.GetB()} {
			if k, err := c.Key(name, records.Source); err == nil && !k.IsZero() {
				if err := c.SourceChanged(name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// claimEffects makes the findings that a claim is the first on, and marks those
// stale that it changes.
func (c *change) claimEffects(prefix string, claim, before *tumenv1.Claim) error {
	for _, subject := range claim.GetSubjects() {
		f, err := c.findingFor(claim, subject)
		if err != nil {
			return err
		}
		if !bears(claim, f) {
			continue
		}
		e, err := gather(&c.View, subject, claim.GetAspect())
		if err != nil {
			return err
		}
		if err := c.checkConfirmed(prefix, e, claim, before); err != nil {
			return err
		}
		if err := c.restale(f, e); err != nil {
			return err
		}
	}
	return nil
}

// findingFor is the finding that a claim on a subject belongs to; the first
// claim makes it.
func (c *change) findingFor(claim *tumenv1.Claim, subject string) (*tumenv1.Finding, error) {
	f, err := c.FindingOn(subject, claim.GetAspect())
	if f != nil || err != nil {
		return f, err
	}
	f = &tumenv1.Finding{Subject: subject, Aspect: claim.GetAspect(), State: tumenv1.FindingState_FINDING_STATE_REPORTED, Marking: claim.GetMarking()}
	return f, c.Create(f, records.ParentOf(claim.GetName()))
}

// bears says whether the evidence has to be looked at when a claim was written:
// what was decided may be stale, and the grade 1 has a condition.
func bears(claim *tumenv1.Claim, f *tumenv1.Finding) bool {
	return records.Decided(f) || confirmed(claim)
}

func confirmed(claim *tumenv1.Claim) bool {
	return claim.GetCredibility() == tumenv1.Credibility_CREDIBILITY_CONFIRMED && active(claim)
}

// restaleAll looks again at decided findings whose support may have changed.
func (c *change) restaleAll(findings ...*tumenv1.Finding) error {
	for _, f := range findings {
		if !records.Decided(f) {
			continue
		}
		e, err := gather(&c.View, f.GetSubject(), f.GetAspect())
		if err != nil {
			return err
		}
		if err := c.restale(f, e); err != nil {
			return err
		}
	}
	return nil
}

// placesMoved looks again at what was decided about places: what lies inside
// what has changed, and with it which claims entail a place.
func (c *change) placesMoved() error {
	var decided []*tumenv1.Finding
	for n := range tumenv1.FindingState_name {
		for f, err := range c.FindingsIn(tumenv1.FindingState(n), tumenv1.Aspect_ASPECT_PLACE) {
			if err != nil {
				return err
			}
			decided = append(decided, f)
		}
	}
	return c.restaleAll(decided...)
}

// restale files a finding as stale or not, as the evidence now says.
func (c *change) restale(f *tumenv1.Finding, e *evidence) error {
	if !records.Decided(f) {
		return nil
	}
	reasons, err := e.staleReasons(&c.View, f, e.support(f))
	if err != nil {
		return err
	}
	return c.MarkStale(f.GetName(), len(reasons) > 0)
}

// checkConfirmed accepts the grade 1 only while at least two independent origins
// stand for what the claim says. How many do is not told to who may not see all;
// and where what others say is withheld from who grades, the grade is refused
// whatever they say: the answer would tell whether the claim says the same.
func (c *change) checkConfirmed(prefix string, e *evidence, claim, before *tumenv1.Claim) error {
	if !confirmed(claim) {
		return nil
	}
	if _, untold := e.toldTo(c.reader); untold > 0 {
		if before.GetCredibility() == claim.GetCredibility() && proto.Equal(before.GetProtectedValue(), claim.GetProtectedValue()) {
			return nil // neither is what is being changed
		}
		return fault.Field(join(prefix, "credibility"), "EVIDENCE_WITHHELD", "credibility 1 means confirmed by other independent sources, and what some of them say is withheld from you; only who is shown all of it can give this grade")
	}
	support := corroboration.ForClaim(e.Evidence, claim)
	if err := verification.CheckCredibility(claim.GetCredibility(), support); err != nil {
		if _, hidden := e.seenBy(c.View.As(sightOf(c.reader))); hidden > 0 {
			return fault.Field(join(prefix, "credibility"), "NOT_CONFIRMED", "credibility 1 means confirmed by other independent sources: at least 2 independent origins are needed; part of what there is is withheld from you")
		}
		return fault.Field(join(prefix, "credibility"), "NOT_CONFIRMED", "%v", err)
	}
	return nil
}
