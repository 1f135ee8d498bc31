// Package captures keeps the bytes of captures, sealed and content-addressed, beside
// the store of records. It knows bytes, their SHA-256 and whose they are, nothing
// else: which record a capture belongs to, and who may read it, is decided before it
// is asked.
//
// # What is on disk
//
//	DIR/ab/cdef…   one file per content and owner, named by a keyed hash of both in
//	               hexadecimal: two digits for the folder, sixty-two for the file
//	DIR/incoming/  what is being received; nothing in it has been acknowledged
//
// Each content is sealed under a key of its own, which the epoch key wraps, and
// padded, so that a file tells neither what it holds nor, but roughly, how much.
// Folders have mode 0700, files 0600. A content gets its name only when it is
// whole and on disk, so a file under its final name is always a whole one. No
// path is made from what a caller says: only from a digest of 32 bytes.
package captures

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tumen/internal/disk"
	"tumen/service/fault"
	"tumen/service/seal"
)

// MaxSize is the largest size of a capture, in bytes: 256 MiB.
const MaxSize = 256 << 20

// incoming is the folder of what is being received. No content can be in a
// folder of this name: theirs have two characters.
const incoming = "incoming"

// ErrMissing: no content with this digest is stored.
var ErrMissing = errors.New("captures: no such content")

// Expectation is what a caller says in advance of the bytes that it sends.
type Expectation struct {
	SHA256 string // 64 lower-case hexadecimal digits; empty: not stated
	Size   int64  // in bytes; 0: not stated
}

// Blob is a stored content.
type Blob struct {
	SHA256 string // 64 lower-case hexadecimal digits
	Size   int64  // in bytes
}

// Store is a folder of sealed contents. Its methods may be called by any number of
// goroutines at once. One process at a time has a folder open for writing; who
// opens it holds the lock of the store of records beside it.
type Store struct {
	root *os.Root
	keys Keys
	// settling is held for reading by who gives a content its name, until a record
	// speaks of it; for writing, where no other may come to be (renew.go).
	settling sync.RWMutex
}

// Open opens the folder dir, makes it (mode 0700) if it is absent, and removes
// what earlier processes were receiving when they ended. A folder that others
// than its owner may use is refused.
func Open(dir string, keys Keys) (*Store, error) {
	if keys.Epoch == nil || len(keys.Naming) != seal.KeySize {
		return nil, errors.New("captures: they are not kept without the keys that seal them")
	}
	start := time.Now()
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("captures: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("captures: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("captures: %s has mode %v: it must be a folder that only its owner may use (0700)", dir, info.Mode())
	}
	// Its own name has to be on disk, too, before anything in it is.
	if err := disk.SyncFolder(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, fmt.Errorf("captures: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("captures: %w", err)
	}
	s := &Store{root: root, keys: keys}
	if err := s.prepare(start); err != nil {
		return nil, errors.Join(fmt.Errorf("captures: %w", err), root.Close())
	}
	return s, nil
}

// prepare makes the folder for incoming bytes and clears what is older than start.
func (s *Store) prepare(start time.Time) error {
	if err := s.folder(incoming); err != nil {
		return err
	}
	entries, err := fs.ReadDir(s.root.FS(), incoming)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() && info.ModTime().Before(start) {
			if err := s.root.Remove(path.Join(incoming, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close releases the folder. Readers that OpenAt gave stay usable.
func (s *Store) Close() error { return s.root.Close() }

// Put reads r to its end and stores what it gives for an owner, which is durable when
// Put returns. The same bytes twice are stored once. On any error nothing is left
// that a later call would find.
//
// Faults: CAPTURE_TOO_LARGE beyond MaxSize, SIZE_MISMATCH and SHA256_MISMATCH
// where the bytes are not those that want states, STORE_FULL. An error of r and
// that of ctx come back as they are; ctx is looked at before each read.
func (s *Store) Put(ctx context.Context, owner string, r io.Reader, want Expectation) (Blob, error) {
	return s.Keep(ctx, owner, r, want, func(Blob) error { return nil })
}

// Keep is Put followed by record, which is to make the record that speaks of the
// content: between the two, Sweep removes nothing. Where record fails, the content
// stays without one.
func (s *Store) Keep(ctx context.Context, owner string, r io.Reader, want Expectation, record func(Blob) error) (Blob, error) {
	if want.Size < 0 || want.SHA256 != "" && !validSHA256(want.SHA256) {
		return Blob{}, fault.Field("header.capture.sha256", "INVALID_EXPECTATION", "a size is not negative, and a SHA-256 is 64 lower-case hexadecimal digits")
	}
	if want.Size > MaxSize {
		return Blob{}, tooLarge()
	}
	name := path.Join(incoming, rand.Text())
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Blob{}, onDisk(err)
	}
	key, blob, err := receiveSealed(ctx, file, r, want)
	if err == nil {
		err = onDisk(file.Sync()) // which takes long, unlike what follows
	}
	if err != nil {
		s.root.Remove(name) // if even that fails, the next Open does it
		return Blob{}, errors.Join(err, file.Close())
	}
	s.settling.RLock()
	defer s.settling.RUnlock()
	final := s.keys.Name(owner, blob.SHA256)
	err = onDisk(s.keys.writeHead(file, key, final))
	if err == nil {
		err = onDisk(file.Sync())
	}
	if closing := file.Close(); err == nil {
		err = onDisk(closing)
	}
	if err == nil {
		err = onDisk(s.settle(name, final))
	}
	if err != nil {
		s.root.Remove(name)
		return Blob{}, err
	}
	return blob, record(blob)
}

// receiveSealed is receive into a file that is sealed under the key that it gives.
func receiveSealed(ctx context.Context, file *os.File, r io.Reader, want Expectation) (*seal.DataKey, Blob, error) {
	key, sealing, err := sealInto(file)
	if err != nil {
		return nil, Blob{}, onDisk(err)
	}
	blob, err := receive(ctx, sealing, r, want)
	if err != nil {
		return nil, Blob{}, err
	}
	return key, blob, onDisk(sealing.Close())
}

// receive copies r into file, hashing, until r ends or has broken a limit.
func receive(ctx context.Context, file io.Writer, r io.Reader, want Expectation) (Blob, error) {
	limit := int64(MaxSize)
	if want.Size != 0 {
		limit = want.Size
	}
	hash := sha256.New()
	var size int64
	buffer := make([]byte, 256<<10)
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return Blob{}, err
		}
		n, err := r.Read(buffer)
		size += int64(n)
		if size > MaxSize {
			return Blob{}, tooLarge()
		}
		if size > limit {
			return Blob{}, sizeDiffers(want.Size)
		}
		hash.Write(buffer[:n])
		if _, err := file.Write(buffer[:n]); err != nil {
			return Blob{}, onDisk(err)
		}
		if err != nil && err != io.EOF {
			return Blob{}, err
		}
		ended = err == io.EOF
	}
	if want.Size != 0 && size != want.Size {
		return Blob{}, sizeDiffers(want.Size)
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	if want.SHA256 != "" && digest != want.SHA256 {
		return Blob{}, fault.Field("header.capture.sha256", "SHA256_MISMATCH", "the bytes received have another SHA-256 than stated: they were changed on the way, or the statement is about another file")
	}
	return Blob{SHA256: digest, Size: size}, nil
}

// settle gives received bytes their final name. Where the content is there
// already it takes its place: whoever else is storing it may not have come to
// syncing the folder yet, and a damaged file is mended by it.
func (s *Store) settle(name, final string) error {
	folder, file := place(final)
	if err := s.folder(folder); err != nil {
		return err
	}
	if err := s.root.Rename(name, path.Join(folder, file)); err != nil {
		return err
	}
	return s.sync(folder)
}

// folder makes a folder of the store if it is absent, and has its name on disk
// when it returns.
func (s *Store) folder(name string) error {
	if err := s.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.sync(".")
}

func (s *Store) sync(folder string) error {
	f, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Has says whether an owner's content is stored. It looks at its name only; Check
// reads.
func (s *Store) Has(owner, sha256 string) (bool, error) {
	_, err := s.find(owner, sha256)
	if errors.Is(err, ErrMissing) {
		return false, nil
	}
	return err == nil, err
}

// OpenAt gives the bytes of an owner's content from offset on, and its whole size.
// What it gives has been authenticated. The caller closes the reader. Errors:
// ErrMissing, ErrDamaged, and the fault OFFSET_TOO_LARGE for an offset below 0 or
// beyond the end; reading gives ErrDamaged where the content was changed further on.
func (s *Store) OpenAt(owner, sha256 string, offset int64) (io.ReadCloser, int64, error) {
	name, err := s.find(owner, sha256)
	if err != nil {
		return nil, 0, err
	}
	folder, file := place(name)
	f, err := s.root.Open(path.Join(folder, file))
	if err != nil {
		return nil, 0, fmt.Errorf("captures: %w", err)
	}
	content, err := s.keys.open(f, name)
	switch {
	case err != nil:
		err = fmt.Errorf("captures: %w", err)
	case offset < 0 || offset > content.Size():
		err = fault.Field("offset", "OFFSET_TOO_LARGE", "the capture has %d bytes, so an offset is from 0 to %d", content.Size(), content.Size())
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return reading{io.NewSectionReader(content, offset, content.Size()-offset), f}, content.Size(), nil
}

// reading reads from a content and closes its file.
type reading struct {
	io.Reader
	io.Closer
}

// Read implements io.Reader.
func (r reading) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if errors.Is(err, seal.ErrSealed) {
		err = ErrDamaged
	}
	return n, err
}

// find returns the name of an owner's content, if it is there.
func (s *Store) find(owner, sha256 string) (string, error) {
	if !validSHA256(sha256) {
		return "", errors.New("captures: not a SHA-256 in 64 lower-case hexadecimal digits")
	}
	name := s.keys.Name(owner, sha256)
	folder, file := place(name)
	info, err := s.root.Lstat(path.Join(folder, file))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", ErrMissing
	case err != nil:
		return "", fmt.Errorf("captures: %w", err)
	case !info.Mode().IsRegular():
		return "", errors.New("captures: what is stored is not a regular file")
	}
	return name, nil
}

// place is where a content lies, as folder and file.
func place(name string) (folder, file string) { return name[:2], name[2:] }

func validSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

func tooLarge() error {
	return fault.New(fault.TooLarge, "CAPTURE_TOO_LARGE", "a capture has at most %d bytes; nothing was stored", MaxSize)
}

func sizeDiffers(stated int64) error {
	return fault.Field("header.capture.size", "SIZE_MISMATCH", "%d bytes were stated, and more or fewer were received", stated)
}

// onDisk is an error of the file system: a full disk is the caller's to know.
func onDisk(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.New(fault.TooLarge, "STORE_FULL", "the server has no room for the capture; nothing was stored; tell whoever runs it")
	}
	return fmt.Errorf("captures: %w", err)
}
