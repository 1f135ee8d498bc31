package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Entry is what the ledger holds about one revision of a record. It is written
// once, as JSON, and never again: what is committed to are those bytes.
type Entry struct {
	Method   string // the RPC without package, such as ClaimService/CreateClaim
	Record   string // the record's name
	Revision int64  // from 1
	// Previous is the SHA-256 of the entry of the revision before, as it was
	// written; zero for revision 1.
	Previous [32]byte
	Payload  [32]byte // SHA-256 of the revision's SD-JWT payload
	Time     [32]byte // digest of the disclosure of when it was made
	Day      [32]byte // digest of that of the day alone, so that it can be shown without the time
	Member   [32]byte // digest of the disclosure of who made it
}

// The names of what an entry discloses apart from its record's fields.
const (
	timeName    = "time"
	dayName     = "day"
	memberName  = "member"
	subjectName = "subject"
)

// AppendTimeDisclosure appends the disclosure of when an entry was made, to the
// microsecond, in UTC (RFC 3339).
func AppendTimeDisclosure(dst []byte, salt [SaltSize]byte, t time.Time) []byte {
	value := t.UTC().AppendFormat(append(make([]byte, 0, 40), '"'), time.RFC3339Nano)
	return AppendDisclosure(dst, salt, timeName, append(value, '"'))
}

// AppendDayDisclosure appends the disclosure of the day on which an entry was
// made, in UTC: 2023-10-13.
func AppendDayDisclosure(dst []byte, salt [SaltSize]byte, t time.Time) []byte {
	value := t.UTC().AppendFormat(append(make([]byte, 0, 16), '"'), time.DateOnly)
	return AppendDisclosure(dst, salt, dayName, append(value, '"'))
}

// AppendMemberDisclosure appends the disclosure of who made an entry: the
// member's name, empty for the server itself.
func AppendMemberDisclosure(dst []byte, salt [SaltSize]byte, member string) []byte {
	return AppendDisclosure(dst, salt, memberName, append(append([]byte{'"'}, member...), '"'))
}

// Digest is the SHA-256 of a disclosure (RFC 9901, section 4.2.3, before its
// base64).
func Digest(disclosure []byte) [32]byte { return sha256.Sum256(disclosure) }

// AppendEntry appends the JSON of an entry: its members in one order, without
// white space, digests in base64url without padding.
func AppendEntry(dst []byte, e Entry) []byte {
	dst = append(append(append(dst, `{"v":1,"method":"`...), e.Method...), `","record":"`...)
	dst = append(append(dst, e.Record...), `","revision":`...)
	dst = strconv.AppendInt(dst, e.Revision, 10)
	if e.Previous != ([32]byte{}) {
		dst = appendDigest(append(dst, `,"previous":`...), e.Previous)
	}
	dst = appendDigest(append(dst, `,"payload":`...), e.Payload)
	dst = appendDigest(append(dst, `,"time":`...), e.Time)
	dst = appendDigest(append(dst, `,"day":`...), e.Day)
	dst = appendDigest(append(dst, `,"member":`...), e.Member)
	return append(dst, '}')
}

func appendDigest(dst []byte, digest [32]byte) []byte {
	return append(base64.RawURLEncoding.AppendEncode(append(dst, '"'), digest[:]), '"')
}

// ErrEntry: what was read is no entry in its one form.
var ErrEntry = errors.New("ledger: not an entry")

var errEntryForm = fmt.Errorf("%w in its one form", ErrEntry)

// entryJSON is an entry as JSON has it.
type entryJSON struct {
	V        int     `json:"v"`
	Method   string  `json:"method"`
	Record   string  `json:"record"`
	Revision int64   `json:"revision"`
	Previous *string `json:"previous"`
	Payload  string  `json:"payload"`
	Time     string  `json:"time"`
	Day      string  `json:"day"`
	Member   string  `json:"member"`
}

// ParseEntry reads an entry. Whatever AppendEntry would not have written is
// ErrEntry: another version, unknown members, another order, white space.
func ParseEntry(b []byte) (Entry, error) {
	var j entryJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return Entry{}, ErrEntry
	}
	if _, err := d.Token(); err != io.EOF || j.V != 1 || j.Revision < 1 {
		return Entry{}, ErrEntry
	}
	e := Entry{Method: j.Method, Record: j.Record, Revision: j.Revision}
	ok := j.Previous == nil || readDigest(*j.Previous, &e.Previous)
	ok = ok && readDigest(j.Payload, &e.Payload) && readDigest(j.Time, &e.Time) && readDigest(j.Day, &e.Day) && readDigest(j.Member, &e.Member)
	if !ok {
		return Entry{}, ErrEntry
	}
	if !bytes.Equal(AppendEntry(make([]byte, 0, len(b)), e), b) {
		return Entry{}, errEntryForm
	}
	return e, nil
}

// readDigest reads what appendDigest writes, without its quotes.
func readDigest(text string, into *[32]byte) bool {
	digest, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(digest) != len(into) {
		return false
	}
	*into = [32]byte(digest)
	return true
}

// Commitment is the leaf of an entry: SHA-256 over its salt and its bytes. It
// says nothing to whoever has not both.
func Commitment(salt [32]byte, entry []byte) [32]byte {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(entry)
	return [32]byte(h.Sum(nil))
}
