package gate

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
)

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

func TestTheLogTellsWhoAndWhatButNeitherContentNorAddresses(t *testing.T) {
	r := start(t, &handlers{create: func(*tumenv1.CreateClaimRequest) error { return nil }}, nil)
	client := tumenv1.NewClaimServiceClient(r)
	good, bad := validCreate(), validCreate()
	bad.Claim.Quote.Language = "secret language"
	bad.Claim.Labels = map[string]string{"Secret Key": "secret"}
	_, _ = client.CreateClaim(as("worker-token"), good)
	_, _ = client.CreateClaim(as("worker-token"), bad)
	_, _ = client.CreateClaim(as("auditor-token"), good)
	_, _ = client.CreateClaim(as("guessed"), good)
	want := []string{
		"DEBUG OK " + members["worker-token"].Member + " <nil>",
		"INFO InvalidArgument " + members["worker-token"].Member + " STRING_PATTERN",
		"WARN PermissionDenied " + members["auditor-token"].Member + " ROLE_NOT_ALLOWED",
		"WARN Unauthenticated  TOKEN_UNKNOWN",
	}
	lines := r.log.lines(t)
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		if got := fmt.Sprint(line["level"], " ", line["code"], " ", line["member"], " ", line["reason"]); got != want[i] {
			t.Errorf("logs %s\nwant %s", got, want[i])
		}
		if line["method"] != "/tumen.v1.ClaimService/CreateClaim" || line["took"] == nil {
			t.Errorf("logs %v", line)
		}
		text := strings.ToLower(fmt.Sprint(line))
		for _, never := range []string{"secret", "127.0.0.1", "token\"", "guessed", "five hundred"} {
			if strings.Contains(text, never) {
				t.Errorf("%q in the log: %v", never, line)
			}
		}
	}
}

func TestAFloodOfRefusalsDoesNotFillTheLog(t *testing.T) {
	g := gateOf(t)
	r := &running{log: &locked{}}
	g.door.Log = slog.New(slog.NewJSONHandler(r.log, nil))
	const most, many = 3, 10
	g.refusals.strangers.limit, g.refusals.members.limit = rate.NewLimiter(0, most), rate.NewLimiter(0, most)
	r.serve(t, &handlers{}, g)
	for _, token := range []string{"guessed", "auditor-token"} {
		for range many {
			if _, err := tumenv1.NewClaimServiceClient(r).CreateClaim(as(token), validCreate()); err == nil {
				t.Fatal("it was let in")
			}
		}
	}
	who := map[bool]int{}
	for _, line := range r.log.lines(t) {
		who[line["member"] == ""]++
	}
	if who[true] != most || who[false] != most {
		t.Errorf("%d lines of strangers, %d of members; want %d of each", who[true], who[false], most)
	}
	// Once there is room again, the log says how many it left out.
	g.refusals.strangers.limit.SetLimit(rate.Inf)
	_, _ = get(as("guessed"), r)
	if line := r.log.lines(t)[2*most]; line["unlogged"] != float64(many-most) {
		t.Errorf("afterwards: %v", line)
	}
}

func TestCallsAreCounted(t *testing.T) {
	r := start(t, &handlers{}, nil)
	for _, token := range []string{"worker-token", "worker-token", "administrator-token"} {
		_, _ = get(as(token), r)
	}
	_ = r.sendRaw("/made.up/Method", nil)
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			got[family.GetName()+" "+strings.Join(labels, " ")] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"tumen_calls_total OK /tumen.v1.ClaimService/GetClaim":               2,
		"tumen_calls_total PermissionDenied /tumen.v1.ClaimService/GetClaim": 1,
		"tumen_calls_total PermissionDenied unknown":                         1,
		"tumen_call_seconds /tumen.v1.ClaimService/GetClaim":                 3,
		"tumen_call_seconds unknown":                                         1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v; all: %v", name, got[name], want, got)
		}
	}
}

func TestAGateIsWholeOrNotMade(t *testing.T) {
	table, err := access.Rules(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	whole := Door{Table: table, Authenticate: authenticate, Disclosed: noDisclosure, Denied: noDenial, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()}
	for name, change := range map[string]func(*Door){
		"no table":           func(d *Door) { d.Table = nil },
		"nobody checks":      func(d *Door) { d.Authenticate = nil },
		"denials go by":      func(d *Door) { d.Denied = nil },
		"disclosures go by":  func(d *Door) { d.Disclosed = nil },
		"no log":             func(d *Door) { d.Log = nil },
		"no metrics":         func(d *Door) { d.Metrics = nil },
		"an unknown method":  func(d *Door) { d.Table = access.Table{"/tumen.v1.ClaimService/Guess": {}} },
		"what is no method":  func(d *Door) { d.Table = access.Table{"/tumen.v1.Claim": {}} },
		"metrics are others": func(d *Door) { d.Metrics = taken(t) },
	} {
		door := whole
		change(&door)
		if g, err := New(door); err == nil || g != nil {
			t.Errorf("%s, and yet a gate", name)
		}
	}
	if _, err := New(whole); err != nil {
		t.Error(err)
	}
	whole.Local, whole.Authenticate = true, nil
	if _, err := New(whole); err != nil {
		t.Errorf("two doors with one registry: %v", err)
	}
}

// taken is a registry in which something else has the gate's names.
func taken(t *testing.T) prometheus.Registerer {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tumen_calls_total", Help: "another"}, []string{"method", "code"}))
	return r
}

// What the gate adds to a call that succeeds: tap, examination and finish.
func BenchmarkGate(b *testing.B) {
	g := gateOf(b)
	create, read := validCreate(), &tumenv1.GetClaimRequest{Name: claimName}
	for _, tc := range []struct {
		name, method string
		request      any
	}{
		{"GetClaim", "/tumen.v1.ClaimService/GetClaim", read},
		{"CreateClaim", "/tumen.v1.ClaimService/CreateClaim", create},
	} {
		b.Run(tc.name, func(b *testing.B) {
			info := &grpc.UnaryServerInfo{FullMethod: tc.method}
			header := map[string][]string{"authorization": {"Bearer worker-token"}}
			b.ReportAllocs()
			for b.Loop() {
				ctx, err := g.holdingUp(context.Background(), &tap.Info{FullMethodName: tc.method, Header: header})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := g.unary(ctx, tc.request, info, func(context.Context, any) (any, error) { return nil, nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
