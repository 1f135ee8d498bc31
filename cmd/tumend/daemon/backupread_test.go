package daemon

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"tumen/service"
)

// kept is a recipient of backups, with the file of the identity.
type kept struct {
	dir, identity string
	to            *age.X25519Identity
}

func newKept(t testing.TB) *kept {
	t.Helper()
	to, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{dir: t.TempDir(), to: to}
	k.identity = filepath.Join(k.dir, "identity")
	if err := os.WriteFile(k.identity, []byte(to.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// file writes an encrypted file with that in it.
func (k *kept) file(t testing.TB, plain []byte) string {
	t.Helper()
	path := filepath.Join(k.dir, "b.age")
	os.Remove(path)
	if _, err := writeEncrypted(path, []age.Recipient{k.to.Recipient()}, func(w io.Writer) error {
		_, err := w.Write(plain)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return path
}

// read reads a backup and returns what it gave.
func (k *kept) read(path string) (map[string]string, error) {
	found := map[string]string{}
	_, _, err := readBackup(context.Background(), path, k.identity, func(name string, r io.Reader) error {
		b, err := io.ReadAll(r)
		found[name] = string(b)
		return err
	})
	return found, err
}

// entry is a file in a tar.
type entry struct {
	name, content string
	kind          byte
}

const captureName = "captures/ab/cdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"

func indexOf(entries ...entry) entry {
	m := service.BackupManifest{Format: service.BackupFormat, Made: "2026-11-26", Epoch: 1}
	for _, e := range entries {
		sum := sha256.Sum256([]byte(e.content))
		m.Parts = append(m.Parts, service.BackupPart{Name: e.name, Size: int64(len(e.content)), SHA256: hex.EncodeToString(sum[:])})
	}
	text, _ := json.Marshal(m)
	return entry{name: service.BackupIndex, content: string(text)}
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.content)), Mode: 0o600}
		if e.kind != 0 {
			h.Typeflag, h.Size, h.Linkname = e.kind, 0, e.content
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			if _, err := io.WriteString(w, e.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOnlyAWholeBackupIsOne: what else is in a file, or missing from it, is refused.
func TestOnlyAWholeBackupIsOne(t *testing.T) {
	k := newKept(t)
	db, capture := entry{name: "tumen.db", content: strings.Repeat("row ", 30_000)}, entry{name: captureName, content: "page"}
	good := archive(t, db, capture, indexOf(db, capture))
	found, err := k.read(k.file(t, good))
	if err != nil || found["tumen.db"] != db.content || found[captureName] != "page" || len(found) != 2 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	other := entry{name: captureName, content: "pagf"}
	for what, plain := range map[string][]byte{
		"no tar":                   []byte("rows"),
		"nothing":                  archive(t),
		"no manifest":              archive(t, db, capture),
		"something behind it":      archive(t, db, indexOf(db), capture),
		"another form":             archive(t, db, entry{name: "manifest.json", content: `{"format":"tumen backup 2"}`}),
		"a manifest that is none":  archive(t, db, entry{name: "manifest.json", content: `[]`}),
		"a changed capture":        archive(t, db, other, indexOf(db, capture)),
		"one that is missing":      archive(t, db, indexOf(db, capture)),
		"one too many":             archive(t, db, capture, indexOf(db)),
		"one twice":                archive(t, db, db, indexOf(db)),
		"no store":                 archive(t, capture, indexOf(capture)),
		"the store behind":         archive(t, capture, db, indexOf(capture, db)),
		"a path that leads out":    archive(t, db, entry{name: "captures/../../etc/passwd", content: "x"}, indexOf(db)),
		"an absolute path":         archive(t, db, entry{name: "/etc/passwd", content: "x"}, indexOf(db)),
		"a key":                    archive(t, db, entry{name: "keys/epoch.age", content: "x"}, indexOf(db)),
		"a link":                   archive(t, db, entry{name: captureName, content: "/etc/passwd", kind: tar.TypeSymlink}, indexOf(db)),
		"a hard link":              archive(t, db, entry{name: captureName, content: "tumen.db", kind: tar.TypeLink}, indexOf(db)),
		"a folder":                 archive(t, db, entry{name: "captures/ab/", kind: tar.TypeDir}, indexOf(db)),
		"something behind the end": append(bytes.Clone(good), "more"...),
		"an end too early":         good[:len(good)-2048],
	} {
		if _, err := k.read(k.file(t, plain)); !errors.Is(err, errBackup) {
			t.Errorf("%s: %v", what, err)
		}
	}
	whole, err := os.ReadFile(k.file(t, good))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(k.dir, "changed.age")
	for at := 0; at < len(whole); at += max(1, len(whole)/300) {
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		for what, b := range map[string][]byte{"changed": changed, "cut": whole[:at]} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := k.read(path); err == nil {
				t.Fatalf("%s at byte %d: it is taken for whole", what, at)
			}
		}
	}
	if _, err := k.read(k.dir); err == nil || errors.Is(err, errBackup) {
		t.Errorf("what can't be read is called damage: %v", err)
	}
}

// FuzzBackup: whatever is encrypted, reading it gives only names that backups have.
func FuzzBackup(f *testing.F) {
	k := newKept(f)
	db := entry{name: "tumen.db", content: "rows"}
	f.Add(archive(f, db, indexOf(db)))
	f.Add(archive(f, entry{name: "captures/../x", content: "x"}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		r := &reading{ctx: t.Context(), tar: tar.NewReader(bytes.NewReader(plain)), part: func(name string, r io.Reader) error {
			if !belongs(name) || strings.Contains(name, "..") || filepath.IsAbs(name) {
				t.Errorf("a file %q", name)
			}
			_, err := io.Copy(io.Discard, r)
			return err
		}}
		_ = r.all()
	})
	_ = k
}

// TestNoKeyIsInABackup: neither the files of the keys folder nor what is in them,
// in any form; nor a word of what was recorded.
func TestNoKeyIsInABackup(t *testing.T) {
	dir := folder(t)
	s := settingsIn(t, dir)
	if err := Init(t.Context(), s, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	k := newKept(t)
	var said bytes.Buffer
	path := filepath.Join(k.dir, "b.age")
	if code := Run(t.Context(), []string{"backup", "--data-dir", s.DataDir, "--keys-dir", s.KeysDir, "--recipient", k.to.Recipient().String(), "--out", path}, io.Discard, &said); code != 0 {
		t.Fatal(said.String())
	}
	found, err := k.read(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := string(file)
	for _, content := range found {
		all += content
	}
	keys, err := findKeys(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	secrets := [][]byte{keys.IDKey(), keys.IndexKey(), keys.PageKey(), keys.CaptureKey(), keys.LedgerSeed()}
	newest, _ := keys.Epoch().Keys()
	secrets = append(secrets, newest.Index())
	entries, err := os.ReadDir(s.KeysDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(s.KeysDir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() != authorityCertName {
			secrets = append(secrets, b[len(b)/2:][:24])
		}
	}
	for i, secret := range secrets {
		for _, form := range []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret)[:30], base64.RawURLEncoding.EncodeToString(secret)[:30]} {
			if strings.Contains(all, form) {
				t.Errorf("key %d is in the backup", i)
			}
		}
	}
	if first := firstIn(dir); strings.Contains(all, first.DisplayName) || strings.Contains(all, first.Organisation) {
		t.Error("the organisation's name is in the backup")
	}
}
