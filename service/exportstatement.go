package service

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/encoding"
)

// exportStatement is what an export says of itself (export.json): one line of JSON
// with its members in this order and no white space.
type exportStatement struct {
	V        int             `json:"v"` // 1
	Query    json.RawMessage `json:"query"`
	Disclose []string        `json:"disclose"` // classes, such as "CONTENT"
	Origin   string          `json:"origin"`   // of the ledger
	Made     string          `json:"made"`     // the day, in UTC
	// Redacted is the SHA-256 of what is withheld from the records (see redact).
	Redacted string            `json:"redacted"`
	Records  []statedRecord    `json:"records"` // by name
	Withheld []statedShortfall `json:"withheld"`

	exactTimes bool                   // as the query has it
	purpose    tumenv1.ReleasePurpose // the same
	shown      []access.Disclosure    // of protected identity, until the statement is made
}

// statedRecord is a record in an export.
type statedRecord struct {
	Record    string `json:"record"`
	Revisions int64  `json:"revisions"`
	// Last is the SHA-256 of the entry of the last of them, in base64url; empty for an
	// erased record.
	Last string `json:"last,omitempty"`

	withheld [][]withheldFields // by revision, until the statement is made
}

// statedShortfall says that an exported finding rests on so many records that are
// not in the export. Their names are not the reader's to know.
type statedShortfall struct {
	Of     string `json:"of"`
	Number int    `json:"number"`
	Reason string `json:"reason"`
}

// made gives the statement as it is committed to.
func (s *exportStatement) made(at time.Time) []byte {
	s.Made = at.UTC().Format(time.DateOnly)
	var b strings.Builder
	e := json.NewEncoder(&b) // which ends the line
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // nothing in it can fail, nor does a Builder
	return []byte(b.String())
}

// newStatement begins a statement with what was asked for.
func newStatement(req *tumenv1.ExportRecordsRequest, origin string) (*exportStatement, error) {
	query := req.GetQuery()
	if query == nil {
		query = new(tumenv1.ExportQuery)
	}
	asked, err := asObject(query)
	s := &exportStatement{V: 1, exactTimes: query.GetExactTimes(), purpose: query.GetPurpose(), Query: asked, Origin: origin, Disclose: []string{"OPEN"}, Records: []statedRecord{}, Withheld: []statedShortfall{}}
	classes := slices.Sorted(slices.Values(req.GetDisclose()))
	if len(classes) == 0 {
		classes = []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT}
	}
	for _, class := range classes {
		if class != tumenv1.Protection_PROTECTION_OPEN {
			s.Disclose = append(s.Disclose, className(class))
		}
	}
	return s, err
}

// asObject gives the fields that are set as one JSON object, by the contract's
// names and values as records have them.
func asObject(m proto.Message) (json.RawMessage, error) {
	fields, err := encoding.Append(nil, m)
	object := []byte("{")
	for name, value := range encoding.Fields(fields) {
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(append(append(append(object, '"'), name...), `":`...), value...)
	}
	return append(object, '}'), err
}

// className is a class as exports write it.
func className(p tumenv1.Protection) string {
	return strings.TrimPrefix(tumenv1.Protection_name[int32(p)], "PROTECTION_")
}

// identifies says whether protected identity was asked for.
func (s *exportStatement) identifies() bool { return len(identityClasses(s.Disclose)) > 0 }

// read reads a statement as it is stored.
func (s *exportStatement) read(stored []byte) error {
	if err := json.Unmarshal(stored, s); err != nil {
		return err
	}
	query := new(tumenv1.ExportQuery)
	err := protojson.Unmarshal(s.Query, query)
	s.exactTimes, s.purpose = query.GetExactTimes(), query.GetPurpose()
	return err
}

// exact says whether times were asked for to the microsecond.
func (s *exportStatement) exact() bool { return s.exactTimes }

// redact states what is withheld: the SHA-256 over, of every record in order, of
// every revision, what stands in its line as withheld:
//
//	<record> TAB <revision> TAB <class> TAB <rule> TAB <fields> LF
func (s *exportStatement) redact() {
	all := sha256.New()
	for i := range s.Records {
		r := &s.Records[i]
		for n, withheld := range r.withheld {
			for _, w := range withheld {
				fmt.Fprintf(all, "%s\t%d\t%s\t%s\t%d\n", r.Record, n+1, w.Class, w.Rule, w.Fields)
			}
		}
		r.withheld = nil
	}
	s.Redacted = digestText([32]byte(all.Sum(nil)))
}

// asked says whether fields of a class were asked for.
func (s *exportStatement) asked(class tumenv1.Protection) bool {
	return slices.Contains(s.Disclose, className(class))
}

// digestText is a digest as exports write it.
func digestText(digest [32]byte) string { return base64.RawURLEncoding.EncodeToString(digest[:]) }
