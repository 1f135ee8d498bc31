package records

import (
	"bytes"
	"errors"
	"iter"
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// ids gives the last id of every row of an index under a prefix of its terms.
func (v *View) ids(index byte, terms ...[]byte) iter.Seq2[ID, error] {
	return v.idsAfter(ID{}, index, terms...)
}

// idsAfter is ids from behind an id on; the zero id begins at the beginning. The
// id has to follow the terms at once.
func (v *View) idsAfter(after ID, index byte, terms ...[]byte) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		for row, err := range v.rowsAfter(after, index, terms...) {
			var id ID
			if err == nil {
				id = lastID(row.Key)
			}
			if !yield(id, err) || err != nil {
				return
			}
		}
	}
}

// rowsAfter gives the rows of an index that end in an id.
func (v *View) rowsAfter(after ID, index byte, terms ...[]byte) iter.Seq2[storage.Row, error] {
	prefix := indexKey(index, terms...)
	r := storage.Prefix(prefix)
	if after != (ID{}) {
		r.Start = append(append(bytes.Clone(prefix), after[:]...), 0)
	}
	return func(yield func(storage.Row, error) bool) {
		for row, err := range v.scan(r) {
			if err == nil && len(row.Key) < len(prefix)+16 {
				err = errRow
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func lastID(key []byte) ID { return ID(key[len(key)-16:]) }

// each gives the records of a kind with the given ids that the reader sees. Behind
// one that can't be read (IsDamage) whoever wants goes on.
func each[T Record](v *View, kind Kind, ids iter.Seq2[ID, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if v.kept != nil { // of all of them more will be asked
			ids = v.ahead(kind, ids)
		}
		for id, err := range ids {
			if err != nil {
				yield(none, err)
				return
			}
			rec, err := v.read(Key{kind, id})
			if err != nil {
				if !yield(none, err) || !IsDamage(err) {
					return
				}
				continue
			}
			typed, ok := rec.(T)
			if !ok {
				yield(none, storage.ErrCorrupt)
				return
			}
			if !v.Sees(rec) {
				continue
			}
			if !yield(typed, nil) {
				return
			}
		}
	}
}

func (v *View) idOf(name string) []byte {
	k, err := v.store.names.Parse(name)
	if err != nil {
		return make([]byte, 16) // no record has this id
	}
	return k.ID[:]
}

// ClaimsOn gives the claims on an aspect of a subject, in whatever state, in the
// order in which they were recorded. The unspecified aspect stands for all.
func (v *View) ClaimsOn(subject string, aspect tumenv1.Aspect) iter.Seq2[*tumenv1.Claim, error] {
	return each[*tumenv1.Claim](v, Claim, v.claimIDs(subject, aspect))
}

func (v *View) claimIDs(subject string, aspect tumenv1.Aspect) iter.Seq2[ID, error] {
	index, terms := byPersonal, [][]byte{v.idOf(subject)}
	if matter := ParentOf(subject); matter != "" {
		index, terms = bySubject, [][]byte{v.idOf(matter), terms[0]}
	}
	if aspect != 0 {
		return v.ids(index, append(terms, v.store.blind.aspect(v.idOf(subject), aspect))...)
	}
	return func(yield func(ID, error) bool) { // the index has them aspect by aspect
		all, err := collect(v.ids(index, terms...))
		if err != nil {
			yield(ID{}, err)
			return
		}
		sortedAfter(all, ID{})(yield)
	}
}

// under gives the ids of the records of a kind directly under a parent, in
// ascending order from behind one on.
func (v *View) under(kind Kind, parent string, after ID) iter.Seq2[ID, error] {
	if kind != Claim && kind != Finding {
		return v.idsAfter(after, byParent, v.idOf(parent), []byte{byte(kind)})
	}
	return func(yield func(ID, error) bool) {
		if _, err := v.store.names.Parse(parent); err != nil {
			return
		}
		within := v.ids(bySubject, v.idOf(parent))
		if kind == Finding {
			within = v.findingsIn(parent)
		}
		all, err := collect(within)
		if err != nil {
			yield(ID{}, err)
			return
		}
		sortedAfter(all, after)(yield)
	}
}

// findingsIn gives the ids of the findings in a case, in no order.
func (v *View) findingsIn(matter string) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		for row, err := range v.scan(storage.Prefix(append([]byte{rowUnique, uniqueFinding}, v.idOf(matter)...))) {
			var k Key
			if err == nil {
				k, err = keyOf(row.Value)
			}
			if !yield(k.ID, err) || err != nil {
				return
			}
		}
		v.ids(byPersonalFinding, v.idOf(matter))(yield)
	}
}

// ClaimsOf gives the claims of a source, in whatever state.
func (v *View) ClaimsOf(source string) iter.Seq2[*tumenv1.Claim, error] {
	return each[*tumenv1.Claim](v, Claim, v.ids(bySource, v.idOf(source)))
}

// TiesOf gives the ties stated for a record, deleted ones left out.
func (v *View) TiesOf(record string) iter.Seq2[*tumenv1.Tie, error] {
	return kept(each[*tumenv1.Tie](v, Tie, v.ids(byTied, v.idOf(record))))
}

// EveryTieOf gives the ties stated for a record, deleted ones too.
func (v *View) EveryTieOf(record string) iter.Seq2[*tumenv1.Tie, error] {
	return each[*tumenv1.Tie](v, Tie, v.ids(byTied, v.idOf(record)))
}

// TwinsOf gives the events that say of themselves that they may be an event,
// deleted ones left out.
func (v *View) TwinsOf(event string) iter.Seq2[*tumenv1.Event, error] {
	return kept(each[*tumenv1.Event](v, Event, v.ids(byTwin, v.idOf(event))))
}

// RelayersOf gives the sources that relay a source, deleted ones left out.
func (v *View) RelayersOf(source string) iter.Seq2[*tumenv1.Source, error] {
	return kept(each[*tumenv1.Source](v, Source, v.ids(byRelayed, v.idOf(source))))
}

// InvolvementsIn gives the involvements in an event, deleted ones left out.
func (v *View) InvolvementsIn(event string) iter.Seq2[*tumenv1.Involvement, error] {
	return kept(each[*tumenv1.Involvement](v, Involvement, v.ids(byEvent, v.idOf(event))))
}

// Children gives the records of a kind under a parent, deleted ones too, in the
// order in which they were recorded.
func Children[T Record](v *View, kind Kind, parent string) iter.Seq2[T, error] {
	return each[T](v, kind, v.under(kind, parent, ID{}))
}

// Owned gives the records of a kind of an organisation, deleted ones too.
func Owned[T Record](v *View, kind Kind, owner string) iter.Seq2[T, error] {
	if v.foreign(owner) {
		return each[T](v, kind, v.shared(kind, owner, ID{}))
	}
	return each[T](v, kind, v.ids(byOwner, v.idOf(owner), []byte{byte(kind)}))
}

// All gives every record of a kind that is stored, deleted ones too. It reads
// the whole range: for small kinds (places, terms, organisations, members). Behind
// a record that can't be read (IsDamage) whoever wants goes on.
func All[T Record](v *View, kind Kind) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range v.scan(storage.Prefix([]byte{rowCurrent, byte(kind)})) {
			var rec Record
			if k, ok := parseCurrentKey(row.Key); err == nil && !ok {
				err = errRow
			} else if err == nil {
				rec, err = v.decodeRow(k, row.Value)
			}
			if errors.Is(err, errSetAside) || err == nil && !v.Sees(rec) {
				continue
			}
			typed, _ := rec.(T)
			if !yield(typed, err) || err != nil && !IsDamage(err) {
				return
			}
		}
	}
}

// kept leaves out what is deleted.
func kept[T Record](all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for rec, err := range all {
			if err == nil && rec.GetDeleteTime() != nil {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// ByExternalID returns the record that an owner calls so, or nil.
func (v *View) ByExternalID(owner, issuer, id string) (Record, error) {
	if v.epochal != nil {
		*v.epochal = true
	}
	rec, err := v.holder(v.store.sealer.epochal().external(owner, issuer, id))
	if rec != nil || err != nil {
		return rec, err
	}
	blind, turnover := v.store.sealer.bygone()
	if !turnover {
		return nil, nil
	}
	if rec, err = v.holder(blind.external(owner, issuer, id)); rec == nil || err != nil || !calledSo(rec, owner, issuer, id) {
		return nil, err
	}
	return rec, nil
}

// calledSo says whether a record bears an external id: a row of the epoch before
// may still say so when it no longer does.
func calledSo(rec Record, owner, issuer, id string) bool {
	return rec.GetOwner() == owner && slices.ContainsFunc(rec.GetExternalIds(), func(x *tumenv1.ExternalId) bool {
		return x.GetIssuer() == issuer && x.GetId() == id
	})
}

// ByReference returns the case or person with a reference, or nil.
func (v *View) ByReference(reference string) (Record, error) {
	return v.holder(v.store.blind.unique(uniqueReference, reference))
}

// OrganisationByHandle returns the organisation with a handle, or nil.
func (v *View) OrganisationByHandle(handle string) (*tumenv1.Organisation, error) {
	rec, err := v.holder(v.store.blind.unique(uniqueHandle, handle))
	o, _ := rec.(*tumenv1.Organisation)
	return o, err
}

// MemberByHandle returns the member of an organisation with a handle, or nil.
func (v *View) MemberByHandle(organisation, handle string) (*tumenv1.Member, error) {
	rec, err := v.holder(v.store.blind.unique(uniqueHandle, organisation, handle))
	m, _ := rec.(*tumenv1.Member)
	return m, err
}

// Credential returns the credential of a token by its hash, or nil.
func (v *View) Credential(hash []byte) (*tumenv1.Credential, error) {
	value, err := v.get(append([]byte{rowToken}, hash...))
	if value == nil || err != nil {
		return nil, err
	}
	return decodeCredential(value)
}

func decodeCredential(value []byte) (*tumenv1.Credential, error) {
	c := new(tumenv1.Credential)
	if proto.Unmarshal(value, c) != nil {
		return nil, errRow
	}
	return c, nil
}

// PutCredential stores the credential of a token under its hash.
func (t *Tx) PutCredential(c *tumenv1.Credential) error {
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(c)
	if err != nil {
		return err
	}
	t.wrote.put(append([]byte{rowToken}, c.GetTokenHash()...), value)
	return nil
}

// DropCredential removes a credential: for those that ended long ago.
func (t *Tx) DropCredential(c *tumenv1.Credential) {
	t.wrote.put(append([]byte{rowToken}, c.GetTokenHash()...), nil)
}

// CredentialKey is by what a credential is found whose words could be guessed: 16 bytes,
// hashed under a key of the store.
func (s *Store) CredentialKey(words ...string) []byte {
	return s.blind.term("credential", words...)
}

// Credentials gives every credential.
func (v *View) Credentials() iter.Seq2[*tumenv1.Credential, error] {
	return func(yield func(*tumenv1.Credential, error) bool) {
		for row, err := range v.scan(storage.Prefix([]byte{rowToken})) {
			var c *tumenv1.Credential
			if err == nil {
				c, err = decodeCredential(row.Value)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}
