package verify

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"tumen/clients/verify/support"
)

// checkSupport works out the stored supports of findings anew. For that the records
// are read once more, of which only those with a stored support are looked at: what
// they rest on may stand behind them. It is done only where all else holds, since it
// believes what the records say.
func (r *run) checkSupport(ctx context.Context) (bool, error) {
	if r.Refused() {
		return true, nil
	}
	f, err := r.bag.fsys.Open(fileRecords)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := &lineReader{r: bufio.NewReaderSize(f, 1<<18)}
	left, done, total := len(r.facts.findings), int64(0), r.bag.sizes[fileRecords]
	for n := int64(1); left > 0 && !r.full(); n++ {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		line, err := lines.next()
		if err == io.EOF {
			err = errChanged
		}
		if err != nil {
			return false, err
		}
		done += int64(len(line)) + 1
		r.progress(fileRecords, done, total)
		sum, due := r.facts.findings[n]
		if !due {
			continue
		}
		if sha256.Sum256(line) != sum {
			return false, errChanged
		}
		left--
		rec, err := parseRecord(line)
		if err != nil {
			return false, errChanged
		}
		r.recompute(rec)
	}
	r.progress(fileRecords, total, total) // what follows the last finding was read before
	r.tellSupport()
	return true, nil
}

var errChanged = errors.New("the records changed while they were read")

// recompute goes through the revisions of a finding that stored a support.
func (r *run) recompute(rec *record) {
	var before shown
	for i := range rec.revisions {
		v := &rec.revisions[i]
		now := v.shows()
		if stored := now.fields["approved_support"]; stored != nil && !bytes.Equal(stored, before.fields["approved_support"]) {
			a := &approval{run: r, record: rec, revision: v, shown: now}
			a.check(before)
		}
		before = now
	}
}

// approval is a revision of a finding in which a support was stored.
type approval struct {
	*run
	record   *record
	revision *revision
	shown    shown
}

func (a *approval) failed(reason string) {
	a.fail(Failure{Check: CheckSupport, Record: a.record.name, Revision: a.revision.number, Field: "approved_support", Reason: reason})
}

func (a *approval) check(before shown) {
	rules, err := rulesOf(a.shown.fields["approved_support"])
	if err == nil && rules != knownRules {
		a.unproven(fmt.Sprintf("it was worked out by the rules number %d, and this verifier knows those of number %d", rules, knownRules))
		return
	}
	stored, err := readSupport(a.shown.fields["approved_support"])
	if err != nil {
		a.failed(err.Error())
		return
	}
	if before.withheld["CONTENT"] && before.fields["approved_support"] == nil && !a.approves() {
		a.unproven("it may have been stored in an earlier revision, which is not shown in full")
		return
	}
	g := &gathering{facts: a.facts, evidence: map[string]int64{}, missing: map[string]map[string]bool{}}
	p, err := parseProof(a.revision.proof)
	if err == nil {
		g.leaf = p.index
		err = a.gather(g)
	}
	if err != nil {
		a.failed(err.Error())
		return
	}
	for _, reason := range g.wrong {
		a.failed(reason)
	}
	if len(g.wrong) > 0 {
		return
	}
	var differences []support.Difference
	if len(g.missing) == 0 {
		differences, err = support.Compare(&g.out, stored) // which may find that a place is missing
	}
	switch {
	case err != nil:
		a.unproven(err.Error())
	case len(g.missing) > 0:
		a.unproven(g.missed())
	default:
		a.tally.recomputed++
		for _, d := range differences {
			a.failed(d.Member + " " + d.Reason)
		}
	}
}

// approves says whether the entry is that of an approval, which stores what it finds.
func (a *approval) approves() bool {
	e, err := parseEntry(a.revision.entry)
	return err == nil && e.method == "VerificationService/ApproveFinding"
}

// gather reads what the finding says of itself, and brings together what it rests on.
func (a *approval) gather(g *gathering) error {
	s := a.shown
	var subject string
	var aspect uint8
	if !s.read("subject", intoText(&subject)) || !s.read("aspect", intoWord(&aspect, aspectWords)) {
		return errors.New("is about a subject or an aspect that can't be read")
	}
	listed := s.read("approved_evidence", func(raw []byte) error {
		return list(raw, func(raw []byte) error {
			var name string
			var revision int64
			err := readers{"name": intoText(&name), "revision": intoWhole(&revision)}.read(raw, "name", "revision")
			if _, twice := g.evidence[name]; twice {
				return errRepeated
			}
			g.evidence[name] = revision
			return err
		})
	})
	if !listed {
		return errors.New("has a list of evidence (approved_evidence) that can't be read")
	}
	if subject == "" || aspect == 0 {
		g.miss("subject and aspect of the finding", "")
		return nil
	}
	if !s.known("CONTENT", "approved_evidence") { // nobody may have spoken to it any more
		g.miss("list of evidence", "")
		return nil
	}
	if err := a.determined(g); err != nil {
		return err
	}
	g.gather(subject, aspect)
	return nil
}

// determined reads the value that the finding determines.
func (a *approval) determined(g *gathering) error {
	s := a.shown
	if !s.known("CONTENT", "conclusion") || !s.known("IDENTITY", "protected_value") {
		g.miss("value that the finding determines", "")
	}
	err := errors.New("determines a value that can't be read")
	var value *support.Value
	if raw := s.fields["conclusion"]; raw != nil {
		readable := object(raw, func(name string, raw []byte) error {
			if name != "value" || string(raw) == "{}" {
				return nil
			}
			return into(&value, readValue)(raw)
		})
		if readable != nil {
			return err
		}
	}
	if value == nil && !s.read("protected_value", into(&value, readProtectedValue)) {
		return err
	}
	if value != nil && value.Personal && value.Text == "{}" {
		value = nil
	}
	if value != nil && value.Wide() {
		g.miss("value that the finding determines", "")
	}
	g.out.Determined = value
	return nil
}

// missed says in words what is not disclosed.
func (g *gathering) missed() string {
	var parts []string
	for _, what := range sortedKeys(g.missing) {
		if g.missing[what][""] {
			parts = append(parts, "the "+what)
		} else {
			parts = append(parts, many(len(g.missing[what]), what, plural(what)))
		}
	}
	return "not shown or not in full: " + strings.Join(parts, ", ")
}

// plural of what can be missing.
func plural(what string) string {
	if first, rest, ok := strings.Cut(what, " of "); ok {
		return first + "s of " + rest
	}
	return what + "s"
}

// mostUnproven is of how many approvals it is told one by one why they were not
// recomputed.
const mostUnproven = 20

func (a *approval) unproven(why string) {
	if a.tally.partial++; a.tally.partial <= mostUnproven {
		a.Unproven = append(a.Unproven, fmt.Sprintf("the support of %s in revision %d was not recomputed: %s", a.record.name, a.revision.number, why))
	}
}

func (r *run) tellSupport() {
	t := &r.tally
	r.done(CheckSupport, t.recomputed, "%s recomputed from what is shown, and as stored; %d not fully disclosed",
		many(t.recomputed, "approval of a finding", "approvals of findings"), t.partial)
	if more := t.partial - mostUnproven; more > 0 {
		r.Unproven = append(r.Unproven, fmt.Sprintf("the support of %s was not recomputed either", many(more, "further approval", "further approvals")))
	}
}
