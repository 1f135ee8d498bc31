package publication

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
	"tumen/service/seal"
	"tumen/storage/bolt"
)

// office is a store whose ledger is published.
type office struct {
	t       *testing.T
	records *records.Store
	log     *bytes.Buffer
}

func open(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	root, err := seal.MakeIdentityFile(filepath.Join(dir, "root.key"))
	ok(t, err)
	keys, err := seal.Create(t.Context(), filepath.Join(dir, "keys"), root, time.Now())
	ok(t, err)
	backend, err := bolt.Open(filepath.Join(dir, "tumen.db"), bolt.Options{})
	ok(t, err)
	o := &office{t: t, log: new(bytes.Buffer)}
	o.records, err = records.Open(t.Context(), backend, records.OptionsOf(keys))
	ok(t, err)
	t.Cleanup(func() { o.records.Close() })
	return o
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write adds n leaves in one change.
func (o *office) write(n int) {
	o.t.Helper()
	_, err := o.records.Change(o.t.Context(), records.Author{Method: "AdminService/CreateOrganisation", Reason: "a test"}, func(tx *records.Tx) error {
		for range n {
			if err := tx.Create(&tumenv1.Organisation{Handle: strings.ToLower(rand()), DisplayName: "An organisation"}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	ok(o.t, err)
}

var drawn int

func rand() string { drawn++; return fmt.Sprintf("ngo-%d", drawn) }

func (o *office) publisher(policy string) *Publisher {
	o.t.Helper()
	p, err := ParsePolicy([]byte(policy))
	ok(o.t, err)
	publisher, err := New(o.t.Context(), o.records, p, slog.New(slog.NewTextHandler(o.log, nil)))
	ok(o.t, err)
	return publisher
}

// serve serves a publisher on loopback and returns how to fetch from it.
func serve(t *testing.T, p *Publisher) func(method, path string) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return func(method, path string) (*http.Response, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
		ok(t, err)
		request.URL.Opaque = path // as it is
		response, err := server.Client().Do(request)
		ok(t, err)
		body, err := io.ReadAll(response.Body)
		ok(t, err)
		response.Body.Close()
		return response, string(body)
	}
}

// TestOutsidersSeeTheLastPublication: not what was written since, whatever they
// ask for, and the same after a restart.
func TestOutsidersSeeTheLastPublication(t *testing.T) {
	o := open(t)
	p := o.publisher("")
	get := serve(t, p)
	if r, _ := get("GET", "/checkpoint"); r.StatusCode != http.StatusNotFound {
		t.Errorf("before any publication: %s", r.Status)
	}
	if checkpoint, err := p.Publish(t.Context()); checkpoint != nil || err != nil {
		t.Errorf("an empty ledger is published: %q, %v", checkpoint, err)
	}
	o.write(300)
	published, err := p.Publish(t.Context())
	ok(t, err)
	o.write(300)
	for _, publisher := range []*Publisher{p, o.publisher("")} { // the second is that after a restart
		get := serve(t, publisher)
		if _, body := get("GET", "/checkpoint"); body != string(published) {
			t.Errorf("%q, not %q", body, published)
		}
		for path, size := range map[string]int{
			"/tile/0/000": 8192, "/tile/0/001.p/44": 44 * 32, "/tile/1/000.p/1": 32, "/tile/entries/000": 256 * 34, "/tile/entries/001.p/44": 44 * 34,
			"/tile/0/001": 0, "/tile/0/001.p/45": 0, "/tile/entries/001": 0, "/tile/entries/001.p/45": 0, "/tile/1/000.p/2": 0, "/tile/0/002.p/1": 0,
		} {
			r, body := get("GET", path)
			if want := http.StatusOK; size > 0 && (r.StatusCode != want || len(body) != size) {
				t.Errorf("%s: %s, %d bytes", path, r.Status, len(body))
			}
			if size == 0 && r.StatusCode != http.StatusNotFound {
				t.Errorf("%s is beyond the publication: %s", path, r.Status)
			}
		}
	}
	again, err := p.Publish(t.Context())
	ok(t, err)
	if _, body := get("GET", "/checkpoint"); body != string(again) || body == string(published) {
		t.Errorf("after another publication: %q", body)
	}
	if r, _ := get("GET", "/tile/0/001"); r.StatusCode != http.StatusOK {
		t.Errorf("after another publication: %s", r.Status)
	}
}

func TestTheDoorTakesNothingElse(t *testing.T) {
	o := open(t)
	o.write(300)
	p := o.publisher("")
	_, err := p.Publish(t.Context())
	ok(t, err)
	get := serve(t, p)
	for _, tc := range []struct {
		method, path string
		status       int
		keep         string
	}{
		{"GET", "/checkpoint", 200, "no-cache"},
		{"HEAD", "/checkpoint", 200, "no-cache"},
		{"GET", "/tile/0/000", 200, "public, max-age=31536000, immutable"},
		{"HEAD", "/tile/entries/000", 200, "public, max-age=31536000, immutable"},
		{"GET", "/tile/0/001.p/3", 200, "public, max-age=3600"},
		{"GET", "/tile/0/004", 404, "no-cache"},
		{"GET", "/", 404, "no-cache"},
		{"GET", "/checkpoint/", 404, "no-cache"},
		{"GET", "//checkpoint", 404, "no-cache"},
		{"GET", "/tile/../checkpoint", 404, "no-cache"},
		{"GET", "/tile%2F0%2F000", 404, "no-cache"},
		{"GET", "/tile/" + strings.Repeat("x", 5000), 404, "no-cache"},
		{"POST", "/checkpoint", 405, ""},
		{"PUT", "/tile/0/000", 405, ""},
		{"DELETE", "/checkpoint", 405, ""},
		{"OPTIONS", "/checkpoint", 405, ""},
	} {
		r, body := get(tc.method, tc.path)
		if r.StatusCode != tc.status || r.Header.Get("Cache-Control") != tc.keep || tc.method == "HEAD" && body != "" {
			t.Errorf("%s %.40s: %s, %q, %d bytes", tc.method, tc.path, r.Status, r.Header.Get("Cache-Control"), len(body))
		}
	}
	head, _ := get("HEAD", "/tile/0/000")
	if head.ContentLength != 8192 || head.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("HEAD tells %d bytes of %s", head.ContentLength, head.Header.Get("Content-Type"))
	}
	if strings.Contains(o.log.String(), "127.0.0.1") {
		t.Errorf("the log tells who asked: %s", o.log)
	}
}

// TestPublicationsGoByTheClock: at full hours, whenever the server was started,
// and a missed one is not made up for.
func TestPublicationsGoByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(17*time.Minute + 5*time.Second) // the bubble's clock begins at a midnight
		var due []time.Time
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() {
			onSchedule(ctx, time.Now, time.Hour, func() {
				due = append(due, time.Now().UTC())
				if len(due) == 2 {
					time.Sleep(90 * time.Minute) // the witnesses let it wait
				}
			})
		})
		time.Sleep(5 * time.Hour)
		stop()
		ended.Wait()
		var told []string
		for _, at := range due {
			told = append(told, at.Format("15:04:05"))
		}
		if got := strings.Join(told, " "); got != "01:00:00 02:00:00 04:00:00 05:00:00" {
			t.Errorf("published at %s", got)
		}
	})
}

// TestAClockThatIsSetAndAMachineThatSlept: what was missed stays missed, and the next
// publication is at its time again.
func TestAClockThatIsSetAndAMachineThatSlept(t *testing.T) {
	for name, tc := range map[string]struct {
		by   time.Duration
		want string
	}{
		"it slept for hours":         {5*time.Hour + 20*time.Minute, "01:00 07:00 08:00"},
		"it slept over one":          {45 * time.Minute, "01:00 03:00"},
		"the clock was set back":     {-3 * time.Hour, "01:00 23:00"},
		"the clock was set a little": {time.Second, "01:00 02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var offset time.Duration
				var mu sync.Mutex
				clock := func() time.Time {
					mu.Lock()
					defer mu.Unlock()
					return time.Now().Add(offset).UTC()
				}
				var told []string
				ctx, stop := context.WithCancel(t.Context())
				var ended sync.WaitGroup
				ended.Go(func() {
					onSchedule(ctx, clock, time.Hour, func() { told = append(told, clock().Format("15:04")) })
				})
				time.Sleep(time.Hour + 30*time.Minute) // half past one
				mu.Lock()
				offset = tc.by
				mu.Unlock()
				time.Sleep(80 * time.Minute)
				stop()
				ended.Wait()
				if got := strings.Join(told, " "); got != tc.want {
					t.Errorf("published at %s, not at %s", got, tc.want)
				}
			})
		})
	}
}

// cosigner is a witness as it should be, over HTTP, and ways for it not to be.
type cosigner struct {
	*torchwood.CosignatureSigner
	log    note.Verifier
	server *httptest.Server

	mu    sync.Mutex
	seen  tlog.Tree
	asked []string                               // the first line of each request
	odd   func(w http.ResponseWriter) (did bool) // answers in place of it
}

func witnessFor(t *testing.T, name string, seed byte, o *office) *cosigner {
	t.Helper()
	s, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	ok(t, err)
	log, err := note.NewVerifier(o.records.VerifierKey())
	ok(t, err)
	c := &cosigner{CosignatureSigner: s, log: log}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

// line is that of a policy about it.
func (c *cosigner) line() string {
	return fmt.Sprintf("witness %s %s %s/of/ngo/\n", c.Name(), c.Verifier(), c.server.URL)
}

// ServeHTTP is written from C2SP tlog-witness.
func (c *cosigner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != "POST" || r.URL.Path != "/of/ngo/add-checkpoint" {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	head, signed, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	c.asked = append(c.asked, lines[0])
	if c.odd != nil && c.odd(w) {
		return
	}
	if lines[0] != fmt.Sprintf("old %d", c.seen.N) {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, "%d\n", c.seen.N)
		return
	}
	n, err := note.Open([]byte(signed), note.VerifierList(c.log))
	if err != nil {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	next, err := torchwood.ParseCheckpoint(n.Text)
	if err == nil && c.seen.N > 0 {
		var proof tlog.TreeProof
		for _, line := range lines[1:] {
			h, err := tlog.ParseHash(line)
			if err != nil {
				http.Error(w, "no", http.StatusBadRequest)
				return
			}
			proof = append(proof, h)
		}
		err = tlog.CheckTree(proof, next.N, next.Hash, c.seen.N, c.seen.Hash)
	}
	if err != nil {
		http.Error(w, "no", http.StatusUnprocessableEntity)
		return
	}
	c.seen = next.Tree
	cosigned, _ := note.Sign(&note.Note{Text: n.Text}, c)
	w.Write(cosigned[len(n.Text)+1:])
}

// cosignedBy counts whose cosignatures a checkpoint bears.
func cosignedBy(t *testing.T, checkpoint []byte, witnesses ...*cosigner) (n int) {
	t.Helper()
	for _, w := range witnesses {
		if opened, err := note.Open(checkpoint, note.VerifierList(w.Verifier())); err == nil {
			n += len(opened.Sigs)
		}
	}
	return n
}

// TestWitnessesFollowTheLedger: each publication is proved from what a witness saw
// last, also after a restart, and also where it knows better than we do.
func TestWitnessesFollowTheLedger(t *testing.T) {
	o := open(t)
	one, other := witnessFor(t, "witness.example/one", 1, o), witnessFor(t, "witness.example/other", 2, o)
	policy := "log " + o.records.VerifierKey() + "\n" + one.line() + other.line() + "quorum 2 # of both\n"
	p := o.publisher(policy)
	var last []byte
	for range 3 {
		o.write(7)
		var err error
		last, err = p.Publish(t.Context())
		ok(t, err)
		if n := cosignedBy(t, last, one, other); n != 2 {
			t.Fatalf("%d have cosigned\n%s", n, last)
		}
	}
	p = o.publisher(policy)
	same, err := p.Publish(t.Context()) // nothing was written since
	ok(t, err)
	if got := strings.Join(one.asked, ", "); got != "old 0, old 7, old 14, old 21" {
		t.Errorf("asked with %s", got)
	}
	if text, _, _ := cutSignatures(same); !bytes.HasPrefix(last, text) || cosignedBy(t, same, one, other) != 2 {
		t.Errorf("the same tree is published as\n%s", same)
	}
	o.write(1)
	p.seen = map[string]int64{} // nothing is known of them
	if last, err = p.Publish(t.Context()); err != nil || cosignedBy(t, last, one, other) != 2 {
		t.Errorf("%v\n%s", err, last)
	}
	if got := strings.Join(other.asked[4:], ", "); got != "old 0, old 21" {
		t.Errorf("asked with %s", got)
	}
}

// TestAWitnessThatFails: is logged, delays nobody for long, and, where the others
// are too few, leaves what was published before.
func TestAWitnessThatFails(t *testing.T) {
	for name, odd := range map[string]func(http.ResponseWriter) bool{
		"is broken":             func(w http.ResponseWriter) bool { w.WriteHeader(500); return true },
		"does not know the log": func(w http.ResponseWriter) bool { w.WriteHeader(404); return true },
		"says nothing":          func(http.ResponseWriter) bool { return true },
		"says very much":        func(w http.ResponseWriter) bool { w.Write(bytes.Repeat([]byte("— x AAAA\n"), 1<<14)); return true },
		"signs nonsense": func(w http.ResponseWriter) bool {
			fmt.Fprintln(w, "— witness.example/other "+base64.StdEncoding.EncodeToString(make([]byte, 76)))
			return true
		},
		"leads elsewhere": func(w http.ResponseWriter) bool {
			w.Header().Set("Location", "/of/ngo/add-checkpoint")
			w.WriteHeader(307)
			return true
		},
		"says no size":           func(w http.ResponseWriter) bool { w.WriteHeader(409); fmt.Fprint(w, "many\n"); return true },
		"always knows better":    func(w http.ResponseWriter) bool { w.WriteHeader(409); fmt.Fprint(w, "3\n"); return true },
		"hangs up":               func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) },
		"has seen more leaves":   func(w http.ResponseWriter) bool { w.WriteHeader(409); fmt.Fprint(w, "1000\n"); return true },
		"has seen other history": func(w http.ResponseWriter) bool { w.WriteHeader(422); return true },
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t)
			one, other := witnessFor(t, "witness.example/one", 1, o), witnessFor(t, "witness.example/other", 2, o)
			o.write(5)
			strict := o.publisher(one.line() + other.line() + "quorum 2\n")
			before, err := strict.Publish(t.Context())
			ok(t, err)
			o.write(5)
			other.mu.Lock()
			other.odd = odd
			other.mu.Unlock()
			if _, err := strict.Publish(t.Context()); !errors.Is(err, ErrQuorum) {
				t.Fatalf("%v", err)
			}
			if _, body := serve(t, strict)("GET", "/checkpoint"); body != string(before) {
				t.Errorf("without a quorum %q is published", body)
			}
			told := o.log.String()
			if !strings.Contains(told, "witness=witness.example/other") || strings.Contains(name, "seen") != strings.Contains(told, "level=ERROR") {
				t.Errorf("the log says %s", told)
			}
			lenient := o.publisher(one.line() + other.line() + "quorum 1\n")
			after, err := lenient.Publish(t.Context())
			if err != nil || cosignedBy(t, after, one) != 1 || cosignedBy(t, after, other) != 0 {
				t.Errorf("%v\n%s", err, after)
			}
		})
	}
}

// TestAWitnessThatNeverAnswers: is left after a bounded time.
func TestAWitnessThatNeverAnswers(t *testing.T) {
	o := open(t)
	o.write(1)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // which nobody accepts at
	ok(t, err)
	defer silent.Close()
	s, err := torchwood.NewCosignatureSigner("witness.example/silent", ed25519.NewKeyFromSeed(make([]byte, 32)))
	ok(t, err)
	p := o.publisher(fmt.Sprintf("witness silent %s http://%s\nquorum 0\n", s.Verifier(), silent.Addr()))
	p.client.Timeout = time.Millisecond
	if checkpoint, err := p.Publish(t.Context()); err != nil || checkpoint == nil {
		t.Errorf("%q, %v", checkpoint, err)
	}
	if !strings.Contains(o.log.String(), "witness=silent") {
		t.Errorf("the log says %s", o.log)
	}
}

func TestAPolicyOfWitnesses(t *testing.T) {
	key := func(seed byte) string {
		s, err := torchwood.NewCosignatureSigner("witness.example", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
		ok(t, err)
		return s.Verifier().String()
	}
	w := "witness a " + key(1) + " https://witness.example/a\n"
	for _, text := range []string{"", "# nobody\n", w + "quorum 1", w + "quorum 0\n", "witness b " + key(2) + " http://127.0.0.1:1\n" + w + "quorum 2\n"} {
		if _, err := ParsePolicy([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, says := range map[string]string{
		w:                        "quorum line",
		w + "quorum 2":           "can't be reached",
		w + "quorum 1\nquorum 1": "line 3: there is a quorum already",
		w + "quorum one":         "takes a number",
		w + "quorum +1":          "takes a number",
		w + w + "quorum 1":       "line 2: the witness a is named twice",
		w + strings.Replace(w, " a ", " b ", 1) + "quorum 1":  "named twice",
		"witness a " + key(1) + "\nquorum 1":                  "no URL",
		"witness a x https://witness.example\nquorum 1":       "not the verifier key",
		strings.Replace(w, "https", "ftp", 1):                 "the URL of the witness a",
		strings.Replace(w, "https://", "https://me:pass@", 1): "the URL of the witness a",
		strings.Replace(w, "/a\n", "/a?b\n", 1):               "the URL of the witness a",
		"group g any a b":                                     "line 1: expected",
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, and not %q", text, err, says)
		}
	}
	o := open(t)
	p, err := ParsePolicy([]byte("log example.org+00000000+AQ==\n"))
	ok(t, err)
	if _, err := New(t.Context(), o.records, p, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), o.records.VerifierKey()) {
		t.Errorf("the policy of another log: %v", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add("log a\nwitness a b c\nquorum 1\n")
	f.Add("# x\n\nquorum 0")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePolicy([]byte(text)); err == nil && p.quorum > len(p.witnesses) {
			t.Fatalf("%q: a quorum of %d of %d", text, p.quorum, len(p.witnesses))
		}
	})
}

func FuzzParseSize(f *testing.F) {
	f.Add([]byte("12\n"))
	f.Add([]byte("-1"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if n, err := parseSize(answer); err == nil && fmt.Sprintf("%d\n", n) != string(answer) {
			t.Fatalf("%q is read as %d", answer, n)
		}
	})
}
