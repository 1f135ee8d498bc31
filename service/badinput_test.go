package service_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
	"tumen/storage/storagetest"
)

// counted is a matter on a store that counts what is written to it.
func counted(t testing.TB) (*october, *storagetest.Counting) {
	var counting *storagetest.Counting
	w := start(t, func(s storage.Store) storage.Store {
		counting = storagetest.NewCounting(s)
		return counting
	})
	o := &october{world: w, worker: w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), names: map[string]string{}, keys: map[string]string{}}
	o.apply(o.worker, false, octoberDocuments()...)
	o.caughtUp()
	return o, counting
}

// asWritten sends bytes as they are: what no careful client would.
type asWritten struct{}

func (asWritten) Name() string                  { return "proto" }
func (asWritten) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (asWritten) Unmarshal(b []byte, v any) error {
	return proto.Unmarshal(b, v.(proto.Message))
}

var _ encoding.Codec = asWritten{}

func TestBadInputGetsAClearErrorAndChangesNothing(t *testing.T) {
	o, counting := counted(t)
	other := o.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	second, err := o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Another case"}, Reason: "recorded"})
	ok(t, err)
	page, err := o.worker.claims.ListClaims(o.ctx, &tumenv1.ListClaimsRequest{Parent: o.names["october-2023"], PageSize: 3})
	ok(t, err)
	stale, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S2"]})
	ok(t, err)
	s2 := proto.Clone(stale.GetSource()).(*tumenv1.Source)
	s2.Title = "A newspaper of Seoul"
	_, err = o.worker.sources.UpdateSource(o.ctx, &tumenv1.UpdateSourceRequest{Source: s2, Reason: "known now", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
	ok(t, err)
	graded, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S13"]})
	ok(t, err)
	graded.GetSource().Reliability, graded.GetSource().ReliabilityReason = tumenv1.Reliability_RELIABILITY_B, "an example"
	_, err = o.worker.sources.UpdateSource(o.ctx, &tumenv1.UpdateSourceRequest{Source: graded.GetSource(), Reason: "graded", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reliability", "reliability_reason"}}})
	ok(t, err)
	const used = "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a11"
	_, err = o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Once"}, Reason: "recorded", RequestId: used})
	ok(t, err)

	create := func(c *tumenv1.Claim) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := o.worker.claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{Parent: o.names["october-2023"], Claim: c, Reason: "recorded"})
			return err
		}
	}
	on := func(change func(*tumenv1.Claim)) *tumenv1.Claim {
		c := &tumenv1.Claim{Source: o.names["S1"], Subjects: []string{o.names["E1"]}, Aspect: occurrence, Stance: asserts}
		change(c)
		return c
	}
	raw := func(method string, body []byte) func(context.Context) error {
		return func(ctx context.Context) error {
			return o.worker.conn.Invoke(ctx, method, body, new(tumenv1.CreateCaseResponse), grpc.ForceCodec(asWritten{}))
		}
	}
	updateSource := func(name string, paths []string, change func(*tumenv1.Source)) func(context.Context) error {
		return func(ctx context.Context) error {
			s, err := o.worker.sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: name})
			if err != nil {
				return err
			}
			change(s.GetSource())
			_, err = o.worker.sources.UpdateSource(ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "changed", UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
			return err
		}
	}
	list := func(m *member, req *tumenv1.ListClaimsRequest) func(context.Context) error {
		return func(ctx context.Context) error { _, err := m.claims.ListClaims(ctx, req); return err }
	}
	relay := func(name string) func(*tumenv1.Source) {
		return func(s *tumenv1.Source) {
			s.Basis, s.Relays = relayed, []*tumenv1.Relay{{Source: name, Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES}}
		}
	}
	for _, c := range []struct {
		name   string
		call   func(context.Context) error
		code   codes.Code
		reason string
		words  []string
	}{
		{"invalid UTF-8", raw("/tumen.v1.CaseService/CreateCase", []byte("\x12\x05\xaa\x01\x02\xff\xfe\x22\x01x")), codes.InvalidArgument, "INVALID_UTF8", nil},
		{"not a message at all", raw("/tumen.v1.CaseService/CreateCase", []byte("\xff\xff\xff")), codes.InvalidArgument, "INVALID_MESSAGE", nil},
		{"an unknown enum number", create(on(func(c *tumenv1.Claim) { c.Stance = 99 })), codes.InvalidArgument, "ENUM_DEFINED_ONLY", []string{"claim.stance"}},
		{"a day that the calendar lacks", create(on(func(c *tumenv1.Claim) { c.Aspect, c.Value = onTime, when("2023-02-30") })), codes.InvalidArgument, "INVALID_DATE", []string{"claim.value.time.edtf"}},
		{"low above high", create(on(func(c *tumenv1.Claim) {
			c.Aspect, c.Value = count, people(&tumenv1.Count{Low: proto.Int64(9), High: proto.Int64(8)})
		})), codes.InvalidArgument, "COUNT_ORDER", []string{"claim.value.count"}},
		{"a claim about another case's event", func(ctx context.Context) error {
			_, err := o.worker.claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{Parent: second.GetCase().GetName(), Claim: on(func(*tumenv1.Claim) {}), Reason: "recorded"})
			return err
		}, codes.InvalidArgument, "OTHER_CASE", []string{"claim.subjects[0]"}},
		{"a source deriving from itself", updateSource(o.names["S1"], []string{"basis", "relays"}, relay(o.names["S1"])), codes.InvalidArgument, "REFERS_TO_ITSELF", []string{"source.relays[0].source"}},
		{"a cycle of sources", updateSource(o.names["S1"], []string{"basis", "relays"}, relay(o.names["S14"])), codes.InvalidArgument, "CYCLE", []string{"source.relays[0].source"}},
		{"a basis that would turn a relay into an origin", updateSource(o.names["S3"], []string{"basis"}, func(s *tumenv1.Source) { s.Basis = own }), codes.InvalidArgument, "CLAIMS_RELAY", []string{"source.basis"}},
		{"relays without one that a claim names", updateSource(o.names["S9"], []string{"relays"}, relay(o.names["S8"])), codes.InvalidArgument, "CLAIMS_RELAY", []string{"source.relays"}},
		{"a mistyped act in a filter", func(ctx context.Context) error {
			_, err := o.worker.cases.ListEvents(ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Act: "refoulment"})
			return err
		}, codes.InvalidArgument, "UNKNOWN_CODE", []string{"act"}},
		{"a mistyped act in a count", func(ctx context.Context) error {
			_, err := o.worker.stats.CountPeople(ctx, &tumenv1.CountPeopleRequest{Act: "refoulment"})
			return err
		}, codes.InvalidArgument, "UNKNOWN_CODE", []string{"act"}},
		{"a mistyped kind in a filter", func(ctx context.Context) error {
			_, err := o.worker.sources.ListSources(ctx, &tumenv1.ListSourcesRequest{Kind: "ngo-statment"})
			return err
		}, codes.InvalidArgument, "UNKNOWN_CODE", []string{"kind"}},
		{"another grade for the former reason", updateSource(o.names["S13"], []string{"reliability"}, func(s *tumenv1.Source) { s.Reliability = tumenv1.Reliability_RELIABILITY_D }), codes.InvalidArgument, "GRADE_REASON_STALE", []string{"source.reliability_reason"}},
		{"a 5 MiB text", create(on(func(c *tumenv1.Claim) { c.Notes = strings.Repeat("x", 5<<20) })), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", nil},
		{"a text above its limit", create(on(func(c *tumenv1.Claim) { c.Notes = strings.Repeat("x", 20001) })), codes.InvalidArgument, "STRING_MAX_LEN", []string{"claim.notes"}},
		{"a stale etag", func(ctx context.Context) error {
			_, err := o.worker.sources.UpdateSource(ctx, &tumenv1.UpdateSourceRequest{Source: stale.GetSource(), Reason: "late", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
			return err
		}, codes.Aborted, "ETAG_STALE", nil},
		{"no etag", func(ctx context.Context) error {
			_, err := o.worker.sources.UpdateSource(ctx, &tumenv1.UpdateSourceRequest{Source: &tumenv1.Source{Name: o.names["S2"], Title: "x"}, Reason: "late", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
			return err
		}, codes.InvalidArgument, "ETAG_MISSING", nil},
		{"a request id of another call", func(ctx context.Context) error {
			_, err := o.worker.cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Twice"}, Reason: "recorded", RequestId: used})
			return err
		}, codes.InvalidArgument, "REQUEST_ID_REUSED", []string{"request_id"}},
		{"no reason", func(ctx context.Context) error {
			_, err := o.worker.cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Why"}})
			return err
		}, codes.InvalidArgument, "STRING_MIN_LEN", []string{"reason"}},
		{"an unknown path in the mask", updateSource(o.names["S2"], []string{"titel"}, func(*tumenv1.Source) {}), codes.InvalidArgument, "MASK_UNKNOWN_PATH", []string{"titel"}},
		{"a page token of another query", list(o.worker, &tumenv1.ListClaimsRequest{Parent: o.names["october-2023"], Aspect: count, PageToken: page.GetNextPageToken()}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", []string{"page_token"}},
		{"a page token of another member", list(other, &tumenv1.ListClaimsRequest{Parent: o.names["october-2023"], PageToken: page.GetNextPageToken()}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", []string{"page_token"}},
		{"an aspect that the subject has not", create(on(func(c *tumenv1.Claim) { c.Aspect = tumenv1.Aspect_ASPECT_NAME })), codes.InvalidArgument, "ASPECT_MISMATCH", []string{"claim.subjects[0]"}},
		{"a value of another aspect", create(on(func(c *tumenv1.Claim) { c.Value = atLeast(3) })), codes.InvalidArgument, "ASPECT_MISMATCH", []string{"claim.value"}},
		{"confirmed by nobody", create(on(func(c *tumenv1.Claim) {
			c.Subjects, c.Credibility, c.CredibilityReason = []string{o.names["E5"]}, tumenv1.Credibility_CREDIBILITY_CONFIRMED, "sure"
		})), codes.InvalidArgument, "NOT_CONFIRMED", []string{"claim.credibility"}},
		{"a source that is not there", create(on(func(c *tumenv1.Claim) { c.Source = "sources/00000000000000000000000000" })), codes.InvalidArgument, "REFERENCE_NOT_FOUND", []string{"claim.source"}},
		{"a relay that the source does not have", create(on(func(c *tumenv1.Claim) { c.Source, c.Relays = o.names["S3"], []string{o.names["S4"]} })), codes.InvalidArgument, "NOT_A_RELAY_OF_THE_SOURCE", []string{"claim.relays[0]"}},
		{"deleting what claims rest on", func(ctx context.Context) error {
			s, err := o.worker.sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: o.names["S1"]})
			if err != nil {
				return err
			}
			_, err = o.worker.sources.DeleteSource(ctx, &tumenv1.DeleteSourceRequest{Name: o.names["S1"], Etag: s.GetSource().GetEtag(), Reason: "tidy"})
			return err
		}, codes.FailedPrecondition, "IN_USE", nil},
		{"a record that is not there", func(ctx context.Context) error {
			_, err := o.worker.cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: "cases/00000000000000000000000000"})
			return err
		}, codes.NotFound, "NOT_FOUND", nil},
		{"a name of no form", func(ctx context.Context) error {
			_, err := o.worker.cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: "cases/1 OR 1"})
			return err
		}, codes.InvalidArgument, "STRING_PATTERN", []string{"name"}},
		{"a token of nobody", func(ctx context.Context) error {
			_, err := o.connect("tumen_nobody").cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: o.names["october-2023"]})
			return err
		}, codes.Unauthenticated, "CREDENTIALS_UNKNOWN", nil},
		{"no token", func(ctx context.Context) error {
			_, err := o.connect("").cases.GetCase(ctx, &tumenv1.GetCaseRequest{Name: o.names["october-2023"]})
			return err
		}, codes.Unauthenticated, "CREDENTIALS_MISSING", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			unwritten(t, o.worker, counting, func() {
				refused(t, c.call(o.ctx), c.code, c.reason, c.words...)
			})
		})
	}
}

// unwritten fails where a call has written anything but the entries about what it was
// denied.
func unwritten(t *testing.T, m *member, counting *storagetest.Counting, call func()) {
	t.Helper()
	const rows = 4 // of such an entry: its key, itself, what it is found by, its leaf
	denials, before := len(deniedTo(t, m)), counting.Counts()
	call()
	denials = len(deniedTo(t, m)) - denials
	if d := counting.Counts().Sub(before); d.Puts != rows*denials || d.Deletes != 0 {
		t.Errorf("something was written, beside %d denials: %+v", denials, d)
	}
}

func TestARepeatedCallIsDoneOnce(t *testing.T) {
	o, counting := counted(t)
	req := &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Once"}, Reason: "recorded", RequestId: "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a12"}
	first, err := o.worker.cases.CreateCase(o.ctx, req)
	ok(t, err)
	before := counting.Counts()
	again, err := o.worker.cases.CreateCase(o.ctx, req)
	ok(t, err)
	if !proto.Equal(first, again) {
		t.Errorf("the same call got %v, then %v", first, again)
	}
	if d := counting.Counts().Sub(before); d.Puts != 0 {
		t.Errorf("the repeated call wrote: %+v", d)
	}
}
