package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"google.golang.org/protobuf/proto"

	"tumen/service/encoding"
)

// etagBytes is how much of the hash an etag shows.
const etagBytes = 16

// bookkeeping lists what an etag doesn't cover: itself, and what moves with
// every revision and so would show a reader that something hidden changed.
var bookkeeping = []string{"etag", "revision", "update_time", "updater", "change_reason", "withheld"}

// ETag gives the etag of a record as a reader sees it: HMAC-SHA256 under the
// server's key over the kind of record and its shown fields, cut to 16 bytes,
// in base64url without padding (22 characters). Two revisions that look the
// same to a reader have the same etag for that reader, so a hidden change
// doesn't show. A record that has no encoding gets "", which is no etag and must
// match none.
func ETag(key []byte, redacted proto.Message) string {
	encoded, err := encoding.Append(make([]byte, 0, 2048), redacted)
	if err != nil {
		return ""
	}
	h := hmac.New(sha256.New, key)
	covered := append(make([]byte, 0, len(encoded)+64), "tumen etag 1\x00"...)
	covered = append(covered, redacted.ProtoReflect().Descriptor().FullName()...)
	for name, value := range encoding.Fields(encoded) {
		if slices.Contains(bookkeeping, name) {
			continue
		}
		// Neither names nor values hold a raw NUL, so no two lists look alike.
		covered = append(append(covered, 0), name...)
		covered = append(append(covered, 0), value...)
	}
	h.Write(covered)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:etagBytes])
}
