package records

import (
	"crypto/sha256"
	"slices"
	"sync"

	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/service/seal"
)

// leaf is what a revision puts into the ledger when it is committed: the
// commitment to its entry. Whose it is stands beside it in the clear.
type leaf struct {
	of         Key
	revision   int64
	commitment [32]byte
	row        []byte // of the revision: its place in the ledger goes to its beginning
}

// commitTo seals a revision and makes the entry that commits to it.
func (t *Tx) commitTo(k Key, rec Record, d *draft, fresh bool) error {
	if err := t.takeKey(k, d, fresh); err != nil {
		return err
	}
	l := &leaf{of: k, revision: rec.GetRevision()}
	key, method, previous := d.key, t.author.Method, d.previous
	work := func() ([]byte, error) { return l.seal(rec, key, method, previous) }
	d.leaf = l
	if len(t.wrote.rows) > sealedBeside {
		t.wrote.putLater(currentKey(k), t.sealers.run(work))
		return nil
	}
	sealed, err := work()
	if err != nil {
		return err
	}
	t.wrote.put(currentKey(k), sealed)
	return nil
}

// seal completes the leaf of a revision and returns the revision's row. It depends on
// nothing else of the change, which may be going on.
func (l *leaf) seal(rec Record, key *seal.DataKey, method string, previous [32]byte) ([]byte, error) {
	room := rooms.Get().(*workroom)
	defer rooms.Put(room)
	fields, err := encoding.Append(room.fields[:0], rec)
	if err != nil {
		return nil, err
	}
	room.salts = key.Derive(uint64(l.revision))
	entry := room.entry(room.made[:0], l.of.Kind, rec, fields, method, previous)
	room.fields, room.made = fields, entry
	if l.row, err = sealRevision(l.of, l.revision, key, entry, fields); err != nil {
		return nil, err
	}
	l.commitment = ledger.Commitment(room.salts.LeafSalt(), entry)
	return l.row, nil
}

// takeKey gives a draft the data key of its record: a new one for a new record.
func (t *Tx) takeKey(k Key, d *draft, fresh bool) error {
	if d.key != nil {
		return nil
	}
	var err error
	if !fresh {
		if d.key, err = t.dataKey(k); d.key == nil && err == nil {
			err = errSealed
		}
		return err
	}
	d.key = seal.NewDataKey()
	wrapped, err := t.store.sealer.wrap(k, d.key)
	if err != nil {
		return err
	}
	t.wrote.put(dataKeyKey(k), wrapped)
	return nil
}

// workroom is room to work entries out in, used again and again: nothing that comes
// out of it may stay there.
type workroom struct {
	salts   seal.Derived // of the revision
	digests ledger.Digests
	text    []byte
	decoys  []byte
	fields  []byte // of a revision, and its entry, until they are sealed
	made    []byte
}

var rooms = sync.Pool{New: func() any { return new(workroom) }}

// entry appends the entry of a revision to dst: it commits to the payload, which
// commits to every field.
func (w *workroom) entry(dst []byte, k Kind, rec Record, fields []byte, method string, previous [32]byte) []byte {
	e := ledger.Entry{Method: method, Record: rec.GetName(), Revision: rec.GetRevision(), Previous: previous}
	w.text = w.payload(w.text[:0], k, fields)
	e.Payload = sha256.Sum256(w.text)
	w.text = ledger.AppendTimeDisclosure(w.text[:0], w.salts.TimeSalt(), rec.GetUpdateTime().AsTime())
	e.Time = ledger.Digest(w.text)
	w.text = ledger.AppendDayDisclosure(w.text[:0], w.salts.DaySalt(), rec.GetUpdateTime().AsTime())
	e.Day = ledger.Digest(w.text)
	w.text = ledger.AppendMemberDisclosure(w.text[:0], w.salts.MemberSalt(), rec.GetUpdater())
	e.Member = ledger.Digest(w.text)
	return ledger.AppendEntry(dst, e)
}

// payloadSize is how many digests a payload has, of whatever kind of record and
// whichever fields are set, so that their number tells nothing. It is part of the
// entry's version.
const payloadSize = 48

// payload appends the payload of a revision with these fields.
func (w *workroom) payload(dst []byte, k Kind, fields []byte) []byte {
	numbers := fieldNumbers[k]
	w.digests.Reset()
	for name, value := range encoding.Fields(fields) {
		w.digests.Add(w.salts.FieldSalt(numbers[name]), name, value)
	}
	return w.decoyed(dst)
}

// decoyed appends the payload of the digests, filled up with decoys.
func (w *workroom) decoyed(dst []byte) []byte {
	w.decoys = w.salts.AppendDecoys(w.decoys[:0], max(0, payloadSize-w.digests.Len()))
	for decoy := range slices.Chunk(w.decoys, 32) {
		w.digests.AddDecoy([32]byte(decoy))
	}
	return w.digests.AppendPayload(dst)
}

// disclose gives fields the texts that disclose them, and the payload that commits
// to these.
func (w *workroom) disclose(k Kind, fields []Disclosure) []byte {
	numbers := fieldNumbers[k]
	size, longest := 0, 0
	for i := range fields {
		n := ledger.DisclosureSize(fields[i].Field, fields[i].Value)
		size, longest = size+n, max(longest, n)
	}
	texts := make([]byte, 0, size+longest)
	w.digests.Reset()
	for i := range fields {
		f, from := &fields[i], len(texts)
		texts = ledger.AppendDisclosure(texts, w.salts.FieldSalt(numbers[f.Field]), f.Field, f.Value)
		f.Text = texts[from:len(texts):len(texts)]
		w.digests.AddText(f.Text)
	}
	return w.decoyed(nil)
}

// fieldNumbers gives the numbers of the fields of each kind by name.
var fieldNumbers = func() map[Kind]map[string]int {
	all := map[Kind]map[string]int{}
	for k := NoKind + 1; int(k) < len(kinds); k++ {
		all[k] = map[string]int{}
		fields := k.New().ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			all[k][string(fields.Get(i).Name())] = int(fields.Get(i).Number())
		}
	}
	return all
}()
