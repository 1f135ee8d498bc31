package daemontest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tumen/clients/cli"
	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// Others judge what the server shows to outsiders: Tessera's fsck, which works every
// tile out again, and litewitness, which cosigns what has grown and nothing else.
// `make test` builds both into .build/bin (tools/go.mod).

// tool is the path of a program that others wrote.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", ".build", "bin", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%v: `make lint` builds it", err)
	}
	return path
}

// patience is far beyond what a judge takes; it ends one that hangs.
const patience = 2 * time.Minute

// grow records n cases.
func grow(t *testing.T, conn *client.Conn, n int) {
	t.Helper()
	for i := range n {
		newCase(t, conn, fmt.Sprint("case ", i))
	}
}

// publish publishes now, as `tumend ledger publish` does.
func publish(t *testing.T, r *daemontest.Running) (string, error) {
	t.Helper()
	done, err := tumenv1.NewAdminServiceClient(overSocket(t, r.AdminSocket)).PublishLedger(t.Context(), &tumenv1.PublishLedgerRequest{})
	return done.GetCheckpoint(), err
}

func verifierKey(t *testing.T, conn *client.Conn) string {
	t.Helper()
	c, err := conn.Ledger.GetCheckpoint(t.Context(), &tumenv1.GetCheckpointRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return c.GetVerifierKey()
}

// accepted says whether fsck accepts what is served at a URL. It takes its word for
// it, not its exit code, which is 0 either way.
func accepted(t *testing.T, at, key string) (bool, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	fsck := exec.CommandContext(ctx, tool(t, "fsck"), "-storage_url", at+"/", "-public_key", file, "-ui=false", "-N", "4", "-logtostderr")
	said, err := fsck.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("fsck hangs: %s", said)
	}
	if err != nil {
		return false, string(said)
	}
	return bytes.Contains(said, []byte("Successfully fsck'd log")), string(said)
}

func withTiles(s *daemon.Settings) { s.Tiles = "127.0.0.1:0" }

// TestFsckAcceptsTheTiles: and not those of which one byte was changed on its way,
// whichever tile it is in.
func TestFsckAcceptsTheTiles(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: withTiles})
	worker := r.Connect("case-worker")
	key := verifierKey(t, worker)
	at := "http://" + r.TilesAddress()
	grow(t, worker, 300)
	if _, err := publish(t, r); err != nil {
		t.Fatal(err)
	}
	grow(t, worker, 3) // which nobody is shown
	if ok, said := accepted(t, at, key); !ok {
		t.Fatalf("fsck says\n%s", said)
	}
	for _, path := range []string{"/checkpoint", "/tile/0/000", "/tile/1/000.p/1", "/tile/entries/000", "/tile/entries/001.p/"} {
		changed := changing(t, at, path)
		ok, said := accepted(t, changed.URL, key)
		if ok {
			t.Errorf("with %s changed, fsck says\n%s", path, said)
		}
		if changed.Config.Handler.(*changer).times == 0 {
			t.Errorf("fsck never asked for %s: %s", path, said)
		}
	}
	r.Restart()
	if ok, said := accepted(t, "http://"+r.TilesAddress(), key); !ok {
		t.Errorf("after a restart, fsck says\n%s", said)
	}
}

// changer passes on what a server says, but for one byte of one answer.
type changer struct {
	*httputil.ReverseProxy
	times int
}

func changing(t *testing.T, at, path string) *httptest.Server {
	t.Helper()
	to, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	c := new(changer)
	c.ReverseProxy = &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) },
		ModifyResponse: func(answer *http.Response) error {
			if !strings.HasPrefix(answer.Request.URL.Path, path) {
				return nil
			}
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				return err
			}
			body[len(body)-20] ^= 1
			answer.Body = io.NopCloser(bytes.NewReader(body))
			c.times++
			return nil
		},
	}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return s
}

// litewitness runs the witness of torchwood, with a key of its own in an agent.
type litewitness struct {
	address  string
	database string
	verifier *torchwood.CosignatureVerifier
	said     *words
}

func startWitness(t *testing.T) *litewitness {
	t.Helper()
	dir, err := os.MkdirTemp("", "witness") // a test's own may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	fingerprint := serveAgent(t, filepath.Join(dir, "agent"), private)
	signer, err := torchwood.NewCosignatureSigner("witness.example/lite", private)
	if err != nil {
		t.Fatal(err)
	}
	w := &litewitness{address: freePort(t), database: filepath.Join(dir, "db"), verifier: signer.Verifier(), said: &words{heard: make(chan struct{}, 1)}}
	witness := exec.Command(tool(t, "litewitness"), "-name", "witness.example/lite", "-db", w.database, "-ssh-agent", filepath.Join(dir, "agent"), "-listen", w.address, "-key", fingerprint)
	witness.Stderr = w.said
	if err := witness.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = witness.Process.Kill() // it may have ended by itself
		_ = witness.Wait()
	})
	w.said.wait(t, "msg=listening") // which it says just before it does
	for began := time.Now(); ; {
		c, err := net.Dial("tcp", w.address)
		if err == nil {
			c.Close()
			return w
		}
		if time.Since(began) > patience {
			t.Fatal(err)
		}
	}
}

// enrol lets the witness know a log, as its witnessctl does.
func (w *litewitness) enrol(t *testing.T, key string) {
	t.Helper()
	if said, err := exec.Command(tool(t, "enrolwitness"), w.database, key).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}

// serveAgent serves a key as ssh-agent does, and returns its fingerprint.
func serveAgent(t *testing.T, socket string, key ed25519.PrivateKey) string {
	t.Helper()
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, c) }() // until the witness hangs up
		}
	}()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(public)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// words is what a program or a log says, to wait for.
type words struct {
	lockedBuffer
	heard chan struct{}
}

// Write implements io.Writer.
func (w *words) Write(b []byte) (int, error) {
	n, err := w.lockedBuffer.Write(b)
	select {
	case w.heard <- struct{}{}:
	default:
	}
	return n, err
}

// wait waits until a text was said.
func (w *words) wait(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(w.String(), text) {
		select {
		case <-w.heard:
		case <-deadline:
			t.Fatalf("%q was never said: %s", text, w)
		}
	}
}

// TestLitewitnessCosignsWhatGrowsAndNoFork: the server that is rolled back to an
// older copy of its store and goes on from there is refused, and says so.
func TestLitewitnessCosignsWhatGrowsAndNoFork(t *testing.T) {
	w := startWitness(t)
	policy := filepath.Join(t.TempDir(), "witnesses")
	line := fmt.Sprintf("witness lite %s http://%s\nquorum 1\n", w.verifier, w.address)
	if err := os.WriteFile(policy, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	log := new(lockedBuffer)
	r := daemontest.Start(t, daemontest.Options{Log: slog.New(slog.NewTextHandler(log, nil)), Settings: func(s *daemon.Settings) {
		withTiles(s)
		s.Witnesses = policy
	}})
	worker := r.Connect("case-worker")
	if _, err := publish(t, r); status.Code(err) != codes.Unavailable || !strings.Contains(log.String(), "does not know this log") {
		t.Errorf("a witness that does not know the log: %v\n%s", err, log)
	}
	w.enrol(t, verifierKey(t, worker))
	var published string
	for range 3 {
		grow(t, worker, 5)
		var err error
		if published, err = publish(t, r); err != nil {
			t.Fatal(err, log, w.said)
		}
		if n, err := note.Open([]byte(published), note.VerifierList(w.verifier)); err != nil || len(n.Sigs) != 1 {
			t.Fatalf("%v\n%s", err, published)
		}
	}
	cosignedExport(t, r, worker, w)
	r.Stop()
	store := filepath.Join(r.Dir, "tumen.db")
	older := copied(t, store)
	r.Restart() // it still knows what the witness saw
	grow(t, r.Connect("case-worker"), 5)
	published, err := publish(t, r)
	if err != nil {
		t.Fatal(err, log)
	}
	r.Stop()
	if err := os.WriteFile(store, older, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Restart()
	before := fetched(t, r)
	if _, err := publish(t, r); status.Code(err) != codes.Unavailable || !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "another history") {
		t.Errorf("a ledger that was rolled back: %v\n%s", err, log)
	}
	grow(t, r.Connect("case-worker"), 7) // more than there were, and others
	if _, err := publish(t, r); status.Code(err) != codes.Unavailable {
		t.Errorf("a ledger that forks: %v", err)
	}
	if now := fetched(t, r); now != before || now == published {
		t.Errorf("without the witness %q is served, not %q", now, before)
	}
}

// cosignedExport takes an export twice: the first convinces nobody who asks for the
// witness, and the second does.
func cosignedExport(t *testing.T, r *daemontest.Running, worker *client.Conn, w *litewitness) {
	t.Helper()
	name := newCase(t, worker, "exported")
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy")
	if err := os.WriteFile(policy, fmt.Appendf(nil, "log %s\nwitness lite %s http://%s\nquorum 1\n", verifierKey(t, worker), w.verifier, w.address), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want int, args ...string) string {
		t.Helper()
		var out, complaint bytes.Buffer
		if code := cli.Run(t.Context(), append([]string{"--profile", r.Profiles["case-worker"]}, args...), strings.NewReader(""), &out, &complaint); code != want {
			t.Fatalf("%q exits with %d: %s%s", args, code, out.String(), complaint.String())
		}
		return out.String() + complaint.String()
	}
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	var made struct{ Export string }
	if err := json.Unmarshal([]byte(run(0, "export", "--case", name, "--out", first, "--json")), &made); err != nil {
		t.Fatal(err)
	}
	run(3, "verify", first, "--policy", policy)
	if said := run(1, "export", "--again", made.Export, "--out", second); !strings.Contains(said, "wait for the next publication") {
		t.Errorf("before the next publication: %s", said)
	}
	if _, err := publish(t, r); err != nil {
		t.Fatal(err)
	}
	run(0, "export", "--again", made.Export, "--out", second)
	if said := run(0, "verify", second, "--policy", policy); !strings.Contains(said, "signed by the log and 1") {
		t.Errorf("verify says %s", said)
	}
}

func copied(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fetched is the checkpoint that outsiders get.
func fetched(t *testing.T, r *daemontest.Running) string {
	t.Helper()
	answer, err := http.Get("http://" + r.TilesAddress() + "/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	return string(body)
}

// TestTheDoorToTheTilesIsNarrow: large headers are refused before anything is looked
// at, and what is sent is not read.
func TestTheDoorToTheTilesIsNarrow(t *testing.T) {
	log := new(lockedBuffer)
	r := daemontest.Start(t, daemontest.Options{Settings: withTiles, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if _, err := publish(t, r); err != nil {
		t.Fatal(err)
	}
	ask := func(header, body string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.TilesAddress()+"/checkpoint", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Much", header)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := ask("little", ""); got != http.StatusOK {
		t.Errorf("a plain question: %d", got)
	}
	if got := ask(strings.Repeat("x", 32<<10), ""); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a large header: %d", got)
	}
	if got := ask("little", strings.Repeat("x", 1<<10)); got != http.StatusOK {
		t.Errorf("a body that is not read: %d", got)
	}
	if said := strings.ReplaceAll(strings.ReplaceAll(log.String(), r.TilesAddress(), ""), r.Address, ""); strings.Contains(said, "127.0.0.1") {
		t.Errorf("the log tells who asked: %s", said)
	}
}
