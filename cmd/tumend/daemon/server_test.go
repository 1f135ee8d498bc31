package daemon

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tumen/clients/client"
	"tumen/internal/disk"
	tumenv1 "tumen/proto/tumen/v1"
)

// folder is a folder that is short enough for a socket.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tumend")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func settingsIn(t *testing.T, dir string) *Settings {
	t.Helper()
	s := &Settings{DataDir: filepath.Join(dir, "data"), Listen: "127.0.0.1:0"}
	if err := s.Complete(); err != nil {
		t.Fatal(err)
	}
	return s
}

func firstIn(dir string) First {
	return First{Organisation: "jfnk", DisplayName: "JFNK", Admin: "kim", ProfileOut: filepath.Join(dir, "kim.yaml"), Lifetime: time.Hour}
}

func started(t *testing.T) (*Server, string) {
	t.Helper()
	dir := folder(t)
	s := settingsIn(t, dir)
	if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	server, err := Start(t.Context(), s, quiet(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	return server, dir
}

func TestStoppingBreaksOffACallThatDoesNotEnd(t *testing.T) {
	server, dir := started(t)
	worker := Enrolment{"jfnk", "park", []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}}
	if err := server.Enrol(t.Context(), dir, time.Hour, worker); err != nil {
		t.Fatal(err)
	}
	profile, err := client.LoadProfile(filepath.Join(dir, "park.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := client.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	apply, err := conn.Exchange.ApplyMatter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	header := &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Header{Header: &tumenv1.MatterHeader{Reason: "never ends"}}}
	if err := apply.Send(header); err != nil {
		t.Fatal(err)
	}
	server.patience = time.Millisecond
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := apply.CloseAndRecv(); err == nil {
		t.Error("the call ended well")
	}
}

func TestAServerThatCannotStartLeavesNothingRunning(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := folder(t)
	s := settingsIn(t, dir)
	if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	s.Listen = taken.Addr().String()
	if _, err := Start(t.Context(), s, quiet(), false); err == nil {
		t.Fatal("it listens where another does")
	}
	if found, err := disk.Exists(s.AdminSocket); found || err != nil {
		t.Errorf("the socket is there: %v, %v", found, err)
	}
	s.Listen = "127.0.0.1:0"
	server, err := Start(t.Context(), s, quiet(), false) // the store was released
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if err := server.Stop(); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

// Settings that were never completed were never checked either.
func TestPlaintextNeverListensBeyondLoopback(t *testing.T) {
	dir := folder(t)
	s := settingsIn(t, dir)
	if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	s.Plaintext, s.Listen = true, "0.0.0.0:0"
	if _, err := Start(t.Context(), s, quiet(), false); err == nil || !strings.Contains(err.Error(), "plaintext is for this machine only") {
		t.Errorf("got %v", err)
	}
	if found, err := disk.Exists(s.AdminSocket); found || err != nil {
		t.Errorf("the socket is there: %v, %v", found, err)
	}
}

func TestAnInterruptedInitIsRepeated(t *testing.T) {
	dir := folder(t)
	s := settingsIn(t, dir)
	// What is there after the keys and half of the store.
	if err := privateFolder(s.KeysDir); err != nil {
		t.Fatal(err)
	}
	if err := makeKeys(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.DataDir, "."+storeName+".init"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := readFiles(t, s.KeysDir)
	if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	after := strings.Join(readFiles(t, s.KeysDir), "")
	for _, key := range before {
		if !strings.Contains(after, key) {
			t.Error("a key was replaced")
		}
	}
	server, err := Start(t.Context(), s, quiet(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
}

func TestOfManyInitsOneMakesTheStore(t *testing.T) {
	dir := folder(t)
	s := settingsIn(t, dir)
	var made sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			first := firstIn(dir)
			first.ProfileOut = filepath.Join(dir, string(rune('a'+i))+".yaml")
			if err := Init(t.Context(), s, first, false); err == nil {
				made.Store(first.ProfileOut, true)
			}
		})
	}
	all.Wait()
	profiles, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) != 1 {
		t.Fatalf("profiles: %q", profiles)
	}
	if _, ok := made.Load(profiles[0]); !ok {
		t.Error("the profile is of one that failed")
	}
}

func TestWhatIsInTheSocketsPlace(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "admin.sock")
	listen := func() (net.Listener, error) { return listenPrivately(path) }

	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(); err == nil {
		t.Error("a file was replaced")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}

	running, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	if err := checkPrivate(path, os.ModeSocket); err != nil {
		t.Error(err)
	}
	if _, err := listen(); err == nil || !strings.Contains(err.Error(), "another server listens") {
		t.Errorf("beside a running one: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Error(err)
	}
	if found, _ := disk.Exists(path); found {
		t.Error("it stays when its server has gone")
	}

	// A killed server leaves its socket behind.
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	if answers, err := socketAnswers(path); answers || err != nil {
		t.Errorf("%v, %v", answers, err)
	}
	next, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if answers, err := socketAnswers(path); !answers || err != nil {
		t.Errorf("%v, %v", answers, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("beside it: %v", entries)
	}
}

func TestASocketsPathMayBeTooLong(t *testing.T) {
	dir := filepath.Join(folder(t), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "admin.sock")
	if _, err := listenPrivately(path); err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("got %v", err)
	}
	if answers, err := socketAnswers(path); answers || err != nil {
		t.Errorf("%v, %v", answers, err)
	}
	// From within the folder it is short enough.
	t.Chdir(dir)
	l, err := listenPrivately(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if answers, err := socketAnswers(path); !answers || err != nil {
		t.Errorf("%v, %v", answers, err)
	}
}

func TestAWordForEachRole(t *testing.T) {
	for number, name := range tumenv1.Role_name {
		if number == 0 {
			continue
		}
		role := tumenv1.Role(number)
		word := rolesInWords([]tumenv1.Role{role})
		if back, err := roleOf(word); err != nil || back != role {
			t.Errorf("%s: %q gives %v, %v", name, word, back, err)
		}
	}
	for _, wrong := range []string{"", "unspecified", "ROLE_PARTNER", "Partner"} {
		if _, err := roleOf(wrong); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestTheLogIsAsTheSettingsSay(t *testing.T) {
	var out strings.Builder
	s := &Settings{LogJSON: true, LogLevel: slog.LevelWarn}
	log := newLog(&out, s)
	log.Info("not said")
	log.Warn("said", slog.Duration("took", 1500*time.Millisecond))
	if got := out.String(); strings.Contains(got, "not said") || !strings.Contains(got, `"msg":"said"`) || !strings.Contains(got, `"took_seconds":1.5`) {
		t.Errorf("got %q", got)
	}
}

func TestADemonstrationThatWasBrokenOffIsCompleted(t *testing.T) {
	for _, tc := range []struct {
		name  string
		steps int // of the review, done before it broke off
	}{{"after the matter was recorded", 0}, {"after the review was opened", 1}, {"after the proposal", 2}, {"after the approval", 3}} {
		t.Run(tc.name, func(t *testing.T) {
			s := settingsIn(t, folder(t))
			profiles := filepath.Join(s.DataDir, "profiles")
			ctx := context.Background()
			if err := prepareDemo(ctx, s, profiles); err != nil {
				t.Fatal(err)
			}
			server, err := Start(ctx, s, quiet(), true)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Stop()
			if err := server.Enrol(ctx, profiles, demoLifetime, demoMembers...); err != nil {
				t.Fatal(err)
			}
			if err := recordDemo(ctx, profiles); err != nil {
				t.Fatal(err)
			}
			review, err := newDemoReview(ctx, profiles)
			if err != nil {
				t.Fatal(err)
			}
			defer review.close()
			for range tc.steps {
				f, err := review.finding(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if done, err := review.step(ctx, f); done || err != nil {
					t.Fatalf("%v, %v", done, err)
				}
			}
			if err := loadDemo(ctx, profiles); err != nil {
				t.Fatal(err)
			}
			f, err := review.finding(ctx)
			if err != nil || f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED || f.GetRevision() > 5 {
				t.Errorf("%v in revision %d, %v", f.GetState(), f.GetRevision(), err)
			}
		})
	}
}

// What is wrong with the issuer is found before anything is opened.
func TestAnIssuerThatWouldNotDoIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"no audience":       func(s *Settings) { s.OIDCAudiences = nil },
		"no issuer":         func(s *Settings) { s.OIDCIssuer = "" },
		"one by plain http": func(s *Settings) { s.OIDCIssuer = "http://login.example.org" },
	} {
		s := settingsIn(t, folder(t))
		s.OIDCIssuer, s.OIDCAudiences = "https://login.example.org", []string{"tumen"}
		change(s)
		if _, err := Start(context.Background(), s, slog.New(slog.DiscardHandler), false); err == nil || !strings.Contains(err.Error(), "oidc_") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
