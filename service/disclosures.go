package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// disclosureKind is what the ledger's entries about disclosures are of.
const disclosureKind = "disclosure"

// disclosureStatement is what the ledger commits to about a call whose answer showed
// protected identity: JSON with its members in this order and no white space.
type disclosureStatement struct {
	V       int               `json:"v"` // 1
	Method  string            `json:"method"`
	Purpose string            `json:"purpose"` // as the caller stated it; may be empty
	Records []disclosedRecord `json:"records"` // in the order of the answer
}

type disclosedRecord struct {
	Record   string   `json:"record"`
	Revision int64    `json:"revision"`
	Classes  []string `json:"classes"` // such as "IDENTITY"
}

// disclosed puts an entry into the ledger about what a call is going to show of
// protected identity. Where that fails, so does the call.
func (s *Server) disclosed(ctx context.Context, what []access.Disclosure) error {
	purpose, err := purposeOf(ctx)
	if err != nil {
		return err
	}
	method, _ := grpc.Method(ctx)
	reader := gate.ReaderOf(ctx)
	author := records.Author{Member: reader.Member, Organisation: reader.Organisation, Method: strings.TrimPrefix(method, "/tumen.v1."), Reason: purpose}
	_, err = s.records.Change(ctx, author, func(tx *records.Tx) error {
		if err := spend(tx, reader, distinct(what)); err != nil {
			return err
		}
		return stateDisclosure(tx, purpose, what)
	})
	return err
}

// stateDisclosure puts an entry into the ledger about what the call of a change shows.
func stateDisclosure(tx *records.Tx, purpose string, what []access.Disclosure) error {
	st := disclosureStatement{V: 1, Method: tx.Author().Method, Purpose: purpose}
	for _, d := range what {
		one := disclosedRecord{Record: d.Record, Revision: d.Revision}
		for _, class := range slices.Sorted(slices.Values(d.Classes)) {
			one.Classes = append(one.Classes, className(class))
		}
		st.Records = append(st.Records, one)
	}
	content, err := json.Marshal(st)
	if err == nil {
		_, err = tx.State(disclosureKind, content)
	}
	return err
}

// spend takes what is going to be shown out of the reader's budget of today.
func spend(tx *records.Tx, r access.Reader, n int) error {
	member, err := records.Get[*tumenv1.Member](&tx.View, r.Member)
	if err != nil {
		return err
	}
	today, err := tx.Spend(r.Member, n)
	if budget := budgetOf(member, tx.Now()); err == nil && today > budget {
		err = fault.New(fault.TooLarge, "IDENTITY_BUDGET_SPENT", "this would show you who somebody is on %d records today, and your budget is %d: ask for less at once, wait for tomorrow (UTC), or have a reviewer or administrator release more (tumen member release-budget)", today, budget)
	}
	return err
}

// distinct counts the records of which something is disclosed.
func distinct(what []access.Disclosure) int {
	names, nameless := map[string]bool{}, 0
	for _, d := range what {
		if d.Record == "" {
			nameless++
		} else {
			names[d.Record] = true
		}
	}
	return len(names) + nameless
}

// The metadata by which a caller states for what protected identity is read: plain
// for printable ASCII, the other for any UTF-8.
const (
	purposeKey  = "tumen-purpose"
	purposeUTF8 = "tumen-purpose-bin"
	mostPurpose = 1000 // bytes
)

// purposeOf is the purpose that a caller stated; "" for none.
func purposeOf(ctx context.Context) (string, error) {
	header, _ := metadata.FromIncomingContext(ctx)
	stated := append(header.Get(purposeKey), header.Get(purposeUTF8)...)
	if len(stated) == 0 {
		return "", nil
	}
	purpose := strings.TrimSpace(stated[0])
	switch {
	case len(stated) > 1:
		return "", fault.Field(purposeKey, "PURPOSE_REPEATED", "state the purpose once")
	case len(purpose) > mostPurpose:
		return "", fault.Field(purposeKey, "PURPOSE_TOO_LONG", "a purpose has at most %d bytes", mostPurpose)
	case !utf8.ValidString(purpose) || strings.ContainsFunc(purpose, unicode.IsControl):
		return "", fault.Field(purposeKey, "PURPOSE_MALFORMED", "a purpose is one line of text in UTF-8")
	}
	return purpose, nil
}

// bytesDisclose says what the bytes of a capture may show: where it is known who
// their source is, they are as telling as that.
func bytesDisclose(source *tumenv1.Source, capture *tumenv1.Capture) []access.Disclosure {
	for _, d := range access.Disclosures(source) {
		if slices.Contains(d.Classes, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY) {
			return []access.Disclosure{{Record: capture.GetName(), Revision: capture.GetRevision(), Classes: []tumenv1.Protection{tumenv1.Protection_PROTECTION_SOURCE_IDENTITY}}}
		}
	}
	return nil
}
