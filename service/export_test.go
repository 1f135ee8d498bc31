package service_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/ledger"
	"tumen/service/records"
)

// taken is an export as it came over the wire.
type taken struct {
	header  *tumenv1.ExportHeader
	records []*tumenv1.ExportedRecord
}

// exportPiece is a piece of either call.
type exportPiece interface {
	GetHeader() *tumenv1.ExportHeader
	GetRecord() *tumenv1.ExportedRecord
}

func takeAll[P exportPiece](recv func() (P, error)) (*taken, error) {
	x := new(taken)
	for {
		piece, err := recv()
		if err == io.EOF {
			return x, nil
		}
		if err != nil {
			return nil, err
		}
		if h := piece.GetHeader(); h != nil {
			x.header = h
			continue
		}
		x.records = append(x.records, piece.GetRecord())
	}
}

func (o *october) takes(m *member, req *tumenv1.ExportRecordsRequest) (*taken, error) {
	req.Reason = "for the commission"
	stream, err := tumenv1.NewExportServiceClient(m.conn).ExportRecords(o.ctx, req)
	ok(o.t, err)
	return takeAll(stream.Recv)
}

func (o *october) continues(m *member, name string, offset int64) (*taken, error) {
	stream, err := tumenv1.NewExportServiceClient(m.conn).ContinueExport(context.Background(), &tumenv1.ContinueExportRequest{Name: name, Offset: offset})
	ok(o.t, err)
	return takeAll(stream.Recv)
}

// withheldFields is what a line says of fields of one class.
type withheldFields struct {
	Class, Rule string
	Fields      int
}

// exportLine is a line of records.jsonl.
type exportLine struct {
	Record, Kind string
	Revisions    []struct {
		Revision           int64
		Fields             map[string]json.RawMessage
		SDJWT              string `json:"sd_jwt"`
		Entry, Salt, Proof string
		Time, Day, Member  string
		Withheld           []withheldFields
	}
}

func lineOf(t testing.TB, r *tumenv1.ExportedRecord) exportLine {
	t.Helper()
	var l exportLine
	d := json.NewDecoder(bytes.NewReader(r.GetLine()))
	d.DisallowUnknownFields()
	ok(t, d.Decode(&l))
	return l
}

// decidedOctober is the matter with its count decided by two reviewers, and an
// auditor.
func decidedOctober(t *testing.T) (*october, *member) {
	t.Helper()
	r := startReview(t)
	c := r.corroborated()
	c.Value, c.AddressedDenials = atLeast(501), nil
	f, err := r.propose(r.open(r.finding(r.first, "E1", count)), c)
	ok(t, err)
	_, err = r.approve(r.second, f)
	ok(t, err)
	return r.october, r.member("auditor", tumenv1.Role_ROLE_AUDITOR)
}

func TestAnExportConvincesAStranger(t *testing.T) {
	o, auditor := decidedOctober(t)
	x, err := o.takes(auditor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"], FindingStates: []tumenv1.FindingState{tumenv1.FindingState_FINDING_STATE_CORROBORATED}}})
	ok(t, err)
	if len(x.records) < 15 || int64(len(x.records)) != x.header.GetRecords() {
		t.Fatalf("%d of %d records", len(x.records), x.header.GetRecords())
	}
	checkpoint := openCheckpoint(t, x.header)
	inTree(t, checkpoint, x.header.GetProof(), x.header.GetSalt(), x.header.GetEntry())
	n, err := ledger.ParseNotice([]byte(x.header.GetEntry()))
	ok(t, err)
	statement := sha256.Sum256(x.header.GetStatement())
	if n.Kind != "export" || disclosed(x.header.GetDisclosures()[0], n.Subject, "subject") != base64.RawURLEncoding.EncodeToString(statement[:]) || n.Method != "ExportService/ExportRecords" {
		t.Errorf("%+v", n)
	}
	var listed struct {
		Disclose []string
		Redacted string
		Records  []struct {
			Record, Last string
			Revisions    int
		}
		Withheld []any
	}
	ok(t, json.Unmarshal(x.header.GetStatement(), &listed))
	if !slices.Equal(listed.Disclose, []string{"OPEN", "CONTENT"}) || len(listed.Withheld) > 0 {
		t.Errorf("%s", x.header.GetStatement())
	}
	kinds, redacted := map[string]int{}, sha256.New()
	for i, r := range x.records {
		l := lineOf(t, r)
		for _, rev := range l.Revisions {
			for _, w := range rev.Withheld {
				fmt.Fprintf(redacted, "%s\t%d\t%s\t%s\t%d\n", l.Record, rev.Revision, w.Class, w.Rule, w.Fields)
			}
		}
		kinds[l.Kind]++
		if l.Record != listed.Records[i].Record || len(l.Revisions) != listed.Records[i].Revisions || r.GetOffset() != int64(i) {
			t.Errorf("%s is not as listed", l.Record)
		}
		if last := sha256.Sum256([]byte(l.Revisions[len(l.Revisions)-1].Entry)); base64.RawURLEncoding.EncodeToString(last[:]) != listed.Records[i].Last {
			t.Errorf("%s: another last entry", l.Record)
		}
		convinces(t, checkpoint, l)
		withholds(t, l)
		for _, rev := range l.Revisions {
			if !strings.HasSuffix(rev.Proof, "\n\n"+x.header.GetCheckpoint()) {
				t.Errorf("%s: its proof stands under another checkpoint", l.Record)
			}
		}
	}
	if base64.RawURLEncoding.EncodeToString(redacted.Sum(nil)) != listed.Redacted {
		t.Error("what is withheld is not what the statement commits to")
	}
	if kinds["Finding"] != 1 || kinds["Claim"] < 9 || kinds["Source"] < 9 || kinds["Tie"] != 1 || kinds["Event"] != 1 || kinds["Case"] != 1 {
		t.Error(kinds)
	}
}

// withholds checks that no source's identity and no exact time is told, and that
// it is said.
func withholds(t *testing.T, l exportLine) {
	t.Helper()
	for _, rev := range l.Revisions {
		e, err := ledger.ParseEntry([]byte(rev.Entry))
		ok(t, err)
		if rev.Time != "" || !isDay(disclosed(rev.Day, e.Day, "day")) || rev.Fields["update_time"] != nil || rev.Member == "" {
			t.Errorf("%s: time %q, day %q", l.Record, rev.Time, rev.Day)
		}
		if l.Kind == "Source" && rev.Fields["identity"] != nil {
			t.Errorf("%s tells who it is", l.Record)
		}
	}
	if last := l.Revisions[len(l.Revisions)-1]; !slices.ContainsFunc(last.Withheld, func(d withheldFields) bool { return d.Rule == "day" && d.Fields > 0 }) {
		t.Errorf("%s: %v", l.Record, last.Withheld)
	}
}

// disclosed gives what a disclosure says, if it is of that name and committed to.
func disclosed(disclosure string, committed [32]byte, name string) string {
	text, err := base64.RawURLEncoding.DecodeString(disclosure)
	var triple [3]string
	if err != nil || json.Unmarshal(text, &triple) != nil || triple[1] != name || ledger.Digest([]byte(disclosure)) != committed {
		return ""
	}
	return triple[2]
}

// isDay says whether a text is a day, and no more.
func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func openCheckpoint(t testing.TB, h *tumenv1.ExportHeader) tlog.Tree {
	t.Helper()
	v, err := note.NewVerifier(h.GetVerifierKey())
	ok(t, err)
	signed, err := note.Open([]byte(h.GetCheckpoint()), note.VerifierList(v))
	ok(t, err)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(signed.Text, "\n", 2)[1]))
	ok(t, err)
	return tree
}

// inTree checks that an entry is committed to under a checkpoint.
func inTree(t *testing.T, tree tlog.Tree, proof string, salt []byte, entry string) {
	t.Helper()
	head, signed, _ := strings.Cut(proof, "\n\n")
	lines := strings.Split(head, "\n")
	index := json.Number(strings.TrimPrefix(lines[1], "index "))
	n, err := index.Int64()
	ok(t, err)
	var hashes tlog.RecordProof
	for _, text := range lines[2:] {
		h, err := tlog.ParseHash(text)
		ok(t, err)
		hashes = append(hashes, h)
	}
	commitment := sha256.Sum256(append(slices.Clone(salt), entry...))
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, n, tlog.RecordHash(commitment[:])); err != nil || lines[0] != "c2sp.org/tlog-proof@v1" || signed == "" {
		t.Errorf("%s: %v", entry, err)
	}
}

// convinces checks a record from its fields up to the tree.
func convinces(t *testing.T, tree tlog.Tree, l exportLine) {
	t.Helper()
	var previous [32]byte
	for i, rev := range l.Revisions {
		parts := strings.Split(strings.TrimSuffix(rev.SDJWT, "~"), "~")
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(parts[0], ".")[1])
		ok(t, err)
		for _, d := range parts[1:] {
			sum := sha256.Sum256([]byte(d))
			text, err := base64.RawURLEncoding.DecodeString(d)
			ok(t, err)
			var triple []json.RawMessage
			ok(t, json.Unmarshal(text, &triple))
			var field string
			ok(t, json.Unmarshal(triple[1], &field))
			if !bytes.Contains(payload, []byte(base64.RawURLEncoding.EncodeToString(sum[:]))) || !bytes.Equal(rev.Fields[field], triple[2]) {
				t.Errorf("%s: %s is not committed to", l.Record, field)
			}
		}
		e, err := ledger.ParseEntry([]byte(rev.Entry))
		ok(t, err)
		if len(rev.Fields) != len(parts)-1 || e.Payload != sha256.Sum256(payload) || e.Previous != previous || e.Revision != int64(i+1) || e.Record != l.Record || rev.Revision != e.Revision {
			t.Errorf("%s: %+v", l.Record, e)
		}
		previous = sha256.Sum256([]byte(rev.Entry))
		salt, err := base64.RawURLEncoding.DecodeString(rev.Salt)
		ok(t, err)
		inTree(t, tree, rev.Proof, salt, rev.Entry)
		if strings.SplitN(rev.Proof, "\n\n", 2)[1] == "" || string(rev.Fields["name"]) != `"`+l.Record+`"` {
			t.Errorf("%s: %v", l.Record, rev.Fields)
		}
	}
}

func TestAnExportIsGivenAgain(t *testing.T) {
	o, auditor := decidedOctober(t)
	x, err := o.takes(auditor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"]}})
	ok(t, err)
	o.apply(o.worker, false, source("S99", "news", "later", unstated)) // the ledger grows on
	again, err := o.continues(auditor, x.header.GetName(), 3)
	ok(t, err)
	if again.header.String() != x.header.String() || len(again.records) != len(x.records)-3 {
		t.Fatalf("%d of %d records", len(again.records), len(x.records))
	}
	for i, r := range again.records {
		if !bytes.Equal(r.GetLine(), x.records[i+3].GetLine()) || r.GetOffset() != int64(i+3) {
			t.Errorf("%s is not the same", r.GetName())
		}
	}
	_, err = o.continues(o.worker, x.header.GetName(), 0)
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = o.continues(auditor, x.header.GetName(), 1000)
	refused(t, err, codes.InvalidArgument, "OFFSET_BEYOND_END")
}

func TestAnExportSaysWhatIsMissing(t *testing.T) {
	o, _ := decidedOctober(t)
	o.hide(o.names["S6"])
	x, err := o.takes(o.limited("low"), &tumenv1.ExportRecordsRequest{})
	ok(t, err)
	var listed struct {
		Withheld []struct {
			Of, Reason string
			Number     int
		}
	}
	ok(t, json.Unmarshal(x.header.GetStatement(), &listed))
	if len(listed.Withheld) != 1 || listed.Withheld[0].Number != 1 || listed.Withheld[0].Reason != "marking" {
		t.Errorf("%s", x.header.GetStatement())
	}
	for _, r := range x.records {
		l := lineOf(t, r)
		last := l.Revisions[len(l.Revisions)-1]
		if r.GetName() == o.names["S6"] {
			t.Error("it is hidden, and exported")
		}
		if l.Kind == "Finding" && last.Fields["approved_support"] != nil {
			t.Error("what was approved tells of what is hidden")
		}
	}
}

// TestAnExportTellsNoMoreThanItsReaderSees: nor what was not asked for.
func TestAnExportTellsNoMoreThanItsReaderSees(t *testing.T) {
	o, auditor := decidedOctober(t)
	o.put(o.names["S4"], func(rec records.Record) {
		rec.(*tumenv1.Source).ProtectedContact = "a telephone number"
	})
	query := &tumenv1.ExportQuery{Case: o.names["october-2023"], Within: "2023-10"}
	identity := []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY}
	public := &tumenv1.ExportQuery{Case: query.Case, Within: query.Within, Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH}
	last := func(m *member, req *tumenv1.ExportRecordsRequest) (map[string]json.RawMessage, []withheldFields) {
		t.Helper()
		x, err := o.takes(m, req)
		ok(t, err)
		for _, r := range x.records {
			if r.GetName() == o.names["S4"] {
				rev := lineOf(t, r).Revisions[1]
				return rev.Fields, rev.Withheld
			}
		}
		t.Fatal("a source that the finding rests on is missing")
		return nil, nil
	}
	said := func(all []withheldFields, rule string) bool {
		return slices.Contains(all, withheldFields{"SOURCE_IDENTITY", rule, 1})
	}
	if fields, hidden := last(auditor, &tumenv1.ExportRecordsRequest{Query: public, Disclose: identity}); fields["protected_contact"] != nil || !said(hidden, "clearance") {
		t.Errorf("the auditor: %s %v", fields, hidden)
	}
	if fields, hidden := last(o.worker, &tumenv1.ExportRecordsRequest{Query: query}); fields["protected_contact"] != nil || !said(hidden, "clearance") {
		t.Errorf("who recorded it, and did not ask: %s %v", fields, hidden)
	}
	if fields, _ := last(o.worker, &tumenv1.ExportRecordsRequest{Query: public, Disclose: identity}); fields["protected_contact"] != nil {
		t.Errorf("who recorded it takes it along without their consent: %s", fields)
	}
	open := []tumenv1.Protection{tumenv1.Protection_PROTECTION_OPEN}
	if fields, _ := last(auditor, &tumenv1.ExportRecordsRequest{Query: query, Disclose: open}); fields["title"] != nil || fields["name"] == nil {
		t.Errorf("without CONTENT: %s", fields)
	}
	exact := &tumenv1.ExportQuery{Case: query.Case, Within: query.Within, ExactTimes: true}
	if fields, _ := last(auditor, &tumenv1.ExportRecordsRequest{Query: exact}); fields["update_time"] == nil {
		t.Errorf("exact times: %s", fields)
	}
}

// TestARevisionAboveTheReadersMarkingIsProvedAndNotTold: for the chain has no gap.
func TestARevisionAboveTheReadersMarkingIsProvedAndNotTold(t *testing.T) {
	o, _ := decidedOctober(t)
	o.hide(o.names["S4"])
	o.put(o.names["S4"], func(rec records.Record) { rec.(*tumenv1.Source).Marking = tumenv1.Marking_MARKING_AMBER })
	x, err := o.takes(o.limited("low"), &tumenv1.ExportRecordsRequest{})
	ok(t, err)
	tree := openCheckpoint(t, x.header)
	for _, r := range x.records {
		if r.GetName() != o.names["S4"] {
			continue
		}
		l := lineOf(t, r)
		convinces(t, tree, l)
		if hidden := l.Revisions[1]; len(hidden.Fields) != 2 || hidden.Day != "" || hidden.Time != "" || hidden.Member != "" {
			t.Errorf("%+v", hidden)
		}
		if len(l.Revisions[2].Fields) < 5 {
			t.Errorf("%+v", l.Revisions[2])
		}
		return
	}
	t.Error("it is missing")
}

// TestAnExportRepeatedIsOne: under its request id.
func TestAnExportRepeatedIsOne(t *testing.T) {
	o, auditor := decidedOctober(t)
	req := &tumenv1.ExportRecordsRequest{RequestId: "0b9b0f2e-5d0b-4b7a-9d0e-3f0c8a1f7a11"}
	one, err := o.takes(auditor, req)
	ok(t, err)
	other, err := o.takes(auditor, req)
	ok(t, err)
	if one.header.String() != other.header.String() || len(one.records) != len(other.records) {
		t.Errorf("%s and %s", one.header.GetName(), other.header.GetName())
	}
	again, err := o.takes(auditor, &tumenv1.ExportRecordsRequest{})
	ok(t, err)
	if again.header.GetName() == one.header.GetName() {
		t.Error("another call, and the same export")
	}
	_, err = o.takes(auditor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Within: "1990"}})
	refused(t, err, codes.NotFound, "NOTHING_TO_EXPORT")
	_, err = o.takes(auditor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Within: "soon"}})
	refused(t, err, codes.InvalidArgument, "INVALID_DATE", "query.within")
	_, err = o.takes(o.member("partner", tumenv1.Role_ROLE_PARTNER), &tumenv1.ExportRecordsRequest{})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

// TestAnExportGoesUnderThePublishedCheckpoint: once that covers it, with what others
// signed.
func TestAnExportGoesUnderThePublishedCheckpoint(t *testing.T) {
	o, auditor := decidedOctober(t)
	newest := func() (checkpoint []byte) {
		ok(t, o.records.View(t.Context(), func(v *records.View) (err error) {
			checkpoint, _, err = v.Checkpoint()
			return err
		}))
		return checkpoint
	}
	again := func(name string) (*taken, error) {
		stream, err := tumenv1.NewExportServiceClient(auditor.conn).ContinueExport(t.Context(), &tumenv1.ContinueExportRequest{Name: name, Published: true})
		ok(t, err)
		return takeAll(stream.Recv)
	}
	older := newest()
	x, err := o.takes(auditor, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"]}})
	ok(t, err)
	for _, published := range [][]byte{nil, older} {
		if published != nil {
			ok(t, o.records.Publish(t.Context(), published))
		}
		_, err = again(x.header.GetName())
		refused(t, err, codes.FailedPrecondition, "EXPORT_NOT_PUBLISHED")
	}
	_, err = o.worker.cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "later"}, Reason: "a test"})
	ok(t, err)
	cosigned := string(newest()) + "— witness.example AAAAAAAA\n"
	ok(t, o.records.Publish(t.Context(), []byte(cosigned)))
	y, err := again(x.header.GetName())
	ok(t, err)
	if y.header.GetCheckpoint() != cosigned || string(y.header.GetStatement()) != string(x.header.GetStatement()) || len(y.records) != len(x.records) {
		t.Fatalf("%v", y.header)
	}
	checkpoint := openCheckpoint(t, y.header)
	inTree(t, checkpoint, y.header.GetProof(), y.header.GetSalt(), y.header.GetEntry())
	for _, r := range y.records {
		l := lineOf(t, r)
		convinces(t, checkpoint, l)
		for _, rev := range l.Revisions {
			if !strings.HasSuffix(rev.Proof, "\n\n"+cosigned) {
				t.Errorf("%s: its proof stands under another checkpoint", l.Record)
			}
		}
	}
}
