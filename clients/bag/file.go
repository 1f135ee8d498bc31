package bag

import (
	"bufio"
	"crypto/sha512"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// file is one file of the bag while it is written.
type file struct {
	*bufio.Writer
	name   string // with slashes, as manifests have it
	f      *os.File
	digest hash.Hash
	size   int64
}

// counted counts and digests what goes to disk. It is a Writer and nothing else that
// a file is, or what is written could go past it.
type counted struct{ file *file }

// Write implements io.Writer.
func (c counted) Write(b []byte) (int, error) {
	n, err := c.file.f.Write(b)
	c.file.digest.Write(b[:n])
	c.file.size += int64(n)
	return n, err
}

// create makes a file anew.
func (w *Writer) create(name string) (*file, error) {
	f, err := os.OpenFile(w.path(name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	out := &file{name: name, f: f, digest: sha512.New()}
	out.Writer = bufio.NewWriterSize(counted{out}, 1<<16)
	return out, nil
}

// end makes a file durable.
func (f *file) end() error {
	return errors.Join(f.Flush(), f.f.Sync(), f.f.Close())
}

// whole ends a file, for the manifests to name.
func (w *Writer) whole(f *file) error {
	w.files[f.name] = f
	return f.end()
}

// write writes a whole file.
func (w *Writer) write(name string, content []byte) (*file, error) {
	f, err := w.create(name)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(content)
	return f, errors.Join(err, f.end())
}

// digestCaptures digests the bytes of captures, parts of which may have been fetched
// before.
func (w *Writer) digestCaptures() error {
	captures, err := filepath.Glob(w.path(captureFolder + "*"))
	if err != nil {
		return err
	}
	for _, path := range captures {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		there := &file{name: captureFolder + filepath.Base(path), digest: sha512.New()}
		there.size, err = io.Copy(there.digest, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		w.files[there.name] = there
	}
	return nil
}
