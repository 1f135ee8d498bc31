package records

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/seal"
	"tumen/storage"
)

// Author is who makes a change, by which call and why.
type Author struct {
	Member       string // name of the member; empty for the server itself
	Organisation string // name of the member's organisation
	Method       string // the RPC, without package: "CaseService/CreateCase"
	Reason       string // kept with every revision that the change makes
	RequestID    string // UUID, or empty
	Payload      []byte // digest of the request, checked when its id comes again
}

// Tx is a change being prepared: a View that sees what it writes. Nothing is
// stored before the change has joined a group and been committed; until then it
// may be prepared again from the beginning.
type Tx struct {
	View
	author Author
	now    time.Time
	result Result
	drafts map[Key]*draft
	stated []stated
	epoch  uint64 // when the change began; it is committed in no other

	sealers sealers // of what it writes
}

// draft is what a change has done to one record.
type draft struct {
	fresh   bool   // no more than a new name for it was drawn
	erased  bool   // it was erased, and is written no more
	written bool   // it was written
	base    Record // once it was written: its stored revision, nil for a new one
	indexed bool   // its index rows were written
	rows    []row  // once they were: all of them, as they are now
	// Once it was written: the record's data key, the hash of the entry before, and
	// what goes into the ledger.
	key      *seal.DataKey
	previous [32]byte
	leaf     *leaf
}

func (s *Store) newTx(ctx context.Context, r storage.Reader, a Author) *Tx {
	return &Tx{
		View:   View{store: s, ctx: ctx, base: r, wrote: &overlay{}, reads: &readSet{}, failed: new(error)},
		author: a, now: s.Now(), drafts: map[Key]*draft{}, result: Result{records: map[string]Record{}}, epoch: s.sealer.epoch.Status().Number,
	}
}

// draft returns what was done to a record, so that more can be.
func (t *Tx) draft(k Key) *draft {
	d := t.drafts[k]
	if d == nil {
		d = new(draft)
		t.drafts[k] = d
	}
	return d
}

// Result is what a change did.
type Result struct {
	Names     []string // what the handler named, in its order
	Revisions []int64  // of each the revision that resulted; 0 where it was not written
	Extra     []byte   // what else is needed to tell it again; at most 64 KiB
	Repeated  bool     // it had been done before, under the same request id
	records   map[string]Record
}

// Record returns a record that the change wrote, or nil when the call was a
// repeated one and the record has to be read.
func (r Result) Record(name string) Record { return r.records[name] }

// Now is the time of the change: one for all that it writes.
func (t *Tx) Now() time.Time { return t.now }

// Epoch is the number of the epoch in which the change is committed, if it is: what
// it erases can be read from copies until that epoch's key is destroyed.
func (t *Tx) Epoch() uint64 { return t.epoch }

// Author is who makes the change.
func (t *Tx) Author() Author { return t.author }

// Names says which records the answer to the call speaks of.
func (t *Tx) Names(names ...string) { t.result.Names = append(t.result.Names, names...) }

// Extra keeps what else is needed to give the same answer again.
func (t *Tx) Extra(b []byte) { t.result.Extra = b }

// The common fields of a record; the same numbers in every kind.
const (
	fieldName         = 1
	fieldETag         = 2
	fieldOwner        = 3
	fieldMarking      = 4
	fieldRevision     = 7
	fieldCreateTime   = 8
	fieldUpdateTime   = 9
	fieldDeleteTime   = 10
	fieldCreator      = 11
	fieldUpdater      = 12
	fieldChangeReason = 13
	fieldWithheld     = 14
)

func clearField(rec Record, n protoreflect.FieldNumber) {
	m := rec.ProtoReflect()
	m.Clear(m.Descriptor().Fields().ByNumber(n))
}

func setField(rec Record, n protoreflect.FieldNumber, value protoreflect.Value) {
	m := rec.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByNumber(n), value)
}

// NewName makes the name that a new record of a kind will have.
func (t *Tx) NewName(kind Kind, parent string) string {
	k := Key{kind, t.store.newID(t.now)}
	t.draft(k).fresh = true
	return t.store.names.Name(k, parent)
}

// Create puts a new record into the change, under parent (empty for what has
// none), and returns it with its system fields set. It takes rec over; a name
// that it already bears, from NewName or for a term, is kept.
func (t *Tx) Create(rec Record, parent string) error {
	kind := KindOf(rec)
	name := rec.GetName()
	if name == "" {
		name = t.NewName(kind, parent)
	}
	k, err := t.store.names.Parse(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", kind, err)
	}
	if k.Kind != kind {
		return fmt.Errorf("create %s: its name is that of a %s", kind, k.Kind)
	}
	if d := t.draft(k); d.fresh {
		d.fresh = false // the name is taken from now on
	} else { // a term is named for what it is called
		existing, err := t.read(k)
		if err != nil {
			return err
		}
		if existing != nil {
			return fault.New(fault.Exists, "ALREADY_EXISTS", "such a %s exists already", kind)
		}
	}
	setField(rec, fieldName, protoreflect.ValueOfString(name))
	owner := t.author.Organisation
	if kind == Organisation {
		owner = name
	} else if kind == Member {
		owner = parent
	} else if kind == Submission {
		owner = rec.GetOwner() // whom it is for
	}
	setField(rec, fieldOwner, protoreflect.ValueOfString(owner))
	setField(rec, fieldCreateTime, protoreflect.ValueOfMessage(timestamppb.New(t.now).ProtoReflect()))
	setField(rec, fieldCreator, protoreflect.ValueOfString(t.author.Member))
	if rec.GetMarking() == tumenv1.Marking_MARKING_UNSPECIFIED {
		m, err := t.defaultMarking(owner)
		if err != nil {
			return err
		}
		setField(rec, fieldMarking, protoreflect.ValueOfEnum(m.Number()))
	}
	if c, ok := rec.(*tumenv1.Case); ok && c.GetAudience() == tumenv1.CaseAudience_CASE_AUDIENCE_UNSPECIFIED {
		o, err := t.organisation(owner)
		if err != nil {
			return err
		}
		c.Audience = cmp.Or(o.GetDefaultAudience(), tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED)
	}
	return t.write(k, rec, nil)
}

func (t *Tx) defaultMarking(owner string) (tumenv1.Marking, error) {
	o, err := t.organisation(owner)
	return cmp.Or(o.GetDefaultMarking(), tumenv1.Marking_MARKING_AMBER_STRICT), err
}

// organisation reads the organisation of a name; nil where that is none.
func (t *Tx) organisation(name string) (*tumenv1.Organisation, error) {
	k, err := t.store.names.Parse(name)
	if err != nil || k.Kind != Organisation {
		return nil, nil
	}
	rec, err := t.read(k)
	o, _ := rec.(*tumenv1.Organisation)
	return o, err
}

// Put makes rec, a changed clone of what was read, the next revision of its
// record. It takes rec over.
func (t *Tx) Put(rec Record) error {
	k, err := t.store.names.Parse(rec.GetName())
	if err != nil {
		return err
	}
	before, err := t.read(k)
	if err != nil {
		return err
	}
	if before == nil {
		return fault.Missing(rec.GetName())
	}
	return t.write(k, rec, before)
}

// Delete marks a record as deleted; Undelete takes that back.
func (t *Tx) Delete(rec Record) error {
	c := proto.Clone(rec).(Record)
	setField(c, fieldDeleteTime, protoreflect.ValueOfMessage(timestamppb.New(t.now).ProtoReflect()))
	return t.Put(c)
}

// Undelete takes the deletion of a record back.
func (t *Tx) Undelete(rec Record) error {
	c := proto.Clone(rec).(Record)
	clearField(c, fieldDeleteTime)
	return t.Put(c)
}

// reason is why a revision was made. A new finding comes with a claim, and says no more
// than that: the claim's own reason is for who sees the claim.
func (t *Tx) reason(rec, base Record) string {
	if _, finding := rec.(*tumenv1.Finding); finding && base == nil {
		return "the first claim on it"
	}
	return t.author.Reason
}

// write adds a revision and its index rows to the change; before is what the
// change sees until then. A record written twice in one change still makes one
// revision.
func (t *Tx) write(k Key, rec, before Record) error {
	if builtIn(k) != nil {
		return fault.New(fault.Refused, "BUILT_IN", "this %s comes with the program and can't be changed", k.Kind)
	}
	d := t.draft(k)
	if d.erased {
		return fault.Missing(rec.GetName())
	}
	base := before
	if d.written {
		base = d.base
	}
	revision := int64(1)
	if base != nil {
		revision = base.GetRevision() + 1
	}
	setField(rec, fieldRevision, protoreflect.ValueOfInt64(revision))
	setField(rec, fieldUpdateTime, protoreflect.ValueOfMessage(timestamppb.New(t.now).ProtoReflect()))
	setField(rec, fieldUpdater, protoreflect.ValueOfString(t.author.Member))
	setField(rec, fieldChangeReason, protoreflect.ValueOfString(t.reason(rec, base)))
	clearField(rec, fieldETag) // what is said to one reader is not stored
	clearField(rec, fieldWithheld)
	if err := t.termKept(rec, base); err != nil {
		return err
	}
	if err := t.reindex(k, rec, base); err != nil { // refuses before anything is written
		return err
	}
	if !d.written {
		if err := t.keepHistory(k, d, base); err != nil {
			return err
		}
	}
	if err := t.commitTo(k, rec, d, base == nil); err != nil {
		return err
	}
	d.written, d.base = true, base
	t.keep(k, rec)
	t.result.records[rec.GetName()] = rec
	if f, ok := rec.(*tumenv1.Finding); ok && before != nil && !Decided(f) {
		if err := t.markStale(k, false); err != nil {
			return err
		}
	}
	return t.reindexSubject(rec, before)
}

// keepHistory moves the current row of a record to its history, and notes what
// the next entry continues.
func (t *Tx) keepHistory(k Key, d *draft, base Record) error {
	if base == nil {
		return nil
	}
	value, err := t.getBase(currentKey(k))
	if err != nil {
		return err
	}
	if value == nil {
		return errRow
	}
	_, before, err := t.openRow(k, value)
	if err != nil {
		return err
	}
	d.previous = sha256.Sum256(before.entry)
	t.wrote.put(historyKey(k, base.GetRevision()), append([]byte(nil), value...))
	return nil
}

// Decided says whether a finding has an outcome.
func Decided(f *tumenv1.Finding) bool {
	return f.GetState() >= tumenv1.FindingState_FINDING_STATE_CREDIBLE_SINGLE_SOURCE
}
