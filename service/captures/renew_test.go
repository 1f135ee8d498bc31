package captures_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tumen/service/captures"
	"tumen/service/seal"
)

// turning is a folder of captures whose epoch can be turned over.
type turning struct {
	*captures.Store
	t    *testing.T
	dir  string
	keys captures.Keys
}

func openTurning(t *testing.T) *turning {
	t.Helper()
	dir := t.TempDir()
	root, err := seal.MakeIdentityFile(filepath.Join(dir, "root"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.Create(t.Context(), filepath.Join(dir, "keys"), root, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	x := &turning{t: t, dir: filepath.Join(dir, "captures"), keys: captures.Keys{Epoch: k.Epoch(), Naming: k.CaptureKey()}}
	if x.Store, err = captures.Open(x.dir, x.keys); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func (x *turning) put(content string) captures.Blob {
	x.t.Helper()
	blob, err := x.Put(context.Background(), owner, strings.NewReader(content), captures.Expectation{})
	if err != nil {
		x.t.Fatal(err)
	}
	return blob
}

func (x *turning) get(blob captures.Blob) (string, error) {
	r, _, err := x.OpenAt(owner, blob.SHA256, 0)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func (x *turning) sound() {
	x.t.Helper()
	report, err := captures.Check(context.Background(), x.dir, x.keys, nil)
	if err != nil || len(report.Problems()) > 0 {
		x.t.Fatalf("%v, %v", report.Problems(), err)
	}
}

func (x *turning) begin() {
	x.t.Helper()
	if err := x.keys.Epoch.Begin(x.t.Context(), time.Now()); err != nil {
		x.t.Fatal(err)
	}
}

func (x *turning) finish() {
	x.t.Helper()
	if err := x.Renew(x.t.Context(), nil, nil); err != nil {
		x.t.Fatal(err)
	}
	if err := x.Renewed(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	if err := x.keys.Epoch.Finish(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
}

// TestATurnoverRenewsContents: they open all the time, broken off or not, and a
// copy made before opens no more.
func TestATurnoverRenewsContents(t *testing.T) {
	x := openTurning(t)
	var blobs []captures.Blob
	for _, content := range []string{"", "one", "two", "three", strings.Repeat("four", 50_000)} {
		blobs = append(blobs, x.put(content))
	}
	name := x.Name(owner, blobs[1].SHA256)
	path := filepath.Join(x.dir, name[:2], name[2:])
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for turn := range 3 {
		x.begin()
		if err := x.Renewed(t.Context()); err == nil {
			t.Fatal("what was not renewed is said to be")
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := x.Renew(ctx, nil, func(done int) {
			if done == 2 {
				cancel()
			}
		}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		x.sound()
		x.finish()
		x.sound()
		for i, content := range []string{"", "one", "two", "three", strings.Repeat("four", 50_000)} {
			if got, err := x.get(blobs[i]); got != content || err != nil {
				t.Fatalf("turn %d: content %d is %.20q, %v", turn, i, got, err)
			}
		}
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := x.get(blobs[1]); !errors.Is(err, captures.ErrDamaged) {
		t.Errorf("a copy made before opens: %v", err)
	}
	x.begin()
	if err := x.Renew(t.Context(), nil, nil); !errors.Is(err, captures.ErrDamaged) || !strings.Contains(err.Error(), name[2:]) {
		t.Errorf("what can't be renewed is not told: %v", err)
	}

	// Given up, it is in the way of no turnover.
	var found, aside []string
	if err := x.Unopened(t.Context(), map[string]bool{name: true}, func(what string) { found = append(found, what) }); err != nil || len(found) != 1 || !strings.Contains(found[0], name[2:]) {
		t.Errorf("what doesn't open: %q, %v", found, err)
	}
	if err := x.Renew(t.Context(), func(what string) { aside = append(aside, what) }, nil); err != nil || len(aside) != 1 {
		t.Errorf("set aside: %q, %v", aside, err)
	}
	x.finish()
	if err := x.Unopened(t.Context(), map[string]bool{name: true}, func(what string) { t.Errorf("told again: %s", what) }); err != nil {
		t.Error(err)
	}
	x.begin()
	x.finish()
	if _, err := x.get(blobs[1]); !errors.Is(err, captures.ErrDamaged) {
		t.Errorf("what was given up opens: %v", err)
	}
	if got, err := x.get(blobs[2]); got != "two" || err != nil {
		t.Errorf("another: %q, %v", got, err)
	}
}

// TestASuddenEndWhileAKeyIsWritten leaves the other one.
func TestASuddenEndWhileAKeyIsWritten(t *testing.T) {
	x := openTurning(t)
	blob := x.put("content")
	name := x.Name(owner, blob.SHA256)
	path := filepath.Join(x.dir, name[:2], name[2:])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x.begin()
	for _, written := range []int{0, 1, 30, 64} {
		torn := bytes.Clone(whole)
		for i := range written {
			torn[512+i] = byte(i + 1)
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		x.sound()
		if got, err := x.get(blob); got != "content" || err != nil {
			t.Errorf("%d bytes of the next key written: %q, %v", written, got, err)
		}
	}
	x.finish()
	x.sound()
}

// TestATurnoverBesideUploads loses none of them.
func TestATurnoverBesideUploads(t *testing.T) {
	x := openTurning(t)
	var stop atomic.Bool
	var uploads sync.WaitGroup
	var kept sync.Map
	for range 4 {
		uploads.Go(func() {
			for !stop.Load() {
				content := rand.Text()
				kept.Store(content, x.put(content))
			}
		})
	}
	for range 5 {
		x.begin()
		x.finish()
	}
	stop.Store(true)
	uploads.Wait()
	kept.Range(func(content, blob any) bool {
		if got, err := x.get(blob.(captures.Blob)); got != content || err != nil {
			t.Errorf("%q is %q, %v", content, got, err)
		}
		return true
	})
	x.sound()
}

// TestSweepKeepsWhatARecordSpeaksOf, also what one comes to speak of at that moment.
func TestSweepKeepsWhatARecordSpeaksOf(t *testing.T) {
	x := openTurning(t)
	gone, spoken := x.put("gone"), x.put("spoken")
	kept, name := map[string]bool{x.Name(owner, spoken.SHA256): true}, x.Name(owner, gone.SHA256)
	if err := x.Sweep(t.Context(), func() (map[string]bool, error) { return nil, errors.New("can't say") }); err == nil {
		t.Error("it removes without knowing what is spoken of")
	}
	if _, err := x.get(gone); err != nil {
		t.Errorf("it was removed: %v", err)
	}
	if err := x.Sweep(t.Context(), func() (map[string]bool, error) { return kept, nil }); err != nil {
		t.Fatal(err)
	}
	if has, err := x.Has(owner, gone.SHA256); has || err != nil {
		t.Errorf("it is still there: %v", err)
	}
	if got, err := x.get(spoken); got != "spoken" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	inside, swept := make(chan struct{}), make(chan error, 1)
	_, err := x.Keep(context.Background(), owner, strings.NewReader("gone"), captures.Expectation{}, func(captures.Blob) error {
		go func() {
			close(inside)
			swept <- x.Sweep(context.Background(), func() (map[string]bool, error) { return kept, nil })
		}()
		<-inside
		kept[name] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-swept; err != nil {
		t.Fatal(err)
	}
	if got, err := x.get(gone); got != "gone" || err != nil {
		t.Errorf("what a record was just made for is gone: %q, %v", got, err)
	}
}
