package records

import (
	"crypto/sha256"
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
	fields, err := encoding.Append(make([]byte, 0, 2048), rec)
	if err != nil {
		return err
	}
	salts := d.key.Derive(uint64(rec.GetRevision()))
	entry := appendEntry(make([]byte, 0, 512), k.Kind, rec, fields, &salts, t.author.Method, d.previous)
	row, err := sealRevision(k, rec.GetRevision(), d.key, entry, fields)
	if err != nil {
		return err
	}
	t.wrote.put(currentKey(k), row)
	d.leaf = &leaf{of: k, revision: rec.GetRevision(), commitment: ledger.Commitment(salts.LeafSalt(), entry), row: row}
	return nil
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
	if d.key, err = seal.NewDataKey(); err != nil {
		return err
	}
	wrapped, err := t.store.sealer.wrap(k, d.key)
	if err != nil {
		return err
	}
	t.wrote.put(dataKeyKey(k), wrapped)
	return nil
}

// appendEntry appends the entry of a revision: it commits to the payload, which
// commits to every field.
func appendEntry(dst []byte, k Kind, rec Record, fields []byte, salts *seal.Derived, method string, previous [32]byte) []byte {
	payload := digestsPool.Get().(*payloadDigests)
	defer digestsPool.Put(payload)
	e := ledger.Entry{Method: method, Record: rec.GetName(), Revision: rec.GetRevision(), Previous: previous, Payload: payload.of(k, fields, salts)}
	payload.text = ledger.AppendTimeDisclosure(payload.text[:0], salts.TimeSalt(), rec.GetUpdateTime().AsTime())
	e.Time = ledger.Digest(payload.text)
	payload.text = ledger.AppendMemberDisclosure(payload.text[:0], salts.MemberSalt(), rec.GetUpdater())
	e.Member = ledger.Digest(payload.text)
	return ledger.AppendEntry(dst, e)
}

// payloadDigests is room to work out payloads in, used again and again.
type payloadDigests struct {
	digests ledger.Digests
	text    []byte
}

var digestsPool = sync.Pool{New: func() any { return new(payloadDigests) }}

// payloadSize is how many digests a payload has, of whatever kind of record and
// whichever fields are set, so that their number tells nothing. It is part of the
// entry's version.
const payloadSize = 48

// of returns the SHA-256 of the payload of a revision with these fields.
func (p *payloadDigests) of(k Kind, fields []byte, salts *seal.Derived) [32]byte {
	p.text = p.append(p.text[:0], k, fields, salts)
	return sha256.Sum256(p.text)
}

func (p *payloadDigests) append(dst []byte, k Kind, fields []byte, salts *seal.Derived) []byte {
	numbers := fieldNumbers[k]
	p.digests.Reset()
	for name, value := range encoding.Fields(fields) {
		p.digests.Add(salts.FieldSalt(numbers[name]), name, value)
	}
	for n := 0; p.digests.Len() < payloadSize; n++ {
		p.digests.AddDecoy(salts.Decoy(n))
	}
	return p.digests.AppendPayload(dst)
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
