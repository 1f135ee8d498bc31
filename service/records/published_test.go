package records

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tumen/service/ledger"
	"tumen/storage"
)

// newest is the newest checkpoint and what it is of.
func (o *office) newest() (checkpoint []byte, size int64) {
	o.t.Helper()
	must(o.t, o.store.View(o.t.Context(), func(v *View) (err error) {
		checkpoint, size, err = v.Checkpoint()
		return err
	}))
	return checkpoint, size
}

func (o *office) published() (checkpoint []byte, size int64) {
	o.t.Helper()
	must(o.t, o.store.View(o.t.Context(), func(v *View) (err error) {
		checkpoint, size, err = v.Published()
		return err
	}))
	return checkpoint, size
}

// TestWhatIsPublishedStays: whatever is written after it, and only what goes on
// from it takes its place.
func TestWhatIsPublishedStays(t *testing.T) {
	o := openChecked(t)
	if checkpoint, _ := o.published(); checkpoint != nil {
		t.Errorf("published before anything was: %s", checkpoint)
	}
	older, _ := o.newest()
	o.office.event("detention", "2022")
	newer, size := o.newest()
	cosigned := append(bytes.Clone(newer), "— witness.example AAAAAAAA\n"...)
	must(t, o.store.Publish(t.Context(), cosigned))
	o.office.event("detention", "2023")
	if got, n := o.published(); !bytes.Equal(got, cosigned) || n != size {
		t.Errorf("published is %q of %d leaves, not %q of %d", got, n, cosigned, size)
	}
	other, err := ledger.NewSigner(o.store.log.signer.Origin(), bytes.Repeat([]byte{1}, 32))
	must(t, err)
	forged, err := other.Checkpoint(o.store.log.tree)
	must(t, err)
	tree, _ := o.store.log.tree.Append([32]byte{1})
	ahead, err := o.store.log.signer.Checkpoint(tree)
	must(t, err)
	for name, bad := range map[string][]byte{"an older one": older, "another key's": forged, "one of leaves that are not there": ahead, "none": []byte("x"), "nothing": nil} {
		if err := o.store.Publish(t.Context(), bad); !errors.Is(err, ErrPublication) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, _ := o.published(); !bytes.Equal(got, cosigned) {
		t.Errorf("after what was refused, published is %q", got)
	}
	if r := o.check(); r.Found > 0 {
		t.Error(r.Problems)
	}
	must(t, o.store.backend.Update(context.Background(), func(w storage.Writer) error { return w.Put(metaKey(markPublished), ahead) }))
	if r := o.check(); r.Found != 1 {
		t.Errorf("a publication that is not the ledger's is told as %q", r.Problems)
	}
	if err := o.store.Publish(t.Context(), newer); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("published over what is damaged: %v", err)
	}
}
