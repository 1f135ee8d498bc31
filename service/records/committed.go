package records

import (
	"encoding/binary"
	"fmt"

	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/storage"
)

// Committed is a revision with all by which others can be convinced of it: how
// much of that they get is for the caller to decide.
type Committed struct {
	Record  Record
	Fields  []Disclosure // one for each field that is set, in the contract's order
	Payload []byte       // of the SD-JWT, which commits to the fields
	Entry   []byte       // of the ledger, as written; commits to the payload
	Salt    [32]byte     // with which the leaf commits to the entry
	Leaf    int64        // where that stands in the ledger, from 0
	// The disclosures of when, on which day and by whom it was made.
	Time, Day, Member []byte
}

// Disclosure opens what a payload says of one field.
type Disclosure struct {
	Field string
	Value []byte // JSON, in the encoding of service/encoding
	Text  []byte // base64url of ["salt","field",value]
}

// Committed returns a revision of a record that the reader sees; whether the
// reader sees all of that revision, too, is for the caller.
func (v *View) Committed(name string, revision int64) (*Committed, error) {
	k, c, opened, err := v.outline(name, revision)
	if err != nil {
		return nil, err
	}
	room := rooms.Get().(*workroom)
	defer rooms.Put(room)
	room.salts = opened.key.Derive(uint64(revision))
	c.Salt = room.salts.LeafSalt()
	c.Payload = room.disclose(k.Kind, c.Fields)
	c.Time = ledger.AppendTimeDisclosure(nil, room.salts.TimeSalt(), c.Record.GetUpdateTime().AsTime())
	c.Day = ledger.AppendDayDisclosure(nil, room.salts.DaySalt(), c.Record.GetUpdateTime().AsTime())
	c.Member = ledger.AppendMemberDisclosure(nil, room.salts.MemberSalt(), c.Record.GetUpdater())
	return c, nil
}

// Outline is Committed without that by which others can be convinced: it has the
// record, the fields without their texts, the entry and its place.
func (v *View) Outline(name string, revision int64) (*Committed, error) {
	_, c, _, err := v.outline(name, revision)
	return c, err
}

func (v *View) outline(name string, revision int64) (Key, *Committed, openedRevision, error) {
	k, stored, opened, err := v.openRevision(name, revision)
	if err != nil {
		return k, nil, opened, err
	}
	c := &Committed{Entry: opened.entry, Leaf: int64(stored.leaf)}
	if known := v.cache[k]; v.wrote == nil && known != nil && known.GetRevision() == revision {
		c.Record = known
	} else {
		if c.Record, err = opened.record(k, revision); err != nil {
			return k, nil, opened, err
		}
	}
	c.Fields = make([]Disclosure, 0, payloadSize/2)
	for field, value := range encoding.Fields(opened.fields) {
		c.Fields = append(c.Fields, Disclosure{Field: field, Value: value})
	}
	return k, c, opened, nil
}

// openRevision opens a revision of a record that the reader sees. The current one
// tells what there is of the record, and is opened once for both.
func (v *View) openRevision(name string, revision int64) (Key, storedRevision, openedRevision, error) {
	k, err := v.Key(name, NoKind)
	if err != nil {
		return k, storedRevision{}, openedRevision{}, err
	}
	current, opened := v.openCurrent(k)
	k, key, err := v.revisionKey(name, revision)
	if err != nil || opened.key != nil && current.revision == revision {
		return k, current, opened, err
	}
	row, err := v.revisionRow(key)
	if err != nil {
		return k, current, opened, err
	}
	stored, opened, err := v.openRow(k, row)
	if err == nil && stored.revision != revision {
		err = errRow
	}
	return k, stored, opened, err
}

// openCurrent opens the current revision of a record that is not known yet, and
// makes it known. Nothing where it can't: whoever reads the record then is told why.
func (v *View) openCurrent(k Key) (storedRevision, openedRevision) {
	if v.wrote != nil {
		return storedRevision{}, openedRevision{}
	}
	if v.cache[k] != nil {
		return v.takeKept(k)
	}
	row, err := v.get(currentKey(k))
	if row == nil || err != nil {
		return storedRevision{}, openedRevision{}
	}
	stored, opened, err := v.openRow(k, row)
	if err != nil {
		return storedRevision{}, openedRevision{}
	}
	rec, err := opened.record(k, stored.revision)
	if err != nil {
		return storedRevision{}, openedRevision{}
	}
	v.makeRoom()
	v.keep(k, rec)
	return stored, opened
}

// Signer signs for the ledger that the view is of.
func (v *View) Signer() *ledger.Signer { return v.store.log.signer }

// Prove returns the hashes by which a leaf is found in the tree of that size.
func (v *View) Prove(size, leaf int64) ([]ledger.Hash, error) {
	return ledger.Prove(size, leaf, leafRows{v.base})
}

// CheckpointOver returns the first checkpoint that covers a leaf, and the size of
// the tree that it is of: always the same for the same leaf.
func (v *View) CheckpointOver(leaf int64) (checkpoint []byte, size int64, err error) {
	from := storage.Prefix([]byte{rowLeaf})
	from.Start = leafKey(uint64(leaf))
	for row, err := range v.base.Scan(from) {
		if err != nil {
			return nil, 0, err
		}
		l, err := parseLeaf(row.Value)
		if err != nil || len(row.Key) != 9 {
			return nil, 0, errRow
		}
		if l.checkpoint != nil {
			return l.checkpoint, int64(binary.BigEndian.Uint64(row.Key[1:])) + 1, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: no checkpoint over leaf %d", storage.ErrCorrupt, leaf)
}
