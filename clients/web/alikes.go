package web

import (
	"context"
	"slices"
	"strings"

	"tumen/clients/web/entry"
)

// Before a source or a case is made, what may be the same is offered: among what the
// member sees, and no further than so many records.
const (
	alikePage  = 1000 // records that are looked at in one list
	alikePages = 2    // such lists
	alikeShown = 10   // records that are offered at most
)

// alikeList are records that may be the same as what was typed.
type alikeList struct {
	Records []alikeRecord
	More    bool   // there are others
	Looked  int    // 0: all were looked at; else so many
	Seen    string // the names of those offered
}

type alikeRecord struct{ Name, Label, Why string }

// alikes gathers records that may be the same, each once.
type alikes struct {
	v    *visit
	list alikeList
	skip []string // looked at, and others
}

func (v *visit) alikes(different string) *alikes {
	return &alikes{v: v, skip: strings.Fields(different)}
}

// offer offers a record for a reason.
func (a *alikes) offer(name, label, why string) {
	if slices.Contains(a.skip, name) {
		return
	}
	at := slices.IndexFunc(a.list.Records, func(r alikeRecord) bool { return r.Name == name })
	why = a.v.say().Say("alike." + why)
	switch {
	case at >= 0 && !strings.Contains(a.list.Records[at].Why, why):
		a.list.Records[at].Why += "; " + why
	case at >= 0:
	case len(a.list.Records) == alikeShown:
		a.list.More = true
	default:
		a.list.Records = append(a.list.Records, alikeRecord{name, label, why})
		a.list.Seen = strings.TrimSpace(a.list.Seen + " " + name)
	}
}

// found is the list; nil if there is nothing to look at.
func (a *alikes) found() *alikeList {
	if len(a.list.Records) == 0 {
		return nil
	}
	return &a.list
}

// alike are records that may be the same as a new one. Who has seen them and says that it
// is another one is asked no more.
func (v *visit) alike(ctx context.Context, k *entry.Kind, texts entry.Texts) (*alikeList, error) {
	different := ""
	if v.got(doField) == "different" {
		different = v.got("seen")
	}
	a := v.alikes(different)
	var err error
	switch {
	case k.Name == "source" && v.may("SourceService/ListSources"):
		err = a.sources(ctx, texts)
	case k.Name == "case" && v.may("CaseService/ListCases"):
		err = a.cases(ctx, texts)
	}
	return a.found(), err
}

// alikeInStep are records that may be the same as what a step of an intake would make, as
// far as it has been typed.
func (v *visit) alikeInStep(ctx context.Context, i *intake, step string) (*alikeList, error) {
	a := v.alikes(i.get(differentValue))
	newCase := i.get("case/"+existingPath) == ""
	var err error
	switch {
	case step == stepSource && i.get("source/"+existingPath) == "":
		err = a.sources(ctx, i.texts(i.parts(step)[0]))
	case step == stepCase && newCase:
		err = a.cases(ctx, i.texts(i.parts(step)[0]))
	case step == stepEvent && newCase:
		err = a.casesThen(ctx, i.texts(i.parts(step)[0]))
	case step == stepPeople && newCase:
		err = a.casesOf(ctx, i)
	}
	return a.found(), err
}
