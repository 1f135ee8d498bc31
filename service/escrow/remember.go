package escrow

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tumen/service/seal"
)

// Remember notes in the book in the keys folder dir, in which keys were restored from
// shares, that these shares are about: with the folder of before, its book may be
// lost. They count as superseded, as nobody knows any more whom to give new ones, and
// their custodians have no names, unless a backup tells (Join). A set that the book
// has stays as it is.
func Remember(dir string, share seal.Share, now time.Time) error {
	return change(dir, func(b *Book) error {
		if b.isCurrent(share.Set) || b.former(share.Set) >= 0 {
			return nil
		}
		set := Set{ID: share.Set, Epoch: share.Epoch, Threshold: share.K, Made: now.UTC().Truncate(time.Second)}
		for i := range share.N {
			set.Custodians = append(set.Custodians, Custodian{Name: fmt.Sprintf("custodian-%d", i+1)})
		}
		if err := set.check(); err != nil {
			return err
		}
		b.Superseded = append(b.Superseded, set)
		return nil
	})
}

// Join notes in the book in the keys folder dir what the text of another book says,
// which a backup had: sets that this one doesn't have, and shares that are said to
// be destroyed. What was current there counts as superseded, as it may have been
// since; but where the keys were restored with its shares, it is current again. The
// error is seal.ErrDamaged if the text is no book, and then nothing is changed.
func Join(dir string, text []byte) error {
	other, err := Parse(text)
	if err != nil {
		return fmt.Errorf("the book of shares in the backup: %w", err)
	}
	return change(dir, func(b *Book) error {
		for _, set := range slices.Concat(other.Superseded, present(other.Current), present(other.pending)) {
			b.learn(set, other.isCurrent(set.ID))
		}
		slices.SortStableFunc(b.Superseded, func(x, y Set) int {
			return cmp.Or(cmp.Compare(x.Epoch, y.Epoch), x.Made.Compare(y.Made))
		})
		return nil
	})
}

// learn takes a set over from another book, in which it may be the current one.
func (b *Book) learn(set Set, current bool) {
	if b.isCurrent(set.ID) {
		return
	}
	at := b.former(set.ID)
	if at < 0 {
		b.Superseded = append(b.Superseded, set)
		return
	}
	known := &b.Superseded[at]
	nameless := known.Custodians[0].Recipient == ""
	known.Destroyed = union(known.Destroyed, set.Destroyed)
	if nameless {
		set.Destroyed = known.Destroyed
		*known = set
	}
	if nameless && current && b.Current == nil && len(known.Destroyed) == 0 {
		b.Current = &set
		b.Superseded = slices.Delete(b.Superseded, at, at+1)
	}
}

func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
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
