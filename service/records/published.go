package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tumen/service/ledger"
	"tumen/storage"
)

// What outsiders see of the ledger is the tree under the last checkpoint that was
// published, however far the ledger has grown since. That checkpoint lies among
// the marks of the store: it is as durable as the tree that it is of, and a copy
// of the store never knows of a publication beyond its own tree.

const markPublished = "published" // the published checkpoint, cosignatures included

// ErrPublication: what was to be published is not the ledger's, or is behind what
// was published before.
var ErrPublication = errors.New("not a publication of this ledger that goes on from the last")

// Published returns the checkpoint that was published last, with its
// cosignatures, and the size of the tree that it is of. nil: nothing was published
// under this origin.
func (v *View) Published() (checkpoint []byte, size int64, err error) {
	return published(v.base, v.Signer())
}

func published(r storage.Reader, signer *ledger.Signer) ([]byte, int64, error) {
	checkpoint, err := r.Get(metaKey(markPublished))
	if errors.Is(err, storage.ErrNotFound) || err == nil && !bytes.HasPrefix(checkpoint, []byte(signer.Origin()+"\n")) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	size, err := signer.Size(checkpoint)
	if err == nil {
		err = checkpointIs(r, signer, checkpoint, size)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: the published checkpoint: %w", storage.ErrCorrupt, err)
	}
	return bytes.Clone(checkpoint), size, nil
}

// checkpointIs says whether a checkpoint is that of the stored tree at a size.
func checkpointIs(r storage.Reader, signer *ledger.Signer, checkpoint []byte, size int64) error {
	_, stored, err := leafRows{r}.last()
	if err != nil {
		return err
	}
	if size > stored {
		return fmt.Errorf("it is of %d leaves, and there are %d", size, stored)
	}
	tree, err := ledger.ReadTree(size, leafRows{r})
	if err != nil {
		return err
	}
	return signer.Open(checkpoint, tree)
}

// Publish makes a checkpoint of the ledger what outsiders see from now on. It is
// durable when Publish returns. A checkpoint of another tree, or of fewer leaves
// than were published, is ErrPublication, and then nothing changes.
func (s *Store) Publish(ctx context.Context, checkpoint []byte) error {
	return s.backend.Update(ctx, func(w storage.Writer) error {
		_, before, err := published(w, s.log.signer)
		if err != nil {
			return err
		}
		size, err := s.log.signer.Size(checkpoint)
		if err != nil || size < before || checkpointIs(w, s.log.signer, checkpoint, size) != nil {
			return ErrPublication
		}
		return w.Put(metaKey(markPublished), checkpoint)
	})
}

// Checkpoint returns the newest signed checkpoint, and the size of the tree that it
// is of, which is the whole ledger; nil while that is empty.
func (v *View) Checkpoint() (checkpoint []byte, size int64, err error) {
	last, size, err := leafRows{v.base}.last()
	if last == nil || err != nil {
		return nil, 0, err
	}
	return last.checkpoint, size, nil
}

// ProveGrowth returns the hashes by which the tree of size to is seen to begin
// with that of size from.
func (v *View) ProveGrowth(from, to int64) ([]ledger.Hash, error) {
	return ledger.ProveGrowth(from, to, leafRows{v.base})
}

// RootAt is the root of the tree when it had that size.
func (v *View) RootAt(size int64) (ledger.Hash, error) {
	return ledger.RootAt(size, leafRows{v.base})
}

// AppendTile appends a tile of the tree of that size (ledger.AppendTile).
func (v *View) AppendTile(dst []byte, size int64, path ledger.TilePath) ([]byte, error) {
	return ledger.AppendTile(dst, leafRows{v.base}, size, path)
}

// Commitments implements ledger.Rows.
func (r leafRows) Commitments(first int64, n int) ([][32]byte, error) {
	commitments := make([][32]byte, 0, n)
	rows := storage.Range{Start: leafKey(uint64(first)), End: leafKey(uint64(first) + uint64(n))}
	for row, err := range r.Scan(rows) {
		if err != nil {
			return nil, err
		}
		l, err := parseLeaf(row.Value)
		if err != nil || !bytes.Equal(row.Key, leafKey(uint64(first)+uint64(len(commitments)))) {
			return nil, errRow
		}
		commitments = append(commitments, l.commitment)
	}
	if len(commitments) != n {
		return nil, errRow
	}
	return commitments, nil
}

// publication checks what was published last.
func (c *checker) publication() error {
	_, _, err := published(c.view.base, c.signers.last)
	if errors.Is(err, storage.ErrCorrupt) {
		c.problem("the ledger: what was published last is not a checkpoint of it")
		return nil
	}
	return err
}
