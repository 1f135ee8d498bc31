package service

import (
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/corroboration"
	"tumen/service/records"
	"tumen/service/verification"
)

// evidence is everything that bears on one aspect of one subject, from one
// snapshot: what guards and staleness use, whoever asks.
type evidence struct {
	corroboration.Evidence
	claims map[string]*tumenv1.Claim // the active ones, by name
	failed error                     // of the store, while values were compared
}

// gather loads the evidence on an aspect of a subject: its active claims, their
// sources, all that these relay, and the ties among them and through thirds.
func gather(v *records.View, subject string, aspect tumenv1.Aspect) (*evidence, error) {
	e := &evidence{
		Evidence: corroboration.Evidence{Aspect: aspect, Sources: map[string]*tumenv1.Source{}},
		claims:   map[string]*tumenv1.Claim{},
	}
	for c, err := range v.ClaimsOn(subject, aspect) {
		if err != nil {
			return nil, err
		}
		if c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE && c.GetDeleteTime() == nil {
			e.Claims = append(e.Claims, c)
			e.claims[c.GetName()] = c
		}
	}
	if err := e.loadSources(v); err != nil {
		return nil, err
	}
	if err := e.loadTies(v); err != nil {
		return nil, err
	}
	e.comparePlaces(v)
	if k, err := v.Key(subject, records.NoKind); err != nil || k.Kind != records.Event {
		return e, err
	}
	event, err := records.Get[*tumenv1.Event](v, subject)
	if err != nil {
		return nil, err
	}
	e.Lasting, err = v.Lasting(event.GetAct())
	return e, err
}

// comparePlaces sets by whose eyes places lie inside each other.
func (e *evidence) comparePlaces(v *records.View) {
	e.Contains = func(outer, inner string) bool {
		inside, err := v.Contains(outer, inner)
		if err != nil && e.failed == nil {
			e.failed = err
		}
		return err == nil && inside
	}
}

// loadSources loads the claims' sources and all that their relays reach.
func (e *evidence) loadSources(v *records.View) error {
	var todo []string
	for _, c := range e.Claims {
		todo = append(append(todo, c.GetSource()), c.GetRelays()...)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, known := e.Sources[name]; known {
			continue
		}
		s, err := records.Get[*tumenv1.Source](v, name)
		if isMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		if s.GetDeleteTime() != nil {
			continue
		}
		e.Sources[name] = s
		for _, r := range s.GetRelays() {
			todo = append(todo, r.GetSource())
		}
	}
	return nil
}

// loadTies loads the ties of the sources, and those of the thirds that these
// lead to.
func (e *evidence) loadTies(v *records.View) error {
	seen := map[string]bool{}
	known := map[string]bool{}
	var todo []string
	for name := range e.Sources {
		todo = append(todo, name)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		for t, err := range v.TiesOf(name) {
			if err != nil {
				return err
			}
			if !known[t.GetName()] {
				known[t.GetName()] = true
				e.Ties = append(e.Ties, t)
			}
			todo = append(todo, t.GetA(), t.GetB())
		}
	}
	return nil
}

// toldTo is the evidence as far as a reader is told what the claims in it say,
// and of how many that is withheld. All of them are counted as they speak; what
// they say counts for nothing that a guess could be held against.
func (e *evidence) toldTo(r access.Reader) (*evidence, int) {
	withheld := map[string]bool{}
	for _, c := range e.Claims {
		if valueWithheld(r, c) {
			withheld[c.GetName()] = true
		}
	}
	if len(withheld) == 0 {
		return e, 0
	}
	told := *e
	told.Withheld = withheld
	return &told, len(withheld)
}

// valueWithheld says whether a record has a person's value that a reader is not
// shown.
func valueWithheld(r access.Reader, rec protectedRecord) bool {
	return rec.GetProtectedValue() != nil && !access.Shows(r, rec, "protected_value")
}

// protectedRecord is a claim or a finding.
type protectedRecord interface {
	records.Record
	GetProtectedValue() *tumenv1.ProtectedValue
}

// support is the support of a finding, everything counted.
func (e *evidence) support(f *tumenv1.Finding) *tumenv1.Support {
	e.Value, e.Protected = f.GetConclusion().GetValue(), f.GetProtectedValue()
	return corroboration.Assess(e.Evidence)
}

// seenBy is the evidence as far as the reader of a view sees it, and how many
// records of it are withheld. A claim is seen together with its source.
func (e *evidence) seenBy(v *records.View) (*evidence, int) {
	seen := &evidence{Evidence: e.Evidence, claims: map[string]*tumenv1.Claim{}}
	seen.Claims, seen.Ties, seen.Sources = nil, nil, map[string]*tumenv1.Source{}
	for name, s := range e.Sources {
		if v.Sees(s) {
			seen.Sources[name] = s
		}
	}
	for _, c := range e.Claims {
		switch {
		case e.Sources[c.GetSource()] != nil && seen.Sources[c.GetSource()] == nil:
			v.Withhold(c)
		case v.Sees(c):
			seen.Claims = append(seen.Claims, c)
			seen.claims[c.GetName()] = c
		}
	}
	for _, t := range e.Ties {
		if v.Sees(t) {
			seen.Ties = append(seen.Ties, t)
		}
	}
	hidden := len(e.Sources) - len(seen.Sources) + len(e.Claims) - len(seen.Claims) + len(e.Ties) - len(seen.Ties)
	if hidden == 0 && e.Aspect != tumenv1.Aspect_ASPECT_PLACE {
		return e, 0
	}
	seen.comparePlaces(v)
	return seen, hidden
}

// countable is the evidence without what never counts towards a guard.
func (e *evidence) countable() corroboration.Evidence {
	c := e.Evidence
	c.Claims = nil
	for _, claim := range e.Claims {
		if verification.Countable(claim, e.Sources[claim.GetSource()]) {
			c.Claims = append(c.Claims, claim)
		}
	}
	return c
}

// revisions lists the evidence as it is stored with an approval.
func (e *evidence) revisions() []*tumenv1.Evidence {
	return verification.EvidenceOf(e.claims, e.Sources, e.ties())
}

func (e *evidence) ties() map[string]*tumenv1.Tie {
	ties := make(map[string]*tumenv1.Tie, len(e.Ties))
	for _, t := range e.Ties {
		ties[t.GetName()] = t
	}
	return ties
}

// staleReasons says in what a decided finding differs from what was approved.
func (e *evidence) staleReasons(v *records.View, f *tumenv1.Finding, now *tumenv1.Support) ([]string, error) {
	if !records.Decided(f) {
		return nil, nil
	}
	if e.failed != nil {
		return nil, e.failed
	}
	current := verification.Records{Claims: e.claims, Sources: e.Sources, Ties: e.ties()}
	approved, err := approvedRecords(v, f, current)
	if err != nil {
		return nil, err
	}
	return verification.Stale(f, now, current, approved), nil
}

// approvedRecords loads what has changed of the evidence of a decided finding,
// as it was when it was approved.
func approvedRecords(v *records.View, f *tumenv1.Finding, current verification.Records) (verification.Records, error) {
	out := verification.Records{Claims: map[string]*tumenv1.Claim{}, Sources: map[string]*tumenv1.Source{}}
	for _, ev := range verification.ChangedEvidence(f, current) {
		was, err := v.Revision(ev.GetName(), ev.GetRevision())
		if isMissing(err) {
			continue // it was erased
		}
		if err != nil {
			return out, err
		}
		switch r := was.Record.(type) {
		case *tumenv1.Claim:
			out.Claims[ev.GetName()] = r
		case *tumenv1.Source:
			out.Sources[ev.GetName()] = r
		}
	}
	return out, nil
}
