package web

import (
	"cmp"
	"context"
	"strings"

	"tumen/clients/web/entry"
)

// intakePage is the form of one step.
type intakePage struct {
	Steps   []intakeLink
	Current string // "source"
	How     string
	Groups  []formGroup
	Faults  []formFault
	Alike   *alikeList
	Draft   string
	Here    string
	First   bool
	More    bool // further rows can be asked for

	Compared int // with so many records a new one is compared at most; 0: with none
}

// intakeLink leads to a step of the intake.
type intakeLink struct {
	Label, Address string
	Current        bool
}

// formGroup is what a form asks about one record.
type formGroup struct {
	Legend   string
	Lead     []formField // what stands before its fields: whether, or which one that is there
	OrElse   bool        // what leads is in the place of the record, and stands before it
	Sections []formSection
}

func (v *visit) intakeLinks(i *intake, current string) []intakeLink {
	var all []intakeLink
	for _, step := range intakeSteps {
		all = append(all, intakeLink{v.say().Say("intake.step_" + step), i.address(step), step == current})
	}
	return all
}

// showIntakeForm writes the form of a step.
func (v *visit) showIntakeForm(status int, i *intake, step string, faults []intakeFault, found *alikeList) error {
	p := &intakePage{
		Steps: v.intakeLinks(i, step), Current: step, How: v.say().Say("intake.how_" + step), Draft: i.draft, Here: "/intake/" + step,
		First: step == intakeSteps[0], More: step == stepPeople, Alike: found,
	}
	if step == stepSource || step == stepCase {
		p.Compared = alikePages * alikePage
	}
	ctx := v.context()
	choices, lists := v.choices(ctx, ""), map[string]formField{}
	for _, part := range i.parts(step) {
		group, err := v.intakeGroup(ctx, i, part, faults, choices, lists)
		if err != nil {
			return err
		}
		p.Groups = append(p.Groups, *group)
	}
	for _, f := range faults {
		if f.part.Step == step {
			p.Faults = append(p.Faults, formFault{ID: v.faultID(f), Label: v.faultLabel(f), Text: v.faultText(f.Fault)})
		}
	}
	v.types()
	return v.render(status, "intake_step", v.say().Say("intake.title_of", "what", v.say().Say("intake.step_"+step)), p)
}

// intakeGroup lays out what a step asks about one record.
func (v *visit) intakeGroup(ctx context.Context, i *intake, part intakePart, faults []intakeFault, choices *choices, lists map[string]formField) (*formGroup, error) {
	wrong := map[string]string{}
	for _, f := range faults {
		if f.part.Prefix == part.Prefix {
			wrong[cmp.Or(part.Kind.At(f.Path), f.Path)] = v.faultText(f.Fault)
		}
	}
	g := &formGroup{Legend: v.legendOf(part)}
	switch part.Step {
	case stepSource, stepCase:
		field, err := v.existingField(ctx, i, part, choices)
		if err != nil {
			return nil, err
		}
		field.Fault = wrong[existingPath]
		g.Lead, g.OrElse = []formField{field}, true
	case stepClaims:
		on := ""
		if i.chosen(part) {
			on = entry.Yes
		}
		g.Lead = []formField{{ID: idUnder(part.Prefix) + onPath, Name: part.Prefix + onPath, Label: v.say().Say("intake.speaks"), Input: "tick", Value: on}}
	}
	for _, s := range part.Kind.Sections {
		section, err := v.section(part.Kind, s, i.texts(part), wrong, choices)
		if err != nil {
			return nil, err
		}
		section = section.under(part.Prefix)
		section.shareLists(lists, part.Kind)
		g.Sections = append(g.Sections, section)
	}
	return g, nil
}

// existingField asks which record that is there already it is.
func (v *visit) existingField(ctx context.Context, i *intake, part intakePart, choices *choices) (formField, error) {
	kind := part.Kind.Title()
	options, err := choices.once(kind, func() ([]option, error) { return choices.list(kind) })
	if err != nil {
		return formField{}, err
	}
	f := formField{
		ID: idUnder(part.Prefix) + existingPath, Name: part.Prefix + existingPath, Label: v.say().Say("intake.existing_" + part.Step),
		Hint: v.say().Say("intake.hint_existing"), Input: "find", Value: i.get(part.Prefix + existingPath), Options: options,
	}
	f.choose()
	return f, nil
}

// legendOf is the heading of what a step asks about one record.
func (v *visit) legendOf(part intakePart) string {
	switch {
	case part.Step == stepClaims:
		return v.say().Enum(part.Aspect)
	case part.Step == stepPeople && part.Kind.Name == "person":
		return v.say().Say("intake.person_name", "row", part.Key[1:])
	case part.Step == stepPeople:
		return v.say().Say("intake.person_row", "row", part.Key[1:])
	}
	return v.say().Say("intake.new_" + part.Step)
}

// idUnder is what the ids of fields under a prefix begin with.
func idUnder(prefix string) string { return strings.ReplaceAll(prefix, "/", "-") }

// under is a section whose fields have names and ids that begin with a prefix.
func (s formSection) under(prefix string) formSection {
	if s.ID != "" {
		s.ID = idUnder(prefix) + s.ID
	}
	for _, row := range s.Rows {
		for n := range row {
			row[n].Name, row[n].ID = prefix+row[n].Name, idUnder(prefix)+row[n].ID
			if row[n].List != "" {
				row[n].List = idUnder(prefix) + row[n].List
			}
		}
	}
	return s
}

// shareLists has fields that stand on the page once for each person offer what the first
// of them does. Lists of rows of their own share theirs already.
func (s formSection) shareLists(lists map[string]formField, k *entry.Kind) {
	for n, f := range s.Rows[0] {
		of := k.Name + f.Label
		if first, there := lists[of]; there {
			s.Rows[0][n].shareList(first)
		} else if f.Input == "find" {
			lists[of] = f
		}
	}
}

// faultID is the id of the field that a fault is about; empty for none on the page.
func (v *visit) faultID(f intakeFault) string {
	switch {
	case f.Path == existingPath, f.Path == onPath, f.part.Step == stepReview:
		return idUnder(f.part.Prefix) + f.Path
	case f.part.Kind != nil && f.part.Kind.At(f.Path) != "":
		return idUnder(f.part.Prefix) + fieldID(f.part.Kind.At(f.Path))
	}
	return ""
}

func (v *visit) faultLabel(f intakeFault) string {
	switch {
	case f.Path == existingPath:
		return v.say().Say("intake.existing_" + f.part.Step)
	case f.part.Step == stepReview:
		return v.say().Say("intake." + f.Path)
	case f.part.Kind != nil && f.part.Kind.At(f.Path) != "":
		return v.legendOf(f.part) + ", " + v.fieldLabel(f.part.Kind, f.part.Kind.At(f.Path))
	}
	return v.legendOf(f.part)
}

// linkedTo is what a fault of a step leads to, from another page.
func (v *visit) linkedTo(i *intake, f intakeFault) string {
	if f.part.Step == stepReview {
		return "#" + v.faultID(f)
	}
	address := i.address(f.part.Step) + "&check=1"
	if id := v.faultID(f); id != "" {
		address += "#" + id
	}
	return address
}
