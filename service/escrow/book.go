// Package escrow gives the keys of a store to custodians, in shares (package seal)
// any k of which restore them, and keeps the book of it: who holds shares of which
// epoch, and which shares of former sets were confirmed to be destroyed.
//
// A turnover of the epoch calls Renew between rewrapping and destroying, and
// afterwards asks Recoverable which former sets could still give the old keys back.
//
// The book is escrow.json in the keys folder (mode 0600); it holds no secret. Every
// backup has a copy of it (Join). A set goes into it before its files get their names, as pending, and becomes the current
// one after that: so shares that somebody may have been given are always in it.
package escrow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"time"

	"tumen/service/seal"
)

// BookFile is the name of the book in the keys folder.
const BookFile = "escrow.json"

const bookVersion = 1

// Custodian holds one share.
type Custodian struct {
	Name      string `json:"name"`      // small letters, digits and hyphens
	Recipient string `json:"recipient"` // age1…
}

// Set is the shares of one split. Custodian i holds the share with index i+1.
type Set struct {
	ID         string      `json:"set"` // as in the shares: 22 characters
	Epoch      uint64      `json:"epoch"`
	Threshold  int         `json:"threshold"` // how many shares restore the keys
	Custodians []Custodian `json:"custodians"`
	Made       time.Time   `json:"made"`   // UTC, to the second
	Folder     string      `json:"folder"` // where the files were written; "": not known
	// Destroyed are the indices of shares whose custodians said that they have
	// destroyed them, ascending. In the current set there are none.
	Destroyed []int `json:"destroyed,omitempty"`
	// Restored are the indices of shares with which keys were restored, ascending: they
	// were not destroyed by then, whatever had been said.
	Restored []int `json:"restored,omitempty"`
}

// Missing is how many more custodians have to destroy their shares before too few
// are left to restore the keys of this set: n−k+1, less those that have.
func (s *Set) Missing() int {
	return max(0, len(s.Custodians)-s.Threshold+1-len(s.Destroyed))
}

// Book says who holds what.
type Book struct {
	Current    *Set  // nil: the keys were given to nobody
	Superseded []Set // former sets, the oldest first
	pending    *Set  // its files may not be there
}

// stored is the book as it stands in the file.
type stored struct {
	Version    int   `json:"version"`
	Current    *Set  `json:"current,omitempty"`
	Superseded []Set `json:"superseded,omitempty"`
	Pending    *Set  `json:"pending,omitempty"`
}

// Read reads the book in the keys folder dir; it is empty if there is none. The
// error is seal.ErrDamaged if it isn't as it was written.
func Read(dir string) (*Book, error) {
	locked, err := seal.Lock(dir)
	if err != nil {
		return nil, err
	}
	defer locked.Release()
	return read(locked)
}

func read(locked *seal.Locked) (*Book, error) {
	text, err := locked.Read(BookFile)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Book), nil
	}
	if err != nil {
		return nil, err
	}
	book, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w: put back a copy of it; nothing was changed", BookFile, locked.Dir(), err)
	}
	return book, book.complete(locked)
}

// Parse reads the text of a book. The error is seal.ErrDamaged.
func Parse(text []byte) (*Book, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var s stored
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", seal.ErrDamaged, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the book", seal.ErrDamaged)
	}
	if s.Version != bookVersion {
		return nil, fmt.Errorf("%w: version %d, not %d", seal.ErrDamaged, s.Version, bookVersion)
	}
	seen := map[string]bool{}
	for _, set := range slices.Concat(s.Superseded, present(s.Current), present(s.Pending)) {
		if err := set.check(); err != nil {
			return nil, fmt.Errorf("%w: set %q: %w", seal.ErrDamaged, set.ID, err)
		}
		if seen[set.ID] {
			return nil, fmt.Errorf("%w: set %q is in it twice", seal.ErrDamaged, set.ID)
		}
		seen[set.ID] = true
	}
	for _, set := range slices.Concat(present(s.Current), present(s.Pending)) {
		if len(set.Destroyed) > 0 {
			return nil, fmt.Errorf("%w: set %q is in use, and shares of it are said to be destroyed", seal.ErrDamaged, set.ID)
		}
		if set.Folder == "" {
			return nil, fmt.Errorf("%w: set %q has no folder", seal.ErrDamaged, set.ID)
		}
	}
	return &Book{Current: s.Current, Superseded: s.Superseded, pending: s.Pending}, nil
}

func present(set *Set) []Set {
	if set == nil {
		return nil
	}
	return []Set{*set}
}

// Empty says whether nobody was ever given a share.
func (b *Book) Empty() bool { return b.Current == nil && len(b.Superseded) == 0 && b.pending == nil }

// Text gives the book as Parse reads it.
func (b *Book) Text() ([]byte, error) {
	text, err := json.MarshalIndent(stored{bookVersion, b.Current, b.Superseded, b.pending}, "", "  ")
	return append(text, '\n'), err
}

var (
	setID = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{21}$`)
	name  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}$`)
)

func (s *Set) check() error {
	n := len(s.Custodians)
	switch {
	case !setID.MatchString(s.ID):
		return errors.New("that is no set")
	case s.Epoch == 0 || s.Threshold < 2 || s.Threshold > n || n > 255:
		return fmt.Errorf("%d of %d shares of epoch %d", s.Threshold, n, s.Epoch)
	}
	for _, indices := range [][]int{s.Destroyed, s.Restored} {
		for i, index := range indices {
			if index < 1 || index > n || i > 0 && indices[i-1] >= index {
				return fmt.Errorf("share %d, said to be destroyed or to have restored keys", index)
			}
		}
	}
	return checkNames(s.Custodians)
}

// checkNames never shows a name that is none: it may be a key in the wrong place.
func checkNames(custodians []Custodian) error {
	seen := map[string]bool{}
	for i, custodian := range custodians {
		if !name.MatchString(custodian.Name) {
			return fmt.Errorf("the name of custodian %d has characters that it can't have: it is up to 39 small letters, digits and hyphens, the first no hyphen", i+1)
		}
		if seen[custodian.Name] {
			return fmt.Errorf("custodian %d: the name %s is given twice", i+1, custodian.Name)
		}
		seen[custodian.Name] = true
	}
	return nil
}

// Recoverable gives the sets of epochs up to a number that custodians could still
// combine to the keys of their epoch: superseded ones of which too few shares were
// confirmed to be destroyed, and the current one if its epoch is among them.
func (b *Book) Recoverable(upTo uint64) []Set {
	var found []Set
	for _, set := range slices.Concat(b.Superseded, present(b.Current)) {
		if set.Epoch <= upTo && set.Missing() > 0 {
			found = append(found, set)
		}
	}
	return found
}

// supersede puts a set in the place of the current one.
func (b *Book) supersede(by *Set) {
	b.Superseded = append(b.Superseded, present(b.Current)...)
	b.Current, b.pending = by, nil
}
