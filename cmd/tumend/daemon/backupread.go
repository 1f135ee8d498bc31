package daemon

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"tumen/service"
	"tumen/service/captures"
)

// errBackup: what was read is no whole backup.
var errBackup = errors.New("this is no whole backup")

func notWhole(format string, args ...any) error {
	return fmt.Errorf("%w: %s; nothing was changed", errBackup, fmt.Sprintf(format, args...))
}

// maxIndex bounds the manifest of a backup, in bytes: some millions of captures.
const maxIndex = 1 << 30

// readBackup decrypts a backup and gives each file in it to part, which has to read
// it whole. Only when it returns without an error is what was given known to be what
// was backed up. It returns what the manifest says, and the size of the file.
func readBackup(ctx context.Context, file, identity string, part func(name string, r io.Reader) error) (*service.BackupManifest, int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	source := &remembering{r: f}
	plain, err := decrypted(source, file, identity)
	if err != nil {
		return nil, 0, cmp.Or(source.err, err)
	}
	r := &reading{ctx: ctx, tar: tar.NewReader(plain), part: part}
	err = r.all()
	if err == nil {
		err = atEnd(plain)
	}
	if err = cmp.Or(source.err, err); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	return r.manifest, info.Size(), nil
}

// remembering remembers why a file could not be read: a stick that was pulled out
// is no damage.
type remembering struct {
	r   io.Reader
	err error
}

func (m *remembering) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

// atEnd reads what is encrypted to its end, which alone proves that it was not cut.
func atEnd(plain io.Reader) error {
	n, err := io.Copy(io.Discard, plain)
	if err != nil {
		return notWhole("%v", err)
	}
	if n > 0 {
		return notWhole("something follows its end")
	}
	return nil
}

func decrypted(f io.Reader, file, identity string) (io.Reader, error) {
	identities, err := readIdentities(identity)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(f, identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, fmt.Errorf("%s is not encrypted to the identity in %s", file, identity)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, notWhole("%v", err))
	}
	return plain, nil
}

// readIdentities reads the age identities in a file of which only its owner may
// know.
func readIdentities(path string) ([]age.Identity, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s holds no age identity", path)
	}
	return identities, nil
}

// reading goes through the files of a backup.
type reading struct {
	ctx      context.Context
	tar      *tar.Reader
	part     func(string, io.Reader) error
	parts    []service.BackupPart
	manifest *service.BackupManifest
}

func (r *reading) all() error {
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		h, err := r.tar.Next()
		switch {
		case errors.Is(err, io.EOF):
			return r.whole()
		case err != nil:
			return notWhole("%v", err)
		case r.manifest != nil:
			return notWhole("something follows its manifest")
		case h.Typeflag != tar.TypeReg || h.Size < 0:
			return notWhole("%q is no file", h.Name)
		case h.Name == service.BackupIndex:
			err = r.index(h.Size)
		case !belongs(h.Name):
			return notWhole("%q does not belong in one", h.Name)
		default:
			err = r.one(h)
		}
		if err != nil {
			return err
		}
	}
}

// belongs says whether a name is one that backups have: no other is ever written.
func belongs(name string) bool {
	if name == service.BackupStore {
		return true
	}
	rest, ok := strings.CutPrefix(name, service.BackupCaptures+"/")
	folder, file, ok2 := strings.Cut(rest, "/")
	wantFolder, wantFile, known := captures.Place(folder + file)
	return ok && ok2 && known && folder == wantFolder && file == wantFile
}

func (r *reading) one(h *tar.Header) error {
	hash := sha256.New()
	read := &counting{r: io.TeeReader(r.tar, hash)}
	if err := r.part(h.Name, read); err != nil {
		return err
	}
	if read.n != h.Size {
		return notWhole("%s ends too early", h.Name)
	}
	r.parts = append(r.parts, service.BackupPart{Name: h.Name, Size: h.Size, SHA256: hex.EncodeToString(hash.Sum(nil))})
	return nil
}

type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = notWhole("%v", err) // age and tar say what
	}
	return n, err
}

func (r *reading) index(size int64) error {
	if size > maxIndex {
		return notWhole("its manifest has %d bytes", size)
	}
	text, err := io.ReadAll(r.tar)
	if err != nil {
		return notWhole("%v", err)
	}
	r.manifest = new(service.BackupManifest)
	if err := json.Unmarshal(text, r.manifest); err != nil {
		return notWhole("its manifest: %v", err)
	}
	return nil
}

// whole compares what was read with what the manifest says.
func (r *reading) whole() error {
	switch {
	case r.manifest == nil:
		return notWhole("its manifest is missing: it was cut off")
	case r.manifest.Format != service.BackupFormat:
		return notWhole("its format is %q, and this program knows %q", r.manifest.Format, service.BackupFormat)
	case len(r.parts) == 0 || r.parts[0].Name != service.BackupStore:
		return notWhole("the store is not in it")
	case len(r.parts) != len(r.manifest.Parts):
		return notWhole("%d files are in it, and its manifest speaks of %d", len(r.parts), len(r.manifest.Parts))
	}
	for i, p := range r.parts {
		if p != r.manifest.Parts[i] {
			return notWhole("%s is not what its manifest says", p.Name)
		}
	}
	return nil
}
