// Package bag writes an export as a folder that convinces a stranger: a BagIt bag
// (RFC 8493) with
//
//	data/export.json        the statement that the export's entry commits to
//	data/export-entry.json  that entry, its salt and its proof
//	data/checkpoint         the signed checkpoint under which every proof stands
//	data/records.jsonl      every record, one a line, in the order of their names
//	data/captures/          bytes of preserved copies, by the last part of their names
//	data/records.csv        what is disclosed of the last revisions, for people
//	data/records.xlsx       the same, as texts
//	data/redactions.csv     what was withheld, by class and rule
//	data/prov.json          what rests on what (W3C PROV-JSON)
//	data/ro-crate-metadata.json
//
// What comes from the server is written as it arrives, and so is what is made of its
// records; the manifest comes last. Until then the folder holds another, named
// unfinished, and is no bag for anybody; it can be continued.
//
// The key to verify it with is not in it: a bag can't vouch for itself.
package bag

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	tumenv1 "tumen/proto/tumen/v1"
)

// Options say how a bag is written.
type Options struct {
	Agent string // the program and its version, for bag-info.txt
	Excel bool   // begin the CSV files with a byte order mark, without which Excel misreads them
	// Request is what makes the export, in any encoding: a bag is continued under it.
	Request []byte
}

// Writer writes one bag. Call Header, then Record for each record from Taken on,
// then Capture for those of Captures that are asked for, then Close. Call Leave or
// Discard instead of what is left of that.
type Writer struct {
	folder   string
	options  Options
	made     string // the day of the export
	redacted string // what the statement says of what is withheld
	taken    int64
	lines    *file
	views    []view           // that are not whole yet
	hidden   hash.Hash        // of what the records say is withheld
	captures []Capture        // among the records
	files    map[string]*file // that are whole, by name
}

// Create begins a bag in a folder that is new or empty, for its owner's eyes only.
// A bag that was begun there and not finished is continued. Anything else there is
// refused.
func Create(folder string, o Options) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	w := &Writer{folder: folder, options: o, hidden: sha256.New(), files: map[string]*file{}}
	if len(there) == 0 {
		return w, w.begin()
	}
	return w, w.resume()
}

// Taken says how many records are in the bag already.
func (w *Writer) Taken() int64 { return w.taken }

// Request is what the bag was begun with.
func (w *Writer) Request() []byte { return w.options.Request }

// entryFile is data/export-entry.json.
type entryFile struct {
	Entry       string   `json:"entry"`
	Salt        string   `json:"salt"` // base64url
	Proof       string   `json:"proof"`
	Disclosures []string `json:"disclosures,omitempty"`
}

// Header writes what stands for the export as a whole. Where it is there already,
// it must be the same.
func (w *Writer) Header(h *tumenv1.ExportHeader) error {
	var statement struct{ Made, Redacted string }
	if err := json.Unmarshal(h.GetStatement(), &statement); err != nil {
		return fmt.Errorf("the server's statement about the export can't be read: %w", err)
	}
	w.made, w.redacted = statement.Made, statement.Redacted
	entry, err := encode(entryFile{h.GetEntry(), base64.RawURLEncoding.EncodeToString(h.GetSalt()), h.GetProof(), h.GetDisclosures()})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{"data/export.json", h.GetStatement()}, {"data/export-entry.json", entry}, {"data/checkpoint", []byte(h.GetCheckpoint())}} {
		had, err := os.ReadFile(w.path(f.name))
		if w.taken > 0 && (err != nil || !bytes.Equal(had, f.content)) {
			return fmt.Errorf("%s was begun with another export than the server continues: give a new folder", w.folder)
		}
		written, err := w.write(f.name, f.content)
		if err != nil {
			return err
		}
		w.files[f.name] = written
	}
	if w.lines == nil {
		w.lines, err = w.create("data/records.jsonl")
	}
	return err
}

// Record writes a record.
func (w *Writer) Record(r *tumenv1.ExportedRecord) error {
	shown, err := parseRecord(r.GetLine())
	if err != nil {
		return fmt.Errorf("%s: the server's line can't be read: %w", r.GetName(), err)
	}
	w.lines.Write(r.GetLine()) // an error stays with the writer
	if err := w.lines.WriteByte('\n'); err != nil {
		return err
	}
	w.taken++
	return w.shown(shown)
}

// endRecords makes durable what arrived.
func (w *Writer) endRecords() error {
	if w.lines == nil {
		return nil
	}
	err := w.whole(w.lines)
	w.lines = nil
	return err
}

// Close completes the views, makes the manifests, and all of it durable.
func (w *Writer) Close() error {
	for _, step := range []func() error{w.endRecords, w.unaltered, w.endViews, w.digestCaptures, w.crate, w.manifests} {
		if err := step(); err != nil {
			return errors.Join(err, w.leaveViews())
		}
	}
	return nil
}

// Leave ends the writing of a bag that can be continued.
func (w *Writer) Leave() error { return errors.Join(w.endRecords(), w.leaveViews()) }

// Discard removes what was written.
func (w *Writer) Discard() error {
	if w.lines != nil {
		w.lines.f.Close()
	}
	return errors.Join(w.leaveViews(), os.RemoveAll(w.path("data")), os.RemoveAll(w.path(unfinished)))
}

func (w *Writer) path(name string) string {
	return filepath.Join(w.folder, filepath.FromSlash(name))
}

// encode gives JSON for people to read, too.
func encode(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}
