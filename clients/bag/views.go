package bag

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// The views are written while the records go by, each of which is then parsed once.
// What an earlier attempt had written of them is written again from its records.

// view is something for people, or for other programs, that is made of the records.
type view interface {
	record(*exported) error
	// end completes the view and its file, or closes what it has open.
	end(*Writer) error
	// leave closes what will not be completed.
	leave() error
}

// beginViews opens the views.
func (w *Writer) beginViews() error {
	for _, begin := range []func() (view, error){w.beginRecords, w.beginRedactions, w.beginSheets, w.beginProvenance} {
		v, err := begin()
		if err != nil {
			return errors.Join(err, w.leaveViews())
		}
		w.views = append(w.views, v)
	}
	return nil
}

// shown takes a record into the views.
func (w *Writer) shown(r *exported) error {
	r.withheld(w.hidden)
	if r.kind == "Capture" && r.text("sha256") != "" {
		w.captures = append(w.captures, r.capture())
	}
	for _, v := range w.views {
		if err := v.record(r); err != nil {
			return err
		}
	}
	return nil
}

// endViews completes the views.
func (w *Writer) endViews() error {
	for len(w.views) > 0 {
		v := w.views[0]
		w.views = w.views[1:]
		if err := v.end(w); err != nil {
			return err
		}
	}
	return nil
}

// leaveViews gives up what is left of the views.
func (w *Writer) leaveViews() (err error) {
	for _, v := range w.views {
		err = cmp.Or(err, v.leave())
	}
	w.views = nil
	return err
}

var errChanged = errors.New("what you may see has changed while it was exported; export it again, to a new folder")

// unaltered says whether what the records say is withheld is what the export
// committed to: what its reader may see can change between two records.
func (w *Writer) unaltered() error {
	if base64.RawURLEncoding.EncodeToString(w.hidden.Sum(nil)) != w.redacted {
		return errChanged
	}
	return nil
}

// withheld appends what is withheld of a record, as the statement commits to it.
func (r *exported) withheld(to io.Writer) {
	for _, v := range r.revisions {
		for _, d := range v.withheld {
			fmt.Fprintf(to, "%s\t%d\t%s\t%s\t%d\n", r.name, v.number, d.class, d.rule, d.fields)
		}
	}
}
