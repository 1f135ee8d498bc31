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

// counted counts and digests what goes to disk.
type counted struct{ *file }

// Write implements io.Writer.
func (c counted) Write(b []byte) (int, error) {
	n, err := c.f.Write(b)
	c.digest.Write(b[:n])
	c.size += int64(n)
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
	w.files = append(w.files, f)
	return f.end()
}

// write writes a whole file.
func (w *Writer) write(name string, content []byte) error {
	f, err := w.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.end())
}

// arrived digests the files that came from the server.
func (w *Writer) arrived() error {
	names := []string{"data/checkpoint", "data/export.json", "data/export-entry.json", "data/records.jsonl"}
	captures, err := filepath.Glob(w.path(captureFolder + "*"))
	if err != nil {
		return err
	}
	for _, path := range captures {
		names = append(names, captureFolder+filepath.Base(path))
	}
	for _, name := range names {
		f, err := os.Open(w.path(name))
		if err != nil {
			return err
		}
		there := &file{name: name, digest: sha512.New()}
		there.size, err = io.Copy(there.digest, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		w.files = append(w.files, there)
	}
	return nil
}
