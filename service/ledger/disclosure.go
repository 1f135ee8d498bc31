package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Field is what one disclosure discloses.
type Field struct {
	Salt  Salt
	Name  string // of the field in the contract: ASCII letters, digits and '_', at most 64
	Value []byte // one JSON value without white space, as service/encoding writes it
}

const maxName = 64

var (
	errNoValue  = errors.New("a field without a value is not disclosed")
	errName     = errors.New("not the name of a field")
	errReserved = errors.New("a name that SD-JWTs reserve")
)

// check refuses what would not be a disclosure of RFC 9901. That the value is
// JSON at all is for its writer to keep: this stands in the way of every write.
func (f *Field) check() error {
	if len(f.Name) == 0 || len(f.Name) > maxName {
		return errName
	}
	for i := range len(f.Name) {
		switch b := f.Name[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '_':
		default:
			return errName
		}
	}
	switch {
	case f.Name == "_sd", f.Name == "_sd_alg":
		return errReserved
	case len(f.Value) == 0:
		return errNoValue
	case hasMember(f.Value, `"_sd":`), hasMember(f.Value, `"...":`):
		// Readers of SD-JWTs would take these for digests (RFC 9901, section 7.1).
		return errReserved
	}
	return nil
}

// hasMember says whether an object somewhere in the value has this member.
// Inside of a string a quotation mark never follows '{' or ',' unescaped.
func hasMember(value []byte, member string) bool {
	for {
		at := bytes.Index(value, []byte(member))
		if at < 0 {
			return false
		}
		if at > 0 && (value[at-1] == '{' || value[at-1] == ',') {
			return true
		}
		value = value[at+len(member):]
	}
}

// appendArray appends the JSON array of a disclosure, before base64.
func (f *Field) appendArray(dst []byte) []byte {
	dst = append(dst, '[', '"')
	dst = b64.AppendEncode(dst, f.Salt[:])
	dst = append(dst, '"', ',', '"')
	dst = append(dst, f.Name...)
	dst = append(dst, '"', ',')
	dst = append(dst, f.Value...)
	return append(dst, ']')
}

// AppendDisclosure appends the disclosure of a field (RFC 9901, section 4.2.1)
// to dst and returns the longer slice. A name that is none or that SD-JWTs
// reserve, and a missing value, are errors; then dst comes back as it was. An
// error names the field if it can, never what it holds.
func AppendDisclosure(dst []byte, f Field) ([]byte, error) {
	if err := f.check(); err != nil {
		return dst, fmt.Errorf("ledger: %q: %w", f.Name, err)
	}
	return b64.AppendEncode(dst, f.appendArray(nil)), nil
}

// Digest gives the SHA-256 of the disclosure of a field, which stands as b64 in
// payloads and entries. Errors are those of AppendDisclosure.
func Digest(f Field) (Hash, error) {
	disclosure, err := AppendDisclosure(nil, f)
	if err != nil {
		return Hash{}, err
	}
	return sha256.Sum256(disclosure), nil
}

// TimeField is the field that an entry's time is the digest of: RFC 3339 in UTC
// with as many decimals as are needed. A year beyond 1 to 9999 is an error.
func TimeField(salt Salt, t time.Time) (Field, error) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return Field{}, errors.New("ledger: the time is out of range")
	}
	return Field{Salt: salt, Name: "time", Value: t.AppendFormat(nil, `"`+time.RFC3339Nano+`"`)}, nil
}

// MemberField is the field that an entry's member is the digest of: the name of
// the member, in the characters that names have in entries.
func MemberField(salt Salt, member string) (Field, error) {
	if err := checkName(member); err != nil {
		return Field{}, fmt.Errorf("ledger: member: %w", err)
	}
	return Field{Salt: salt, Name: "member", Value: []byte(`"` + member + `"`)}, nil
}

// SubjectField is the field that the subject of an entry without a record is
// the digest of. The statement is one JSON value (RFC 8259), kept beside the
// entry as it is. It is salted because statements can be guessed: who may see
// that there was a denial may not therefore try out what was denied to whom.
func SubjectField(salt Salt, statement []byte) (Field, error) {
	if !json.Valid(statement) {
		return Field{}, errors.New("ledger: the statement is not JSON")
	}
	return Field{Salt: salt, Name: "subject", Value: statement}, nil
}
