package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// SaltSize is the length of the salt of a disclosure, in bytes.
const SaltSize = 16

// digestText is the length of a digest in base64url: 32 bytes without padding.
const digestText = 43

// AppendDisclosure appends the disclosure of a field (RFC 9901, section 4.2.1):
// base64url of the JSON array [salt, name, value] without white space. value is
// JSON, and name needs no escape in JSON.
func AppendDisclosure(dst []byte, salt [SaltSize]byte, name string, value []byte) []byte {
	n := arraySize(name, value)
	end := len(dst) + DisclosureSize(name, value)
	dst = slices.Grow(dst, end+n-len(dst))
	text := dst[end : end : end+n] // the array itself, behind where its base64 will be
	text = base64.RawURLEncoding.AppendEncode(append(text, `["`...), salt[:])
	text = append(append(append(text, `","`...), name...), `",`...)
	text = append(append(text, value...), ']')
	return base64.RawURLEncoding.AppendEncode(dst, text)
}

// arraySize is the length of the array that a disclosure is made of.
func arraySize(name string, value []byte) int {
	return len(`["`) + saltText + len(`","`) + len(name) + len(`",`) + len(value) + len(`]`)
}

// saltText is the length of a salt in base64url without padding.
const saltText = (SaltSize*8 + 5) / 6

// DisclosureSize is how much AppendDisclosure appends. It works in less room than
// that behind it.
func DisclosureSize(name string, value []byte) int {
	return base64.RawURLEncoding.EncodedLen(arraySize(name, value))
}

// Digests collects the digests of a payload. The zero Digests is empty; Reset
// makes it empty again and keeps what it has grown to.
type Digests struct {
	texts   [][digestText]byte
	order   []ordered
	scratch []byte
}

// ordered is where a digest is, by the first bytes of its text: to put these in order
// costs less than to move the texts.
type ordered struct {
	begins uint64
	at     int
}

// Reset empties d.
func (d *Digests) Reset() { d.texts = d.texts[:0] }

// Len is how many digests there are.
func (d *Digests) Len() int { return len(d.texts) }

// Add adds the digest of the disclosure of a field.
func (d *Digests) Add(salt [SaltSize]byte, name string, value []byte) {
	d.scratch = AppendDisclosure(d.scratch[:0], salt, name, value)
	d.AddText(d.scratch)
}

// AddText adds the digest of a disclosure.
func (d *Digests) AddText(disclosure []byte) { d.add(sha256.Sum256(disclosure)) }

// AddDecoy adds a digest that nothing will ever be disclosed for.
func (d *Digests) AddDecoy(digest [32]byte) { d.add(digest) }

func (d *Digests) add(digest [32]byte) {
	var text [digestText]byte
	base64.RawURLEncoding.Encode(text[:], digest[:])
	d.texts = append(d.texts, text)
}

// AppendPayload appends the payload of an SD-JWT (RFC 9901) that commits to the
// digests, in ascending order: {"_sd":[…],"_sd_alg":"sha-256"} without white
// space. The same digests give the same bytes, in whatever order they came.
func (d *Digests) AppendPayload(dst []byte) []byte {
	d.order = d.order[:0]
	for i := range d.texts {
		d.order = append(d.order, ordered{binary.BigEndian.Uint64(d.texts[i][:]), i})
	}
	slices.SortFunc(d.order, func(a, b ordered) int {
		if a.begins != b.begins {
			return cmp.Compare(a.begins, b.begins)
		}
		return bytes.Compare(d.texts[a.at][:], d.texts[b.at][:])
	})
	dst = slices.Grow(dst, len(d.texts)*(digestText+3)+40)
	dst = append(dst, `{"_sd":[`...)
	for i, o := range d.order {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), d.texts[o.at][:]...), '"')
	}
	return append(dst, `],"_sd_alg":"sha-256"}`...)
}
