package records

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// ID is the inner id of a record: a ULID, so that records made one after
// another lie side by side on disk. It never leaves the server.
type ID [16]byte

func (id ID) compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// Key says which record: its kind and inner id.
type Key struct {
	Kind Kind
	ID   ID
}

// IsZero says whether the key names nothing.
func (k Key) IsZero() bool { return k == Key{} }

// crockford is Crockford's base 32 in lower case: 26 characters for 16 bytes.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// outerLen is the length of an id in a name.
const outerLen = 26

// Namer turns inner ids into names and back. Outside, a name carries the id
// encrypted as one AES block under a permanent key: it can't be guessed and
// tells no time.
type Namer struct{ block cipher.Block }

// NewNamer takes the permanent id key: 32 bytes.
func NewNamer(key []byte) (*Namer, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("id key: want 32 bytes, got %d", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Namer{block}, nil
}

func (n *Namer) outer(id ID) string {
	var sealed [16]byte
	n.block.Encrypt(sealed[:], id[:])
	return crockford.EncodeToString(sealed[:])
}

func (n *Namer) inner(s string) (ID, error) {
	var id ID
	if len(s) != outerLen {
		return id, errNotAName
	}
	var text [outerLen]byte
	var sealed [16]byte
	copy(text[:], s)
	if n, err := crockford.Decode(sealed[:], text[:]); err != nil || n != len(sealed) {
		return id, errNotAName // or with line ends in it, which decoding passes over
	}
	// 26 characters hold two bits more than 16 bytes. They are zero: only one
	// spelling counts.
	if !strings.ContainsRune("048cgmrw", rune(s[outerLen-1])) {
		return id, errNotAName
	}
	n.block.Decrypt(id[:], sealed[:])
	return id, nil
}

var errNotAName = errors.New("not a name")

// Name builds the name of a record from its key and its parent's name (empty
// for what has none).
func (n *Namer) Name(k Key, parent string) string {
	own := kinds[k.Kind].collection + "/" + n.outer(k.ID)
	if parent == "" {
		return own
	}
	return parent + "/" + own
}

// Parse reads a name of any kind. It checks the form only, not that the record
// exists.
func (n *Namer) Parse(name string) (Key, error) {
	first, rest, _ := strings.Cut(name, "/")
	outer, inner, deeper := strings.Cut(rest, "/")
	if !deeper {
		return n.parseTop(first, outer)
	}
	collection, own, ok := strings.Cut(inner, "/")
	if !ok || own == "" || strings.Contains(own, "/") {
		return Key{}, errNotAName
	}
	if first == "vocabularies" && collection == "terms" {
		return Key{Term, termID(outer, own)}, nil
	}
	kind, err := kindOfCollection(collection)
	if err != nil || kind.Parent() == NoKind || kinds[kind.Parent()].collection != first {
		return Key{}, errNotAName
	}
	if _, err := n.inner(outer); err != nil {
		return Key{}, err
	}
	id, err := n.inner(own)
	return Key{kind, id}, err
}

// parseTop reads a name that lies under no other record.
func (n *Namer) parseTop(collection, own string) (Key, error) {
	kind, err := kindOfCollection(collection)
	switch {
	case err != nil, kind == Term, kind.Parent() != NoKind, own == "":
		return Key{}, errNotAName
	case kind == Place && len(own) != outerLen:
		return Key{Place, builtInPlaceID(own)}, nil
	}
	id, err := n.inner(own)
	return Key{kind, id}, err
}

// ParentOf returns the name that a name begins with, or "".
func ParentOf(name string) string {
	if strings.Count(name, "/") < 3 || strings.HasPrefix(name, "vocabularies/") {
		return ""
	}
	end := strings.LastIndexByte(name, '/')
	return name[:strings.LastIndexByte(name[:end], '/')]
}

func kindOfCollection(s string) (Kind, error) {
	for k := Organisation; int(k) < len(kinds); k++ {
		if kinds[k].collection == s {
			return k, nil
		}
	}
	return NoKind, errNotAName
}

// Terms and built-in places have readable names, so their inner ids follow from
// these: a hash, whose first bit says that it is no time.
func termID(vocabulary, code string) ID { return readableID("term", vocabulary+"/"+code) }
func builtInPlaceID(slug string) ID     { return readableID("place", slug) }

func readableID(kind, text string) ID {
	sum := sha256.Sum256([]byte("tumen " + kind + " " + text))
	var id ID
	copy(id[:], sum[:])
	id[0] |= 0x80
	return id
}
