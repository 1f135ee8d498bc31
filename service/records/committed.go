package records

import (
	"encoding/binary"
	"fmt"

	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/service/seal"
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
	k, key, err := v.revisionKey(name, revision)
	if err != nil {
		return nil, err
	}
	row, err := v.revisionRow(key)
	if err != nil {
		return nil, err
	}
	stored, opened, err := v.openRow(k, row)
	if err != nil {
		return nil, err
	}
	if stored.revision != revision {
		return nil, errRow
	}
	c := &Committed{Entry: opened.entry, Leaf: int64(stored.leaf)}
	if c.Record, err = opened.record(k, revision); err != nil {
		return nil, err
	}
	room := rooms.Get().(*workroom)
	defer rooms.Put(room)
	room.salts = opened.key.Derive(uint64(revision))
	c.Salt = room.salts.LeafSalt()
	c.Payload = room.payload(nil, k.Kind, opened.fields)
	c.Time = ledger.AppendTimeDisclosure(nil, room.salts.TimeSalt(), c.Record.GetUpdateTime().AsTime())
	c.Day = ledger.AppendDayDisclosure(nil, room.salts.DaySalt(), c.Record.GetUpdateTime().AsTime())
	c.Member = ledger.AppendMemberDisclosure(nil, room.salts.MemberSalt(), c.Record.GetUpdater())
	c.Fields = disclosures(room.salts, k.Kind, opened.fields)
	return c, nil
}

func disclosures(salts seal.Derived, k Kind, fields []byte) []Disclosure {
	var all []Disclosure
	for name, value := range encoding.Fields(fields) {
		text := ledger.AppendDisclosure(nil, salts.FieldSalt(fieldNumbers[k][name]), name, value)
		all = append(all, Disclosure{name, value, text})
	}
	return all
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
