package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Decoys gives the i-th decoy of a revision (from 0): 32 bytes that nobody can
// tell from a digest, the same ones whenever the same revision is asked for.
type Decoys func(i int) Hash

// A Payload takes up the fields of one revision after the other and gives the
// SD-JWT payload that commits to them. It keeps its room from one revision to
// the next (Reset), about 100 bytes for each digest. The zero Payload is ready.
// It is not for several goroutines at once.
type Payload struct {
	names   []string
	digests []digest
	array   []byte // of the disclosure at hand
	room    []byte // that disclosure, where nobody keeps it; later the payload
}

// A digest is SHA-256 in base64url, with its first characters as a number: they
// decide nearly every comparison.
type digest struct {
	first uint64
	text  [digestSize]byte
}

var (
	errTwice  = errors.New("a field twice")
	errFields = errors.New("more fields than digests are fixed for the kind of record")
	errDigest = errors.New("two digests are the same: a decoy or a salt was used twice")
)

// Reset empties the payload for the next revision.
func (p *Payload) Reset() {
	clear(p.names) // they may keep the whole text of a record alive
	p.names, p.digests = p.names[:0], p.digests[:0]
}

// Add takes up a field whose disclosure nobody needs now, as when a change is
// written: only its digest is kept. Errors are those of AppendDisclosure, and a
// field that was taken up before; then the payload is as it was.
func (p *Payload) Add(f Field) error {
	room, err := p.Disclose(p.room[:0], f)
	p.room = room
	return err
}

// Disclose is Add that also appends the disclosure to dst, which it returns.
func (p *Payload) Disclose(dst []byte, f Field) ([]byte, error) {
	err := f.check()
	if err == nil && slices.Contains(p.names, f.Name) {
		err = errTwice
	}
	if err != nil {
		return dst, fmt.Errorf("ledger: %q: %w", f.Name, err)
	}
	p.array = f.appendArray(p.array[:0])
	start := len(dst)
	dst = b64.AppendEncode(dst, p.array)
	p.names = append(p.names, f.Name)
	p.digests = appendDigest(p.digests, sha256.Sum256(dst[start:]))
	return dst, nil
}

func appendDigest(digests []digest, h Hash) []digest {
	var d digest
	b64.Encode(d.text[:], h[:])
	d.first = binary.BigEndian.Uint64(d.text[:])
	return append(digests, d)
}

// AppendTo appends the payload with total digests (45 take about 2 KB) to dst
// and returns the longer slice. More fields than total, and two equal digests,
// which RFC 9901 forbids, are errors; then dst comes back as it was. It changes
// nothing in p: more fields may be added later.
func (p *Payload) AppendTo(dst []byte, total int, decoys Decoys) ([]byte, error) {
	fields := len(p.digests)
	if fields > total {
		return dst, fmt.Errorf("ledger: %w: %d of %d", errFields, fields, total)
	}
	sorted := p.digests
	for i := range total - fields {
		sorted = appendDigest(sorted, decoys(i))
	}
	p.digests = sorted[:fields] // keeps the room that the decoys needed
	// The fields stay in their places: another total may be asked for.
	var room [64]int32
	order := room[:0]
	for i := range sorted {
		order = append(order, int32(i))
	}
	slices.SortFunc(order, func(a, b int32) int { return compareDigests(&sorted[a], &sorted[b]) })
	start := len(dst)
	dst = slices.Grow(dst, total*(digestSize+3)+len(`{"_sd":[],"_sd_alg":"sha-256"}`))
	dst = append(dst, `{"_sd":[`...)
	for i, at := range order {
		if i > 0 {
			if sorted[at].text == sorted[order[i-1]].text {
				return dst[:start], fmt.Errorf("ledger: %w", errDigest)
			}
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, sorted[at].text[:]...)
		dst = append(dst, '"')
	}
	return append(dst, `],"_sd_alg":"sha-256"}`...), nil
}

func compareDigests(a, b *digest) int {
	if c := cmp.Compare(a.first, b.first); c != 0 {
		return c
	}
	return bytes.Compare(a.text[:], b.text[:])
}

// Hash gives the SHA-256 of what AppendTo appends, which is all that an entry
// needs; nothing of the payload is kept. Errors are those of AppendTo.
func (p *Payload) Hash(total int, decoys Decoys) (Hash, error) {
	payload, err := p.AppendTo(p.room[:0], total, decoys)
	if err != nil {
		return Hash{}, err
	}
	p.room = payload
	return sha256.Sum256(payload), nil
}
