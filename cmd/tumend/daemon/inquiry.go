package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tumen/internal/disk"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/captures"
	"tumen/service/records"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// inquire is what the checking process does: it reads everything and writes
// what it finds to standard output, a line of JSON each.
func (t *terminal) inquire(ctx context.Context, s *Settings) error {
	lines := json.NewEncoder(t.out)
	i := &inquest{settings: s, report: &CheckReport{Problems: []string{}}, tell: func(progress string) error {
		return lines.Encode(inquiry{Progress: progress})
	}}
	if err := i.look(ctx); err != nil {
		return lines.Encode(inquiry{Failure: err.Error()})
	}
	i.report.OK = len(i.report.Problems) == 0
	return lines.Encode(inquiry{Report: i.report})
}

func inUse(s *Settings) error {
	return fmt.Errorf("%s is in use: a server runs on it; stop it first, or check a copy (%w)", s.store(), storage.ErrInUse)
}

// inquest is one check of a data folder.
type inquest struct {
	settings *Settings
	report   *CheckReport
	tell     func(progress string) error
}

func (i *inquest) look(ctx context.Context) error {
	s := i.settings
	if found, err := disk.Exists(s.store()); err != nil {
		return err
	} else if !found {
		return fmt.Errorf("there is no store in %s", s.DataDir)
	}
	keys, err := findKeys(ctx, s)
	if err != nil {
		return err
	}
	if err := i.tell("reading the pages of the store"); err != nil {
		return err
	}
	problems, err := bolt.Check(s.store())
	if errors.Is(err, storage.ErrInUse) {
		return inUse(s)
	}
	if err != nil {
		return err
	}
	if i.problems(problems...); len(problems) > 0 {
		return nil // what stands on damaged pages tells nothing more
	}
	contents, err := i.lookAtCaptures(ctx, captureKeys(keys))
	if err != nil {
		return err
	}
	return i.lookAtRecords(ctx, keys, contents)
}

func (i *inquest) problems(found ...string) { i.report.Problems = append(i.report.Problems, found...) }

func (i *inquest) lookAtCaptures(ctx context.Context, keys captures.Keys) (map[string]captures.Blob, error) {
	if err := i.tell("reading the captures"); err != nil {
		return nil, err
	}
	const step = 1 << 30
	told := int64(0)
	found, err := captures.Check(ctx, i.settings.captures(), keys, func(bytes int64) {
		if bytes >= told+step {
			told = bytes
			i.tell(fmt.Sprintf("reading the captures: %d GiB", told/step))
		}
	})
	if err != nil {
		return nil, err
	}
	i.problems(found.Problems()...)
	i.report.Captures, i.report.Bytes, i.report.Leftover = len(found.Contents), found.Bytes, len(found.Leftovers)
	return found.Contents, nil
}

// lookAtRecords reads all rows, and then whether each capture that a record
// speaks of is there.
func (i *inquest) lookAtRecords(ctx context.Context, keys *seal.Keys, contents map[string]captures.Blob) error {
	backend, err := bolt.Open(i.settings.store(), bolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	options := records.OptionsOf(keys)
	found, err := i.checkRows(ctx, backend, options)
	if errors.Is(err, records.ErrDemo) {
		options.Demo = true
		found, err = i.checkRows(ctx, backend, options)
	}
	if err != nil {
		return errors.Join(explain(err, i.settings), backend.Close())
	}
	i.problems(found.Problems...)
	if more := found.Found - len(found.Problems); more > 0 {
		i.problems(fmt.Sprintf("and %d more among the records", more))
	}
	i.report.Rows, i.report.Records = int64(found.Rows), map[string]int{}
	for kind, n := range found.Records {
		i.report.Records[kind.String()] = n
	}
	store, err := records.Open(ctx, backend, options)
	if err != nil {
		return errors.Join(explain(err, i.settings), backend.Close())
	}
	err = store.View(ctx, func(v *records.View) error { return i.compare(v, captureKeys(keys), contents) })
	return errors.Join(err, store.Close())
}

func (i *inquest) checkRows(ctx context.Context, backend storage.Store, o records.Options) (*records.Report, error) {
	if err := i.tell("reading the records"); err != nil {
		return nil, err
	}
	const step = 1_000_000
	told := 0
	return records.Check(ctx, backend, o, func(rows int) {
		if rows >= told+step {
			told = rows
			i.tell(fmt.Sprintf("reading the records: %d million rows", rows/step))
		}
	})
}

// compare goes through the records of captures.
func (i *inquest) compare(v *records.View, keys captures.Keys, contents map[string]captures.Blob) error {
	used := map[string]bool{}
	for c, err := range records.All[*tumenv1.Capture](v, records.Capture) {
		if err != nil {
			i.problems("the records of captures can't all be read, so not all captures were looked for")
			return nil
		}
		name := keys.Name(c.GetOwner(), c.GetSha256())
		used[name] = true
		content, found := contents[name]
		switch {
		case !found:
			i.problems(fmt.Sprintf("%s: its bytes are not there, or damaged", c.GetName()))
		case content.SHA256 != c.GetSha256():
			i.problems(fmt.Sprintf("%s: its bytes have another SHA-256", c.GetName()))
		case content.Size != c.GetSize():
			i.problems(fmt.Sprintf("%s: it says %d bytes, and %d are there", c.GetName(), c.GetSize(), content.Size))
		}
	}
	for name := range contents {
		if !used[name] {
			i.report.Unused++
		}
	}
	return nil
}
