// Package bag writes an export as a folder that convinces a stranger: a BagIt bag
// (RFC 8493) with
//
//	data/export.json        the statement that the export's entry commits to
//	data/export-entry.json  that entry, its salt and its proof
//	data/checkpoint         the signed checkpoint under which every proof stands
//	data/records.jsonl      every record, one a line, in the order of their names
//	data/records.csv        what is disclosed of the last revisions, for people
//	data/redactions.csv     what was withheld, by class and rule
//	data/prov.json          what rests on what (W3C PROV-JSON)
//	data/ro-crate-metadata.json
//
// The key to verify it with is not in it: a bag can't vouch for itself.
package bag

import (
	"bufio"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	tumenv1 "tumen/proto/tumen/v1"
)

// Options say how a bag is written.
type Options struct {
	Agent string // the program and its version, for bag-info.txt
	Excel bool   // begin the CSV files with a byte order mark, without which Excel misreads them
}

// Writer writes one bag. Call Header, then Record for each record, then Close; or
// Discard instead of what is left of that.
type Writer struct {
	folder  string
	options Options
	made    string // the day of the export
	files   []*file
	lines   *file
	csv     *table
	hidden  *table
	prov    *provenance
}

// Create makes the folder if it is not there, for its owner's eyes only. One that
// holds anything already is refused.
func Create(folder string, o Options) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	if len(there) > 0 {
		return nil, fmt.Errorf("%s is not empty: give a new folder", folder)
	}
	return &Writer{folder: folder, options: o, prov: newProvenance()}, os.Mkdir(filepath.Join(folder, "data"), 0o700)
}

// file is one file of the bag while it is written.
type file struct {
	*bufio.Writer
	name   string // with slashes, as manifests have it
	f      *os.File
	digest hash.Hash
	size   int64
}

// Write counts and digests what goes to disk.
type counted struct{ *file }

func (c counted) Write(b []byte) (int, error) {
	n, err := c.f.Write(b)
	c.digest.Write(b[:n])
	c.size += int64(n)
	return n, err
}

func (w *Writer) create(name string) (*file, error) {
	f, err := os.OpenFile(filepath.Join(w.folder, filepath.FromSlash(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	out := &file{name: name, f: f, digest: sha512.New()}
	out.Writer = bufio.NewWriterSize(counted{out}, 1<<16)
	w.files = append(w.files, out)
	return out, nil
}

// write writes a whole file.
func (w *Writer) write(name string, content []byte) error {
	f, err := w.create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	return err
}

// entryFile is data/export-entry.json.
type entryFile struct {
	Entry       string   `json:"entry"`
	Salt        string   `json:"salt"` // base64url
	Proof       string   `json:"proof"`
	Disclosures []string `json:"disclosures,omitempty"`
}

// Header writes what stands for the export as a whole.
func (w *Writer) Header(h *tumenv1.ExportHeader) error {
	var statement struct {
		Made string `json:"made"`
	}
	if err := json.Unmarshal(h.GetStatement(), &statement); err != nil {
		return fmt.Errorf("the server's statement about the export can't be read: %w", err)
	}
	w.made = statement.Made
	entry, err := encode(entryFile{h.GetEntry(), base64.RawURLEncoding.EncodeToString(h.GetSalt()), h.GetProof(), h.GetDisclosures()})
	if err != nil {
		return err
	}
	if err := errors.Join(w.write("data/checkpoint", []byte(h.GetCheckpoint())), w.write("data/export.json", h.GetStatement()), w.write("data/export-entry.json", entry)); err != nil {
		return err
	}
	if w.lines, err = w.create("data/records.jsonl"); err != nil {
		return err
	}
	if w.csv, err = w.table("data/records.csv", "record", "kind", "revision", "field", "value"); err != nil {
		return err
	}
	w.hidden, err = w.table("data/redactions.csv", "record", "revision", "class", "rule", "fields")
	return err
}

// Record writes a record.
func (w *Writer) Record(r *tumenv1.ExportedRecord) error {
	if _, err := w.lines.Write(append(r.GetLine(), '\n')); err != nil {
		return err
	}
	rec, err := parseRecord(r.GetLine())
	if err != nil {
		return fmt.Errorf("%s: the server's line can't be read: %w", r.GetName(), err)
	}
	w.prov.add(rec)
	if err := w.csv.record(rec); err != nil {
		return err
	}
	return w.hidden.redactions(rec)
}

// Close writes what describes the rest, and makes all of it durable.
func (w *Writer) Close() error {
	prov, err := encode(w.prov)
	if err != nil {
		return err
	}
	w.csv.Flush()
	w.hidden.Flush()
	if err := errors.Join(w.csv.Error(), w.hidden.Error(), w.write("data/prov.json", prov)); err != nil {
		return err
	}
	crate, err := encode(w.crate())
	if err != nil {
		return err
	}
	if err := w.write("data/ro-crate-metadata.json", crate); err != nil {
		return err
	}
	return errors.Join(w.manifests(), w.finish())
}

// finish flushes and closes all files; twice does no harm.
func (w *Writer) finish() error {
	var failed error
	for _, f := range w.files {
		if f.f == nil {
			continue
		}
		failed = errors.Join(failed, f.Flush(), f.f.Sync(), f.f.Close())
		f.f = nil
	}
	return failed
}

// Discard removes what was written: half an export is none.
func (w *Writer) Discard() error {
	for _, f := range w.files {
		if f.f != nil {
			f.f.Close()
		}
		os.Remove(filepath.Join(w.folder, filepath.FromSlash(f.name)))
	}
	return os.Remove(filepath.Join(w.folder, "data"))
}

// encode gives JSON for people to read, too.
func encode(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}

var _ io.Writer = counted{}
