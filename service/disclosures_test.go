package service_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/ledger"
	"tumen/storage"
)

// toldOf is a statement about a disclosure.
type toldOf struct {
	V       int
	Method  string
	Purpose string
	Records []struct {
		Record   string
		Revision int64
		Classes  []string
	}
}

// disclosures lists what the ledger tells of what a member was shown.
func disclosures(t testing.TB, m *member) []toldOf {
	t.Helper()
	var all []toldOf
	for _, e := range entries(t, m, &tumenv1.ListLedgerEntriesRequest{Kind: "disclosure"}) {
		n, err := ledger.ParseNotice([]byte(e.GetEntry()))
		ok(t, err)
		var st toldOf
		ok(t, json.Unmarshal(e.GetStatement(), &st))
		sum := sha256.Sum256(e.GetStatement())
		if n.Kind != "disclosure" || n.Subject != ledger.Digest([]byte(e.GetDisclosures()[0])) || entryTells(t, e, "subject") != base64.RawURLEncoding.EncodeToString(sum[:]) || n.Method != st.Method || st.V != 1 {
			t.Errorf("%+v is not about %s", n, e.GetStatement())
		}
		all = append(all, st)
	}
	return all
}

// leaves is how far the ledger has grown.
func leaves(t testing.TB, m *member) int64 {
	t.Helper()
	c, err := tumenv1.NewLedgerServiceClient(m.conn).GetCheckpoint(t.Context(), &tumenv1.GetCheckpointRequest{})
	ok(t, err)
	return c.GetTreeSize()
}

// TestWhoIsShownAnIdentityStandsInTheLedger: whatever the call, once for each, with
// the records and the purpose.
func TestWhoIsShownAnIdentityStandsInTheLedger(t *testing.T) {
	i := startIdentities(t)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "tumen-purpose", "to warn the family")
	named := metadata.AppendToOutgoingContext(t.Context(), "tumen-purpose-bin", "가족에게 알리기 위해")
	matter := caseOf(i.october)
	for _, tc := range []struct {
		name    string
		call    func() error
		method  string
		purpose string
		records []string // with the classes
	}{
		{"a person", func() error {
			_, err := i.worker.persons.GetPerson(ctx, &tumenv1.GetPersonRequest{Name: i.person})
			return err
		}, "PersonService/GetPerson", "to warn the family", []string{i.person + " IDENTITY"}},
		{"a list of persons, of whom one is known", func() error {
			_, err := i.worker.persons.ListPersons(named, &tumenv1.ListPersonsRequest{})
			return err
		}, "PersonService/ListPersons", "가족에게 알리기 위해", []string{i.person + " IDENTITY"}},
		{"a source", func() error {
			_, err := i.worker.sources.GetSource(t.Context(), &tumenv1.GetSourceRequest{Name: i.src})
			return err
		}, "SourceService/GetSource", "", []string{i.src + " SOURCE_IDENTITY"}},
		{"a capture", func() error {
			_, err := i.worker.sources.GetCapture(t.Context(), &tumenv1.GetCaptureRequest{Name: i.capture})
			return err
		}, "SourceService/GetCapture", "", []string{i.capture + " IDENTITY"}},
		{"any record", func() error {
			_, err := i.worker.records.GetRecord(t.Context(), &tumenv1.GetRecordRequest{Name: i.nameClaim})
			return err
		}, "RecordService/GetRecord", "", []string{i.nameClaim + " IDENTITY"}},
		{"an earlier revision", func() error {
			_, err := i.worker.records.GetRevision(t.Context(), &tumenv1.GetRevisionRequest{Name: i.person, Revision: 1})
			return err
		}, "RecordService/GetRevision", "", []string{i.person + " IDENTITY"}},
		{"a matter that is taken along", func() error {
			stream, err := i.worker.exchange.ExportMatter(ctx, &tumenv1.ExportMatterRequest{Name: matter})
			ok(t, err)
			return drained(stream.Recv)
		}, "ExchangeService/ExportMatter", "to warn the family", []string{i.person + " IDENTITY", i.src + " SOURCE_IDENTITY", i.nameClaim + " IDENTITY"}},
		{"more than was sent", func() error {
			p := &tumenv1.Person{Name: i.person, Etag: i.etag(), Notes: "another"}
			_, err := i.worker.persons.UpdatePerson(t.Context(), &tumenv1.UpdatePersonRequest{Person: p, Reason: "a test", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
			return err
		}, "PersonService/UpdatePerson", "", []string{i.person + " IDENTITY"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := len(disclosures(t, i.worker))
			ok(t, tc.call())
			after := disclosures(t, i.worker)[before:]
			if tc.name == "more than was sent" { // its etag was read first
				after = after[1:]
			}
			if len(after) != 1 {
				t.Fatalf("%d entries: %+v", len(after), after)
			}
			var got []string
			for _, r := range after[0].Records {
				got = append(got, r.Record+" "+strings.Join(r.Classes, " "))
				if r.Revision < 1 {
					t.Errorf("%s at revision %d", r.Record, r.Revision)
				}
			}
			if after[0].Method != tc.method || after[0].Purpose != tc.purpose {
				t.Errorf("%+v", after[0])
			}
			for _, want := range tc.records {
				if !slices.Contains(got, want) {
					t.Errorf("%q lacks %s", got, want)
				}
			}
			if tc.name != "a matter that is taken along" && len(got) != len(tc.records) {
				t.Errorf("%q", got)
			}
		})
	}
}

func drained[P any](recv func() (P, error)) error {
	for {
		if _, err := recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (i *identities) etag() string {
	i.t.Helper()
	p, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(i.t, err)
	return p.GetPerson().GetEtag()
}

// TestWhatTellsNobodyAnythingLeavesNoEntry: reads of what is not protected or is
// withheld, and answers that repeat what was just sent.
func TestWhatTellsNobodyAnythingLeavesNoEntry(t *testing.T) {
	i := startIdentities(t)
	other := i.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	matter := caseOf(i.october)
	before := leaves(t, i.worker)
	for name, call := range map[string]func() error{
		"a case": func() error {
			_, err := i.worker.cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: matter})
			return err
		},
		"events": func() error {
			_, err := i.worker.cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: matter})
			return err
		},
		"a person whose identity is withheld": func() error {
			_, err := other.persons.GetPerson(t.Context(), &tumenv1.GetPersonRequest{Name: i.person})
			return err
		},
		"a matter without identities": func() error {
			stream, err := other.exchange.ExportMatter(t.Context(), &tumenv1.ExportMatterRequest{Name: matter})
			ok(t, err)
			return drained(stream.Recv)
		},
		"revisions": func() error {
			_, err := i.worker.records.ListRevisions(t.Context(), &tumenv1.ListRevisionsRequest{Name: i.person})
			return err
		},
	} {
		ok(t, call())
		if now := leaves(t, i.worker); now != before {
			t.Errorf("%s: %d leaves were added", name, now-before)
		}
	}
	made, err := i.worker.persons.CreatePerson(t.Context(), &tumenv1.CreatePersonRequest{Reason: "a test", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: secret}}, Notes: secret}})
	ok(t, err)
	if now := leaves(t, i.worker); now != before+1 || len(made.GetPerson().GetNames()) != 1 {
		t.Errorf("recording a person adds %d leaves, and answers %v", now-before, made)
	}
	before = leaves(t, i.worker)
	_, err = upload(i.october, i.worker, i.names["S1"], &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: secret}, []byte("y"), nil)
	ok(t, err)
	if now := leaves(t, i.worker); now != before+1 {
		t.Errorf("uploading a capture adds %d leaves", now-before)
	}
}

// TestTheBytesOfAKnownSourceAreADisclosure: but not those of a newspaper.
func TestTheBytesOfAKnownSourceAreADisclosure(t *testing.T) {
	i := startIdentities(t)
	kept, err := upload(i.october, i.worker, i.src, &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}, []byte("a voice"), nil)
	ok(t, err)
	other := i.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	for name, want := range map[string]int{i.capture: 0, kept.GetName(): 1} {
		before := leaves(t, other)
		stream, err := other.sources.DownloadCapture(t.Context(), &tumenv1.DownloadCaptureRequest{Name: name})
		ok(t, err)
		ok(t, drained(stream.Recv))
		if added := leaves(t, other) - before; added != int64(want) {
			t.Errorf("%s: %d leaves were added", name, added)
		}
	}
	all := disclosures(t, other)
	if len(all) != 1 || all[0].Records[0].Record != kept.GetName() || all[0].Records[0].Classes[0] != "SOURCE_IDENTITY" {
		t.Errorf("%+v", all)
	}
}

func TestAPurposeIsOneLine(t *testing.T) {
	i := startIdentities(t)
	before := leaves(t, i.worker)
	for reason, header := range map[string][]string{
		"PURPOSE_REPEATED":  {"tumen-purpose", "one", "tumen-purpose", "another"},
		"PURPOSE_TOO_LONG":  {"tumen-purpose", strings.Repeat("x", 1001)},
		"PURPOSE_MALFORMED": {"tumen-purpose-bin", "one\ntwo"},
	} {
		_, err := i.worker.persons.GetPerson(metadata.AppendToOutgoingContext(t.Context(), header...), &tumenv1.GetPersonRequest{Name: i.person})
		refused(t, err, codes.InvalidArgument, reason)
	}
	_, err := i.worker.persons.GetPerson(metadata.AppendToOutgoingContext(t.Context(), "tumen-purpose-bin", "\xff"), &tumenv1.GetPersonRequest{Name: i.person})
	refused(t, err, codes.InvalidArgument, "PURPOSE_MALFORMED")
	if now := leaves(t, i.worker); now != before {
		t.Errorf("%d leaves were added", now-before)
	}
}

// full is a backend that takes no more once it is told so.
type full struct {
	storage.Store
	now *atomic.Bool
}

func (f full) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if f.now.Load() {
		return storage.ErrFull
	}
	return f.Store.Update(ctx, fn)
}

// TestWithoutAnEntryThereIsNoDisclosure: a store that takes no more shows no more
// identities, and everything else as before.
func TestWithoutAnEntryThereIsNoDisclosure(t *testing.T) {
	var now atomic.Bool
	w := start(t, func(s storage.Store) storage.Store { return full{s, &now} })
	worker := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	made, err := worker.persons.CreatePerson(w.ctx, &tumenv1.CreatePersonRequest{Reason: "a test", Person: &tumenv1.Person{Notes: secret}})
	ok(t, err)
	bare, err := worker.persons.CreatePerson(w.ctx, &tumenv1.CreatePersonRequest{Reason: "a test", Person: &tumenv1.Person{Sex: tumenv1.Sex_SEX_FEMALE}})
	ok(t, err)
	now.Store(true)
	got, err := worker.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: made.GetPerson().GetName()})
	refused(t, err, codes.ResourceExhausted, "STORE_FULL")
	if got != nil {
		t.Errorf("%v was shown", got)
	}
	_, err = worker.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: bare.GetPerson().GetName()})
	ok(t, err)
}
