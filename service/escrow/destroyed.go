package escrow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tumen/service/seal"
)

// Share names one share of a set.
type Share struct {
	Set   string
	Index int // from 1
}

// ParseShare reads SET:INDEX.
func ParseShare(text string) (Share, error) {
	set, index, found := strings.Cut(text, ":")
	n, err := strconv.Atoi(index)
	if !found || err != nil || !setID.MatchString(set) {
		return Share{}, errors.New("a share is named SET:INDEX, as `tumend keys status` and its file do")
	}
	return Share{set, n}, nil
}

// ConfirmDestroyed notes in the book in the keys folder dir that custodians have
// destroyed their shares of superseded sets; once more is no error. All are noted,
// or none: a share of the current set, of a set that isn't in the book, or with an
// index that its set doesn't have, is refused.
func ConfirmDestroyed(dir string, shares []Share) (*Book, error) {
	locked, err := seal.Lock(dir)
	if err != nil {
		return nil, err
	}
	defer locked.Release()
	book, err := read(locked)
	if err != nil {
		return nil, err
	}
	for _, share := range shares {
		if err := book.confirm(share); err != nil {
			return nil, fmt.Errorf("%w; nothing was changed", err)
		}
	}
	return book, book.put(locked)
}

func (b *Book) confirm(share Share) error {
	if b.Current != nil && b.Current.ID == share.Set {
		return fmt.Errorf("set %s is the current one: without its shares nothing is restored; renew them first (tumend keys escrow)", share.Set)
	}
	at := slices.IndexFunc(b.Superseded, func(s Set) bool { return s.ID == share.Set })
	if at < 0 {
		return fmt.Errorf("there is no set %s: `tumend keys status` lists those that were given out", share.Set)
	}
	set := &b.Superseded[at]
	if share.Index < 1 || share.Index > len(set.Custodians) {
		return fmt.Errorf("set %s has the shares 1 to %d, not %d", share.Set, len(set.Custodians), share.Index)
	}
	if place, found := slices.BinarySearch(set.Destroyed, share.Index); !found {
		set.Destroyed = slices.Insert(set.Destroyed, place, share.Index)
	}
	return nil
}
