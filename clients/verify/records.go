package verify

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds a line of records.jsonl: one record with all its revisions.
const maxLine = 64 << 20

// tally counts what the checks of records looked at.
type tally struct {
	records, erased, signed, disclosures, proofs, undated, unshown int64
	findings, references, withheld, undisclosed                    int64
	recomputed, partial                                            int64 // approvals of findings
	views                                                          int
	absent                                                         int64           // captures without their bytes
	captures                                                       map[string]bool // files that are those of a capture
}

// checkRecords goes through records.jsonl once, and then looks for what the
// export lists and the bag has not.
func (r *run) checkRecords(ctx context.Context) (bool, error) {
	redacted := sha256.New()
	r.tally.captures, r.redacted, r.facts = map[string]bool{}, redacted, newFacts(r.statement.listed)
	f, err := r.bag.fsys.Open(fileRecords)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := &lineReader{r: bufio.NewReaderSize(f, 1<<16)}
	if err := r.openViews(); err != nil {
		return false, err
	}
	defer r.closeViews()
	previous, n, done := "", int64(0), int64(0)
	for line := range r.ahead(ctx, lines) {
		if n++; ctx.Err() != nil || line.err == io.EOF || r.full() {
			break
		}
		if line.err != nil { // what follows one that is too long can't be found without reading it all
			if err := r.found(CheckRecords, fileRecords, lineError(int(n), line.err)); err != nil {
				return false, err
			}
			continue
		}
		done += int64(len(line.text)) + 1
		r.progress(fileRecords, done, r.bag.sizes[fileRecords])
		if previous, err = r.checkLine(n, line, previous); err != nil {
			return false, err
		}
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := r.endViews(); err != nil {
		return false, err
	}
	if err := r.checkMissing(); err != nil {
		return false, err
	}
	if !r.Refused() && [32]byte(redacted.Sum(nil)) != r.statement.redacted {
		r.fail(Failure{Check: CheckRecords, File: fileRecords, Reason: "what it says is withheld is not what the export commits to (redacted)"})
	}
	r.checkCaptures()
	r.tellRecords()
	return true, nil
}

// lineReader gives lines without their ends, up to maxLine.
type lineReader struct {
	r    *bufio.Reader
	line []byte
}

var (
	errLong = fmt.Errorf("is longer than %d bytes", maxLine)
	errCut  = errors.New("has no end: the file is cut off")
)

func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if len(l.line)+len(part) > maxLine {
			return nil, errLong
		}
		l.line = append(l.line, part...)
		switch {
		case err == nil:
			return l.line[:len(l.line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && len(l.line) > 0:
			return nil, errCut
		case err == io.EOF:
			return nil, io.EOF
		default:
			return nil, readError{err}
		}
	}
}

// checkLine checks one record and gives its name, to compare the next with.
func (r *run) checkLine(n int64, line *checkedLine, previous string) (string, error) {
	rec := line.rec
	if line.bad != nil {
		r.fail(Failure{Check: CheckRecords, File: fileRecords, Record: rec.name, Reason: lineError(int(n), line.bad).Error()})
		return previous, nil
	}
	r.tally.records++
	bad := func(format string, args ...any) {
		r.fail(Failure{Check: CheckRecords, Record: rec.name, Reason: fmt.Sprintf(format, args...)})
	}
	if rec.name <= previous {
		bad("is not in ascending order, or there twice")
		return previous, nil
	}
	if kind := kindOf(rec.name); kind == "" || kind != rec.kind {
		bad("is said to be a %q, which its name is not", rec.kind)
	}
	l := r.statement.listed[nameKey(rec.name)]
	reason, withheld := r.statement.withheld[nameKey(rec.name)]
	switch {
	case l == nil && !(rec.erased && withheld && reason == "erased"):
		bad("is in the bag and not listed in the export")
	case rec.erased && !(l != nil && l.erased) && !(withheld && reason == "erased"):
		bad("is said to be erased, and the export does not say so")
	case !rec.erased && l.erased:
		bad("is listed in the export as erased, and in the bag")
	case !rec.erased && withheld:
		bad("is said to be withheld (%s), and in the bag", reason)
	}
	if l != nil {
		l.seen = true
		if int64(len(rec.revisions)) != l.revisions {
			bad("has %s in the bag, and the export lists %d", many(len(rec.revisions), "revision", "revisions"), l.revisions)
		}
	}
	if rec.erased {
		r.tally.erased++
		r.adopt(line)
		r.facts.note(n, line.text, rec)
		return rec.name, r.viewed(rec)
	}
	r.adopt(line)
	r.facts.note(n, line.text, rec)
	if rec.kind == "Capture" {
		r.capture(rec)
	}
	if l != nil && !l.erased && line.last != l.last {
		bad("ends with another entry than the one that the export lists as its last")
	}
	return rec.name, r.viewed(rec)
}

// checkRevisions checks every revision and that each cites the one before. It
// gives the SHA-256 of the last entry.
func (r *run) checkRevisions(rec *record) [32]byte {
	var before [32]byte
	for i := range rec.revisions {
		v := &rec.revisions[i]
		r.tally.signed++
		c := &revisionCheck{run: r, record: rec, revision: v}
		c.check(int64(i)+1, before)
		c.withheld()
		before = sha256.Sum256([]byte(v.entry))
	}
	return before
}

// checkErased checks what is left of an erased record: its leaves.
func (r *run) checkErased(rec *record) {
	for i := range rec.revisions {
		v := &rec.revisions[i]
		fail := func(check string, err error) {
			r.fail(Failure{Check: check, Record: rec.name, Revision: v.number, Reason: err.Error()})
		}
		if v.number != int64(i)+1 {
			fail(CheckChains, fmt.Errorf("stands where revision %d should", i+1))
		}
		p, err := parseProof(v.proof)
		switch {
		case err != nil:
		case v.hasCommitment:
			r.tally.proofs++
			err = p.shows(v.commitment, r.top)
		default:
			r.tally.unshown++
			err = p.under(r.top)
		}
		if err != nil {
			fail(CheckProofs, memberError("proof", err))
		}
	}
}

// checkMissing looks for records that the export lists and the bag has not. Their
// names are only in export.json, which is read again if there are any.
func (r *run) checkMissing() error {
	missing := false
	for _, l := range r.statement.listed {
		missing = missing || !l.seen
	}
	if !missing || r.full() {
		return nil
	}
	ignored := &statement{}
	return eachStatement(r.bag.fsys, ignored.head(), func(raw []byte) error {
		name, _, err := readListing(raw)
		if l := r.statement.listed[nameKey(name)]; err == nil && l != nil && !l.seen {
			r.fail(Failure{Check: CheckRecords, Record: name, Reason: "is listed in the export and not in the bag"})
		}
		return err
	}, func([]byte) error { return nil })
}

// capture checks the bytes of a capture, if the bag has them: they are in the file
// of the last part of its name, and have the SHA-256 that its last revision
// discloses.
func (r *run) capture(rec *record) {
	name := rec.name[strings.LastIndexByte(rec.name, '/')+1:]
	sum, there := r.bag.captures[name]
	if !there {
		r.tally.absent++
		return
	}
	disclosed, err := hex.DecodeString(says(rec.shown(), "sha256"))
	if err != nil || len(disclosed) != len(sum) {
		return // the file will be of no capture
	}
	r.tally.captures[name] = true
	if [32]byte(disclosed) != sum {
		r.fail(Failure{Check: CheckCaptures, File: captureFolder + name, Record: rec.name, Field: "sha256", Reason: "the bytes in " + captureFolder + name + " are not those that were preserved: their SHA-256 differs from the one disclosed"})
	}
}

// checkCaptures: no bytes are there that no capture discloses.
func (r *run) checkCaptures() {
	for _, name := range sortedKeys(r.bag.captures) {
		if !r.tally.captures[name] {
			r.fail(Failure{Check: CheckCaptures, File: captureFolder + name, Reason: "belongs to no capture in the bag that discloses its SHA-256"})
		}
	}
}

func (r *run) tellRecords() {
	t := &r.tally
	r.done(CheckRecords, t.records, "%s as the export lists them (%d erased)", many(t.records, "record", "records"), t.erased)
	r.done(CheckSignatures, t.signed, "%s signed by the log", many(t.signed, "revision", "revisions"))
	r.done(CheckDisclosures, t.disclosures, "%s, each committed to and used once", many(t.disclosures, "field", "fields"))
	r.done(CheckProofs, t.proofs, "%s shown to be in the log", many(t.proofs, "entry", "entries"))
	r.done(CheckChains, t.records, "%s without a gap", many(t.records, "history", "histories"))
	r.done(CheckFindings, t.findings, "%s with stored support that name %s, each in the bag or withheld (%d withheld); support not disclosed in %d",
		many(t.findings, "revision", "revisions"), many(t.references, "claim or source", "claims and sources"), t.withheld, t.undisclosed)
	if t.views > 0 {
		r.done(CheckViews, int64(t.views), "%s made again from the records and the same", many(t.views, "table or graph", "tables and graphs"))
	}
	if n := len(r.bag.captures); n > 0 {
		r.done(CheckCaptures, int64(n), "%s with the SHA-256 that a capture discloses (%d without bytes in the bag)", many(n, "file", "files"), t.absent)
	}
}
