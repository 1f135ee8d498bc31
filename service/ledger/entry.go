package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
)

// A Kind says what an entry without a record is about.
type Kind string

// The kinds of entries without a record. A later release may know more.
const (
	KindExport     Kind = "export"     // records went out; the statement has the query and the list
	KindDisclosure Kind = "disclosure" // protected identity was read; with the purpose
	KindDenial     Kind = "denial"     // a known member was refused
	KindErased     Kind = "erased"     // the key of a person or a source is gone
	KindLocal      Kind = "local"      // a command on the server itself
	KindRestored   Kind = "restored"   // a new epoch; the statement cites the last checkpoint
)

// An Entry says what was done: to which revision of a record, or, with a Kind,
// what else. The package's comment has its form.
type Entry struct {
	Method string // "ClaimService/CreateClaim"

	Record   string // the record's name; empty with a Kind
	Revision int64  // from 1
	Previous Hash   // of the entry of the revision before; zero at revision 1
	Payload  Hash   // of the revision's payload

	Kind    Kind
	Subject Hash // digest of SubjectField

	Time   Hash // digest of TimeField
	Member Hash // digest of MemberField
}

const maxEntryName = 512

var (
	errEntryName = errors.New("not printable ASCII without quotation mark and backslash, or not of 1 to 512 characters")
	errShape     = errors.New("neither the entry of a revision nor one of a known kind")
	errUnset     = errors.New("a hash is missing")
	errPrevious  = errors.New("the first revision has no previous entry, every other has one")
)

// checkName is so strict that no name ever needs an escape.
func checkName(s string) error {
	if len(s) == 0 || len(s) > maxEntryName {
		return errEntryName
	}
	for i := range len(s) {
		if !entryByte(s[i]) {
			return errEntryName
		}
	}
	return nil
}

func entryByte(b byte) bool { return b > ' ' && b < 0x7f && b != '"' && b != '\\' }

func (k Kind) known() bool {
	switch k {
	case KindExport, KindDisclosure, KindDenial, KindErased, KindLocal, KindRestored:
		return true
	}
	return false
}

func (e *Entry) check() error {
	if err := checkName(e.Method); err != nil {
		return fmt.Errorf("method: %w", err)
	}
	if e.Time == (Hash{}) || e.Member == (Hash{}) {
		return errUnset
	}
	if e.Kind != "" {
		switch {
		case !e.Kind.known(), e.Record != "", e.Revision != 0, e.Previous != Hash{}, e.Payload != Hash{}:
			return errShape
		case e.Subject == Hash{}:
			return errUnset
		}
		return nil
	}
	if err := checkName(e.Record); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	switch {
	case e.Revision < 1, e.Subject != Hash{}:
		return errShape
	case e.Payload == Hash{}:
		return errUnset
	case (e.Revision == 1) != (e.Previous == Hash{}):
		return errPrevious
	}
	return nil
}

// AppendEntry appends an entry (about 400 bytes) to dst and returns the longer
// slice. What it appends is stored as it is and never written anew from an
// Entry. An Entry that is neither of a revision nor of a known kind, has a name
// that isn't plain ASCII, or lacks a hash is an error; then dst comes back as
// it was.
func AppendEntry(dst []byte, e Entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return dst, fmt.Errorf("ledger: entry: %w", err)
	}
	dst = append(dst, `{"v":1,"method":"`...)
	dst = append(dst, e.Method...)
	if e.Kind != "" {
		dst = append(dst, `","kind":"`...)
		dst = append(dst, e.Kind...)
		dst = append(dst, `","subject":"`...)
		dst = appendHash(dst, e.Subject)
	} else {
		dst = append(dst, `","record":"`...)
		dst = append(dst, e.Record...)
		dst = append(dst, `","revision":`...)
		dst = strconv.AppendInt(dst, e.Revision, 10)
		if e.Revision > 1 {
			dst = append(dst, `,"previous":"`...)
			dst = append(appendHash(dst, e.Previous), '"')
		}
		dst = append(dst, `,"payload":"`...)
		dst = appendHash(dst, e.Payload)
	}
	dst = append(dst, `","time":"`...)
	dst = appendHash(dst, e.Time)
	dst = append(dst, `","member":"`...)
	dst = appendHash(dst, e.Member)
	return append(dst, `"}`...), nil
}

// EntryHash gives what the entry of the next revision cites as previous.
func EntryHash(entry []byte) Hash { return sha256.Sum256(entry) }

// Commitment gives the leaf that commits to an entry (see the package's
// comment). The salt is disclosed with the entry, and only with it.
func Commitment(salt [32]byte, entry []byte) Hash {
	var room [1024]byte
	return sha256.Sum256(append(append(room[:0], salt[:]...), entry...))
}

// Follows says what is wrong with e as the entry that comes after previous, an
// entry as stored, in the chain of a record; previous is nil where e has to be
// the first.
func (e *Entry) Follows(previous []byte) error {
	if previous == nil {
		if e.Kind != "" || e.Revision != 1 {
			return errors.New("ledger: the chain of a record begins with its revision 1")
		}
		return nil
	}
	before, err := ParseEntry(previous)
	switch {
	case err != nil:
		return err
	case e.Kind != "" || before.Kind != "":
		return errors.New("ledger: an entry without a record is in no chain")
	case e.Record != before.Record:
		return errors.New("ledger: the previous entry is of another record")
	case e.Revision != before.Revision+1:
		return fmt.Errorf("ledger: revision %d does not follow revision %d", e.Revision, before.Revision)
	case e.Previous != EntryHash(previous):
		return errors.New("ledger: the entry cites another previous entry")
	}
	return nil
}
