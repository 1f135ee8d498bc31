package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
)

func gateOf(t testing.TB) *Gate {
	t.Helper()
	table, err := access.Rules(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(Door{Table: table, Authenticate: authenticate, Disclosed: noDisclosure, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func validCreate() *tumenv1.CreateClaimRequest {
	return &tumenv1.CreateClaimRequest{
		Parent: caseName, Reason: "recorded from the statement", RequestId: "123e4567-e89b-12d3-a456-426614174000",
		Claim: &tumenv1.Claim{
			Source:   "sources/00000000000000000000000004",
			Subjects: []string{caseName + "/events/00000000000000000000000005"},
			Aspect:   tumenv1.Aspect_ASPECT_COUNT, Stance: tumenv1.Stance_STANCE_ASSERTS,
			Value:  &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(501), Words: "more than 500"}}},
			Quote:  &tumenv1.Quote{Text: "They were taken across the river at night, more than five hundred of them."},
			SaidOn: "2023-10-11",
		},
	}
}

func TestEachViolationNamesItsField(t *testing.T) {
	r := start(t, &handlers{create: func(*tumenv1.CreateClaimRequest) error { return nil }}, nil)
	call := func(change func(*tumenv1.CreateClaimRequest)) error {
		request := validCreate()
		change(request)
		_, err := tumenv1.NewClaimServiceClient(r).CreateClaim(as("worker-token"), request)
		return err
	}
	if err := call(func(*tumenv1.CreateClaimRequest) {}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		change func(*tumenv1.CreateClaimRequest)
		want   []string // field and reason
	}{
		{"no reason", func(r *tumenv1.CreateClaimRequest) { r.Reason = "" }, []string{"reason STRING_MIN_LEN"}},
		{"no claim", func(r *tumenv1.CreateClaimRequest) { r.Claim = nil }, []string{"claim REQUIRED"}},
		{"low above high", func(r *tumenv1.CreateClaimRequest) {
			r.Claim.GetValue().GetCount().High = proto.Int64(5)
		}, []string{"claim.value.count COUNT_ORDER"}},
		{"an unknown enum number", func(r *tumenv1.CreateClaimRequest) { r.Claim.Stance = 77 }, []string{"claim.stance ENUM_DEFINED_ONLY"}},
		{"inside a list, and more", func(r *tumenv1.CreateClaimRequest) {
			r.Parent, r.Claim.Subjects = "cases/1", append(r.Claim.Subjects, "secret")
		}, []string{"parent STRING_PATTERN", "claim.subjects[1] STRING_PATTERN"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := call(tc.change)
			_, reason, _ := strings.Cut(tc.want[0], " ")
			_, bad := checkShape(t, err, codes.InvalidArgument, reason)
			var got []string
			for _, v := range bad.GetFieldViolations() {
				got = append(got, v.Field+" "+v.Reason)
				if v.Description == "" || strings.Contains(v.Description, "secret") {
					t.Errorf("%s: %q", v.Field, v.Description)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q\nwant %q", got, tc.want)
			}
		})
	}
	err := call(func(r *tumenv1.CreateClaimRequest) {
		r.Claim.Subjects = nil
		for i := range 100 {
			r.Claim.Subjects = append(r.Claim.Subjects, fmt.Sprint("nonsense", i))
		}
	})
	_, bad := checkShape(t, err, codes.InvalidArgument, "STRING_PATTERN")
	if last := bad.FieldViolations[len(bad.FieldViolations)-1]; last.Reason != "MORE_VIOLATIONS" || proto.Size(status.Convert(err).Proto()) > 6<<10 {
		t.Errorf("%d bytes, the last %v", proto.Size(status.Convert(err).Proto()), last)
	}
}

func TestWhatTheServerSetsIsCleared(t *testing.T) {
	var created, updated *tumenv1.Claim
	r := start(t, &handlers{
		create: func(r *tumenv1.CreateClaimRequest) error { created = r.Claim; return nil },
		update: func(r *tumenv1.UpdateClaimRequest) error { updated = r.Claim; return nil },
	}, nil)
	request := validCreate()
	request.Claim.Name, request.Claim.Etag, request.Claim.Owner, request.Claim.Creator = claimName, "e", "mine", "me"
	request.Claim.State = 99 // not even validated
	if _, err := tumenv1.NewClaimServiceClient(r).CreateClaim(as("worker-token"), request); err != nil {
		t.Fatal(err)
	}
	if created.Name+created.Etag+created.Owner+created.Creator != "" || created.State != 0 || created.SaidOn == "" {
		t.Errorf("the handler got %v", created)
	}
	update := &tumenv1.UpdateClaimRequest{Claim: request.Claim, Reason: "r", UpdateMask: mask("speaker")}
	if _, err := tumenv1.NewClaimServiceClient(r).UpdateClaim(as("worker-token"), update); err != nil {
		t.Fatal(err)
	}
	if updated.Name != claimName || updated.Etag != "e" || updated.Owner != "" {
		t.Errorf("the handler got %v", updated)
	}
}

func TestMessagesThatNeverBecomeOne(t *testing.T) {
	ran := false
	r := start(t, &handlers{create: func(*tumenv1.CreateClaimRequest) error { ran = true; return nil }}, nil)
	const create = "/tumen.v1.ClaimService/CreateClaim"
	bytesField := func(number protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
	}
	wire, err := proto.Marshal(validCreate())
	if err != nil {
		t.Fatal(err)
	}
	translation := bytesField(2, bytesField(30, append(bytesField(3, nil), bytesField(3, bytesField(2, []byte("\xff")))...)))
	for _, tc := range []struct {
		name    string
		message []byte
		code    codes.Code
		reason  string
		field   string
	}{
		{"not a message", []byte("\xff\xff\xff"), codes.InvalidArgument, "INVALID_MESSAGE", ""},
		{"cut off", wire[:len(wire)-3], codes.InvalidArgument, "INVALID_MESSAGE", ""},
		{"text that is not UTF-8", append(bytesField(1, []byte("cases/\xff")), wire...), codes.InvalidArgument, "INVALID_UTF8", "parent"},
		{"deep inside, in a list", append(bytes.Clone(wire), translation...), codes.InvalidArgument, "INVALID_UTF8", "claim.quote.translations[1].text"},
		{"in a list of texts", append(bytes.Clone(wire), bytesField(2, bytesField(21, []byte("\xff")))...), codes.InvalidArgument, "INVALID_UTF8", "claim.subjects[0]"},
		{"in a map", append(bytes.Clone(wire), bytesField(2, bytesField(6, bytesField(2, []byte("\xff"))))...), codes.InvalidArgument, "INVALID_UTF8", "claim.labels"},
		{"an unknown field", append(bytes.Clone(wire), bytesField(99, nil)...), codes.InvalidArgument, "UNKNOWN_FIELD", ""},
		{"an unknown field inside", append(bytes.Clone(wire), bytesField(2, bytesField(30, bytesField(3, bytesField(99, nil))))...), codes.InvalidArgument, "UNKNOWN_FIELD", "claim.quote.translations[0]"},
		{"a forged mark", append(bytes.Clone(wire), bytesField(markNumber, []byte{9})...), codes.InvalidArgument, "UNKNOWN_FIELD", ""},
		{"a forged mark of ours", append(bytes.Clone(wire), bytesField(markNumber, []byte{markText, 0xff})...), codes.InvalidArgument, "INVALID_UTF8", ""},
		{"5 MiB", append(bytes.Clone(wire), bytesField(4, bytes.Repeat([]byte("a"), 5<<20))...), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			info, bad := checkShape(t, r.sendRaw(create, tc.message), tc.code, tc.reason)
			if tc.field != "" && (bad == nil || bad.FieldViolations[0].Field != tc.field) {
				t.Errorf("names %v instead of %s", bad, tc.field)
			}
			if tc.code == codes.ResourceExhausted && info.Metadata["limit_bytes"] != "4194304" {
				t.Errorf("the limit is said to be %v", info.Metadata)
			}
		})
	}
	if ran {
		t.Error("a handler ran")
	}
}

func TestErrorsHaveOneShape(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    error
		code   codes.Code
		reason string
	}{
		{"invalid", fault.Field("parent", "NO_CASE", "there is none"), codes.InvalidArgument, "NO_CASE"},
		{"denied", fault.New(fault.Denied, "NOT_YOURS", "not yours"), codes.PermissionDenied, "NOT_YOURS"},
		{"missing", fault.Missing(claimName), codes.NotFound, "NOT_FOUND"},
		{"there already", fault.New(fault.Exists, "TAKEN", "taken"), codes.AlreadyExists, "TAKEN"},
		{"stale", fault.New(fault.Stale, "ETAG_STALE", "read again"), codes.Aborted, "ETAG_STALE"},
		{"refused", fault.New(fault.Refused, "GUARD", "no"), codes.FailedPrecondition, "GUARD"},
		{"too large", fault.New(fault.TooLarge, "TOO_MANY", "too many"), codes.ResourceExhausted, "TOO_MANY"},
		{"unavailable", fault.New(fault.Unavailable, "BUSY", "later"), codes.Unavailable, "BUSY"},
		{"wrapped", fmt.Errorf("secret: %w", fault.New(fault.Denied, "NOT_YOURS", "not yours")), codes.PermissionDenied, "NOT_YOURS"},
		{"ours", fault.New(fault.Internal, "BROKEN", "secret"), codes.Internal, "INTERNAL"},
		{"unknown", errors.New("secret"), codes.Internal, "INTERNAL"},
		{"a status that a handler made", status.Error(codes.DataLoss, "secret"), codes.Internal, "INTERNAL"},
		{"cancelled", fmt.Errorf("secret: %w", context.Canceled), codes.Canceled, "CANCELLED"},
		{"too late", fmt.Errorf("secret: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "DEADLINE_EXCEEDED"},
		{"text that is not UTF-8", fault.New(fault.Denied, "NOT_YOURS", "not yours: \xff").With("\xff", "\xff"), codes.PermissionDenied, "NOT_YOURS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, &handlers{get: func(context.Context, *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
				return &tumenv1.GetClaimResponse{Claim: &tumenv1.Claim{Notes: "secret"}}, tc.err
			}}, nil)
			_, err := get(as("worker-token"), r)
			info, _ := checkShape(t, err, tc.code, tc.reason)
			if strings.Contains(status.Convert(err).String(), "secret") {
				t.Errorf("tells %v", err)
			}
			line := r.log.lines(t)[0]
			if tc.code != codes.Internal {
				if strings.Contains(fmt.Sprint(line), "secret") {
					t.Errorf("logs %v", line)
				}
				return
			}
			if info.Metadata["incident"] == "" || line["incident"] != info.Metadata["incident"] || line["level"] != "ERROR" || line["cause"] == nil {
				t.Errorf("told %v, logged %v", info.Metadata, line)
			}
		})
	}
	r := start(t, &handlers{}, nil)
	_, err := tumenv1.NewCaseServiceClient(r).GetCase(as("worker-token"), &tumenv1.GetCaseRequest{Name: caseName})
	checkShape(t, err, codes.Unimplemented, "UNIMPLEMENTED")
}

func TestAPanicEndsOneCallOnly(t *testing.T) {
	panics := []func(){
		func() { panic("secret") },
		func() { panic(errors.New("secret")) },
		func() { var none *tumenv1.Claim; none.Name = "secret" },
	}
	for i, broken := range panics {
		r := start(t, &handlers{
			get: func(_ context.Context, request *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
				broken()
				return nil, nil
			},
			export: func(grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error { broken(); return nil },
		}, nil)
		_, err := get(as("worker-token"), r)
		checkShape(t, err, codes.Internal, "INTERNAL")
		stream, err := tumenv1.NewExchangeServiceClient(r).ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: caseName})
		if err != nil {
			t.Fatal(err)
		}
		_, err = stream.Recv()
		checkShape(t, err, codes.Internal, "INTERNAL")
		for _, line := range r.log.lines(t) {
			stack, _ := line["stack"].(string)
			if !strings.Contains(stack, "TestAPanicEndsOneCallOnly") || strings.Contains(fmt.Sprint(line["cause"]), "secret") {
				t.Errorf("panic %d is logged as %v", i, line)
			}
		}
	}
}

// A failingCodec panics over a message, or can't encode it, wherever gRPC asks.
type failingCodec struct {
	encoding.CodecV2
	decode, encode func()
}

func (c failingCodec) Unmarshal(data mem.BufferSlice, v any) error {
	c.decode()
	return c.CodecV2.Unmarshal(data, v)
}

func (c failingCodec) Marshal(v any) (mem.BufferSlice, error) {
	c.encode()
	return c.CodecV2.Marshal(v)
}

// gRPC decodes and encodes the messages of a call that is no stream outside of the
// interceptors, where a panic would end the server.
func TestAPanicWhileDecodingOrEncodingEndsOneCallOnly(t *testing.T) {
	fine, broken := func() {}, func() { panic("secret") }
	for _, tc := range []struct {
		name           string
		decode, encode func()
		shaped         bool
	}{{"decoding", broken, fine, true}, {"encoding", fine, broken, false}} {
		t.Run(tc.name, func(t *testing.T) {
			g := gateOf(t)
			r := &running{log: &locked{}}
			g.door.Log = slog.New(slog.NewJSONHandler(r.log, nil))
			g.codec.CodecV2 = failingCodec{g.codec.CodecV2, tc.decode, tc.encode}
			r.serve(t, &handlers{
				export: func(stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
					return stream.Send(&tumenv1.ExportMatterResponse{Document: &tumenv1.MatterDocument{Key: "k"}})
				},
			}, g)
			_, unary := get(as("worker-token"), r)
			stream, err := tumenv1.NewExchangeServiceClient(r).ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: caseName})
			if err != nil {
				t.Fatal(err)
			}
			_, streamed := stream.Recv()
			for _, err := range []error{unary, streamed} {
				if told := status.Convert(err); told.Code() != codes.Internal || strings.Contains(told.Message(), "secret") || !strings.Contains(told.Message(), "incident ") {
					t.Errorf("told %v", err)
				}
			}
			if tc.shaped { // of what it can't encode gRPC tells by itself
				checkShape(t, unary, codes.Internal, "INTERNAL")
				checkShape(t, streamed, codes.Internal, "INTERNAL")
			}
			_, incident, _ := strings.Cut(status.Convert(unary).Message(), "incident ")
			stacks, lines := 0, r.log.lines(t)
			for _, line := range lines {
				if stack, _ := line["stack"].(string); strings.Contains(stack, "failingCodec") {
					stacks++
				}
				if strings.Contains(fmt.Sprint(line["cause"]), "secret") {
					t.Errorf("logged %v", line)
				}
			}
			if stacks < 2 || !strings.Contains(fmt.Sprint(lines), incident) {
				t.Errorf("the log has %d stacks, for the incident %q: %v", stacks, incident, lines)
			}
			g.undecoded.Range(func(any, any) bool { t.Error("a message stays"); return false })
		})
	}
}

func TestStreamsPassTheSameGate(t *testing.T) {
	var handled []error
	r := start(t, &handlers{
		apply: func(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error {
			if ReaderOf(stream.Context()).Member != members["worker-token"].Member {
				return errors.New("nobody calls")
			}
			for {
				if _, err := stream.Recv(); err != nil {
					handled = append(handled, err)
					return err
				}
			}
		},
		export: func(stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
			return stream.Send(&tumenv1.ExportMatterResponse{Document: &tumenv1.MatterDocument{Key: "k"}})
		},
	}, func(d *Door) { d.Demo = true })
	client := tumenv1.NewExchangeServiceClient(r)
	send := func(token string, requests ...*tumenv1.ApplyMatterRequest) error {
		stream, err := client.ApplyMatter(as(token))
		if err != nil {
			return err
		}
		for _, request := range requests {
			if stream.Send(request) != nil {
				break // the answer says why
			}
		}
		_, err = stream.CloseAndRecv()
		return err
	}
	header := &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "r"}}}
	document := func(key string) *tumenv1.ApplyMatterRequest {
		return &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: &tumenv1.MatterDocument{Key: key}}}
	}
	checkShape(t, send("auditor-token", header), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	checkShape(t, send("guessed", header), codes.Unauthenticated, "TOKEN_UNKNOWN")
	if len(handled) > 0 {
		t.Fatal("a handler ran")
	}
	_, bad := checkShape(t, send("worker-token", header, document("k"), document("")), codes.InvalidArgument, "STRING_MIN_LEN")
	if bad.FieldViolations[0].Field != "document.key" {
		t.Errorf("names %v", bad)
	}
	checkShape(t, send("worker-token", header, document(strings.Repeat("k", 5<<20))), codes.ResourceExhausted, "MESSAGE_TOO_LARGE")
	// Above the transport's own limit gRPC answers by itself, with the same code.
	if err := send("worker-token", header, document(strings.Repeat("k", 17<<20))); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("17 MiB: %v", err)
	}

	stream, err := client.ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: caseName})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := stream.Recv(); err != nil || answer.Document.Key != "k" {
		t.Errorf("%v, %v", answer, err)
	}
	if sent, err := stream.Header(); err != nil || !slices.Equal(sent.Get("tumen-demo"), []string{"true"}) {
		t.Errorf("headers %v, %v", sent, err)
	}
	stream, err = client.ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: "nonsense"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	checkShape(t, err, codes.InvalidArgument, "STRING_PATTERN")
}

func TestDemoIsSaidInEveryAnswer(t *testing.T) {
	for _, demo := range []bool{true, false} {
		r := start(t, &handlers{}, func(d *Door) { d.Demo = demo })
		var header metadata.MD
		_, err := tumenv1.NewClaimServiceClient(r).GetClaim(as("worker-token"), &tumenv1.GetClaimRequest{Name: claimName}, grpc.Header(&header))
		if err != nil || (len(header.Get("tumen-demo")) == 1) != demo {
			t.Errorf("demo %v: %v, %v", demo, header, err)
		}
	}
}

func TestARecordPutTogetherHerePassesTheSameRules(t *testing.T) {
	claim := validCreate().Claim
	if err := ValidateRecord(claim, "claim"); err != nil {
		t.Fatal(err)
	}
	claim.Stance, claim.Subjects[0] = 77, "nonsense"
	for prefix, want := range map[string][]string{
		"claim": {"claim.subjects[0]", "claim.stance"},
		"":      {"subjects[0]", "stance"},
	} {
		f := fault.Of(ValidateRecord(claim, prefix))
		if f == nil || f.Kind != fault.Invalid || len(f.Violations) != 2 || f.Violations[0].Field != want[0] || f.Violations[1].Field != want[1] {
			t.Errorf("with %q: %v", prefix, f)
		}
	}
}
