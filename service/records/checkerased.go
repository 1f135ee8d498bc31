package records

import (
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// wasErased says whether a leaf is that of an erased record's revision.
func (c *checker) wasErased(l *storedLeaf, index int64) (bool, error) {
	stone, err := c.view.erased(l.of)
	if IsDamage(err) {
		return true, nil // told where it stands
	}
	if stone == nil || err != nil {
		return false, err
	}
	n := l.revision - 1
	return n >= 0 && n < int64(len(stone.GetLeaves())) && stone.GetLeaves()[n] == index, nil
}

// tombstone checks what is left of an erased record: nothing else is.
func (c *checker) tombstone(row storage.Row) error {
	k, ok := parseCurrentKey(row.Key)
	stone := new(tumenv1.Tombstone)
	if !ok || proto.Unmarshal(row.Value, stone) != nil || len(stone.GetLeaves()) == 0 {
		return c.stray(row)
	}
	if named, err := c.store.names.Parse(stone.GetName()); err != nil || named != k {
		c.problem("%s %x: what is left of it bears the name of another record", k.Kind, k.ID)
	}
	for i, index := range stone.GetLeaves() {
		l, err := leafRows{c.view.base}.leaf(index)
		if err != nil || l.of != k || l.revision != int64(i)+1 {
			c.problem("%s: revision %d, erased, is not what the ledger's leaf %d is of", stone.GetName(), i+1, index)
		}
	}
	for _, key := range [][]byte{dataKeyKey(k), currentKey(k)} {
		if value, err := c.view.getBase(key); err != nil {
			return err
		} else if value != nil {
			c.problem("%s: it was erased, and something of it is still there", stone.GetName())
		}
	}
	return nil
}
