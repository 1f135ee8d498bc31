package escrow

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tumen/service/seal"
)

// Remember notes in the book in the keys folder dir, in which keys were restored from
// these shares of one set, that they are about: with the folder of before, its book
// may be lost. They count as superseded, as nobody knows any more whom to give new
// ones, and their custodians have no names, unless a backup tells (Join). None of
// them counts as destroyed.
func Remember(dir string, shares []seal.Share, now time.Time) error {
	return change(dir, func(b *Book) error {
		for _, share := range shares {
			if err := b.remember(share, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Book) remember(share seal.Share, now time.Time) error {
	if b.isCurrent(share.Set) {
		return nil
	}
	at := b.former(share.Set)
	if at < 0 {
		set := Set{ID: share.Set, Epoch: share.Epoch, Threshold: share.K, Made: now.UTC().Truncate(time.Second)}
		for i := range share.N {
			set.Custodians = append(set.Custodians, Custodian{Name: fmt.Sprintf("custodian-%d", i+1)})
		}
		b.Superseded, at = append(b.Superseded, set), len(b.Superseded)
	}
	set := &b.Superseded[at]
	set.Restored = union(set.Restored, []int{share.Index})
	set.Destroyed = without(set.Destroyed, set.Restored)
	return set.check()
}

// bookPurpose binds a sealed book to what it is.
const bookPurpose = "tumen escrow book 1"

// Seal gives the book for a backup to have: nobody without the keys reads or makes
// one.
func (b *Book) Seal(keys *seal.Keys) ([]byte, error) {
	text, err := b.Text()
	if err != nil {
		return nil, err
	}
	return keys.RowKey().Seal(nil, text, []byte(bookPurpose)), nil
}

// Join notes in the book in the keys folder dir what another book says, which a
// backup had, as Seal gave it: sets that this one doesn't have, and shares that are
// said to be destroyed. What was current there counts as superseded, as it may have
// been since; but where the keys were restored with its shares, it is current again.
// The error is seal.ErrDamaged if that is no book of these keys, and then nothing is
// changed.
func Join(dir string, keys *seal.Keys, sealed []byte) error {
	text, err := keys.RowKey().Open(nil, sealed, []byte(bookPurpose))
	if err != nil {
		return fmt.Errorf("the book of shares in the backup: %w: it is not as the server wrote it", seal.ErrDamaged)
	}
	other, err := Parse(text)
	if err != nil {
		return fmt.Errorf("the book of shares in the backup: %w", err)
	}
	return change(dir, func(b *Book) error {
		for _, set := range slices.Concat(other.Superseded, present(other.Current), present(other.pending)) {
			if err := b.learn(set, other.isCurrent(set.ID)); err != nil {
				return err
			}
		}
		slices.SortStableFunc(b.Superseded, func(x, y Set) int {
			return cmp.Or(cmp.Compare(x.Epoch, y.Epoch), x.Made.Compare(y.Made))
		})
		return nil
	})
}

// learn takes a set over from another book, in which it may be the current one.
func (b *Book) learn(set Set, current bool) error {
	if b.isCurrent(set.ID) {
		return nil
	}
	at := b.former(set.ID)
	if at < 0 {
		b.Superseded = append(b.Superseded, set)
		return nil
	}
	known := &b.Superseded[at]
	if known.Epoch != set.Epoch || known.Threshold != set.Threshold || len(known.Custodians) != len(set.Custodians) {
		return fmt.Errorf("%w: the book in the backup says other things of set %s than its shares", seal.ErrDamaged, set.ID)
	}
	nameless := known.Custodians[0].Recipient == ""
	restored := union(known.Restored, set.Restored)
	destroyed := without(union(known.Destroyed, set.Destroyed), known.Restored)
	if nameless {
		*known = set
	}
	known.Restored, known.Destroyed = restored, destroyed
	if nameless && current && b.Current == nil && len(destroyed) == 0 {
		b.Current = &set
		b.Superseded = slices.Delete(b.Superseded, at, at+1)
	}
	return nil
}

func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// without leaves some indices out.
func without(indices, out []int) []int {
	return slices.DeleteFunc(indices, func(i int) bool { return slices.Contains(out, i) })
}

func (b *Book) isCurrent(id string) bool { return b.Current != nil && b.Current.ID == id }

// former gives the place of a superseded set, -1 for none.
func (b *Book) former(id string) int {
	return slices.IndexFunc(b.Superseded, func(s Set) bool { return s.ID == id })
}

// change changes the book in the keys folder dir.
func change(dir string, do func(*Book) error) error {
	locked, err := seal.Lock(dir)
	if err != nil {
		return err
	}
	defer locked.Release()
	book, err := read(locked)
	if err != nil {
		return err
	}
	if err := do(book); err != nil {
		return err
	}
	return book.put(locked)
}
