package records

import (
	"iter"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/storage"
)

// MarkStale files a decided finding as stale or takes it out again. Whether it
// is stale is for the rules to say; the mark makes it findable. What is not
// decided is never stale: Put takes its mark away.
func (t *Tx) MarkStale(finding string, stale bool) error {
	k, err := t.store.names.Parse(finding)
	if err != nil {
		return err
	}
	rec, err := t.read(k)
	if err != nil {
		return err
	}
	f, ok := rec.(*tumenv1.Finding)
	if !ok {
		return fault.Missing(finding)
	}
	return t.markStale(k, stale && Decided(f))
}

func (t *Tx) markStale(k Key, stale bool) error {
	key := indexKey(byStale, k.ID[:])
	marked, err := t.get(key)
	if err != nil || (marked != nil) == stale {
		return err
	}
	if stale {
		t.wrote.put(key, nothing)
	} else {
		t.wrote.put(key, nil)
	}
	return nil
}

// StaleFindings gives the findings that are filed as stale.
func (v *View) StaleFindings() iter.Seq2[*tumenv1.Finding, error] {
	return each[*tumenv1.Finding](v, Finding, v.ids(byStale))
}

// SourceChanged notes that a source, or a tie of it, has changed in a way that
// may bear on findings. One row: the findings are reached afterwards, and lists
// read both until then.
func (t *Tx) SourceChanged(source string) error {
	k, err := t.Key(source, Source)
	if err != nil {
		return err
	}
	t.wrote.put(changedKey(k), nothing)
	return nil
}

// SourceReached takes the note of SourceChanged back.
func (t *Tx) SourceReached(source string) error {
	k, err := t.Key(source, Source)
	if err != nil {
		return err
	}
	if noted, err := t.get(changedKey(k)); noted == nil || err != nil {
		return err
	}
	t.wrote.put(changedKey(k), nil)
	return nil
}

func changedKey(k Key) []byte { return append([]byte{rowChanged}, k.ID[:]...) }

// ChangedSources gives the sources whose change has not reached the findings.
func (v *View) ChangedSources() iter.Seq2[*tumenv1.Source, error] {
	return each[*tumenv1.Source](v, Source, func(yield func(ID, error) bool) {
		for row, err := range v.scan(storage.Prefix([]byte{rowChanged})) {
			var id ID
			switch {
			case err != nil:
			case len(row.Key) != 17:
				err = errRow
			default:
				id = ID(row.Key[1:])
			}
			if !yield(id, err) || err != nil {
				return
			}
		}
	})
}

// SourceChanges is sent to, without blocking, after a commit that noted a
// changed source.
func (s *Store) SourceChanges() <-chan struct{} { return s.changedSource }

// FindingsIn gives the findings in a state, those on one aspect in the order in
// which they were made. The unspecified aspect stands for all, one after another.
func (v *View) FindingsIn(state tumenv1.FindingState, aspect tumenv1.Aspect) iter.Seq2[*tumenv1.Finding, error] {
	terms := [][]byte{v.store.blind.state(state)}
	if aspect != 0 {
		terms = append(terms, v.store.blind.aspect(terms[0], aspect))
	}
	return each[*tumenv1.Finding](v, Finding, v.ids(byState, terms...))
}
