package bag

import (
	"bufio"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tumen/internal/disk"
)

// unfinished is a folder that is there as long as the bag is not whole. It holds
// what the bag was begun with, and what is written on the way.
const (
	unfinished  = "unfinished"
	requestFile = unfinished + "/request"
)

func (w *Writer) begin() error {
	if err := errors.Join(os.Mkdir(w.path(unfinished), 0o700), os.Mkdir(w.path("data"), 0o700)); err != nil {
		return err
	}
	_, err := w.write(requestFile, w.options.Request)
	return errors.Join(err, disk.SyncFolder(w.path(unfinished)), disk.SyncFolder(w.folder), w.beginViews())
}

// Remember replaces what the bag is continued with.
func (w *Writer) Remember(request []byte) error {
	w.options.Request = request
	if _, err := w.write(requestFile+".new", request); err != nil {
		return err
	}
	return errors.Join(os.Rename(w.path(requestFile+".new"), w.path(requestFile)), disk.SyncFolder(w.path(unfinished)))
}

// resume takes up what was begun.
func (w *Writer) resume() error {
	request, err := os.ReadFile(w.path(requestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not empty: give a new folder", w.folder)
	}
	if err != nil {
		return err
	}
	w.options.Request = request
	if err := os.MkdirAll(w.path("data"), 0o700); err != nil {
		return err
	}
	if err := w.beginViews(); err != nil {
		return err
	}
	return w.wholeRecords()
}

// wholeRecords takes the records that are there into the views, and drops what is
// left of one that did not arrive as a whole.
func (w *Writer) wholeRecords() error {
	f, err := os.OpenFile(w.path("data/records.jsonl"), os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	there := &file{name: "data/records.jsonl", f: f, digest: sha512.New()}
	lines := bufio.NewReaderSize(f, 1<<18)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil { // also io.EOF
			break
		}
		r, err := parseRecord(line)
		if err != nil {
			break
		}
		if err := w.shown(r); err != nil {
			return errors.Join(err, f.Close())
		}
		there.digest.Write(line)
		there.size, w.taken = there.size+int64(len(line)), w.taken+1
	}
	if err := f.Truncate(there.size); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := f.Seek(there.size, io.SeekStart); err != nil {
		return errors.Join(err, f.Close())
	}
	w.lines, there.Writer = there, bufio.NewWriterSize(counted{there}, 1<<16)
	return nil
}
