package web

import (
	"context"
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// reviewPage shows all of an intake as it will be written.
type reviewPage struct {
	Steps     []intakeLink
	Faults    []reviewFault
	Records   []reviewRecord
	Reference formField
	Reason    string
	Draft     string
	State     string
	Here      string
	Back      string
}

type reviewFault struct{ Where, Address, Label, Text string }

// reviewRecord is one record that will be made, or that is there already.
type reviewRecord struct {
	Legend, Key, Change string
	Existing            string // what the record is called that is there
	Link                string // to it
	Facts               []typedFact
}

// showReview writes the last step: what will be recorded and what is wrong with it. faults
// are nil where nobody looked yet.
func (v *visit) showReview(status int, i *intake, faults []intakeFault) error {
	ctx := v.context()
	records, found, err := v.checkIntake(ctx, i)
	if err != nil {
		return err
	}
	if faults == nil {
		faults = found
	}
	p := &reviewPage{Steps: v.intakeLinks(i, stepReview), Reason: i.get(reasonValue), Draft: i.draft, State: i.state(), Here: "/intake/" + stepReview, Back: i.address(stepClaims)}
	p.Reference = formField{ID: "review-reference", Name: referenceValue, Label: v.say().Say("intake.reference"), Hint: v.say().Say("intake.hint_reference"), Input: "line", Value: i.get(referenceValue), Required: true}
	for _, f := range faults {
		p.Faults = append(p.Faults, reviewFault{v.say().Say("intake.step_" + f.part.Step), v.linkedTo(i, f), v.faultLabel(f), v.faultText(f.Fault)})
		if f.part.Step == stepReview && f.Path == "reference" {
			p.Reference.Fault = v.faultText(f.Fault)
		}
	}
	if p.Records, err = v.reviewRecords(ctx, i, records); err != nil {
		return err
	}
	v.types()
	return v.render(status, "intake_review", v.say().Say("intake.title_of", "what", v.say().Say("intake.step_review")), p)
}

// reviewRecords are what the page shows of each record.
func (v *visit) reviewRecords(ctx context.Context, i *intake, records []*intakeRecord) ([]reviewRecord, error) {
	choices := v.choices(ctx, "")
	var all []reviewRecord
	for _, step := range []string{stepSource, stepCase} {
		part := i.parts(step)[0]
		if i.get(part.Prefix+existingPath) == "" {
			continue
		}
		field, err := v.existingField(ctx, i, part, choices)
		if err != nil {
			return nil, err
		}
		name, _ := choices.named(part.Kind.Title(), field.Value)
		all = append(all, reviewRecord{Legend: v.say().Say("intake.existing_" + step), Existing: field.Value, Link: link(name), Change: i.address(step)})
	}
	for _, r := range records {
		facts, err := v.facts(r.part.Kind, r.texts, choices)
		if err != nil {
			return nil, err
		}
		all = append(all, reviewRecord{Legend: v.headingOf(r.part), Key: r.document.GetKey(), Change: i.address(r.part.Step), Facts: facts})
	}
	return all, nil
}

// headingOf is what the last step calls a record, away from the step that it is of.
func (v *visit) headingOf(part intakePart) string {
	if part.Step == stepClaims {
		return v.say().Say("intake.said", "aspect", v.legendOf(part))
	}
	return v.legendOf(part)
}

// finishIntake records all of an intake, or shows what is wrong with it.
func (v *visit) finishIntake() error {
	v.session.recording.Lock() // a button pressed twice: the second finds the draft gone
	defer v.session.recording.Unlock()
	i, err := v.openIntake()
	if err != nil {
		return v.recordedAlready(err)
	}
	wasSent := i.get(sentValue) != "" && i.get(referenceValue) == v.got(referenceValue) && i.get(reasonValue) == v.got(reasonValue)
	i.take(stepReview, v.r.PostForm)
	if wasSent {
		i.values.Set(sentValue, entry.Yes)
	}
	if err := v.saveIntake(v.context(), i, stepReview); err != nil {
		return err
	}
	switch v.got(doField) {
	case "keep":
		return v.redirect("/drafts")
	case "save":
	default:
		return v.redirect(i.address(stepReview))
	}
	if v.got(stateField) != i.state() {
		return v.showReview(http.StatusConflict, i, []intakeFault{wholeFault(v.say().Say("intake.stale"))})
	}
	if faults := v.reviewFaults(i); len(faults) > 0 {
		return v.showReview(http.StatusUnprocessableEntity, i, faults)
	}
	records, faults := v.intakeRecords(v.context(), i)
	if !wasSent {
		if records, faults, err = v.checkIntake(v.context(), i); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return v.showReview(http.StatusUnprocessableEntity, i, faults)
	}
	return v.record(i, records)
}

// wholeFault is what stands against an intake as a whole.
func wholeFault(words string) intakeFault {
	return intakeFault{intakePart{Step: stepReview, Prefix: "review/"}, entry.Fault{Path: "whole", Problem: entry.Refused, Words: words}}
}

// reviewFaults are those of the fields of the last step.
func (v *visit) reviewFaults(i *intake) []intakeFault {
	var faults []intakeFault
	for _, path := range []string{"reference", "reason"} {
		if i.get("review/"+path) == "" {
			faults = append(faults, intakeFault{intakePart{Step: stepReview, Prefix: "review/"}, entry.Fault{Path: path, Problem: entry.Missing}})
		}
	}
	return faults
}

// record sends an intake. It is marked as sent before: if nobody hears whether it was
// recorded, the same is sent again under the same request id and is no second write.
func (v *visit) record(i *intake, records []*intakeRecord) error {
	ctx := v.context()
	i.values.Set(sentValue, entry.Yes)
	if err := v.saveIntake(ctx, i, stepReview); err != nil {
		return err
	}
	reply, err := v.site.conn.ApplyMatter(ctx, i.header(false), slices.Values(documentsOf(records)), nil)
	if e := client.AsError(err); e != nil {
		if e.Code != codes.Unavailable && e.Code != codes.DeadlineExceeded && e.Code != codes.Canceled {
			i.values.Del(sentValue)
			if err := v.saveIntake(ctx, i, stepReview); err != nil {
				return err
			}
		}
		return v.stays(err, func(status int, fault entry.Fault) error {
			return v.showReview(status, i, []intakeFault{wholeFault(fault.Words)})
		})
	}
	if err != nil {
		return err
	}
	v.dropDraft(i.draft)
	return v.redirect(caseOfReply(reply))
}

// caseOfReply is the page of the case that something of a matter was written to.
func caseOfReply(reply *tumenv1.ApplyMatterResponse) string {
	for _, d := range reply.GetDocuments() {
		if name := labels.CaseOf(d.GetName()); labels.KindOf(name) == "Case" {
			return link(name)
		}
	}
	return "/cases"
}
