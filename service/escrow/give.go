package escrow

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tumen/service/seal"
)

// ErrNobody: the keys were given to no custodians, so there is nothing to renew.
var ErrNobody = errors.New("the keys were given to no custodians")

// Give splits the keys of the newest epoch among custodians, any threshold of whom
// restore them, and writes one file for each into the folder out, which is made: it
// must not be there, or be empty. All files are there on return, or none. The set
// that was current until then is superseded. Not while a turnover is under way,
// which renews the shares itself: the error is seal.ErrTurnover.
func Give(keys *seal.Keys, out string, threshold int, custodians []Custodian, now time.Time) (*Set, error) {
	locked, err := keys.Lock()
	if err != nil {
		return nil, err
	}
	defer locked.Release()
	if keys.Epoch().Status().Turnover {
		return nil, fmt.Errorf("%w: it has to be finished first, and renews the shares itself; nothing was changed", seal.ErrTurnover)
	}
	book, err := read(locked)
	if err != nil {
		return nil, err
	}
	return book.give(locked, keys, out, threshold, custodians, now)
}

// Renew gives the keys of the newest epoch to the custodians of the current set,
// with the same threshold, and supersedes that. It is for a turnover, after
// everything was rewrapped and before the old epoch is destroyed. out is as for
// Give; "" is the folder shares/epoch-N in the keys folder. Called again it gives
// the set that is there. The error is ErrNobody if there is no current set.
func Renew(keys *seal.Keys, out string, now time.Time) (*Set, error) {
	locked, err := keys.Lock()
	if err != nil {
		return nil, err
	}
	defer locked.Release()
	book, err := read(locked)
	if err != nil {
		return nil, err
	}
	newest := keys.Epoch().Status().Number
	switch {
	case book.Current == nil:
		return nil, ErrNobody
	case book.Current.Epoch == newest:
		return book.Current, nil
	}
	if out == "" {
		out = filepath.Join(locked.Dir(), "shares", fmt.Sprintf("epoch-%d", newest))
	}
	return book.give(locked, keys, out, book.Current.Threshold, book.Current.Custodians, now)
}

func (b *Book) give(locked *seal.Locked, keys *seal.Keys, out string, threshold int, custodians []Custodian, now time.Time) (*Set, error) {
	if err := checkNames(custodians); err != nil {
		return nil, err
	}
	recipients := make([]string, len(custodians))
	for i, custodian := range custodians {
		recipients[i] = custodian.Recipient
	}
	shares, id, err := keys.Split(threshold, recipients)
	if err != nil {
		return nil, err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	set := &Set{
		ID: id, Epoch: keys.Epoch().Status().Number, Threshold: threshold,
		Custodians: custodians, Made: now.UTC().Truncate(time.Second), Folder: out,
	}
	if err := set.stage(shares); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the shares: %w; nothing was changed", err), set.discard())
	}
	b.pending = set
	if err := b.put(locked); err != nil {
		return nil, err // whether it got into the book is not known: the next to read it completes it
	}
	if err := set.place(); err != nil {
		return nil, errors.Join(fmt.Errorf("giving the folder of the shares its name: %w", err), b.complete(locked))
	}
	b.supersede(set)
	return set, b.put(locked)
}

func (b *Book) put(locked *seal.Locked) error {
	text, err := b.Text()
	if err != nil {
		return err
	}
	return locked.Put(BookFile, text)
}
