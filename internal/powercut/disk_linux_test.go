package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// outcomes is how many survivors of one cut the tests look at.
const outcomes = 100

// after cuts the power and calls look with every outcome.
func after(t *testing.T, d *Disk, look func(folder string)) {
	t.Helper()
	d.Cut()
	for seed := range uint64(outcomes) {
		folder := filepath.Join(t.TempDir(), fmt.Sprint(seed))
		must(t, d.Survivor(folder, seed))
		look(folder)
		must(t, os.RemoveAll(folder))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mounted is a disk, and the folder it is mounted on.
func mounted(t *testing.T, o Options) (*Disk, string) {
	t.Helper()
	folder := t.TempDir()
	d, err := Mount(folder, o)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d, folder
}

// syncNames syncs a folder.
func syncNames(t *testing.T, folder string) {
	t.Helper()
	f, err := os.Open(folder)
	must(t, err)
	must(t, errors.Join(f.Sync(), f.Close()))
}

// seen counts what was found.
type seen map[string]int

func (s seen) all(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if s[w] == 0 {
			t.Errorf("%q was no outcome; there were %v", w, s)
		}
		delete(s, w)
	}
	if len(s) > 0 {
		t.Errorf("other outcomes: %v", s)
	}
}

func TestWhatWasSyncedSurvivesAndTheRestMay(t *testing.T) {
	d, folder := mounted(t, Options{})
	path := filepath.Join(folder, "file")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	put := func(letter string, at int64) {
		_, err := f.WriteAt(bytes.Repeat([]byte(letter), sector), at)
		must(t, err)
	}
	put("a", 0)
	put("a", sector)
	must(t, f.Sync())
	syncNames(t, folder)
	put("b", 0)
	put("c", sector)
	put("d", 0)
	found := seen{}
	after(t, d, func(folder string) {
		b, err := os.ReadFile(filepath.Join(folder, "file"))
		must(t, err)
		found[string([]byte{b[0], b[sector]})]++
		if info, err := os.Stat(filepath.Join(folder, "file")); err != nil || len(b) != 2*sector || info.Mode().Perm() != 0o600 {
			t.Errorf("%d bytes, %v, %v", len(b), info, err)
		}
	})
	found.all(t, "aa", "ba", "da", "ac", "bc", "dc")
	f.Close()
}

func TestAWriteMayBeTorn(t *testing.T) {
	d, folder := mounted(t, Options{})
	path := filepath.Join(folder, "file")
	must(t, os.WriteFile(path, make([]byte, 16*sector), 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	must(t, f.Sync())
	syncNames(t, folder)
	_, err = f.WriteAt(bytes.Repeat([]byte("x"), 8*sector), 4*sector)
	must(t, err)
	found := seen{}
	after(t, d, func(folder string) {
		b, err := os.ReadFile(filepath.Join(folder, "file"))
		must(t, err)
		switch n := bytes.Count(b, []byte("x")); n {
		case 0:
			found["none"]++
		case 8 * sector:
			found["all"]++
		default:
			found["torn"]++
			if n%sector != 0 {
				t.Errorf("%d bytes: no sectors", n)
			}
		}
	})
	found.all(t, "none", "all", "torn")
	f.Close()
}

func TestALengthIsSyncedLikeBytes(t *testing.T) {
	d, folder := mounted(t, Options{})
	path := filepath.Join(folder, "file")
	must(t, os.WriteFile(path, []byte("four"), 0o600))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	must(t, syscall.Fdatasync(int(f.Fd())))
	syncNames(t, folder)
	must(t, f.Truncate(2))
	must(t, f.Truncate(6))
	found := seen{}
	after(t, d, func(folder string) {
		b, err := os.ReadFile(filepath.Join(folder, "file"))
		must(t, err)
		found[string(b)]++
	})
	found.all(t, "four", "fo", "four\x00\x00", "fo\x00\x00\x00\x00")
	f.Close()
}

// A name is another matter than what it names.
func TestNamesSurviveWithTheirFolder(t *testing.T) {
	d, folder := mounted(t, Options{})
	at := func(name string) string { return filepath.Join(folder, name) }
	must(t, os.Mkdir(at("from"), 0o700))
	must(t, os.Mkdir(at("to"), 0o700))
	must(t, os.WriteFile(at("from/a"), []byte("a"), 0o600))
	must(t, os.WriteFile(at("from/b"), []byte("b"), 0o600))
	for _, name := range []string{"from/a", "from/b"} {
		f, err := os.Open(at(name))
		must(t, err)
		must(t, errors.Join(f.Sync(), f.Close()))
	}
	syncNames(t, at("from"))
	syncNames(t, folder)
	must(t, os.Rename(at("from/a"), at("to/a")))
	must(t, os.Remove(at("from/b")))
	must(t, os.WriteFile(at("from/c"), nil, 0o600))
	found := seen{}
	after(t, d, func(folder string) {
		here := func(name string) bool {
			_, err := os.Stat(filepath.Join(folder, name))
			return err == nil
		}
		switch old, fresh := here("from/a"), here("to/a"); {
		case old && fresh:
			found["both names"]++
		case old:
			found["not renamed"]++
		case fresh:
			found["renamed"]++
		default:
			t.Error("a rename left neither name")
		}
		found[fmt.Sprint("b ", here("from/b"))]++
		found[fmt.Sprint("c ", here("from/c"))]++
	})
	found.all(t, "both names", "not renamed", "renamed", "b true", "b false", "c true", "c false")
}

func TestARenamedFileStaysOnceItsFolderIsSynced(t *testing.T) {
	d, folder := mounted(t, Options{})
	path := filepath.Join(folder, "new")
	f, err := os.Create(path)
	must(t, err)
	_, err = f.Write([]byte("x"))
	must(t, errors.Join(err, f.Sync(), f.Close()))
	must(t, os.Rename(path, filepath.Join(folder, "final")))
	syncNames(t, folder)
	after(t, d, func(folder string) {
		names, err := fs.ReadDir(os.DirFS(folder), ".")
		must(t, err)
		b, err := os.ReadFile(filepath.Join(folder, "final"))
		if err != nil || string(b) != "x" || len(names) != 1 {
			t.Errorf("%v %q %v", names, b, err)
		}
	})
}

func TestADiskThatIgnoresSyncLoses(t *testing.T) {
	d, folder := mounted(t, Options{IgnoresSync: true})
	f, err := os.Create(filepath.Join(folder, "file"))
	must(t, err)
	must(t, errors.Join(f.Sync(), f.Close()))
	syncNames(t, folder)
	found := seen{}
	after(t, d, func(folder string) {
		names, err := fs.ReadDir(os.DirFS(folder), ".")
		must(t, err)
		found[fmt.Sprint(len(names))]++
	})
	found.all(t, "0", "1")
}

// A disk goes on with what survived.
func TestADiskBeginsWithAFolder(t *testing.T) {
	from := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(from, "a/b"), 0o700))
	must(t, os.WriteFile(filepath.Join(from, "a/b/c"), []byte("x"), 0o600))
	d, folder := mounted(t, Options{From: from})
	b, err := os.ReadFile(filepath.Join(folder, "a/b/c"))
	if err != nil || string(b) != "x" {
		t.Errorf("%q %v", b, err)
	}
	after(t, d, func(folder string) {
		if b, err := os.ReadFile(filepath.Join(folder, "a/b/c")); err != nil || string(b) != "x" {
			t.Errorf("%q %v", b, err)
		}
	})
}

// The cut comes before a change, and nothing is answered any more.
func TestNothingHappensAfterTheCut(t *testing.T) {
	d, folder := mounted(t, Options{})
	d.CutAfter(2)
	must(t, os.Mkdir(filepath.Join(folder, "a"), 0o700))
	must(t, os.Mkdir(filepath.Join(folder, "b"), 0o700))
	failed := make(chan error)
	go func() { failed <- os.Mkdir(filepath.Join(folder, "c"), 0o700) }()
	<-d.Gone()
	if d.nodes[root].names["c"] != 0 {
		t.Error("it was made")
	}
	d.LetGo()
	if err := <-failed; !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
}
