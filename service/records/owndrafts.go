package records

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/seal"
	"tumen/storage"
)

// What members are typing: drafts.
//
// A draft is no record. It has two rows, what is told of it in a list and what was
// typed, sealed under a data key of its own that lies where those of records do; so a
// turnover renews it, and one that was dropped can be read from no copy once the epoch
// has been turned over. A save writes both rows anew. None of it is in the ledger:
// saves go into the commits of other changes, and add nothing there to be signed.

const (
	draftHead byte = 'h' // member, id -> a KeptDraft
	draftText byte = 'c' // id -> the content
)

const draftCollection = "drafts/"

// DraftLifetime is how long a draft is kept after it was saved.
const DraftLifetime = 14 * 24 * time.Hour

// droppedAtOnce is how many expired drafts one change drops.
const droppedAtOnce = 100

// draftKey says whose data key it is that lies at a draft's id.
func draftKey(id ID) Key { return Key{ownDraft, id} }

func draftHeads(member ID) []byte { return append([]byte{rowDraft, draftHead}, member[:]...) }

func draftHeadKey(member, id ID) []byte { return append(draftHeads(member), id[:]...) }

func draftTextKey(id ID) []byte { return append([]byte{rowDraft, draftText}, id[:]...) }

// parseDraftHeadKey takes apart what draftHeadKey put together.
func parseDraftHeadKey(key []byte) (member, id ID, ok bool) {
	if len(key) != 2+16+16 || key[1] != draftHead {
		return member, id, false
	}
	return ID(key[2:18]), ID(key[18:]), true
}

// Each row is bound to the draft; the content also to the save that wrote it, as the
// head tells that.
func draftHeadContext(member, id ID) []byte {
	return append(append([]byte("tumen draft 1 head "), member[:]...), id[:]...)
}

func draftTextContext(member, id ID, saves int64) []byte {
	b := append(append([]byte("tumen draft 1 text "), member[:]...), id[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(saves))
}

// openDraftRow opens either row of a draft.
func openDraftRow(key *seal.DataKey, row, context []byte) ([]byte, error) {
	if key == nil {
		return nil, errSealed
	}
	packed, err := key.Open(make([]byte, 0, len(row)), row, context)
	if err != nil {
		return nil, errSealed
	}
	return unpack(packed)
}

// openDraft reads a head; nil where its key was set aside, so that nothing opens it.
func (v *View) openDraft(member, id ID, row []byte) (*tumenv1.KeptDraft, error) {
	key, err := v.dataKey(draftKey(id))
	if errors.Is(err, errSetAside) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := openDraftRow(key, row, draftHeadContext(member, id))
	if err != nil {
		return nil, err
	}
	d := new(tumenv1.KeptDraft)
	if err := proto.Unmarshal(value, d); err != nil || d.GetDraft() == nil {
		return nil, errRow
	}
	d.Draft.Name = v.store.draftName(id)
	return d, nil
}

func (s *Store) draftName(id ID) string {
	return string(s.names.appendOuter([]byte(draftCollection), id))
}

// draftID is the id in a draft's name. The error is fault.Missing.
func (v *View) draftID(name string) (ID, error) {
	own, ok := strings.CutPrefix(name, draftCollection)
	id, err := v.store.names.inner(own)
	if !ok || err != nil {
		return ID{}, fault.Missing(name)
	}
	return id, nil
}

// over says whether the time of a draft is up.
func over(d *tumenv1.KeptDraft, now time.Time) bool {
	return !now.Before(d.GetDraft().GetExpireTime().AsTime())
}

// OwnDraft reads a draft of a member, without its content. One that is not there, not
// theirs, or whose time is up, is fault.Missing.
func (v *View) OwnDraft(member, name string) (*tumenv1.KeptDraft, error) {
	id, err := v.draftID(name)
	if err != nil {
		return nil, err
	}
	who := ID(v.idOf(member))
	row, err := v.get(draftHeadKey(who, id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fault.Missing(name)
	}
	d, err := v.openDraft(who, id, row)
	if err == nil && (d == nil || over(d, v.Now())) {
		err = fault.Missing(name)
	}
	return d, err
}

// Typed reads the content of a draft that OwnDraft has read.
func (v *View) Typed(member string, d *tumenv1.KeptDraft) ([]byte, error) {
	id, err := v.draftID(d.GetDraft().GetName())
	if err != nil {
		return nil, err
	}
	return v.typed(ID(v.idOf(member)), id, d.GetSaves())
}

func (v *View) typed(member, id ID, saves int64) ([]byte, error) {
	row, err := v.get(draftTextKey(id))
	if err != nil {
		return nil, err
	}
	key, err := v.dataKey(draftKey(id))
	if err != nil {
		return nil, err
	}
	return openDraftRow(key, row, draftTextContext(member, id, saves))
}

// OwnDrafts gives the drafts of a member, without their content, in the order in which
// they were begun, from behind one on; "" for all.
func (v *View) OwnDrafts(member, after string) iter.Seq2[*tumenv1.KeptDraft, error] {
	return func(yield func(*tumenv1.KeptDraft, error) bool) {
		who := ID(v.idOf(member))
		rows := storage.Prefix(draftHeads(who))
		if after != "" {
			id, err := v.draftID(after)
			if err != nil {
				yield(nil, err)
				return
			}
			rows.Start = append(draftHeadKey(who, id), 0)
		}
		for row, err := range v.scan(rows) {
			var d *tumenv1.KeptDraft
			if err == nil {
				d, err = v.draftOf(row)
			}
			if err == nil && (d == nil || over(d, v.Now())) {
				continue
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// draftOf reads the draft of a row with a head.
func (v *View) draftOf(row storage.Row) (*tumenv1.KeptDraft, error) {
	member, id, ok := parseDraftHeadKey(row.Key)
	if !ok {
		return nil, errRow
	}
	return v.openDraft(member, id, row.Value)
}

// SaveDraft puts a draft of a member in the place of what it was before, with a time
// that begins anew; one without a name is a new one, and gets it. d is without content
// and etag.
func (t *Tx) SaveDraft(member string, d *tumenv1.KeptDraft, content []byte) error {
	draft, who := d.GetDraft(), ID(t.idOf(member))
	id, key, err := t.draftToSave(draft)
	if err != nil {
		return err
	}
	d.Saves++
	draft.Size, draft.UpdateTime, draft.ExpireTime = int64(len(content)), timestamppb.New(t.now), timestamppb.New(t.now.Add(DraftLifetime))
	head := proto.Clone(d).(*tumenv1.KeptDraft)
	head.Draft.Name = ""
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(head)
	if err != nil {
		return err
	}
	t.wrote.put(draftHeadKey(who, id), key.Seal(nil, pack(nil, value), draftHeadContext(who, id)))
	t.wrote.put(draftTextKey(id), key.Seal(nil, pack(nil, content), draftTextContext(who, id, d.GetSaves())))
	return nil
}

// draftToSave gives the id and the data key of a draft, those that a new one gets too.
func (t *Tx) draftToSave(draft *tumenv1.Draft) (id ID, key *seal.DataKey, err error) {
	if draft.GetName() != "" {
		if id, err = t.draftID(draft.GetName()); err != nil {
			return id, nil, err
		}
		if key, err = t.dataKey(draftKey(id)); err == nil && key == nil {
			err = errSealed
		}
		return id, key, err
	}
	id, key = t.store.newID(t.now), seal.NewDataKey()
	wrapped, err := t.store.sealer.wrap(draftKey(id), key)
	if err != nil {
		return id, nil, err
	}
	t.wrote.put(dataKeyKey(draftKey(id)), wrapped)
	draft.Name, draft.CreateTime = t.store.draftName(id), timestamppb.New(t.now)
	return id, key, nil
}

// DropDraft drops a draft of a member, which has to be there.
func (t *Tx) DropDraft(member, name string) error {
	id, err := t.draftID(name)
	if err != nil {
		return err
	}
	t.dropDraft(ID(t.idOf(member)), id)
	return nil
}

func (t *Tx) dropDraft(member, id ID) {
	for _, key := range [][]byte{draftHeadKey(member, id), draftTextKey(id), dataKeyKey(draftKey(id))} {
		t.wrote.put(key, nil)
	}
}

// DropExpiredDrafts drops all drafts whose time is up, whoever's they are, and those
// that nothing opens any more; some at a time, beside everybody else's changes. What
// can't be read is left, and told once the others are gone.
func (s *Store) DropExpiredDrafts(ctx context.Context) (dropped int, err error) {
	expired, damage, err := s.expiredDrafts(ctx)
	for len(expired) > 0 && err == nil {
		some := expired[:min(len(expired), droppedAtOnce)]
		expired = expired[len(some):]
		var n int
		_, err = s.Change(ctx, Author{Method: "server"}, func(t *Tx) (err error) {
			n, err = t.dropExpired(some)
			return err
		})
		dropped += n
	}
	return dropped, errors.Join(err, damage)
}

// expiredDrafts gives the keys of the heads of drafts to drop.
func (s *Store) expiredDrafts(ctx context.Context) (expired [][]byte, damage, err error) {
	began := s.sealer.epoch.Status()
	err = s.View(ctx, func(v *View) error {
		for row, err := range v.scan(storage.Prefix([]byte{rowDraft, draftHead})) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			d, err := v.draftOf(row)
			switch {
			case s.overtaken(began, err):
				return err
			case IsDamage(err):
				damage = fmt.Errorf("%w: a draft %x", err, row.Key[2:])
			case err != nil:
				return err
			case d == nil || over(d, v.Now()):
				expired = append(expired, bytes.Clone(row.Key))
			}
		}
		return nil
	})
	return expired, damage, err
}

// dropExpired drops those of some drafts that are there, and not saved meanwhile.
func (t *Tx) dropExpired(heads [][]byte) (dropped int, err error) {
	for _, key := range heads {
		row, err := t.get(key)
		if err != nil {
			return 0, err
		}
		if row == nil {
			continue
		}
		member, id, _ := parseDraftHeadKey(key) // it was read as one
		d, err := t.openDraft(member, id, row)
		if err != nil {
			return 0, err
		}
		if d == nil || over(d, t.now) {
			t.dropDraft(member, id)
			dropped++
		}
	}
	return dropped, nil
}
