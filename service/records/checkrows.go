package records

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// IsDamage says whether an error is about a row, which can't be read, rather than
// about the backend.
func IsDamage(err error) bool {
	return errors.Is(err, errRow) || errors.Is(err, errRecord) || errors.Is(err, errSealed)
}

// history goes through the earlier revisions beside the current ones.
type history struct {
	*checker
	next func() (storage.Row, error, bool)
	row  storage.Row
	key  Key
	n    int64
	more bool
}

// advance takes the next row that belongs to some record.
func (h *history) advance() error {
	for {
		var err error
		h.row, err, h.more = h.next()
		if err != nil || !h.more {
			return err
		}
		if len(h.row.Key) == 26 {
			if k, err := keyOf(h.row.Key[1:18]); err == nil {
				h.key, h.n = k, int64(binary.BigEndian.Uint64(h.row.Key[18:]))
				return nil
			}
		}
		h.problem("an earlier revision under a malformed key: %x", h.row.Key[:min(len(h.row.Key), 40)])
	}
}

// before passes the earlier revisions of records before k: these are not there.
func (h *history) before(k Key) error {
	for h.more && (h.key.Kind < k.Kind || h.key.Kind == k.Kind && h.key.ID.compare(k.ID) < 0) {
		h.problem("%s %x: an earlier revision without a record", h.key.Kind, h.key.ID)
		if err := h.advance(); err != nil {
			return err
		}
	}
	return nil
}

// skip passes the earlier revisions of a record that can't be read itself.
func (h *history) skip(k Key) error {
	err := h.before(k)
	for err == nil && h.more && h.key == k {
		err = h.advance()
	}
	return err
}

// of checks the earlier revisions of a record: 1 to the one before its own.
func (h *history) of(k Key, current *checkedRevision) error {
	if err := h.before(k); err != nil {
		return err
	}
	rec := current.record
	name := rec.GetName()
	want := int64(1)
	var previous [32]byte // of the entry before
	for ; h.more && h.key == k; want++ {
		if h.n != want {
			h.problem("%s: revision %d stands where revision %d should", name, h.n, want)
			return h.skip(k)
		}
		old := h.revision(k, h.row.Value, name)
		if old != nil && old.record.GetRevision() != want {
			h.problem("%s: revision %d says that it is another", name, want)
		}
		previous = h.chained(old, previous)
		if err := h.advance(); err != nil {
			return err
		}
	}
	if want != rec.GetRevision() {
		h.problem("%s: its revision is %d, though there are %d before it", name, rec.GetRevision(), want-1)
		return nil
	}
	h.chained(current, previous)
	return nil
}

// index counts a row of an index, and checks a mark of staleness.
func (c *checker) index(row storage.Row) error {
	if len(row.Key) < 2 {
		return c.stray(row)
	}
	if row.Key[0] != rowIndex || row.Key[1] != byStale {
		c.found[[2]byte(row.Key)]++
		return nil
	}
	if len(row.Key) != 18 || len(row.Value) != 0 {
		return c.stray(row)
	}
	rec, err := c.view.read(Key{Finding, ID(row.Key[2:])})
	if IsDamage(err) {
		return nil
	}
	if f, ok := rec.(*tumenv1.Finding); err == nil && (!ok || !Decided(f)) {
		c.problem("finding %x: marked as stale, though it is not decided", row.Key[2:])
	}
	return err
}

// surplus looks for the rows that no record implies, in the indexes that have
// some.
func (c *checker) surplus() error {
	for index, n := range c.found {
		if n == c.expected[index] {
			continue
		}
		for row, err := range (opening{c.view.base, c.store.sealer}).Scan(storage.Prefix(index[:])) {
			if IsDamage(err) {
				continue // told where it stands
			}
			if err != nil {
				return err
			}
			implied, err := c.implied(row)
			if err != nil {
				return err
			}
			if !implied {
				c.problem("the index %s has a row that no record implies: %x", indexName(row.Key), row.Key[2:min(len(row.Key), 60)])
			}
		}
	}
	return nil
}

// implied says whether the record that an index row points to implies it.
func (c *checker) implied(r storage.Row) (bool, error) {
	k, ok := pointsTo(r)
	if !ok {
		return false, nil
	}
	rec, err := c.view.read(k)
	if IsDamage(err) {
		return true, nil // told where it stands
	}
	if rec == nil || err != nil {
		return false, err
	}
	rows, err := c.view.indexRows(k, rec)
	if IsDamage(err) || err == errNotAName {
		return false, nil
	}
	for _, want := range rows {
		if bytes.Equal(want.key, r.Key) {
			return true, err
		}
	}
	_, turnover := c.store.sealer.bygone()
	return turnover && r.Key[0] == rowUnique && r.Key[1] == uniqueExternal, err // it renews or drops the row
}

// indexed is the kind of record that an index with plain ids at its end leads to.
var indexed = map[byte]Kind{
	byPersonalFinding: Finding, bySubject: Claim, byPersonal: Claim, bySource: Claim, byStart: Event, byExtent: Event, byOverruledStart: Event, byOverruledExtent: Event, byAct: Event, byAssignee: Case, byRelayed: Source,
	byGrantee: Grant, byTied: Tie, byEvent: Involvement, byPerson: Involvement, byState: Finding, byContainer: Place, byTwin: Event, byWhole: Event,
}

// pointsTo returns the record that an index row was made for.
func pointsTo(r storage.Row) (Key, bool) {
	if r.Key[0] == rowUnique {
		k, err := keyOf(r.Value)
		return k, err == nil
	}
	if len(r.Key) < 2+17 {
		return Key{}, false
	}
	id := lastID(r.Key)
	switch index := r.Key[1]; index {
	case byParent, byOwner, byRestricted, byTerm:
		k, err := keyOf(r.Key[len(r.Key)-17:])
		return k, err == nil
	case byPlace:
		if id != (ID{}) {
			return Key{Claim, id}, true
		}
		return Key{Event, ID(r.Key[len(r.Key)-32:])}, len(r.Key) >= 2+32
	default:
		kind, known := indexed[index]
		return Key{kind, id}, known
	}
}

// note checks that a changed source exists.
func (c *checker) note(row storage.Row) error {
	if len(row.Key) != 17 || len(row.Value) != 0 {
		return c.stray(row)
	}
	rec, err := c.view.read(Key{Source, ID(row.Key[1:])})
	if err == nil && rec == nil {
		c.problem("source %x: noted as changed, though it is not there", row.Key[1:])
	}
	if IsDamage(err) {
		return nil
	}
	return err
}

func (c *checker) meta(row storage.Row) error {
	switch string(row.Key[1:]) {
	case "format", "keys", markOrigin, markOrigins, markEpoch:
		return nil
	case markPublished:
		return c.publication()
	}
	return c.stray(row)
}

// request checks that what a call did can be told again.
func (c *checker) request(row storage.Row) error {
	done, err := parseRequest(row.Value)
	if err != nil || len(row.Key) != requestKeyLen {
		c.problem("request %x: it can't be read", row.Key[1:min(len(row.Key), 40)])
		return nil
	}
	for _, name := range done.names {
		rec, err := c.named(name)
		if err != nil {
			return err
		}
		if rec == nil {
			if stone, err := c.view.Erased(name); err != nil || stone != nil {
				if err != nil && !IsDamage(err) {
					return err
				}
				continue
			}
			c.problem("request %x: a record that it made is not there: %s", row.Key[1:], name)
		}
	}
	return nil
}

// credential checks that a token speaks for a member.
func (c *checker) credential(row storage.Row) error {
	what := fmt.Sprintf("credential %x", row.Key[1:min(len(row.Key), 9)])
	cred, err := decodeCredential(row.Value)
	if err != nil || !bytes.Equal(cred.GetTokenHash(), row.Key[1:]) {
		c.problem("%s: it can't be read, or belongs to another token", what)
		return nil
	}
	if cred.GetKind() == tumenv1.CredentialKind_CREDENTIAL_KIND_ISSUER && cred.GetMember() == "" {
		return nil // the operator stated it
	}
	rec, err := c.named(cred.GetMember())
	if err == nil && KindOf(rec) != Member {
		c.problem("%s: its member is not there", what)
	}
	return err
}
