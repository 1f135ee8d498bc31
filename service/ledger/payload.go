package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
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
	n := len(`["`) + base64.RawURLEncoding.EncodedLen(SaltSize) + len(`","`) + len(name) + len(`",`) + len(value) + len(`]`)
	end := len(dst) + base64.RawURLEncoding.EncodedLen(n)
	dst = slices.Grow(dst, end+n-len(dst))
	text := dst[end : end : end+n] // the array itself, behind where its base64 will be
	text = base64.RawURLEncoding.AppendEncode(append(text, `["`...), salt[:])
	text = append(append(append(text, `","`...), name...), `",`...)
	text = append(append(text, value...), ']')
	return base64.RawURLEncoding.AppendEncode(dst, text)
}

// Digests collects the digests of a payload. The zero Digests is empty; Reset
// makes it empty again and keeps what it has grown to.
type Digests struct {
	texts   [][digestText]byte
	scratch []byte
}

// Reset empties d.
func (d *Digests) Reset() { d.texts = d.texts[:0] }

// Len is how many digests there are.
func (d *Digests) Len() int { return len(d.texts) }

// Add adds the digest of the disclosure of a field.
func (d *Digests) Add(salt [SaltSize]byte, name string, value []byte) {
	d.scratch = AppendDisclosure(d.scratch[:0], salt, name, value)
	d.add(sha256.Sum256(d.scratch))
}

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
	slices.SortFunc(d.texts, func(a, b [digestText]byte) int { return bytes.Compare(a[:], b[:]) })
	dst = slices.Grow(dst, len(d.texts)*(digestText+3)+40)
	dst = append(dst, `{"_sd":[`...)
	for i := range d.texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), d.texts[i][:]...), '"')
	}
	return append(dst, `],"_sd_alg":"sha-256"}`...)
}
