package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/fault"
	"tumen/service/records"
)

// maxExported bounds the records of one export, and maxStatement the bytes of its
// statement, which lists them all in some 150 bytes each: it has to fit into one
// row (storage.MaxValue) together with who made it and why.
const (
	maxExported  = 100_000
	maxStatement = 16<<20 - 64<<10
)

func errLarge() error {
	return fault.New(fault.TooLarge, "EXPORT_TOO_LARGE", "these are more than %d records; export fewer at once: one case, a shorter period, or findings in fewer states", maxExported)
}

// survey decides what is in an export, and what is missing from it.
func (s *Server) survey(ctx context.Context, req *tumenv1.ExportRecordsRequest) (*exportStatement, error) {
	var st *exportStatement
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		var err error
		if st, err = newStatement(req, v.Signer().Origin()); err != nil {
			return err
		}
		v, r = intoFile(v, r)
		x := &surveying{extraction: extraction{view: v.Keeping(), reader: r, seen: map[string]bool{}}, query: req.GetQuery(), statement: st, lists: map[string][]withheldFields{}}
		if err := x.run(); err != nil {
			return err
		}
		return x.list()
	})
	return st, err
}

// surveying collects the records of an export.
type surveying struct {
	extraction
	query     *tumenv1.ExportQuery
	period    *edtf.Interval
	statement *exportStatement
	lists     map[string][]withheldFields // of what is withheld of a revision
}

func (x *surveying) run() error {
	var err error
	if x.period, err = period("query.within", x.query.GetWithin()); err != nil {
		return err
	}
	if name := x.query.GetCase(); name != "" {
		rec, err := records.Get[*tumenv1.Case](x.view, name)
		if err != nil {
			return err
		}
		return x.matter(rec)
	}
	for c, err := range standing(records.Owned[*tumenv1.Case](x.view, records.Case, x.reader.Organisation)) {
		if err == nil {
			err = x.matter(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// matter takes in what is asked for of a case: all of it, where that is all that
// is asked.
func (x *surveying) matter(c *tumenv1.Case) error {
	whole := x.query.GetCase() != "" && x.period == nil && len(x.query.GetFindingStates()) == 0
	if whole {
		if err := x.take(c); err != nil {
			return err
		}
		for _, kind := range []records.Kind{records.Event, records.Involvement, records.Claim, records.Intervention} {
			for child, err := range records.Children[records.Record](x.view, kind, c.GetName()) {
				if err == nil {
					err = cmp.Or(x.add(child), x.settleSome())
				}
				if err != nil {
					return err
				}
			}
		}
	}
	for f, err := range standing(records.Children[*tumenv1.Finding](x.view, records.Finding, c.GetName())) {
		if err != nil {
			return err
		}
		asked, err := x.asked(f)
		if err == nil && (whole || asked) {
			err = cmp.Or(x.take(c), x.finding(f), x.settleSome())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asked says whether a finding is among those that are asked for.
func (x *surveying) asked(f *tumenv1.Finding) (bool, error) {
	states := x.query.GetFindingStates()
	if len(states) == 0 && !records.Decided(f) || len(states) > 0 && !slices.Contains(states, f.GetState()) {
		return false, nil
	}
	if x.period == nil {
		return true, nil
	}
	e, err := records.Get[*tumenv1.Event](x.view, f.GetSubject())
	if isMissing(err) {
		return false, nil // it is on no event, or on none that the reader sees
	}
	if err != nil {
		return false, err
	}
	used, err := x.view.UsedTime(e)
	if err != nil {
		return false, err
	}
	t, ok := records.TimeOf(used.GetTime())
	return ok && t.Interval().Meets(*x.period), nil
}

// finding takes in a finding and all that it rests on or ever rested on, and says
// how much of that is not for the reader. What was recorded on the same subject
// and aspect since comes along: a later denial must not be left out either.
func (x *surveying) finding(f *tumenv1.Finding) error {
	if err := x.take(f); err != nil {
		return err
	}
	if subject, err := x.view.Read(f.GetSubject()); err == nil {
		if err := x.take(subject); err != nil {
			return err
		}
	} else if !isMissing(err) {
		return err
	}
	for c, err := range x.view.ClaimsOn(f.GetSubject(), f.GetAspect()) {
		if err == nil {
			err = x.take(c)
		}
		if err != nil {
			return err
		}
	}
	names, err := x.restsOn(f)
	if err != nil {
		return err
	}
	missing := 0
	for name := range names {
		rec, err := x.view.Read(name)
		switch {
		case err == nil:
			err = x.take(rec)
		case isErased(err):
			err = x.erased(name)
		case isMissing(err):
			missing, err = missing+1, nil
		}
		if err != nil {
			return err
		}
	}
	if missing > 0 {
		x.statement.Withheld = append(x.statement.Withheld, statedShortfall{f.GetName(), missing, "marking"})
	}
	return nil
}

// erased takes in what is left of an erased record: its leaves.
func (x *surveying) erased(name string) error {
	if x.seen[name] {
		return nil
	}
	x.seen[name] = true
	stone, err := x.view.Erased(name)
	x.statement.Records = append(x.statement.Records, statedRecord{Record: name, Revisions: int64(len(stone.GetLeaves()))})
	return err
}

// restsOn names what the stored support of a finding speaks of, in any of its
// revisions.
func (x *surveying) restsOn(f *tumenv1.Finding) (map[string]bool, error) {
	names := map[string]bool{}
	all, err := x.view.Entire().Revisions(f.GetName(), 0, int(f.GetRevision()))
	for _, rev := range all {
		was, ok := rev.Record.(*tumenv1.Finding)
		if !ok {
			continue
		}
		for _, e := range was.GetApprovedEvidence() {
			names[e.GetName()] = true
		}
		visitReferences(was.GetApprovedSupport().ProtoReflect(), "", func(_ string, _ []records.Kind, name string) string {
			names[name] = true
			return name
		})
	}
	delete(names, "")
	return names, err
}

// take is add for what has to be there, deleted or not, with what it refers to.
func (x *surveying) take(rec records.Record) error {
	if rec.GetDeleteTime() == nil {
		return x.add(rec)
	}
	if !x.seen[rec.GetName()] && x.view.Sees(rec) {
		x.seen[rec.GetName()] = true
		x.members = append(x.members, &extracted{record: access.Redact(x.reader, rec)})
	}
	return nil
}

// captures takes in the preserved copies that the claims among the rest quote.
func (x *surveying) captures() error {
	var failed error
	for _, m := range slices.Clone(x.members) {
		visitReferences(m.record.ProtoReflect(), "", func(_ string, kinds []records.Kind, name string) string {
			if failed != nil || !slices.Contains(kinds, records.Capture) {
				return name
			}
			capture, err := x.view.Read(name)
			if err == nil {
				err = x.take(capture)
			}
			if !isMissing(err) {
				failed = err
			}
			return name
		})
	}
	return failed
}

// settle writes down what was collected, and lets go of it: a large export is not
// held as records.
func (x *surveying) settle() error {
	if err := x.captures(); err != nil {
		return err
	}
	for _, m := range x.members {
		stated, err := x.stated(m.record.GetName(), m.record.GetRevision())
		if err != nil {
			return err
		}
		x.statement.Records = append(x.statement.Records, stated)
	}
	x.members = nil
	if len(x.statement.Records) > maxExported {
		return errLarge()
	}
	return nil
}

// stated opens the revisions of a record, for the last entry and what is withheld.
func (x *surveying) stated(name string, revisions int64) (statedRecord, error) {
	stated := statedRecord{Record: name, Revisions: revisions, withheld: make([][]withheldFields, revisions)}
	for n := int64(1); n <= revisions; n++ {
		c, err := x.view.Outline(name, n)
		if err != nil {
			return stated, err
		}
		told, err := x.statement.tell(x.view, x.reader, c)
		if err != nil {
			return stated, err
		}
		stated.withheld[n-1] = x.kept(told.withheld)
		stated.Last = digestText(sha256.Sum256(c.Entry))
	}
	return stated, nil
}

// kept gives what is withheld of a revision as it is kept until the end: nearly all
// revisions have the same.
func (x *surveying) kept(all []withheldFields) []withheldFields {
	if len(all) == 0 {
		return nil
	}
	text := fmt.Sprint(all)
	if _, known := x.lists[text]; !known {
		x.lists[text] = all
	}
	return x.lists[text]
}

// settleAt is how many records are collected before they are settled.
const settleAt = 1000

func (x *surveying) settleSome() error {
	if len(x.members) < settleAt {
		return nil
	}
	return x.settle()
}

// ties takes in the ties between what was collected.
func (x *surveying) ties() error {
	for _, stated := range slices.Clone(x.statement.Records) {
		for t, err := range x.view.TiesOf(stated.Record) {
			if err == nil && x.seen[t.GetA()] && x.seen[t.GetB()] {
				err = x.add(t)
			}
			if err != nil {
				return err
			}
		}
	}
	return x.settle()
}

// list puts what was collected in order.
func (x *surveying) list() error {
	if err := x.settle(); err != nil {
		return err
	}
	if err := x.ties(); err != nil {
		return err
	}
	if len(x.statement.Records) == 0 {
		return fault.New(fault.NotFound, "NOTHING_TO_EXPORT", "nothing that you see is what was asked for")
	}
	slices.SortFunc(x.statement.Records, func(a, b statedRecord) int { return cmp.Compare(a.Record, b.Record) })
	slices.SortFunc(x.statement.Withheld, func(a, b statedShortfall) int { return cmp.Compare(a.Of, b.Of) })
	x.statement.redact()
	if len(x.statement.made(time.Time{})) > maxStatement {
		return errLarge()
	}
	return nil
}
