package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
)

// showIntakeStep is the form of a step, as far as it was filled in. With check= it says
// what is wrong with it.
func (s *Site) showIntakeStep(v *visit) error {
	i, err := v.openIntake()
	if err != nil {
		return err
	}
	step := v.r.PathValue("step")
	if step == stepReview {
		return v.showReview(http.StatusOK, i, nil)
	}
	var faults []intakeFault
	if v.got("check") != "" {
		if _, faults, err = v.checkIntake(v.context(), i); err != nil {
			return err
		}
	}
	return v.showIntakeForm(http.StatusOK, i, step, faults, nil)
}

// saveIntakeStep saves what was typed in a step and goes on to where the button says.
func (s *Site) saveIntakeStep(v *visit) error {
	step := v.r.PathValue("step")
	if step == stepReview {
		return v.finishIntake()
	}
	i, err := v.openIntake()
	if err != nil {
		return err
	}
	if name := v.got("use"); name != "" {
		return v.useExisting(i, step, name)
	}
	i.take(step, v.r.PostForm)
	v.settle(v.context(), i, step)
	switch v.got(doField) {
	case "rows":
		i.values.Set(peopleValue, strconv.Itoa(i.peopleRows()+2))
	case "different":
		i.values.Set(differentValue, strings.TrimSpace(i.get(differentValue)+" "+v.got("seen")))
	}
	if err := v.saveIntake(v.context(), i, step); err != nil {
		return err
	}
	at := slices.Index(intakeSteps, step)
	switch v.got(doField) {
	case "back":
		return v.redirect(i.address(intakeSteps[max(at-1, 0)]))
	case "keep":
		return v.redirect("/drafts")
	case "next", "different":
		return v.goOn(i, step, intakeSteps[at+1])
	}
	return v.redirect(i.address(step))
}

// goOn leads to the next step, unless something is wrong with this one, or what it is
// about may be recorded already.
func (v *visit) goOn(i *intake, step, next string) error {
	_, faults := v.intakeRecords(v.context(), i)
	faults = slices.DeleteFunc(faults, func(f intakeFault) bool { return f.part.Step != step })
	if len(faults) > 0 {
		return v.showIntakeForm(http.StatusUnprocessableEntity, i, step, faults, nil)
	}
	found, err := v.alikeInStep(v.context(), i, step)
	if err != nil {
		return err
	}
	if found != nil {
		return v.showIntakeForm(http.StatusConflict, i, step, nil, found)
	}
	return v.redirect(i.address(next))
}

// useExisting takes a record that is there in place of the new one that was typed.
func (v *visit) useExisting(i *intake, step, name string) error {
	of := step
	if step != stepSource {
		of = stepCase
	}
	i.take(of, url.Values{of + "/existing": {name}})
	if err := v.saveIntake(v.context(), i, step); err != nil {
		return err
	}
	return v.redirect(i.address(intakeSteps[slices.Index(intakeSteps, step)+1]))
}

// recordedAlready is the page of the case of an intake whose draft is gone: the same form
// sent once more.
func (v *visit) recordedAlready(err error) error {
	e := client.AsError(err)
	if e == nil || e.Code != codes.NotFound || v.got(referenceValue) == "" {
		return err
	}
	name, problem := v.calledSo(v.context(), []string{"Event"}, v.got(referenceValue)+"/E1")
	if problem != "" {
		return err
	}
	return v.redirect(v.after(name))
}
