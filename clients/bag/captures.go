package bag

import (
	"errors"
	"io"
	"os"
	"path"
	"strconv"
)

const captureFolder = "data/captures/"

// Capture is a preserved copy that a bag may hold.
type Capture struct {
	Name string // of the record
	Size int64  // as it is disclosed
}

// Captures gives the captures among the records whose bytes are not in the bag:
// those whose SHA-256 is disclosed, without which nobody could check them.
func (w *Writer) Captures(do func(Capture) error) error {
	if err := w.endRecords(); err != nil {
		return err
	}
	for _, c := range w.captures {
		if _, err := os.Stat(w.path(captureFolder + path.Base(c.Name))); err == nil {
			continue
		}
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

func (r *exported) capture() Capture {
	size, _ := strconv.ParseInt(r.last("size").text, 10, 64) // for progress only
	return Capture{r.name, size}
}

// Capture writes the bytes of a capture: fetch gets those that are there of an
// earlier attempt, and where to write the rest. They get their name in the bag once
// it returns without error.
func (w *Writer) Capture(name string, fetch func(have io.Reader, rest io.Writer) error) error {
	if err := os.MkdirAll(w.path(captureFolder), 0o700); err != nil {
		return err
	}
	base := path.Base(name)
	part, err := os.OpenFile(w.path(unfinished+"/"+base), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = fetch(part, part)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(w.path(unfinished+"/"+base), w.path(captureFolder+base))
}

// Without gives up the bytes of a capture: they stay away.
func (w *Writer) Without(name string) error {
	err := os.Remove(w.path(unfinished + "/" + path.Base(name)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
