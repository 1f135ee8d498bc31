package records

import (
	"errors"

	tumenv1 "tumen/proto/tumen/v1"
)

// indexRows returns the rows by which a record is found again, from the record
// and, for an event, from what has been decided about it.
func (v *View) indexRows(k Key, rec Record) ([]row, error) {
	b := &indexBuilder{view: v, key: k}
	b.common(rec)
	switch r := rec.(type) {
	case *tumenv1.Organisation:
		b.unique(uniqueHandle, r.GetHandle())
	case *tumenv1.Member:
		b.unique(uniqueHandle, r.GetOwner(), r.GetHandle())
	case *tumenv1.Case:
		b.unique(uniqueReference, r.GetReference())
		for _, a := range r.GetAssignees() {
			b.under(byAssignee, a)
		}
	case *tumenv1.Event:
		b.event(r)
	case *tumenv1.Person:
		b.unique(uniqueReference, r.GetReference())
	case *tumenv1.Involvement:
		b.under(byEvent, r.GetEvent())
		if r.GetPerson() != "" {
			b.under(byPerson, r.GetPerson())
		}
		b.code(tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, r.GetCustodyStatus())
	case *tumenv1.Source:
		for _, relay := range r.GetRelays() {
			b.under(byRelayed, relay.GetSource())
		}
		b.code(tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, r.GetKind())
	case *tumenv1.Claim:
		b.claim(r)
	case *tumenv1.Finding:
		b.finding(r)
	case *tumenv1.Place:
		if r.GetContainedIn() != "" {
			b.under(byContainer, r.GetContainedIn())
		}
	case *tumenv1.Grant:
		b.grant(r)
	case *tumenv1.Tie:
		b.under(byTied, r.GetA())
		b.under(byTied, r.GetB())
	}
	return b.rows, b.err
}

// indexBuilder collects the index rows of one record; its first error stays.
type indexBuilder struct {
	view *View
	key  Key
	rows []row
	err  error
}

var nothing = []byte{}

func (b *indexBuilder) add(key, value []byte) { b.rows = append(b.rows, row{key, value}) }

// id parses a name that the record refers to.
func (b *indexBuilder) id(name string) []byte {
	k, err := b.view.store.names.Parse(name)
	if err != nil && b.err == nil {
		b.err = err
	}
	return k.ID[:]
}

// under indexes the record by another that it refers to.
func (b *indexBuilder) under(index byte, name string) {
	b.add(indexKey(index, b.id(name), b.key.ID[:]), nothing)
}

func (b *indexBuilder) keyBytes() []byte { return append([]byte{byte(b.key.Kind)}, b.key.ID[:]...) }

func (b *indexBuilder) unique(domain byte, words ...string) {
	if words[len(words)-1] == "" {
		return
	}
	b.add(b.view.store.blind.unique(domain, words...), b.keyBytes())
}

func (b *indexBuilder) common(rec Record) {
	// Claims and findings are found in their case by what they are about: that is
	// one row less to write.
	if parent := ParentOf(rec.GetName()); parent != "" && b.key.Kind != Claim && b.key.Kind != Finding {
		b.add(indexKey(byParent, b.id(parent), b.keyBytes()), nothing)
	}
	if rec.GetOwner() != "" && b.key.Kind != Organisation {
		b.add(indexKey(byOwner, b.id(rec.GetOwner()), b.keyBytes()), ownedAs(rec))
		if restricted(rec) {
			b.add(indexKey(byRestricted, b.id(rec.GetOwner()), b.keyBytes()), nothing)
		}
	}
	for _, x := range rec.GetExternalIds() {
		b.add(b.view.store.sealer.epochal().external(rec.GetOwner(), x.GetIssuer(), x.GetId()), b.keyBytes())
	}
}

// ownedAs is what an index row says of how far a record may be read: its marking, and
// of a case its audience.
func ownedAs(rec Record) []byte {
	value := []byte{byte(rec.GetMarking())}
	if c, ok := rec.(*tumenv1.Case); ok {
		value = append(value, byte(c.GetAudience()))
	}
	return value
}

// restricted says whether not all workers of the owner may read a record, or what lies
// in it.
func restricted(rec Record) bool {
	c, ok := rec.(*tumenv1.Case)
	return rec.GetMarking() == tumenv1.Marking_MARKING_RED || ok && c.GetAudience() != tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS
}

func (b *indexBuilder) event(e *tumenv1.Event) {
	owner := b.owner(e)
	act := b.view.store.blind.act(e.GetAct())
	b.add(indexKey(byAct, act, owner, b.key.ID[:]), nothing)
	for _, twin := range e.GetPossiblySameAs() {
		b.under(byTwin, twin)
	}
	if e.GetPartOf() != "" {
		b.under(byWhole, e.GetPartOf())
	}
	used, err := b.view.UsedTime(e)
	if err != nil {
		b.err = err
		return
	}
	places, err := b.view.usedPlaces(e)
	if err != nil {
		b.err = err
		return
	}
	for _, p := range places {
		if p.GetPlace() != "" {
			b.place(owner, b.key.ID[:], p.GetPlace(), ID{})
		}
	}
	d, dated := TimeOf(used.GetTime())
	if !dated {
		return
	}
	lasting, err := b.view.Lasting(e.GetAct())
	if err != nil {
		b.err = err
		return
	}
	s := spanOf(d, lasting)
	s.act = [4]byte(act)
	if used.GetFinding() != "" {
		s.finding = ID(b.id(used.GetFinding()))
	}
	b.rows = append(b.rows, timeRows(usedTimes, owner, b.key.ID, s)...)
	if recorded, dated := TimeOf(e.GetTime()); dated && s.finding != (ID{}) {
		r := spanOf(recorded, lasting)
		r.act, r.finding = s.act, s.finding
		b.rows = append(b.rows, timeRows(overruledTimes, owner, b.key.ID, r)...)
	}
}

// owner is the inner id of a record's owner, zero where it has none.
func (b *indexBuilder) owner(rec Record) []byte {
	if rec.GetOwner() == "" {
		return make([]byte, 16)
	}
	return b.id(rec.GetOwner())
}

// place indexes an event by a place, for the owner of what names the place; by
// is the claim that does, or zero for the event itself.
func (b *indexBuilder) place(owner, event []byte, place string, by ID) {
	b.add(indexKey(byPlace, b.view.store.blind.place(owner, b.id(place)), event, by[:]), nothing)
}

// errOtherCase: what is about a record of another case would not be found.
var errOtherCase = errors.New("claims and findings are about what lies in their own case, or about persons")

func (b *indexBuilder) claim(c *tumenv1.Claim) {
	b.under(bySource, c.GetSource())
	matter := ParentOf(c.GetName())
	for _, s := range c.GetSubjects() {
		aspect := b.view.store.blind.aspect(b.id(s), c.GetAspect())
		b.add(indexKey(bySubject, b.id(matter), b.id(s), aspect, b.key.ID[:]), nothing)
		if in := ParentOf(s); in == "" {
			b.add(indexKey(byPersonal, b.id(s), aspect, b.key.ID[:]), nothing)
		} else if in != matter && b.err == nil {
			b.err = errOtherCase
		}
	}
	if c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE {
		b.code(tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, c.GetValue().GetCustody().GetStatus())
	}
	if !puts(c) {
		return
	}
	for _, s := range c.GetSubjects() {
		if k, err := b.view.store.names.Parse(s); err != nil || k.Kind != Event {
			continue
		}
		for _, p := range c.GetValue().GetPlaces().GetPlaces() {
			if p.GetPlace() != "" {
				b.place(b.owner(c), b.id(s), p.GetPlace(), b.key.ID)
			}
		}
	}
}

// puts says whether the places that a claim names are where the events are said
// to have been.
func puts(c *tumenv1.Claim) bool {
	return c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS
}

func (b *indexBuilder) finding(f *tumenv1.Finding) {
	subject, err := b.view.store.names.Parse(f.GetSubject())
	if err != nil {
		b.err = err
		return
	}
	switch ParentOf(f.GetSubject()) {
	case ParentOf(f.GetName()):
	case "":
		b.under(byPersonalFinding, ParentOf(f.GetName()))
	default:
		b.err = errOtherCase
		return
	}
	b.add(b.view.findingKey(f.GetSubject(), subject, f.GetAspect()), b.keyBytes())
	state := b.view.store.blind.state(f.GetState())
	b.add(indexKey(byState, state, b.view.store.blind.aspect(state, f.GetAspect()), b.key.ID[:]),
		append([]byte{byte(subject.Kind)}, subject.ID[:]...))
}

// findingKey is the unique row of the finding on an aspect of a subject, which
// lies beside those of its case.
func (v *View) findingKey(name string, subject Key, aspect tumenv1.Aspect) []byte {
	matter := make([]byte, 16)
	if in := ParentOf(name); in != "" {
		matter = v.idOf(in)
	}
	b := append([]byte{rowUnique, uniqueFinding}, matter...)
	return append(append(b, subject.ID[:]...), v.store.blind.aspect(subject.ID[:], aspect)...)
}

// FindingOn returns the finding on an aspect of a subject, or nil where there is
// none, or none that the reader sees.
func (v *View) FindingOn(subject string, aspect tumenv1.Aspect) (*tumenv1.Finding, error) {
	k, err := v.store.names.Parse(subject)
	if err != nil {
		return nil, err
	}
	rec, err := v.holder(v.findingKey(subject, k, aspect))
	if rec == nil || err != nil {
		return nil, err
	}
	f, ok := rec.(*tumenv1.Finding)
	if !ok {
		return nil, errRow
	}
	return f, nil
}

// holder returns the record that holds a unique term, or nil where there is none,
// or none that the reader sees.
func (v *View) holder(unique []byte) (Record, error) {
	value, err := v.get(unique)
	if value == nil || err != nil {
		return nil, err
	}
	k, err := keyOf(value)
	if err != nil {
		return nil, err
	}
	rec, err := v.read(k)
	if rec == nil && err == nil {
		err = errRow // a term held by nothing
	}
	if err != nil || !v.Sees(rec) {
		return nil, err
	}
	return rec, nil
}

func keyOf(b []byte) (Key, error) {
	if len(b) != 17 || b[0] == 0 || int(b[0]) >= len(kinds) {
		return Key{}, errRow
	}
	return Key{Kind(b[0]), ID(b[1:17])}, nil
}

// usedPlaces returns the places that count for an event: those recorded and those
// of the decided finding.
func (v *View) usedPlaces(e *tumenv1.Event) ([]*tumenv1.PlaceValue, error) {
	places := e.GetPlaces()
	f, err := v.FindingOn(e.GetName(), tumenv1.Aspect_ASPECT_PLACE)
	if err != nil {
		return nil, err
	}
	if Decided(f) && f.GetConclusion().GetValue().GetPlaces() != nil && supportive(f.GetState()) {
		places = append(places[:len(places):len(places)], f.GetConclusion().GetValue().GetPlaces().GetPlaces()...)
	}
	return places, nil
}

// UsedTime returns the time that counts for an event: that of the decided
// finding on it, else the one recorded. It is nil where neither is known.
func (v *View) UsedTime(e *tumenv1.Event) (*tumenv1.UsedTime, error) {
	f, err := v.FindingOn(e.GetName(), tumenv1.Aspect_ASPECT_TIME)
	if err != nil {
		return nil, err
	}
	if found := foundTime(f); found != nil {
		return found, nil
	}
	return recordedTime(e), nil
}

func foundTime(f *tumenv1.Finding) *tumenv1.UsedTime {
	t := f.GetConclusion().GetValue().GetTime()
	if t.GetEdtf() == "" || !supportive(f.GetState()) {
		return nil
	}
	return &tumenv1.UsedTime{Time: t, Basis: tumenv1.TimeBasis_TIME_BASIS_FINDING, Finding: f.GetName()}
}

func recordedTime(e *tumenv1.Event) *tumenv1.UsedTime {
	if e.GetTime().GetEdtf() == "" {
		return nil
	}
	return &tumenv1.UsedTime{Time: e.GetTime(), Basis: tumenv1.TimeBasis_TIME_BASIS_RECORDED}
}

// supportive says whether an outcome upholds the value that was determined.
func supportive(s tumenv1.FindingState) bool {
	switch s {
	case tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE,
		tumenv1.FindingState_FINDING_STATE_CORROBORATED,
		tumenv1.FindingState_FINDING_STATE_VERIFIED:
		return true
	}
	return false
}
