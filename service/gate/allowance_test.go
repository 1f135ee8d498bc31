package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
)

// checkWait checks that a refusal says when to try again.
func checkWait(t *testing.T, err error, reason string) {
	t.Helper()
	info, _ := checkShape(t, err, codes.ResourceExhausted, reason)
	if info.Metadata["limit"] == "" || !strings.Contains(status.Convert(err).Message(), "try again in ") {
		t.Errorf("%v does not say what to do", err)
	}
	for _, d := range status.Convert(err).Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok && retry.GetRetryDelay().AsDuration() > 0 {
			return
		}
	}
	t.Errorf("%v does not say when to try again", status.Convert(err).Details())
}

// plenty is more calls than any test makes in the time in which what is spent comes
// back.
const plenty = 1000

func TestWhoCallsTooOftenIsToldToWaitAndNobodyElse(t *testing.T) {
	r := start(t, &handlers{}, func(d *Door) {
		d.Allowances = Allowances{Workers: Allowance{CallsPerSecond: 5}, Partners: Allowance{CallsPerSecond: 1}}
	})
	until := func(token string) (calls int, err error) {
		for calls = range plenty {
			if _, err = get(as(token), r); status.Code(err) == codes.ResourceExhausted {
				return calls, err
			}
		}
		return plenty, err
	}
	calls, err := until("worker-token")
	if calls < 5*burstSeconds {
		t.Errorf("refused after %d calls", calls)
	}
	checkWait(t, err, "CALLS_TOO_FREQUENT")
	if _, err := get(as("reviewer-token"), r); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a colleague has a ration of their own: %v", err)
	}
	if _, err := get(as("elsewhere-token"), r); err != nil {
		t.Errorf("another organisation pays for it: %v", err)
	}
	// A partner has a smaller ration.
	few, err := until("partner-token")
	checkWait(t, err, "CALLS_TOO_FREQUENT")
	if few < burstSeconds || few >= calls {
		t.Errorf("a partner is refused after %d calls, a worker after %d", few, calls)
	}
	// Who is nobody takes from nobody's ration.
	_, err = get(as("guessed"), r)
	checkShape(t, err, codes.Unauthenticated, "TOKEN_UNKNOWN")
}

func TestSoManyCallsAtOnce(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, &handlers{export: func(grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
		entered <- struct{}{}
		<-release
		return nil
	}}, func(d *Door) { d.Allowances.Workers.CallsAtOnce = 2 })
	for range 2 {
		if _, err := tumenv1.NewExchangeServiceClient(r).ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: caseName}); err != nil {
			t.Fatal(err)
		}
		<-entered
	}
	_, err := get(as("worker-token"), r)
	checkWait(t, err, "TOO_MANY_CALLS_AT_ONCE")
	if _, err := get(as("elsewhere-token"), r); err != nil {
		t.Errorf("another organisation: %v", err)
	}
	close(release)
	for err = errors.New("not yet"); err != nil && t.Context().Err() == nil; {
		_, err = get(as("worker-token"), r)
	}
}

func TestADayHasSoManyChangesAndBytes(t *testing.T) {
	made := 0
	r := start(t, &handlers{create: func(*tumenv1.CreateClaimRequest) error { made++; return nil }}, func(d *Door) {
		d.Allowances.Workers.WritesPerDay = 3
	})
	create := func(token string, change func(*tumenv1.CreateClaimRequest)) error {
		request := validCreate()
		change(request)
		_, err := tumenv1.NewClaimServiceClient(r).CreateClaim(as(token), request)
		return err
	}
	unchanged := func(*tumenv1.CreateClaimRequest) {}
	// What is malformed changes nothing, and takes nothing.
	for range 5 {
		if err := create("worker-token", func(r *tumenv1.CreateClaimRequest) { r.Reason = "" }); status.Code(err) != codes.InvalidArgument {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := create("worker-token", unchanged); err != nil {
			t.Fatal(err)
		}
	}
	checkWait(t, create("worker-token", unchanged), "WRITES_SPENT")
	if made != 3 {
		t.Errorf("%d were made", made)
	}
	if _, err := get(as("worker-token"), r); err != nil {
		t.Errorf("reading is refused as well: %v", err)
	}
}

func TestBytesOfADay(t *testing.T) {
	r := start(t, &handlers{create: func(*tumenv1.CreateClaimRequest) error { return nil }}, func(d *Door) {
		d.Allowances.Workers.BytesPerDay = 10_000
	})
	request := validCreate()
	request.Claim.Notes = strings.Repeat("a", 4_000)
	var err error
	made := 0
	for ; err == nil; made++ {
		_, err = tumenv1.NewClaimServiceClient(r).CreateClaim(as("worker-token"), request)
	}
	checkWait(t, err, "BYTES_SPENT")
	if made != 3 { // two fit, the third does not
		t.Errorf("refused at the %dth", made)
	}
}

func TestEachDocumentOfAMatterIsAChange(t *testing.T) {
	received := 0
	r := start(t, &handlers{apply: func(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error {
		for {
			if _, err := stream.Recv(); err == io.EOF {
				return stream.SendAndClose(&tumenv1.ApplyMatterResponse{})
			} else if err != nil {
				return err
			}
			received++
		}
	}}, func(d *Door) { d.Allowances.Workers.WritesPerDay = 3 })
	stream, err := tumenv1.NewExchangeServiceClient(r).ApplyMatter(as("worker-token"))
	if err != nil {
		t.Fatal(err)
	}
	header := &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "r"}}}
	if err := stream.Send(header); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		document := &tumenv1.MatterDocument{Key: fmt.Sprint("k", i)}
		if stream.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: document}}) != nil {
			break // the answer says why
		}
	}
	_, err = stream.CloseAndRecv()
	checkWait(t, err, "WRITES_SPENT")
	if received != 3 { // the header and two documents
		t.Errorf("the handler got %d messages", received)
	}
}

func TestWhatIsRememberedOfRationsIsBounded(t *testing.T) {
	r := newRations(Allowances{Workers: Allowance{CallsPerSecond: 1, CallsAtOnce: 1}})
	busy, leave := context.WithCancel(t.Context())
	defer leave()
	if err := r.enter(busy, access.Reader{Organisation: "busy"}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxRations {
		r.forReader(access.Reader{Organisation: fmt.Sprint(i)})
	}
	if len(r.of) > maxRations {
		t.Errorf("%d are remembered", len(r.of))
	}
	if err := r.enter(t.Context(), access.Reader{Organisation: "busy"}); err == nil {
		t.Error("a ration was forgotten of which something was missing")
	}
}

func TestWhatNeverFitsIsRefusedForGood(t *testing.T) {
	if wait := take(bucket(10, day, 1), 11); wait != day {
		t.Errorf("it may come back in %s", wait)
	}
	if wait := take(bucket(0, day, 1), 1<<30); wait != 0 {
		t.Errorf("without a limit one waits %s", wait)
	}
	for d, want := range map[time.Duration]time.Duration{time.Microsecond: time.Millisecond, 1001 * time.Millisecond: 2 * time.Second, time.Second: time.Second} {
		if got := roundedUp(d); got != want {
			t.Errorf("%s is told as %s", d, got)
		}
	}
}
