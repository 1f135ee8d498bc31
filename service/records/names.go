package records

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
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
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// crockfordValue is what a character stands for; 0xff for none.
var crockfordValue = func() (values [256]byte) {
	for i := range values {
		values[i] = 0xff
	}
	for i := range len(crockford) {
		values[crockford[i]] = byte(i)
	}
	return values
}()

// outerLen is the length of an id in a name.
const outerLen = 26

// Namer turns inner ids into names and back. Outside, a name carries the id
// encrypted as one AES block under a permanent key: it can't be guessed and
// tells no time.
type Namer struct {
	block cipher.Block
	// What a cipher works on is on the heap: two blocks, used again and again.
	blocks *sync.Pool
}

// NewNamer takes the permanent id key: 32 bytes.
func NewNamer(key []byte) (*Namer, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("id key: want 32 bytes, got %d", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Namer{block, &sync.Pool{New: func() any { return new([32]byte) }}}, nil
}

// appendOuter appends the id as it stands in a name.
func (n *Namer) appendOuter(dst []byte, id ID) []byte {
	blocks := n.blocks.Get().(*[32]byte)
	defer n.blocks.Put(blocks)
	copy(blocks[:16], id[:])
	n.block.Encrypt(blocks[16:], blocks[:16])
	return AppendWord(dst, ID(blocks[16:]))
}

// AppendWord appends 16 bytes as the last segment of a name has them: 26 characters.
func AppendWord(dst []byte, b [16]byte) []byte {
	var bits, held uint
	for _, b := range b {
		bits, held = bits<<8|uint(b), held+8
		for ; held >= 5; held -= 5 {
			dst = append(dst, crockford[bits>>(held-5)&31])
		}
	}
	return append(dst, crockford[bits<<(5-held)&31])
}

// sealed reads the characters of an id. They hold two bits more than 16 bytes,
// which are zero: only one spelling counts.
func sealed(s string) (id ID, ok bool) {
	if len(s) != outerLen {
		return id, false
	}
	var bits, held, n uint
	for i := range len(s) {
		v := crockfordValue[s[i]]
		if v == 0xff {
			return id, false
		}
		bits, held = bits<<5|uint(v), held+5
		if held >= 8 {
			held -= 8
			id[n] = byte(bits >> held)
			n++
		}
	}
	return id, bits&3 == 0
}

func (n *Namer) inner(s string) (ID, error) {
	id, ok := sealed(s)
	if !ok {
		return ID{}, errNotAName
	}
	blocks := n.blocks.Get().(*[32]byte)
	defer n.blocks.Put(blocks)
	copy(blocks[:16], id[:])
	n.block.Decrypt(blocks[16:], blocks[:16])
	return ID(blocks[16:]), nil
}

var errNotAName = errors.New("not a name")

// Name builds the name of a record from its key and its parent's name (empty
// for what has none).
func (n *Namer) Name(k Key, parent string) string {
	b := make([]byte, 0, 96)
	if parent != "" {
		b = append(append(b, parent...), '/')
	}
	b = append(append(b, kinds[k.Kind].collection...), '/')
	return string(n.appendOuter(b, k.ID))
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
	if _, ok := sealed(outer); !ok {
		return Key{}, errNotAName
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
