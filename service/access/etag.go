package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"sync"

	"google.golang.org/protobuf/proto"

	"tumen/service/encoding"
)

// etagBytes is how much of the hash an etag shows.
const etagBytes = 16

// bookkeeping says what an etag doesn't cover: itself, and what moves with
// every revision and so would show a reader that something hidden changed.
func bookkeeping(field string) bool {
	switch field {
	case "etag", "revision", "update_time", "updater", "change_reason", "withheld":
		return true
	}
	return false
}

// ETag gives the etag of a record as a reader sees it: HMAC-SHA256 under the
// server's key over the kind of record and its shown fields, cut to 16 bytes,
// in base64url without padding (22 characters). Two revisions that look the
// same to a reader have the same etag for that reader, so a hidden change
// doesn't show. A record that has no encoding gets "", which is no etag and must
// match none.
func ETag(key []byte, redacted proto.Message) string {
	if redacted == nil {
		return ""
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	covered := append((*buffer)[:0], "tumen etag 1\x00"...)
	covered = append(covered, redacted.ProtoReflect().Descriptor().FullName()...)
	covered, err := encoding.AppendWithout(append(covered, 0), redacted, bookkeeping)
	*buffer = covered
	if err != nil {
		return ""
	}
	return ETagOver(key, covered)
}

// ETagOver is the form of all etags, over what its caller says that one covers; that
// begins with what it is the etag of, so that no two kinds share one.
func ETagOver(key, covered []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write(covered)
	var sum [sha256.Size]byte
	return base64.RawURLEncoding.EncodeToString(h.Sum(sum[:0])[:etagBytes])
}

// buffers hold encodings while they are digested.
var buffers = sync.Pool{New: func() any { return new([]byte) }}
