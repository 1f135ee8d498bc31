package captures

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"tumen/service/seal"
)

// Keys are what contents are sealed and named with.
type Keys struct {
	Epoch  *seal.Epoch // wraps the key of each content
	Naming []byte      // 32 bytes, permanent: of the names under which contents lie
}

// ErrDamaged: a stored content does not open: it was changed, cut, put in the place
// of another, or sealed with other keys.
var ErrDamaged = errors.New("captures: a stored content does not open")

// Name is the name under which the content with a SHA-256 (hexadecimal) lies for an
// owner: 64 hexadecimal digits that tell nothing without the key, and are others
// for another owner of the same content.
func (k Keys) Name(owner, sha256hex string) string {
	mac := hmac.New(sha256.New, k.Naming)
	fmt.Fprintf(mac, "tumen capture 1\n%d\n%s%s", len(owner), owner, sha256hex)
	return hex.EncodeToString(mac.Sum(nil))
}

// A file begins with the version and the content's key, wrapped by the epoch key and
// bound to the file's name; behind that is the content as package seal seals
// captures: in chunks, padded. There are two places for the key, each inside a
// sector of its own: a turnover of the epoch writes the key anew to the one that is
// empty and then empties the other, so that one opens at any moment. All else of the
// head is zero.
const (
	fileVersion = 1
	fileHead    = 2 * sector
	sector      = 512
)

// keyPlaces are where in a file the key may be.
var keyPlaces = [2]int64{1, sector}

// owning binds a content's key to the name of its file. No record's key is bound to
// as many bytes.
func owning(name string) []byte { return []byte("capture " + name) }

// sealInto seals what is written to it into a file, behind room for its head.
func sealInto(file *os.File) (*seal.DataKey, io.WriteCloser, error) {
	key := seal.NewDataKey()
	w, err := key.SealCapture(io.NewOffsetWriter(file, fileHead), "")
	return key, w, err
}

// writeHead completes a file that is going to have that name.
func (k Keys) writeHead(file *os.File, key *seal.DataKey, name string) error {
	wrapped, err := k.Epoch.Wrap(key, owning(name))
	if err == nil && len(wrapped) != seal.WrappedSize {
		err = fmt.Errorf("a wrapped key of %d bytes", len(wrapped))
	}
	if err != nil {
		return err
	}
	head := make([]byte, fileHead)
	head[0] = fileVersion
	copy(head[keyPlaces[0]:], wrapped)
	_, err = file.WriteAt(head, 0)
	return err
}

// wrappedKeys reads what stands in a file where its key may be. The error is
// ErrDamaged where that is no file of ours.
func wrappedKeys(file io.ReaderAt) (wrapped [2][]byte, err error) {
	head := make([]byte, fileHead)
	if _, err := file.ReadAt(head, 0); errors.Is(err, io.EOF) || err == nil && head[0] != fileVersion {
		return wrapped, ErrDamaged
	} else if err != nil {
		return wrapped, err
	}
	for i, at := range keyPlaces {
		wrapped[i] = head[at : at+seal.WrappedSize]
	}
	return wrapped, nil
}

// key gives the key of the content in a file that lies under a name. Where a turnover
// ends meanwhile, it is renewed in the file, and read there once more.
func (k Keys) key(file io.ReaderAt, name string) (*seal.DataKey, error) {
	for {
		began := k.Epoch.Status()
		places, err := wrappedKeys(file)
		if err != nil {
			return nil, err
		}
		if counts := k.counts(places, name); counts >= 0 {
			if key, err := k.Epoch.Unwrap(places[counts], owning(name)); err == nil {
				return key, nil
			}
		}
		if k.Epoch.Status() == began {
			return nil, ErrDamaged
		}
	}
}

// checkHead says whether a file's head is as it was written: nothing in it but the
// version and the key. During a turnover the other place may hold another key, or
// what a sudden end left of one.
func (k Keys) checkHead(file io.ReaderAt, name string) error {
	head := make([]byte, fileHead)
	if _, err := file.ReadAt(head, 0); err != nil {
		return err
	}
	places, err := wrappedKeys(file)
	if err != nil {
		return err
	}
	counts := k.counts(places, name)
	for i, at := range keyPlaces {
		if i == counts || k.Epoch.Status().Turnover {
			clear(head[at : at+seal.WrappedSize])
		}
	}
	if !empty(head[1:]) {
		return ErrDamaged
	}
	return nil
}

// open opens the content of a file that lies under a name. Errors: ErrDamaged, those
// of the file system.
func (k Keys) open(file *os.File, name string) (*seal.Capture, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	key, err := k.key(file, name)
	if err != nil {
		return nil, err
	}
	rest := info.Size() - fileHead
	content, err := key.OpenCapture(io.NewSectionReader(file, fileHead, rest), rest, "")
	if errors.Is(err, seal.ErrSealed) {
		return nil, ErrDamaged
	}
	return content, err
}
