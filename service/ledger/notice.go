package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
)

// Notice is an entry about no record: that something was done, and the hash of
// the statement of what, salted. Like an Entry it is written once.
type Notice struct {
	Method  string   // the RPC without package
	Kind    string   // what was done, such as "export"
	Subject [32]byte // digest of the disclosure of the statement's SHA-256, which could be guessed
	Time    [32]byte // digest of the disclosure of when it was done
	Day     [32]byte // digest of that of the day alone
	Member  [32]byte // digest of the disclosure of who did it
}

// AppendSubjectDisclosure appends the disclosure of the statement that a notice is
// about: its SHA-256, in base64url.
func AppendSubjectDisclosure(dst []byte, salt [SaltSize]byte, statement []byte) []byte {
	return AppendDisclosure(dst, salt, subjectName, appendDigest(nil, sha256.Sum256(statement)))
}

// AppendNotice appends the JSON of a notice: its members in one order, without
// white space, digests in base64url without padding.
func AppendNotice(dst []byte, n Notice) []byte {
	dst = append(append(append(dst, `{"v":1,"method":"`...), n.Method...), `","kind":"`...)
	dst = append(append(dst, n.Kind...), '"')
	dst = appendDigest(append(dst, `,"subject":`...), n.Subject)
	dst = appendDigest(append(dst, `,"time":`...), n.Time)
	dst = appendDigest(append(dst, `,"day":`...), n.Day)
	dst = appendDigest(append(dst, `,"member":`...), n.Member)
	return append(dst, '}')
}

// ParseNotice reads a notice. Whatever AppendNotice would not have written is
// ErrEntry.
func ParseNotice(b []byte) (Notice, error) {
	var j struct {
		V                                        int
		Method, Kind, Subject, Time, Day, Member string
	}
	if err := json.Unmarshal(b, &j); err != nil || j.V != 1 || j.Kind == "" {
		return Notice{}, ErrEntry
	}
	n := Notice{Method: j.Method, Kind: j.Kind}
	ok := readDigest(j.Subject, &n.Subject) && readDigest(j.Time, &n.Time) && readDigest(j.Day, &n.Day) && readDigest(j.Member, &n.Member)
	if !ok {
		return Notice{}, ErrEntry
	}
	if !bytes.Equal(AppendNotice(make([]byte, 0, len(b)), n), b) {
		return Notice{}, errEntryForm
	}
	return n, nil
}
