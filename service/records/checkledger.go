package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/storage"
)

// checkedRevision is a revision that could be read.
type checkedRevision struct {
	record Record
	entry  ledger.Entry
	hash   [32]byte // of the entry as written
}

// revision opens and decodes a revision and checks that it is in its one form,
// bears the name of its key, and is what its entry and the leaf of that commit to;
// nil where it can't be read.
func (c *checker) revision(k Key, value []byte, what string) *checkedRevision {
	stored, opened, err := c.view.openRow(k, value)
	if err != nil {
		c.problem("%s: a revision can't be read", what)
		return nil
	}
	rec, err := opened.record(k, stored.revision)
	if err != nil {
		c.problem("%s: a revision can't be read", what)
		return nil
	}
	if again, err := encoding.Append(nil, rec); err != nil || !bytes.Equal(again, opened.fields) {
		c.problem("%s: a revision is not in its one form", what)
	}
	if named, err := c.store.names.Parse(rec.GetName()); err != nil || named != k {
		c.problem("%s: a revision bears the name of another record", what)
		return nil
	}
	entry, err := ledger.ParseEntry(opened.entry)
	if err != nil {
		c.problem("%s: the entry of a revision can't be read", what)
		return nil
	}
	c.committed(k, rec, stored, opened, entry, what)
	return &checkedRevision{rec, entry, sha256.Sum256(opened.entry)}
}

// committed checks that a revision is what its entry says, and that this is what
// its leaf commits to.
func (c *checker) committed(k Key, rec Record, stored storedRevision, opened openedRevision, entry ledger.Entry, what string) {
	c.room.salts = opened.key.Derive(uint64(stored.revision))
	if again := c.room.entry(nil, k.Kind, rec, opened.fields, entry.Method, entry.Previous); !bytes.Equal(again, opened.entry) {
		c.problem("%s: revision %d is not what its entry in the ledger commits to", what, stored.revision)
	}
	l, err := leafRows{c.view.base}.leaf(int64(stored.leaf))
	switch {
	case err != nil:
		c.problem("%s: revision %d has no leaf in the ledger where it says", what, stored.revision)
	case l.of != k || l.revision != stored.revision || l.commitment != ledger.Commitment(c.room.salts.LeafSalt(), opened.entry):
		c.problem("%s: revision %d is not what the ledger's leaf %d commits to", what, stored.revision, stored.leaf)
	}
}

// chained checks that a revision continues the one before and returns the hash of
// its entry; nil, which was told where it stands, breaks the chain.
func (c *checker) chained(rev *checkedRevision, previous [32]byte) [32]byte {
	if rev == nil {
		return [32]byte{}
	}
	if rev.entry.Previous != previous {
		c.problem("%s: revision %d does not continue the one before it", rev.record.GetName(), rev.record.GetRevision())
	}
	return rev.hash
}

// wrapped checks the key of a record.
func (c *checker) wrapped(row storage.Row) error {
	k, opens, ok := keyed(row.Key)
	if !ok {
		return c.stray(row)
	}
	if bytes.Equal(row.Value, keySetAside) {
		c.problem("%s %x: a turnover has set its key aside, which didn't open: nothing opens it any more", k.Kind, k.ID)
	} else if _, err := c.store.sealer.unwrap(k, row.Value); err != nil {
		c.problem("%s %x: its key can't be read", k.Kind, k.ID)
	}
	if value, err := c.view.getBase(opens); err != nil {
		return err
	} else if value == nil {
		c.problem("%s %x: a key without a record, statement or draft", k.Kind, k.ID)
	}
	return nil
}

// ledger goes through all leaves: their numbers, the tree that they make, and each
// checkpoint that was signed over it.
func (c *checker) ledger(r storage.Range) error {
	var tree ledger.Tree
	var last *storedLeaf
	for row, err := range c.rows(r) {
		if err != nil {
			return err
		}
		l, err := parseLeaf(row.Value)
		if err != nil || len(row.Key) != 9 {
			c.problem("the ledger: a leaf can't be read: %x", row.Key[1:min(len(row.Key), 40)])
			return nil
		}
		if index := binary.BigEndian.Uint64(row.Key[1:]); index != uint64(tree.Size()) {
			c.problem("the ledger: leaf %d stands where leaf %d should", index, tree.Size())
			return nil
		}
		next, above := tree.Append(l.commitment)
		tree, last = next, l
		if !slices.Equal(above, l.above) {
			c.problem("the ledger: the hashes stored with leaf %d are not those of the tree", tree.Size()-1)
		}
		if l.checkpoint != nil && c.signers.over(tree.Size()).Open(l.checkpoint, tree) != nil {
			c.problem("the ledger: the checkpoint over %d leaves is not that of the tree, or not signed by this server", tree.Size())
		}
		value, err := c.revisionRow(l)
		if err != nil {
			return err
		}
		if value == nil {
			if erased, err := c.wasErased(l, tree.Size()-1); err != nil {
				return err
			} else if erased {
				continue
			}
		}
		if stored, err := parseRevision(value); err != nil || stored.leaf != uint64(tree.Size()-1) || stored.revision != l.revision {
			c.problem("the ledger: what leaf %d commits to, revision %d of %s %x, is not there", tree.Size()-1, l.revision, l.of.Kind, l.of.ID)
		}
	}
	if last != nil && last.checkpoint == nil {
		c.problem("the ledger: the newest leaf is under no checkpoint")
	}
	return nil
}

// revisionRow returns the row of the revision that a leaf commits to, or nil: the
// current one or an earlier one, or that of a statement.
func (c *checker) revisionRow(l *storedLeaf) ([]byte, error) {
	if l.of.Kind == NoKind {
		return c.view.getBase(statementKey(l.of.ID))
	}
	value, err := c.view.getBase(historyKey(l.of, l.revision))
	if value == nil && err == nil {
		value, err = c.view.getBase(currentKey(l.of))
	}
	return value, err
}
