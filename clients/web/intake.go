package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tumen/clients/client"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// An intake is a matter as it reaches people, typed in short steps. All of it is kept in
// one draft, saved at every step; nothing is recorded before the last one, and then all
// of it or nothing.

// The steps, in their order.
const (
	stepSource = "source"
	stepCase   = "case"
	stepEvent  = "event"
	stepPeople = "people"
	stepClaims = "claims"
	stepReview = "review"
)

var intakeSteps = []string{stepSource, stepCase, stepEvent, stepPeople, stepClaims, stepReview}

// Values of an intake that are no fields of a record.
const (
	referenceValue = "review/reference" // what the keys of the new records begin with
	reasonValue    = "review/reason"
	peopleValue    = "people-rows"
	differentValue = "different" // names of records that were looked at and are others
	sentValue      = "sent"      // it may have been recorded, only nobody heard of it
)

// intake is what a draft of that kind holds. The fields of a step have names that begin
// with the step: "claims/count/f.value.count.low".
type intake struct {
	draft  string
	values url.Values
}

func (i *intake) get(name string) string { return strings.TrimSpace(i.values.Get(name)) }

// has says whether a step was sent at least once.
func (i *intake) has(step string) bool {
	for name := range i.values {
		if strings.HasPrefix(name, step+"/") {
			return true
		}
	}
	return false
}

// take puts in what the form of a step sent, in place of what the step held.
func (i *intake) take(step string, sent url.Values) {
	for name := range i.values {
		if strings.HasPrefix(name, step+"/") {
			i.values.Del(name)
		}
	}
	for name, values := range sent {
		if strings.HasPrefix(name, step+"/") {
			i.values[name] = values
		}
	}
	i.values.Del(sentValue) // what is sent next is not what was sent before
}

// label is what the draft is called in lists.
func (v *visit) intakeLabel(i *intake) string {
	what := cmp.Or(i.get("case/f.title"), i.get("source/f.title"), i.get("source/f.publisher"), i.get("case/existing"))
	if what == "" {
		return v.say().Say("intake.title")
	}
	return v.say().Say("intake.title_of", "what", what)
}

// mayIntake says whether the member may do all that an intake needs.
func (v *visit) mayIntake() bool {
	return v.may("CaseService/CreateCase") && v.may("DraftService/CreateDraft") && v.may("ExchangeService/ApplyMatter")
}

// showIntake says what an intake is, before one is begun.
func (s *Site) showIntake(v *visit) error {
	if !v.mayIntake() {
		return errNotFound
	}
	var steps []string
	for _, step := range intakeSteps {
		steps = append(steps, v.say().Say("intake.step_"+step))
	}
	return v.render(http.StatusOK, "intake", v.say().Say("intake.title"), steps)
}

// beginIntake makes the draft of a new intake and leads to its first step.
func (s *Site) beginIntake(v *visit) error {
	if !v.mayIntake() {
		return errNotFound
	}
	i := &intake{values: url.Values{onceField: {client.NewRequestID()}, referenceValue: {v.freeReference(v.context())}}}
	name, err := v.saveDraft(v.context(), intakeDraft, "", v.intakeLabel(i), kept{Page: "/intake/" + stepSource, Values: i.values})
	if err != nil {
		return err
	}
	i.draft = name
	return v.redirect(i.address(stepSource))
}

func (i *intake) address(step string) string {
	return "/intake/" + step + "?" + query(draftField, i.draft)
}

// freeReference proposes what the keys of an intake begin with: nothing that the member
// sees is called so.
func (v *visit) freeReference(ctx context.Context) string {
	day := v.site.config.Now().UTC().Format(time.DateOnly)
	for {
		reference := day + "-" + strings.ToLower(rand.Text()[:4])
		if name, problem := v.calledSo(ctx, nil, reference+"/E1"); name == "" && problem == entry.NoRecord {
			return reference
		}
	}
}

// openIntake reads the intake of the address.
func (v *visit) openIntake() (*intake, error) {
	if !v.mayIntake() || !slices.Contains(intakeSteps, v.r.PathValue("step")) || v.got(draftField) == "" {
		return nil, errNotFound
	}
	return v.intakeOf(v.context(), v.got(draftField))
}

func (v *visit) intakeOf(ctx context.Context, name string) (*intake, error) {
	d, what, err := v.openDraft(name)
	if err != nil {
		return nil, err
	}
	if d.GetKind() != intakeDraft || what.Values == nil {
		return nil, errNotFound
	}
	return &intake{draft: d.GetName(), values: what.Values}, nil
}

func (v *visit) saveIntake(ctx context.Context, i *intake, step string) error {
	_, err := v.saveDraft(ctx, intakeDraft, i.draft, v.intakeLabel(i), kept{Page: "/intake/" + step, Values: i.values})
	return err
}

// keepStep keeps what was typed in a step when the session ended before it was sent.
func (v *visit) keepStep(step string) error {
	i, err := v.intakeOf(v.context(), v.r.PostForm.Get(draftField))
	if err != nil {
		return err
	}
	i.take(step, v.r.PostForm)
	v.settle(v.context(), i, step)
	return v.saveIntake(v.context(), i, step)
}

// intakeStepOf is the step of an intake that a page is; empty for any other page.
func intakeStepOf(page string) string {
	path, _, _ := strings.Cut(page, "?")
	if step, ours := strings.CutPrefix(path, "/intake/"); ours && slices.Contains(intakeSteps, step) {
		return step
	}
	return ""
}

// header is what is said of the documents of an intake.
func (i *intake) header(validateOnly bool) *tumenv1.MatterHeader {
	h := &tumenv1.MatterHeader{ValidateOnly: validateOnly, Reason: i.get(reasonValue)}
	if validateOnly {
		h.Reason = cmp.Or(h.Reason, "intake")
	} else {
		h.RequestId = i.get(onceField)
	}
	return h
}
