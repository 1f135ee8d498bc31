package records

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"tumen/service/ledger"
	"tumen/storage"
)

// The ledger's rows.
//
// There is one for each leaf, at the end of the store's keys as those grow, and
// it holds all that came into being with the leaf: the commitment, whose entry it
// is, the hashes of the subtrees that it completed, and, with the last leaf of a
// commit, the checkpoint that was signed over it. So a commit adds to one place,
// and the newest leaf has the newest checkpoint.

// storedLeaf is the row of a leaf.
type storedLeaf struct {
	leaf
	above      []ledger.Hash // of the subtrees completed by it, from small to large
	checkpoint []byte        // nil for most
}

func (l *storedLeaf) value() []byte {
	b := make([]byte, 0, 58+32*len(l.above)+len(l.checkpoint))
	b = append(b, l.commitment[:]...)
	b = append(append(b, byte(l.of.Kind)), l.of.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.revision))
	b = append(b, byte(len(l.above)))
	for _, h := range l.above {
		b = append(b, h[:]...)
	}
	return append(b, l.checkpoint...)
}

// leafHead is the length of what every leaf's row has.
const leafHead = 32 + 1 + 16 + 8 + 1

func parseLeaf(b []byte) (*storedLeaf, error) {
	if len(b) < leafHead || int(b[32]) >= len(kinds) || int(b[57]) > 63 || len(b) < leafHead+32*int(b[57]) {
		return nil, errRow
	}
	l := &storedLeaf{leaf: leaf{
		commitment: [32]byte(b), of: Key{Kind(b[32]), ID(b[33:49])}, revision: int64(binary.BigEndian.Uint64(b[49:])),
	}}
	above, rest := int(b[57]), b[leafHead:]
	for range above {
		l.above = append(l.above, ledger.Hash(rest))
		rest = rest[32:]
	}
	if len(rest) > 0 {
		l.checkpoint = append([]byte(nil), rest...)
	}
	return l, nil
}

// leafRows reads the ledger's rows in a transaction.
type leafRows struct{ storage.Reader }

func (r leafRows) leaf(index int64) (*storedLeaf, error) {
	value, err := r.Get(leafKey(uint64(index)))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("%w: the ledger has no leaf %d", storage.ErrCorrupt, index)
	}
	if err != nil {
		return nil, err
	}
	return parseLeaf(value)
}

// last returns the newest leaf and how many there are; nil in an empty ledger.
func (r leafRows) last() (*storedLeaf, int64, error) {
	newest := storage.Prefix([]byte{rowLeaf})
	newest.Reverse = true
	for row, err := range r.Scan(newest) {
		if err != nil {
			return nil, 0, err
		}
		if len(row.Key) != 9 {
			return nil, 0, errRow
		}
		l, err := parseLeaf(row.Value)
		return l, int64(binary.BigEndian.Uint64(row.Key[1:])) + 1, err
	}
	return nil, 0, nil
}

// ReadHashes implements tlog.HashReader: the hash of a subtree stands in the row
// of its last leaf.
func (r leafRows) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		l, err := r.leaf((n+1)<<level - 1)
		if err != nil {
			return nil, err
		}
		switch {
		case level == 0:
			hashes[i] = leafHash(l)
		case level <= len(l.above):
			hashes[i] = l.above[level-1]
		default:
			return nil, errRow
		}
	}
	return hashes, nil
}

func leafHash(l *storedLeaf) ledger.Hash { return ledger.LeafHash(l.commitment) }

// log is the ledger as the committing goroutine holds it: nobody else lets it
// grow.
type log struct {
	signers *signers
	signer  *ledger.Signer // of the origin that is written under
	tree    ledger.Tree
}

// openLog reads where the ledger stands, and checks it against its checkpoint.
func openLog(ctx context.Context, backend storage.Store, signers *signers) (*log, error) {
	g := &log{signers: signers, signer: signers.last}
	return g, backend.View(ctx, func(r storage.Reader) error {
		last, size, err := leafRows{r}.last()
		if last == nil || err != nil {
			return err
		}
		if g.tree, err = ledger.ReadTree(size, leafRows{r}); err != nil {
			return err
		}
		if err := signers.over(size).Open(last.checkpoint, g.tree); err != nil {
			return fmt.Errorf("%w: the newest checkpoint: %w", storage.ErrCorrupt, err)
		}
		return nil
	})
}

// growth is the ledger while a group is put: nothing of it counts before the
// group is committed.
type growth struct {
	w    storage.Writer
	log  *log
	tree ledger.Tree
	last *storedLeaf // not yet put: it may get the checkpoint
}

func (g *log) grow(w storage.Writer) *growth { return &growth{w: w, log: g, tree: g.tree} }

// adopt makes a growth that was committed the ledger.
func (g *log) adopt(d *growth) { g.tree = d.tree }

// add puts the leaves of a change, and tells their revisions where they stand.
func (d *growth) add(leaves []*leaf) error {
	for _, l := range leaves {
		if err := d.putLast(); err != nil {
			return err
		}
		binary.BigEndian.PutUint64(l.row, uint64(d.tree.Size()))
		stored := &storedLeaf{leaf: *l}
		d.tree, stored.above = d.tree.Append(l.commitment)
		d.last = stored
	}
	return nil
}

func (d *growth) putLast() error {
	if d.last == nil {
		return nil
	}
	return d.w.Put(leafKey(uint64(d.tree.Size()-1)), d.last.value())
}

// finish signs the checkpoint of the group and puts it with the last leaf.
func (d *growth) finish() error {
	if d.last == nil {
		return nil
	}
	var err error
	if d.last.checkpoint, err = d.log.signer.Checkpoint(d.tree); err != nil {
		return err
	}
	return d.putLast()
}
