package verify

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// Most of a verification is about single lines: their form, signatures, digests and
// proofs. So lines are checked on all processors, a page of them ahead of the one
// that is gone through; what is found is told in their order all the same, and all
// that depends on other lines or the views is left to who goes through them.

// pageBytes is how much of records.jsonl is checked at once: two pages are held at a
// time, or two lines that are longer.
const pageBytes = 128 << 10

// checkedLine is a line of records.jsonl, and what was found in it by itself.
type checkedLine struct {
	text  []byte // without its end
	err   error  // why it could not be read
	rec   *record
	bad   error    // why it is no record
	found *run     // failures and counts of the checks of its revisions
	last  [32]byte // SHA-256 of the entry of its last revision
}

// ahead gives the lines in their order, the last with the error that ends them. When
// it returns nothing of it goes on.
func (r *run) ahead(ctx context.Context, lines *lineReader) iter.Seq[*checkedLine] {
	return func(yield func(*checkedLine) bool) {
		ctx, stop := context.WithCancel(ctx)
		pages := make(chan []*checkedLine)
		var reading sync.WaitGroup
		reading.Go(func() {
			defer close(pages)
			for more := true; more; {
				var page []*checkedLine
				page, more = lines.page()
				r.checkPage(ctx, page)
				select {
				case pages <- page:
				case <-ctx.Done():
					return
				}
			}
		})
		defer reading.Wait()
		defer stop()
		for page := range pages {
			for _, l := range page {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// page reads some lines; there are no more after an error that none can be found
// behind.
func (l *lineReader) page() (page []*checkedLine, more bool) {
	for size := 0; size < pageBytes; {
		text, err := l.next()
		page = append(page, &checkedLine{text: bytes.Clone(text), err: err})
		if size += len(text); err != nil {
			return page, errors.Is(err, errCut)
		}
	}
	return page, true
}

// checkPage checks lines by themselves, on all processors.
func (r *run) checkPage(ctx context.Context, page []*checkedLine) {
	var next atomic.Int64
	var checking sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(page)) {
		checking.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(page)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				r.checkAlone(page[i])
			}
		})
	}
	checking.Wait()
}

// checkAlone makes the checks of a line that need no other. They run as a
// verification of their own: nothing that is shared may be written to here.
func (r *run) checkAlone(l *checkedLine) {
	if l.err != nil {
		return
	}
	if l.rec, l.bad = parseRecord(l.text); l.bad != nil {
		return
	}
	l.found = &run{Report: &Report{}, policy: r.policy, top: r.top, statement: r.statement, redacted: new(bytes.Buffer)}
	if l.rec.erased {
		l.found.checkErased(l.rec)
		return
	}
	l.last = l.found.checkRevisions(l.rec)
	for i := range l.rec.revisions {
		l.rec.revisions[i].sdJWT = "" // the largest part, which nobody asks for again
	}
}

// adopt takes over what was found in a line when its turn has come.
func (r *run) adopt(l *checkedLine) {
	for _, f := range l.found.Failures {
		r.fail(f)
	}
	r.More = r.More || l.found.More
	r.tally.add(&l.found.tally)
	_, _ = l.found.redacted.(*bytes.Buffer).WriteTo(r.redacted) // a hash takes everything
}

// add adds what the checks of single lines count.
func (t *tally) add(more *tally) {
	t.signed += more.signed
	t.disclosures += more.disclosures
	t.proofs += more.proofs
	t.undated += more.undated
	t.unshown += more.unshown
	t.findings += more.findings
	t.references += more.references
	t.withheld += more.withheld
	t.undisclosed += more.undisclosed
}
