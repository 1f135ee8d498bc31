package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"tumen/service/encoding"
	"tumen/service/fault"
	"tumen/service/ledger"
	"tumen/storage"
)

// TestAStatementIsInTheLedger: as its entry, sealed beside it, and under a
// checkpoint that is always the same.
// opened is the text of a disclosure.
func opened(t *testing.T, disclosure []byte) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(string(disclosure))
	must(t, err)
	return string(text)
}

func TestAStatementIsInTheLedger(t *testing.T) {
	c := openChecked(t)
	c.event = c.office.event("detention", "2022") // so that the newest checkpoint is another
	must(t, c.store.View(t.Context(), func(v *View) error {
		s, err := v.Statement("export", c.statement)
		must(t, err)
		n, err := ledger.ParseNotice(s.Entry)
		must(t, err)
		if string(s.Content) != "what was taken" || s.Name != c.statement || s.Member != c.member || n.Kind != "export" || n.Subject != ledger.Digest(s.SubjectDisclosure) {
			t.Errorf("%+v", s)
		}
		sum := sha256.Sum256(s.Content)
		if said := opened(t, s.SubjectDisclosure); !strings.HasSuffix(said, `,"subject","`+base64.RawURLEncoding.EncodeToString(sum[:])+`"]`) {
			t.Error(said)
		}
		if n.Time != ledger.Digest(s.TimeDisclosure) || n.Day != ledger.Digest(s.DayDisclosure) || n.Member != ledger.Digest(s.MemberDisclosure) {
			t.Error("what the disclosures say is not committed to")
		}
		proved(t, v, s.Leaf, s.Leaf, ledger.Commitment(s.Salt, s.Entry))
		return nil
	}))
	if r := c.check(); r.Found > 0 {
		t.Error(r.Problems)
	}
	must(t, c.store.View(t.Context(), func(v *View) error {
		for _, name := range []string{"exports/00000000000000000000000000", "exports/x", "x", strings.TrimPrefix(c.statement, "exports/"), c.event} {
			if _, err := v.Statement("export", name); fault.Of(err) == nil || fault.Of(err).Kind != fault.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	}))
}

// TestALargeStatementFitsIntoItsRow: one of the size up to which exports state
// what is in them, and as hard to compress as can be.
func TestALargeStatementFitsIntoItsRow(t *testing.T) {
	o := openOffice(t, boltStore(t))
	content := make([]byte, 16<<20-64<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content) // it never fails
	var name string
	o.do(func(tx *Tx) (err error) {
		name, err = tx.State("export", content)
		return err
	})
	o.view(func(v *View) error {
		s, err := v.Statement("export", name)
		if err == nil && !bytes.Equal(s.Content, content) {
			t.Error("it is not what was stated")
		}
		return err
	})
}

// TestARevisionConvincesOthers: each field of it against the payload, that
// against the entry, and that against the tree.
func TestARevisionConvincesOthers(t *testing.T) {
	c := openChecked(t)
	must(t, c.store.View(t.Context(), func(v *View) error {
		var previous [32]byte
		for revision := int64(1); revision <= 4; revision++ {
			r, err := v.Committed(c.event, revision)
			must(t, err)
			fields, err := encoding.Append(nil, r.Record)
			must(t, err)
			n := 0
			for name, value := range encoding.Fields(fields) {
				d := r.Fields[n]
				sum := sha256.Sum256(d.Text)
				if d.Field != name || string(d.Value) != string(value) || !strings.Contains(string(r.Payload), base64.RawURLEncoding.EncodeToString(sum[:])) {
					t.Errorf("%s is not what was committed to", name)
				}
				n++
			}
			e, err := ledger.ParseEntry(r.Entry)
			must(t, err)
			if n != len(r.Fields) || e.Payload != sha256.Sum256(r.Payload) || e.Previous != previous || e.Revision != revision || e.Time != ledger.Digest(r.Time) || e.Member != ledger.Digest(r.Member) {
				t.Errorf("revision %d: %+v", revision, e)
			}
			previous = sha256.Sum256(r.Entry)
			proved(t, v, r.Leaf, r.Leaf+1, ledger.Commitment(r.Salt, r.Entry))
		}
		if _, err := v.Committed(c.event, 5); err == nil {
			t.Error("a revision that is not there")
		}
		return nil
	}))
}

// proved checks a leaf under the first checkpoint that covers another.
func proved(t *testing.T, v *View, leaf, covering int64, commitment [32]byte) {
	t.Helper()
	checkpoint, size, err := v.CheckpointOver(covering)
	must(t, err)
	hashes, err := v.Prove(size, leaf)
	must(t, err)
	root, err := ledger.RootAt(size, leafRows{v.base})
	must(t, err)
	tree, err := ledger.ReadTree(size, leafRows{v.base})
	must(t, err)
	if err := v.Signer().Open(checkpoint, tree); err != nil || root != tree.Root() {
		t.Errorf("not the checkpoint of %d leaves: %v", size, err)
	}
	if err := tlog.CheckRecord(tlog.RecordProof(hashes), size, root, leaf, ledger.LeafHash(commitment)); err != nil {
		t.Error(err)
	}
}

// statementKey is the row of the statement.
func (c *checked) statementKey() []byte {
	id, err := c.store.names.inner(strings.TrimPrefix(c.statement, "exports/"))
	must(c.t, err)
	return statementKey(id)
}

// restate changes what the row of the statement holds, as who has its key could.
func (c *checked) restate(w storage.Writer, edit func(*openedRevision)) error {
	k := Key{NoKind, ID(c.statementKey()[1:])}
	row, err := w.Get(c.statementKey())
	must(c.t, err)
	v := &View{store: c.store, base: w}
	stored, opened, err := v.openRow(k, row)
	must(c.t, err)
	edit(&opened)
	key, err := v.dataKey(k)
	must(c.t, err)
	again, err := sealRevision(k, stored.revision, key, opened.entry, opened.fields)
	must(c.t, err)
	copy(again, row[:8])
	return w.Put(c.statementKey(), again)
}
