package records

import (
	"tumen/service/ledger"
	"tumen/storage"
)

// statement checks that a statement can be read, and is what its entry and the
// leaf of that commit to.
func (c *checker) statement(row storage.Row) error {
	if len(row.Key) != 17 {
		return c.stray(row)
	}
	id := ID(row.Key[1:])
	s, err := c.view.openStatement(id, row.Value)
	if IsDamage(err) {
		c.problem("statement %x: it can't be read, or is not what its entry in the ledger commits to", id)
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.findable(id, s); err != nil {
		return err
	}
	l, err := leafRows{c.view.base}.leaf(s.Leaf)
	switch {
	case err != nil:
		c.problem("statement %x: it has no leaf in the ledger where it says", id)
	case l.of != Key{NoKind, id} || l.revision != 1 || l.commitment != ledger.Commitment(s.Salt, s.Entry):
		c.problem("statement %x: it is not what the ledger's leaf %d commits to", id, s.Leaf)
	}
	return nil
}

// keyed returns what a data key's row belongs to, and the key of the row that it
// opens; ok is false for neither a record, a statement nor a draft.
func keyed(row []byte) (k Key, opens []byte, ok bool) {
	if len(row) == 18 {
		switch id := ID(row[2:]); Kind(row[1]) {
		case NoKind:
			return Key{NoKind, id}, statementKey(id), true
		case ownDraft:
			return draftKey(id), draftTextKey(id), true
		}
	}
	k, ok = parseCurrentKey(row)
	return k, currentKey(k), ok
}
