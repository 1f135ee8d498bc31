package ledger

import (
	"bytes"
	"encoding/json"
)

// Notice is an entry about no record: that something was done, and the hash of
// the statement of what. Like an Entry it is written once.
type Notice struct {
	Method  string   // the RPC without package
	Kind    string   // what was done, such as "export"
	Subject [32]byte // SHA-256 of the statement
	Time    [32]byte // digest of the disclosure of when it was done
	Member  [32]byte // digest of the disclosure of who did it
}

// AppendNotice appends the JSON of a notice: its members in one order, without
// white space, digests in base64url without padding.
func AppendNotice(dst []byte, n Notice) []byte {
	dst = append(append(append(dst, `{"v":1,"method":"`...), n.Method...), `","kind":"`...)
	dst = append(append(dst, n.Kind...), '"')
	dst = appendDigest(append(dst, `,"subject":`...), n.Subject)
	dst = appendDigest(append(dst, `,"time":`...), n.Time)
	dst = appendDigest(append(dst, `,"member":`...), n.Member)
	return append(dst, '}')
}

// ParseNotice reads a notice. Whatever AppendNotice would not have written is
// ErrEntry.
func ParseNotice(b []byte) (Notice, error) {
	var j struct {
		V                                   int
		Method, Kind, Subject, Time, Member string
	}
	if err := json.Unmarshal(b, &j); err != nil || j.V != 1 || j.Kind == "" {
		return Notice{}, ErrEntry
	}
	n := Notice{Method: j.Method, Kind: j.Kind}
	if !readDigest(j.Subject, &n.Subject) || !readDigest(j.Time, &n.Time) || !readDigest(j.Member, &n.Member) {
		return Notice{}, ErrEntry
	}
	if !bytes.Equal(AppendNotice(make([]byte, 0, len(b)), n), b) {
		return Notice{}, errEntryForm
	}
	return n, nil
}
