package records

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"tumen/service/fault"
)

// requestKeyLen is the length of the key of such a row.
const requestKeyLen = 1 + 6 + 16

// requestKey is the row that remembers what a call did: a blind term for the
// member and the id. Before it stand the milliseconds that an id of version 7
// (RFC 9562) begins with, so that the rows of such calls lie side by side on
// disk; for other ids they are zero.
func (t *Tx) requestKey() []byte {
	b := append(make([]byte, 0, requestKeyLen), rowRequest)
	b = append(b, millisecondsOf(t.author.RequestID)...)
	return append(b, t.store.blind.term("request", t.author.Member, t.author.RequestID)...)
}

// millisecondsOf returns the first six bytes of a UUID of version 7.
func millisecondsOf(uuid string) []byte {
	if len(uuid) == 36 && uuid[8] == '-' && uuid[14] == '7' {
		if b, err := hex.DecodeString(uuid[:8] + uuid[9:13]); err == nil {
			return b
		}
	}
	return make([]byte, 6)
}

// repeated looks whether the call was made before. The row holds a MAC of
// its payload, the names of what resulted, each with its revision, and the
// handler's extra, never the reply: that is built again for today's reader.
func (t *Tx) repeated() (*Result, error) {
	if t.author.RequestID == "" {
		return nil, nil
	}
	value, err := t.get(t.requestKey())
	if value == nil || err != nil {
		return nil, err
	}
	done, err := parseRequest(value)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(done.digest, t.payload()) {
		return nil, fault.Field("request_id", "REQUEST_ID_REUSED", "this id was used for a call with another payload; take a new UUID for a new call")
	}
	return &Result{Repeated: true, Names: done.names, Revisions: done.revisions, Extra: done.extra}, nil
}

// request is what the row of a call says that it did.
type request struct {
	digest    []byte // of method and payload, as payload makes it
	names     []string
	revisions []int64 // beside the names
	extra     []byte
}

// A name stands in the row with the revision that resulted behind it: a zero
// byte, which no name holds, and the number as a varint. A name alone is that of
// a record that was not written.
func appendResulted(b []byte, name string, revision int64) []byte {
	part := []byte(name)
	if revision > 0 {
		part = binary.AppendUvarint(append(part, 0), uint64(revision))
	}
	return appendBytes(b, part)
}

func parseResulted(part []byte) (name string, revision int64, ok bool) {
	word, rest, numbered := bytes.Cut(part, []byte{0})
	if !numbered {
		return string(part), 0, true
	}
	n, size := binary.Uvarint(rest)
	return string(word), int64(n), size == len(rest) && n > 0 && n <= math.MaxInt64
}

func parseRequest(value []byte) (request, error) {
	digest, rest, ok := cutBytes(value)
	if !ok || len(rest) == 0 {
		return request{}, errRow
	}
	r := request{digest: digest}
	for len(rest) > 0 {
		var part []byte
		if part, rest, ok = cutBytes(rest); !ok {
			return request{}, errRow
		}
		if len(rest) == 0 {
			r.extra = append([]byte(nil), part...)
			continue
		}
		name, revision, ok := parseResulted(part)
		if !ok {
			return request{}, errRow
		}
		r.names, r.revisions = append(r.names, name), append(r.revisions, revision)
	}
	return r, nil
}

// payload tells what was asked for. It is a MAC under the request id, which is
// nowhere in the store: else a guess of what was recorded could be held against it
// when that has long been erased.
func (t *Tx) payload() []byte {
	mac := hmac.New(sha256.New, []byte(t.author.RequestID))
	mac.Write(appendBytes(nil, []byte(t.author.Method)))
	mac.Write(t.author.Payload)
	return mac.Sum(nil)
}

// maxExtra bounds what a call keeps beside names.
const maxExtra = 64 << 10

// remember notes which revisions resulted, and adds the request row to the
// change.
func (t *Tx) remember() error {
	t.result.Revisions = make([]int64, len(t.result.Names))
	for i, n := range t.result.Names {
		if rec := t.result.records[n]; rec != nil {
			t.result.Revisions[i] = rec.GetRevision()
		}
	}
	if len(t.result.Extra) > maxExtra {
		return fmt.Errorf("a call keeps %d bytes to be told again; at most %d", len(t.result.Extra), maxExtra)
	}
	if t.author.RequestID == "" {
		return nil
	}
	value := appendBytes(nil, t.payload())
	for i, n := range t.result.Names {
		value = appendResulted(value, n, t.result.Revisions[i])
	}
	t.wrote.put(t.requestKey(), appendBytes(value, t.result.Extra))
	return nil
}
