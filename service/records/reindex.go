package records

import (
	"bytes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// indexedBefore returns the index rows that a record has so far: those that
// the change wrote, else those of its stored revision.
func (t *Tx) indexedBefore(k Key, base Record) ([]row, error) {
	if d := t.draft(k); d.indexed {
		return d.rows, nil
	}
	if base == nil {
		return nil, nil
	}
	return t.before().indexRows(k, base)
}

// before is the View of the snapshot, without what the change has written. What
// it reads counts towards the read set all the same.
func (t *Tx) before() *View {
	return &View{store: t.store, ctx: t.ctx, base: t.base, wrote: &overlay{}, reads: t.reads, failed: t.failed}
}

// reindex replaces a record's index rows, after checking that its unique terms
// are free; base is its stored revision.
func (t *Tx) reindex(k Key, rec, base Record) error {
	rows, err := t.indexRows(k, rec)
	if err != nil {
		return err
	}
	old, err := t.indexedBefore(k, base)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.key[0] != rowUnique {
			continue
		}
		holder, err := t.get(r.key)
		if err != nil {
			return err
		}
		if holder != nil && string(holder) != string(r.value) {
			return taken(rec, r.key[1])
		}
	}
	if err := t.calledOtherwise(rec); err != nil {
		return err
	}
	t.replaceRows(old, rows)
	d := t.draft(k)
	d.indexed, d.rows = true, rows
	return nil
}

// calledOtherwise refuses external ids that other records bear whose rows a
// turnover has not yet renewed.
func (t *Tx) calledOtherwise(rec Record) error {
	if len(rec.GetExternalIds()) == 0 {
		return nil
	}
	blind, turnover := t.store.sealer.bygone()
	if !turnover {
		return nil
	}
	for _, x := range rec.GetExternalIds() {
		other, err := t.holder(blind.external(rec.GetOwner(), x.GetIssuer(), x.GetId()))
		if err != nil {
			return err
		}
		if other != nil && other.GetName() != rec.GetName() && calledSo(other, rec.GetOwner(), x.GetIssuer(), x.GetId()) {
			return taken(rec, uniqueExternal)
		}
	}
	return nil
}

// replaceRows writes the difference between two sets of rows: what stays as it
// was dirties no page.
func (t *Tx) replaceRows(old, rows []row) {
	if len(old) == 0 {
		for _, r := range rows {
			t.wrote.put(r.key, r.value)
		}
		return
	}
	have := make(map[string][]byte, len(old))
	for _, r := range old {
		have[string(r.key)] = r.value
	}
	for _, r := range rows {
		value, known := have[string(r.key)]
		delete(have, string(r.key))
		if !known || !bytes.Equal(value, r.value) {
			t.wrote.put(r.key, r.value)
		}
	}
	for key := range have {
		t.wrote.put([]byte(key), nil)
	}
}

func taken(rec Record, domain byte) error {
	switch domain {
	case uniqueExternal:
		return fault.New(fault.Exists, "EXTERNAL_ID_TAKEN", "an external id of this %s belongs to another record of the same owner; read that one instead, or choose another id", KindOf(rec))
	case uniqueHandle:
		return fault.New(fault.Exists, "HANDLE_TAKEN", "this handle is taken; choose another")
	case uniqueReference:
		return errReferenceTaken
	}
	return fault.New(fault.Exists, "ALREADY_EXISTS", "such a %s exists already", KindOf(rec))
}

// reindexSubject renews the index rows of an event whose finding on time or
// place was written: they follow what was decided.
func (t *Tx) reindexSubject(rec, before Record) error {
	f, ok := rec.(*tumenv1.Finding)
	if !ok || (f.GetAspect() != tumenv1.Aspect_ASPECT_TIME && f.GetAspect() != tumenv1.Aspect_ASPECT_PLACE) {
		return nil
	}
	was, _ := before.(*tumenv1.Finding)
	if !Decided(f) && !Decided(was) {
		return nil
	}
	k, err := t.store.names.Parse(f.GetSubject())
	if err != nil || k.Kind != Event {
		return err
	}
	event, err := t.read(k)
	if event == nil || err != nil {
		return err
	}
	base := event
	if d := t.draft(k); d.written {
		base = d.base
	}
	return t.reindex(k, event, base)
}

// termKept refuses to change whether an act lasts while events bear it: it
// decides where they are indexed.
func (t *Tx) termKept(rec, base Record) error {
	after, ok := rec.(*tumenv1.Term)
	before, _ := base.(*tumenv1.Term)
	if !ok || after.GetVocabulary() != tumenv1.Vocabulary_VOCABULARY_ACTS || after.GetLasting() == before.GetLasting() {
		return nil
	}
	for _, err := range t.ids(byAct, t.store.blind.act(after.GetCode())) {
		if err != nil {
			return err
		}
		return fault.New(fault.Refused, "ACT_IN_USE", "events bear this act: whether it lasts can't be changed any more; make another code for them")
	}
	return nil
}
