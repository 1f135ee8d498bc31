package records

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tumen/service/fault"
	"tumen/service/ledger"
	"tumen/service/seal"
	"tumen/storage"
)

// Statements: what is in the ledger and is no revision of a record.
//
// A statement is bytes that say what was done, such as which records an export
// took. The ledger's entry about it holds the digest of their salted hash. Both lie in a row of their
// own (rowStatement) in the form of a record's first revision, sealed under a data
// key of their own, which lies where those of records do, under no kind. Where a
// revision has fields, there stand the member, the time (RFC 3339, UTC), the
// reason, each with its length before it, and the statement.

// statementKinds gives the collection in whose names the statements of a kind
// stand.
var statementKinds = map[string]string{"export": "exports/", "erased": "erased/", "restored": "restored/", "disclosure": "disclosures/", "local": "local-acts/", "aside": "asides/", "issuer": "issuer-acts/"}

// IsStatementKind says whether there are statements of a kind.
func IsStatementKind(kind string) bool { return statementKinds[kind] != "" }

// Statement is something that was done, and how the ledger commits to it.
type Statement struct {
	Name    string
	Kind    string // what was done: "export"
	Member  string // who did it
	Time    time.Time
	Reason  string
	Content []byte // what was done, exactly as it was committed to
	Entry   []byte // the ledger's, as written
	Salt    [32]byte
	Leaf    int64 // where the entry stands in the ledger
	// The disclosures of what, when, on which day and by whom.
	SubjectDisclosure, TimeDisclosure, DayDisclosure, MemberDisclosure []byte
}

func statementKey(id ID) []byte { return append([]byte{rowStatement}, id[:]...) }

// stated is what a change has put into the ledger beside revisions.
type stated struct {
	id   ID
	leaf *leaf
}

// State puts a statement and the entry about it into the change, and returns its
// name. kind is what was done: one of statementKinds.
func (t *Tx) State(kind string, content []byte) (string, error) {
	k := Key{NoKind, t.store.newID(t.now)}
	key := seal.NewDataKey()
	wrapped, err := t.store.sealer.wrap(k, key)
	if err != nil {
		return "", err
	}
	s := &Statement{Member: t.author.Member, Time: t.now, Reason: t.author.Reason, Content: content}
	s.commit(key, kind, t.author.Method)
	row, err := sealRevision(k, 1, key, s.Entry, s.parts())
	if err != nil {
		return "", err
	}
	t.wrote.put(dataKeyKey(k), wrapped)
	t.wrote.put(statementKey(k.ID), row)
	t.stated = append(t.stated, stated{k.ID, &leaf{of: k, revision: 1, commitment: ledger.Commitment(s.Salt, s.Entry), row: row}})
	return t.store.names.statement(kind, k.ID), nil
}

// leafOf is the leaf of a statement of the change.
func (t *Tx) leafOf(id ID) *leaf {
	for _, s := range t.stated {
		if s.id == id {
			return s.leaf
		}
	}
	return nil // only State writes such rows
}

// commit makes the entry of a statement, and what opens it.
func (s *Statement) commit(key *seal.DataKey, kind, method string) {
	salts := key.Derive(1)
	s.Salt = salts.LeafSalt()
	s.SubjectDisclosure = ledger.AppendSubjectDisclosure(nil, salts.SubjectSalt(), s.Content)
	s.TimeDisclosure = ledger.AppendTimeDisclosure(nil, salts.TimeSalt(), s.Time)
	s.DayDisclosure = ledger.AppendDayDisclosure(nil, salts.DaySalt(), s.Time)
	s.MemberDisclosure = ledger.AppendMemberDisclosure(nil, salts.MemberSalt(), s.Member)
	s.Entry = ledger.AppendNotice(nil, ledger.Notice{
		Method: method, Kind: kind, Subject: ledger.Digest(s.SubjectDisclosure),
		Time: ledger.Digest(s.TimeDisclosure), Day: ledger.Digest(s.DayDisclosure), Member: ledger.Digest(s.MemberDisclosure),
	})
}

func (s *Statement) parts() []byte {
	b := appendBytes(make([]byte, 0, len(s.Content)+256), []byte(s.Member))
	b = appendBytes(b, s.Time.UTC().AppendFormat(nil, time.RFC3339Nano))
	return append(appendBytes(b, []byte(s.Reason)), s.Content...)
}

func parseParts(b []byte) (*Statement, error) {
	var parts [3][]byte
	for i := range parts {
		var ok bool
		if parts[i], b, ok = cutBytes(b); !ok {
			return nil, errRow
		}
	}
	at, err := time.Parse(time.RFC3339Nano, string(parts[1]))
	if err != nil {
		return nil, errRow
	}
	return &Statement{Member: string(parts[0]), Time: at, Reason: string(parts[2]), Content: b}, nil
}

// statement is the name of a statement.
func (n *Namer) statement(kind string, id ID) string {
	return string(n.appendOuter([]byte(statementKinds[kind]), id))
}

// Statement reads a statement. Whoever asks has to be told apart by the caller:
// it is the same for all. One that is not there is fault.Missing.
func (v *View) Statement(kind, name string) (*Statement, error) {
	own, ok := strings.CutPrefix(name, statementKinds[kind])
	if !ok {
		return nil, fault.Missing(name)
	}
	id, err := v.store.names.inner(own)
	if err != nil {
		return nil, fault.Missing(name)
	}
	row, err := v.base.Get(statementKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, fault.Missing(name)
	}
	if err != nil {
		return nil, err
	}
	st, err := v.openStatement(id, row)
	if errors.Is(err, errSetAside) {
		err = fault.Missing(name)
	}
	return st, err
}

// openStatement reads a statement's row and works its entry out again, which has
// to be the stored one.
func (v *View) openStatement(id ID, row []byte) (*Statement, error) {
	k := Key{NoKind, id}
	stored, opened, err := v.openRow(k, row)
	if err != nil {
		return nil, err
	}
	notice, err := ledger.ParseNotice(opened.entry)
	if err != nil || statementKinds[notice.Kind] == "" || stored.revision != 1 {
		return nil, errRow
	}
	s, err := parseParts(opened.fields)
	if err != nil {
		return nil, err
	}
	s.commit(opened.key, notice.Kind, notice.Method)
	if string(s.Entry) != string(opened.entry) {
		return nil, fmt.Errorf("%w: a statement is not what its entry commits to", errRow)
	}
	s.Name, s.Kind, s.Leaf = v.store.names.statement(notice.Kind, id), notice.Kind, int64(stored.leaf)
	return s, nil
}
