package daemontest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

func newCase(t *testing.T, conn *client.Conn, title string) string {
	t.Helper()
	made, err := conn.Cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: title}, Reason: "first report"})
	if err != nil {
		t.Fatal(err)
	}
	return made.GetCase().GetName()
}

func TestEachMemberIsWhoTheProfileSays(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	for member, want := range map[string]codes.Code{
		"case-worker": codes.OK, "reviewer": codes.OK, "reviewer-2": codes.OK, "auditor": codes.OK,
		"partner": codes.OK, "administrator": codes.PermissionDenied,
	} {
		_, err := r.Connect(member).Cases.ListCases(t.Context(), &tumenv1.ListCasesRequest{})
		got := codes.OK
		if failure := client.AsError(err); failure != nil {
			got = failure.Code
		}
		if got != want {
			t.Errorf("%s: %v", member, err)
		}
	}
}

func TestARestartKeepsRecordsTokensAndAddress(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	name := newCase(t, r.Connect("case-worker"), "before")
	address := r.Address
	r.Restart()
	if r.Address != address {
		t.Errorf("it was at %s and is at %s", address, r.Address)
	}
	if _, err := r.Connect("case-worker").Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: name}); err != nil {
		t.Error(err)
	}
}

func TestHealthIsOpenAndEverythingElseIsNot(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	profile, err := client.LoadProfile(r.Profiles["case-worker"])
	if err != nil {
		t.Fatal(err)
	}
	profile.Token = "tumen_unknown"
	conn, err := client.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Cases.ListCases(t.Context(), &tumenv1.ListCasesRequest{}); client.AsError(err) == nil || client.AsError(err).Code != codes.Unauthenticated {
		t.Errorf("got %v", err)
	}
	reply, err := healthpb.NewHealthClient(conn.Invoker()).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || reply.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", reply, err)
	}
	if _, err := tumenv1.NewAdminServiceClient(conn.Invoker()).ListMembers(t.Context(), &tumenv1.ListMembersRequest{}); err == nil {
		t.Error("administration answers at the public door")
	}
}

func TestMetricsAreOnLoopbackAndHoldNoContent(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) { s.MetricsListen = "127.0.0.1:0" }})
	newCase(t, r.Connect("case-worker"), "Hyesan crossing")
	reply, err := http.Get("http://" + r.MetricsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`tumen_calls_total{`, `CreateCase`, "go_goroutines"} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	if bytes.Contains(body, []byte("Hyesan")) {
		t.Error("there is content in the metrics")
	}
	if elsewhere, err := http.Get("http://" + r.MetricsAddress() + "/debug/pprof/"); err != nil || elsewhere.StatusCode != http.StatusNotFound {
		t.Errorf("%v, %v", elsewhere, err)
	}
}

// lockedBuffer is a log's target.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestTheLogHoldsNoContentAndNoToken(t *testing.T) {
	var log lockedBuffer
	r := daemontest.Start(t, daemontest.Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	conn := r.Connect("case-worker")
	newCase(t, conn, "Hyesan crossing")
	if _, err := conn.Cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Musan", Urgency: 99}, Reason: "Musan"}); err == nil {
		t.Error("an unknown urgency was taken")
	}
	r.Stop()
	profile, err := client.LoadProfile(r.Profiles["case-worker"])
	if err != nil {
		t.Fatal(err)
	}
	said := log.String()
	for _, secret := range []string{"Hyesan", "Musan", profile.Token, "first report"} {
		if strings.Contains(said, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
	if !strings.Contains(said, "CreateCase") || !strings.Contains(said, `"msg":"stopped"`) {
		t.Errorf("the log says too little:\n%s", said)
	}
}

func TestConnectionsFromOneAddressAreLimited(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) { s.MaxConnections = 2 }})
	profile, err := client.LoadProfile(r.Profiles["case-worker"])
	if err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	dial := func() *client.Conn {
		t.Helper()
		conn, err := client.Dial(t.Context(), profile, client.WithDialOptions(grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			held = append(held, c)
			return c, err
		})))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	for range 2 {
		newCase(t, dial(), "within the limit")
	}
	third, err := net.Dial("tcp", r.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection was taken")
	}
	// Once one has gone, there is room again; the client tries until it is let in.
	held[0].Close()
	newCase(t, dial(), "after one has left")
}

func TestStoppingLetsACallFinish(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	conn := r.Connect("case-worker")
	apply, err := conn.Exchange.ApplyMatter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = apply.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "first report"}}})
	if err != nil {
		t.Fatal(err)
	}
	watching, unwatch := context.WithCancel(t.Context())
	defer unwatch()
	health, err := healthpb.NewHealthClient(conn.Invoker()).Watch(watching, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	await := func(want healthpb.HealthCheckResponse_ServingStatus) {
		t.Helper()
		for {
			now, err := health.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if now.GetStatus() == want {
				return
			}
		}
	}
	await(healthpb.HealthCheckResponse_SERVING)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		r.Stop()
	}()
	await(healthpb.HealthCheckResponse_NOT_SERVING)
	document := &tumenv1.MatterDocument{Key: "october", Record: &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "while stopping"}}}}
	if err := apply.Send(&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: document}}); err != nil {
		t.Fatal(err)
	}
	reply, err := apply.CloseAndRecv()
	if err != nil || !reply.GetApplied() {
		t.Errorf("%v, %v", reply, err)
	}
	unwatch() // a watch is a call under way too
	<-stopped
}

// check runs `tumend check` in this process, on a stopped server.
func check(t *testing.T, r *daemontest.Running) *daemon.CheckReport {
	t.Helper()
	var out, complaint bytes.Buffer
	if code := daemon.Run(t.Context(), []string{"check", "--read-here", "--data-dir", r.Dir}, &out, &complaint); code != 0 {
		t.Fatalf("exit code %d: %s", code, complaint.String())
	}
	lines := json.NewDecoder(&out)
	for {
		var line struct {
			Report  *daemon.CheckReport
			Failure string
		}
		if err := lines.Decode(&line); err != nil || line.Failure != "" {
			t.Fatalf("%v %s", err, line.Failure)
		}
		if line.Report != nil {
			return line.Report
		}
	}
}

func TestCheckComparesCapturesWithTheirRecords(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	conn := r.Connect("case-worker")
	source, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "news", Title: "A paper", Basis: tumenv1.Basis_BASIS_NOT_STATED}, Reason: "first report"})
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("the page as it was")
	upload := &tumenv1.CaptureHeader{Parent: source.GetSource().GetName(), Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}, Reason: "preserved"}
	recorded, err := conn.UploadCapture(t.Context(), upload, bytes.NewReader(content), nil)
	if err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	if _, err := conn.DownloadCapture(t.Context(), recorded.GetName(), &back, client.Download{}); err != nil || !bytes.Equal(back.Bytes(), content) {
		t.Errorf("%q, %v", back.String(), err)
	}
	r.Stop()
	if report := check(t, r); !report.OK || report.Captures != 1 || report.Unused != 0 || report.Bytes != int64(len(content)) {
		t.Errorf("sound: %+v", report)
	}
	found, err := filepath.Glob(filepath.Join(r.Dir, "captures", "??", "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	path := found[0]
	if err := os.WriteFile(path, []byte("the page as it was not"), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := check(t, r); report.OK || len(report.Problems) != 2 { // the file, and that the record lacks its bytes
		t.Errorf("changed: %+v", report)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if report := check(t, r); report.OK || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], recorded.GetName()) {
		t.Errorf("missing: %+v", report)
	}
}

func TestOnlyTheOwnerMayReadWhatTheServerKeeps(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	err := filepath.WalkDir(filepath.Dir(r.Dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnExposedFolderIsRefused(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	r.Stop()
	for _, folder := range []string{r.Dir, r.Settings.KeysDir} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := daemon.Start(t.Context(), r.Settings, r.Log, false); err == nil || !strings.Contains(err.Error(), "chmod go=") {
			t.Errorf("%s: %v", folder, err)
		}
		if err := os.Chmod(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
