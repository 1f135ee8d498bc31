package captures_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tumen/service/captures"
	"tumen/service/fault"
	"tumen/service/seal"
)

// owner is whose the contents are.
const owner = "organisations/a"

// keys are the same in a process that tests start to kill it.
var keys = keysIn(os.Getenv(keysVariable))

// keysVariable says where that process finds them.
const keysVariable = "TUMEN_TEST_CAPTURE_KEYS"

// keysIn opens the keys in a folder; where none is named, it makes one.
func keysIn(dir string) captures.Keys {
	ctx := context.Background()
	fresh := dir == ""
	var err error
	if fresh {
		if dir, err = os.MkdirTemp("", "tumen-test-keys-"); err == nil {
			err = os.Setenv(keysVariable, dir)
		}
	}
	if err != nil {
		panic(err)
	}
	var k *seal.Keys
	var root seal.Root
	if fresh {
		if root, err = seal.MakeIdentityFile(filepath.Join(dir, "root")); err == nil {
			k, err = seal.Create(ctx, filepath.Join(dir, "keys"), root, time.Now())
		}
	} else if root, err = seal.IdentityFile(filepath.Join(dir, "root")); err == nil {
		k, err = seal.Open(ctx, filepath.Join(dir, "keys"), root)
	}
	if err != nil {
		panic(err)
	}
	return captures.Keys{Epoch: k.Epoch(), Naming: k.CaptureKey()}
}

// fileOf is where an owner's content lies.
func fileOf(owner, digest string) string {
	name := keys.Name(owner, digest)
	return filepath.Join(name[:2], name[2:])
}

func open(t *testing.T) (*captures.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "captures")
	return reopen(t, dir), dir
}

func reopen(t *testing.T, dir string) *captures.Store {
	t.Helper()
	s, err := captures.Open(dir, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// files are the regular files below dir, relative to it.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func reason(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Reason
	}
	return ""
}

func read(t *testing.T, s *captures.Store, sha string, offset int64) []byte {
	t.Helper()
	r, _, err := s.OpenAt(owner, sha, offset)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsPutIsReadBackFromAnyOffset(t *testing.T) {
	s, _ := open(t)
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(t, "content")
		blob, err := s.Put(context.Background(), owner, bytes.NewReader(content), captures.Expectation{})
		if err != nil {
			t.Fatal(err)
		}
		if blob != (captures.Blob{SHA256: digest(content), Size: int64(len(content))}) {
			t.Fatalf("got %+v", blob)
		}
		offset := rapid.Int64Range(0, blob.Size).Draw(t, "offset")
		r, size, err := s.OpenAt(owner, blob.SHA256, offset)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rest, err := io.ReadAll(r)
		if err != nil || size != blob.Size || !bytes.Equal(rest, content[offset:]) {
			t.Fatalf("from %d: %d bytes of %d, %v", offset, len(rest), size, err)
		}
	})
}

func TestTheSameBytesAreStoredOnce(t *testing.T) {
	s, dir := open(t)
	content := bytes.Repeat([]byte("page"), 100_000)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			blob, err := s.Put(context.Background(), owner, bytes.NewReader(content), captures.Expectation{SHA256: digest(content), Size: int64(len(content))})
			if err != nil || blob.SHA256 != digest(content) {
				t.Errorf("%+v, %v", blob, err)
			}
		})
	}
	group.Wait()
	d := digest(content)
	if got := files(t, dir); len(got) != 1 || got[0] != fileOf(owner, d) {
		t.Errorf("stored: %q", got)
	}
	if !bytes.Equal(read(t, s, d, 0), content) {
		t.Error("other bytes came back")
	}
}

func TestDifferentContentsBesideEachOther(t *testing.T) {
	s, dir := open(t)
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			content := bytes.Repeat([]byte{byte(i)}, 1000)
			if _, err := s.Put(context.Background(), owner, bytes.NewReader(content), captures.Expectation{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	report, err := captures.Check(context.Background(), dir, keys, nil)
	if err != nil || len(report.Contents) != 32 || len(report.Problems()) != 0 || report.Bytes != 32_000 {
		t.Errorf("%+v, %v", report, err)
	}
}

// zeros gives n bytes without holding them.
type zeros struct{ left int64 }

func (z *zeros) Read(b []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), z.left))
	clear(b[:n])
	z.left -= int64(n)
	return n, nil
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	content := []byte("bytes")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	broken := errors.New("the line broke")
	for _, tc := range []struct {
		name   string
		ctx    context.Context
		r      io.Reader
		want   captures.Expectation
		reason string
		is     error
	}{
		{"one byte more than the largest size", context.Background(), &zeros{captures.MaxSize + 1}, captures.Expectation{}, "CAPTURE_TOO_LARGE", nil},
		{"too large as stated: not even read", context.Background(), nil, captures.Expectation{Size: captures.MaxSize + 1}, "CAPTURE_TOO_LARGE", nil},
		{"fewer bytes than stated", context.Background(), bytes.NewReader(content), captures.Expectation{Size: 6}, "SIZE_MISMATCH", nil},
		{"more bytes than stated", context.Background(), bytes.NewReader(content), captures.Expectation{Size: 4}, "SIZE_MISMATCH", nil},
		{"a negative size", context.Background(), bytes.NewReader(content), captures.Expectation{Size: -1}, "INVALID_EXPECTATION", nil},
		{"other bytes than stated", context.Background(), bytes.NewReader(content), captures.Expectation{SHA256: digest([]byte("other"))}, "SHA256_MISMATCH", nil},
		{"a digest in capitals", context.Background(), bytes.NewReader(content), captures.Expectation{SHA256: strings.ToUpper(digest(content))}, "INVALID_EXPECTATION", nil},
		{"a path for a digest", context.Background(), bytes.NewReader(content), captures.Expectation{SHA256: "../../etc/passwd"}, "INVALID_EXPECTATION", nil},
		{"cancelled", cancelled, bytes.NewReader(content), captures.Expectation{}, "", context.Canceled},
		{"broken off", context.Background(), io.MultiReader(bytes.NewReader(content), failing{broken}), captures.Expectation{}, "", broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, dir := open(t)
			_, err := s.Put(tc.ctx, owner, tc.r, tc.want)
			if err == nil || reason(err) != tc.reason || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("got %v", err)
			}
			if left := files(t, dir); len(left) != 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTheLargestSizeIsTaken(t *testing.T) {
	s, _ := open(t)
	blob, err := s.Put(context.Background(), owner, &zeros{captures.MaxSize}, captures.Expectation{Size: captures.MaxSize})
	if err != nil || blob.Size != captures.MaxSize {
		t.Fatalf("%+v, %v", blob, err)
	}
	if got := read(t, s, blob.SHA256, captures.MaxSize-3); len(got) != 3 {
		t.Errorf("the last three bytes: %v", got)
	}
}

func TestCancellingWhileBytesArriveLeavesNothing(t *testing.T) {
	s, dir := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.Put(ctx, owner, r, captures.Expectation{})
		r.CloseWithError(err)
		done <- err
	}()
	w.Write([]byte("the beginning"))
	cancel()
	w.Write([]byte("and more")) // is taken, or refused if the cancellation was seen already
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestWhatACrashLeftIsRemovedAtTheNextStart(t *testing.T) {
	s, dir := open(t)
	kept, err := s.Put(context.Background(), owner, strings.NewReader("kept"), captures.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	leftover := filepath.Join(dir, "incoming", "ABC")
	if err := os.WriteFile(leftover, []byte("half of"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(leftover, old, old); err != nil {
		t.Fatal(err)
	}
	report, err := captures.Check(context.Background(), dir, keys, nil)
	if err != nil || len(report.Leftovers) != 1 || len(report.Problems()) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	s = reopen(t, dir)
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("there is still %q", got)
	}
	if got := read(t, s, kept.SHA256, 0); string(got) != "kept" {
		t.Errorf("what was acknowledged reads %q", got)
	}
}

func TestReadingWhatIsNotThere(t *testing.T) {
	s, _ := open(t)
	absent := digest([]byte("never stored"))
	if has, err := s.Has(owner, absent); has || err != nil {
		t.Errorf("%v, %v", has, err)
	}
	if _, _, err := s.OpenAt(owner, absent, 0); !errors.Is(err, captures.ErrMissing) {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"", "../captures", "ab/cd", absent[:63], absent + "0", strings.ToUpper(absent), "incoming"} {
		if has, err := s.Has(owner, name); has || err == nil {
			t.Errorf("%q: %v, %v", name, has, err)
		}
	}
	blob, err := s.Put(context.Background(), owner, strings.NewReader("four"), captures.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	if has, err := s.Has(owner, blob.SHA256); !has || err != nil {
		t.Errorf("%v, %v", has, err)
	}
	for _, offset := range []int64{-1, 5} {
		if _, _, err := s.OpenAt(owner, blob.SHA256, offset); reason(err) != "OFFSET_TOO_LARGE" {
			t.Errorf("offset %d: %v", offset, err)
		}
	}
}

func TestCheckTellsWhatIsWrong(t *testing.T) {
	s, dir := open(t)
	var blobs []captures.Blob
	for _, content := range []string{"sound", "changed", "cut short"} {
		b, err := s.Put(context.Background(), owner, strings.NewReader(content), captures.Expectation{})
		if err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, b)
	}
	path := func(b captures.Blob) string { return fileOf(owner, b.SHA256) }
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path(blobs[1]), "chanGed")
	write(path(blobs[2]), "cut")
	write("note.txt", "")
	write("zz/file", "")
	write(filepath.Join(path(blobs[0])[:2], "short"), "")
	if err := os.Chmod(filepath.Join(dir, path(blobs[0])), 0o644); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	report, err := captures.Check(context.Background(), dir, keys, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Contents) != 1 || report.Contents[keys.Name(owner, blobs[0].SHA256)] != blobs[0] {
		t.Errorf("sound: %v", report.Contents)
	}
	if len(report.Damaged) != 2 || len(report.Strays) != 3 || len(report.Exposed) != 1 || len(report.Problems()) != 6 {
		t.Errorf("%q", report.Problems())
	}
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("checking changed the folder: %q", after)
	}
	// Putting the same content again mends it.
	if _, err := s.Put(context.Background(), owner, strings.NewReader("changed"), captures.Expectation{}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, blobs[1].SHA256, 0); string(got) != "changed" {
		t.Errorf("mended: %q", got)
	}
}

func TestCheckingAFolderThatIsNotThere(t *testing.T) {
	report, err := captures.Check(context.Background(), filepath.Join(t.TempDir(), "none"), keys, nil)
	if err != nil || len(report.Contents) != 0 || len(report.Problems()) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	s, dir := open(t)
	if _, err := s.Put(context.Background(), owner, strings.NewReader("x"), captures.Expectation{}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := captures.Open(dir, keys); err == nil {
		t.Error("a folder that the group may use was opened")
	}
}

// TestAFileTellsNothing: neither its bytes nor its name, nor whether two owners have
// the same content; and no file opens in the place of another.
func TestAFileTellsNothing(t *testing.T) {
	s, dir := open(t)
	content := bytes.Repeat([]byte("they were put on buses after dark "), 1000)
	for _, of := range []string{owner, "organisations/b"} {
		if _, err := s.Put(context.Background(), of, bytes.NewReader(content), captures.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
	d := digest(content)
	for _, name := range files(t, dir) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("buses")) || strings.Contains(name, d[:16]) || bytes.Contains(b, []byte(d)) || len(b) == len(content) {
			t.Errorf("%s tells what it holds", name)
		}
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("stored: %q", got)
	}
	if has, err := s.Has("organisations/c", d); has || err != nil {
		t.Errorf("whoever knows the content learns that others have it: %v, %v", has, err)
	}
	if err := os.Rename(filepath.Join(dir, fileOf("organisations/b", d)), filepath.Join(dir, fileOf(owner, d))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.OpenAt(owner, d, 0); !errors.Is(err, captures.ErrDamaged) {
		t.Errorf("a file in the place of another: %v", err)
	}
}

// TestAChangedByteIsNotServed: wherever it is.
func TestAChangedByteIsNotServed(t *testing.T) {
	s, dir := open(t)
	content := bytes.Repeat([]byte("page "), 40_000)
	blob, err := s.Put(context.Background(), owner, bytes.NewReader(content), captures.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileOf(owner, blob.SHA256))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 199 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		r, _, err := s.OpenAt(owner, blob.SHA256, 0)
		if err == nil {
			var got []byte
			got, err = io.ReadAll(r)
			r.Close()
			if !bytes.HasPrefix(content, got) {
				t.Fatalf("byte %d: what was not stored is served", at)
			}
		}
		if unused := at > 66 && at < 1024; err != nil == unused || err != nil && !errors.Is(err, captures.ErrDamaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		report, err := captures.Check(context.Background(), dir, keys, nil)
		if err != nil || len(report.Damaged) != 1 {
			t.Fatalf("byte %d: %+v, %v", at, report, err)
		}
	}
}
