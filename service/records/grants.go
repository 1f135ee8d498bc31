package records

import (
	"encoding/binary"
	"iter"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// grant indexes a grant by whom it is for, until it is taken back: the row says all
// that decides whether it holds, as that is asked of every record that is read by it.
func (b *indexBuilder) grant(g *tumenv1.Grant) {
	if g.GetRevokeTime() != nil || g.GetDeleteTime() != nil {
		return
	}
	value := binary.BigEndian.AppendUint64([]byte{byte(g.GetLevel())}, uint64(g.GetExpireTime().GetSeconds()))
	b.add(indexKey(byGrantee, b.id(g.GetGrantee()), b.id(ParentOf(g.GetName())), b.key.ID[:]), value)
}

// Now is the time of the store's clock.
func (v *View) Now() time.Time { return v.store.Now() }

// granted gives the rows under a prefix of the index by grantee whose time is not over.
func (v *View) granted(parts ...[]byte) iter.Seq2[storage.Row, error] {
	now := v.Now().Unix()
	return func(yield func(storage.Row, error) bool) {
		for row, err := range v.scan(storage.Prefix(indexKey(byGrantee, parts...))) {
			if err == nil && (len(row.Value) != 9 || len(row.Key) != 2+3*16) {
				err = errRow
			}
			if err == nil && int64(binary.BigEndian.Uint64(row.Value[1:])) <= now {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// GrantedOn is the highest level at which a case is shared with any of the grantees,
// organisations or members, by a grant whose time is not over; whether its marking lets
// it be shared is for others to ask.
func (v *View) GrantedOn(name string, grantees ...string) (tumenv1.GrantLevel, error) {
	var level tumenv1.GrantLevel
	for _, g := range grantees {
		for row, err := range v.granted(v.idOf(g), v.idOf(name)) {
			if err != nil {
				return 0, err
			}
			level = max(level, tumenv1.GrantLevel(row.Value[0]))
		}
	}
	return level, nil
}

// sharedCases gives the ids of the cases that are shared with the reader.
func (v *View) sharedCases() (map[ID]struct{}, error) {
	set := map[ID]struct{}{}
	for _, g := range v.sight.Grantees {
		for row, err := range v.granted(v.idOf(g)) {
			if err != nil {
				return nil, err
			}
			set[ID(row.Key[2+16:2+32])] = struct{}{}
		}
	}
	return set, nil
}

// GrantsTo gives the grants to the reader whose time is not over, in the order in which
// they were made.
func (v *View) GrantsTo() (List, error) {
	l := List{Names: []string{}}
	for _, g := range v.sight.Grantees {
		for row, err := range v.granted(v.idOf(g)) {
			if err != nil {
				return l, err
			}
			above := v.store.names.Name(Key{Case, ID(row.Key[2+16 : 2+32])}, "")
			l.Names = append(l.Names, v.store.names.Name(Key{Grant, lastID(row.Key)}, above))
		}
	}
	return l, nil
}

// foreign says whether the reader sees of an organisation's records only what is shared
// with them.
func (v *View) foreign(owner string) bool {
	return v.sight.Grantees != nil && (owner == "" || owner != v.sight.Home)
}

// shared gives the ids of the records of a kind in the cases of an owner that are shared
// with the reader, or that these rest on, in ascending order from behind one on. It goes
// through these cases alone, so that it takes no longer for what else the owner has.
func (v *View) shared(kind Kind, owner string, after ID) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		set, err := v.sharedIDs(kind, owner)
		if err != nil {
			yield(ID{}, err)
			return
		}
		sortedAfter(set, after)(yield)
	}
}

func (v *View) sharedIDs(kind Kind, owner string) (map[ID]struct{}, error) {
	cases, err := v.sharedCases()
	if err != nil {
		return nil, err
	}
	set := map[ID]struct{}{}
	for id := range cases {
		rec, err := v.read(Key{Case, id})
		if err != nil {
			return nil, err
		}
		c, ok := rec.(*tumenv1.Case)
		if !ok || c.GetOwner() != owner || !v.shows(c) {
			continue
		}
		if kind == Place || kind == Term { // of which there are few
			return collect(v.ids(byOwner, v.idOf(owner), []byte{byte(kind)}))
		}
		if err := v.sharedBy(kind, c, set); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// sharedBy adds the ids of the records of a kind that a case has, or rests on.
func (v *View) sharedBy(kind Kind, c *tumenv1.Case, set map[ID]struct{}) error {
	add := func(names ...string) {
		for _, name := range names {
			if k, err := v.store.names.Parse(name); err == nil && k.Kind == kind {
				set[k.ID] = struct{}{}
			}
		}
	}
	switch {
	case kind == Case:
		add(c.GetName())
	case kind.Parent() == Case:
		for id, err := range v.under(kind, c.GetName(), ID{}) {
			if err != nil {
				return err
			}
			set[id] = struct{}{}
		}
	case kind == Person:
		for i, err := range Children[*tumenv1.Involvement](v, Involvement, c.GetName()) {
			if err != nil {
				return err
			}
			add(i.GetPerson())
		}
		fallthrough
	case kind == Source, kind == Tie, kind == Capture:
		for claim, err := range Children[*tumenv1.Claim](v, Claim, c.GetName()) {
			if err != nil {
				return err
			}
			add(claim.GetSource())
			add(claim.GetSubjects()...)
			if err := v.besideSource(kind, claim.GetSource(), add); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideSource adds what belongs to a source: its captures, or the ties of it.
func (v *View) besideSource(kind Kind, source string, add func(...string)) error {
	switch kind {
	case Capture:
		for x, err := range Children[*tumenv1.Capture](v, Capture, source) {
			if err != nil {
				return err
			}
			add(x.GetName())
		}
	case Tie:
		for x, err := range v.TiesOf(source) {
			if err != nil {
				return err
			}
			add(x.GetName())
		}
	}
	return nil
}
