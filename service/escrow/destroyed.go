package escrow

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
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

// shareFile is what Set.File names files.
var shareFile = regexp.MustCompile(`^epoch-[0-9]+-(.{22})-([0-9]{1,3})-[a-z0-9-]+\.age$`)

// ParseShare reads SET:INDEX, or takes both from the name of the share's file, which
// needn't be there any more.
func ParseShare(text string) (Share, error) {
	set, index, _ := strings.Cut(text, ":")
	if named := shareFile.FindStringSubmatch(filepath.Base(text)); named != nil {
		set, index = named[1], named[2]
	}
	n, err := strconv.Atoi(index)
	if err != nil || !setID.MatchString(set) {
		return Share{}, errors.New("a share is named SET:INDEX, or by the name of its file, epoch-….age")
	}
	return Share{set, n}, nil
}

// ConfirmDestroyed notes in the book that custodians have destroyed their shares of
// superseded sets; once more is no error. All are noted, or none: a share of the
// current set, of a set that isn't in the book, or with an index that its set doesn't
// have, is refused. So are, with seal.ErrTurnover, those of an epoch that a turnover
// has not ended yet: backups may rest on it.
func ConfirmDestroyed(keys *seal.Keys, shares []Share) (*Book, error) {
	locked, err := keys.Lock()
	if err != nil {
		return nil, err
	}
	defer locked.Release()
	book, err := read(locked)
	if err != nil {
		return nil, err
	}
	epoch := keys.Epoch().Status()
	for _, share := range shares {
		if err := book.confirm(share, epoch); err != nil {
			return nil, fmt.Errorf("%w; nothing was changed", err)
		}
	}
	return book, book.put(locked)
}

func (b *Book) confirm(share Share, epoch seal.Status) error {
	if b.isCurrent(share.Set) {
		return fmt.Errorf("set %s is the current one: without its shares nothing is restored; renew them first (tumend keys escrow)", share.Set)
	}
	at := b.former(share.Set)
	if at < 0 {
		return fmt.Errorf("there is no set %s: `tumend keys status` lists those that were given out", share.Set)
	}
	set := &b.Superseded[at]
	if epoch.Turnover && set.Epoch+1 >= epoch.Number {
		return fmt.Errorf("%w: until it has come to its end (tumend keys rotate), what was backed up rests on the shares of epoch %d", seal.ErrTurnover, set.Epoch)
	}
	if share.Index < 1 || share.Index > len(set.Custodians) {
		return fmt.Errorf("set %s has the shares 1 to %d, not %d", share.Set, len(set.Custodians), share.Index)
	}
	if place, found := slices.BinarySearch(set.Destroyed, share.Index); !found {
		set.Destroyed = slices.Insert(set.Destroyed, place, share.Index)
		set.Restored = without(set.Restored, []int{share.Index})
	}
	return nil
}
