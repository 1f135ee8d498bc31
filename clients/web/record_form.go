package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"tumen/clients/client"
	"tumen/clients/web/entry"
)

// Names of fields of forms that are no part of a record.
const (
	typedPrefix = "f." // before the path of what is
	reasonField = "reason"
	draftField  = "draft"
	onceField   = "once" // the request id: the same form sent twice is one write
	hereField   = "here" // the page of the form, for a draft of it
	doField     = "do"   // which button
)

// moreRows is how many rows of each list are added when somebody asks for further ones.
const moreRows = 4

// recordForm is what a page asks for to make or change a record.
type recordForm struct {
	Kind     *entry.Kind
	Sections []formSection
	Faults   []formFault // above the form, each with a link to its field
	Reason   string
	Once     string
	Draft    string
	Here     string
	Etag     string // of the record that is changed; empty for a new one
	Revision int64  // likewise
	Opened   bool   // who it is about stands in it
	Case     string // where a new one is to lie
	Alike    *alikeList
	Compared int // with so many records a new one is compared at most; 0: with none
	Copy     *copyBeside
	Sources  bool // it asks for a source, whose copy may stand beside
}

type formSection struct {
	ID, Legend string
	Rows       [][]formField // one row where the section is no list
	List       bool
}

type formField struct {
	ID, Name, Label, Hint string
	Input                 string // line, long, choice, tick, boxes, find, number
	Value                 string
	Options               []option
	Required              bool
	Fault                 string
	Row                   int    // from 1, in a list
	List                  string // id of a list of what is offered that stands on the page already
}

// shareList has a field offer what another one does, which then is on the page once.
func (f *formField) shareList(other formField) {
	if f.Input == "find" && len(f.Options) > 0 {
		if f.List = other.List; f.List == "" {
			f.List = other.ID + "-list"
		}
		f.Options = nil
	}
}

// HasRows says whether there is a list that may need more rows.
func (f *recordForm) HasRows() bool {
	return slices.ContainsFunc(f.Sections, func(s formSection) bool { return s.List })
}

// option is one thing to choose; Chosen for boxes and lists.
type option struct {
	Value, Label string
	Chosen       bool
}

// formFault is what is wrong, with the id of the field that it is about; empty for none.
type formFault struct{ ID, Label, Text string }

// typed are the values of the record's fields in a form.
func typed(k *entry.Kind, values url.Values) entry.Texts {
	texts := entry.Texts{}
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			if !strings.Contains(f.Path, "[]") {
				texts[f.Path] = "" // a box that is not ticked is not sent
			}
		}
	}
	for name, given := range values {
		if path, ours := strings.CutPrefix(name, typedPrefix); ours {
			texts[path] = strings.Join(given, "\n")
		}
	}
	return texts.Compacted()
}

// form lays out what is typed, what may be chosen and what is wrong.
func (v *visit) form(ctx context.Context, k *entry.Kind, in string, texts entry.Texts, faults []entry.Fault) (*recordForm, error) {
	return v.formOf(k, v.offering(ctx, in), texts, faults)
}

// formOf is form with what may be chosen.
func (v *visit) formOf(k *entry.Kind, choices *choices, texts entry.Texts, faults []entry.Fault) (*recordForm, error) {
	f := &recordForm{Kind: k, Case: choices.in, Once: cmp.Or(v.got(onceField), client.NewRequestID()), Reason: v.got(reasonField), Draft: v.got(draftField)}
	wrong := map[string]string{}
	for _, fault := range faults {
		text := v.faultText(fault)
		wrong[fault.Path] = text
		at := formFault{Text: text}
		if k.Leaf(fault.Path) != nil {
			at.ID, at.Label = fieldID(fault.Path), v.fieldLabel(k, fault.Path)
		}
		switch fault.Path {
		case reasonField:
			at.ID, at.Label = reasonField, v.say().Say("entry.reason")
		case "until":
			at.ID, at.Label = "until", v.say().Say("act.until")
		case fileField:
			at.ID, at.Label = fileField, v.say().Say("preserve.file")
		}
		f.Faults = append(f.Faults, at)
	}
	for _, s := range k.Sections {
		section, err := v.section(k, s, texts, wrong, choices)
		if err != nil {
			return nil, err
		}
		f.Sections = append(f.Sections, section)
	}
	return f, nil
}

func (v *visit) section(k *entry.Kind, s entry.Section, texts entry.Texts, wrong map[string]string, choices *choices) (formSection, error) {
	out := formSection{List: s.Rows > 0}
	if s.Name != "" {
		out.ID, out.Legend = "section-"+s.Name, v.say().Say("entry.section_"+s.Name)
	}
	rows := 1
	if out.List {
		rows = max(s.Rows, filledRows(s, texts)+1)
		if v.got(doField) == "rows" {
			rows = max(s.Rows, filledRows(s, texts)) + moreRows
		}
	}
	for row := range min(rows, entry.MaxRows) {
		var fields []formField
		for _, f := range s.Fields {
			path := f.InRows(row + 1)[min(row, len(f.InRows(row+1))-1)]
			field, err := v.field(k, f, path, texts[path], choices)
			if err != nil {
				return out, err
			}
			field.Fault = wrong[path]
			if out.List {
				field.Row = row + 1
			}
			if row > 0 && len(out.Rows[0]) > len(fields) {
				field.shareList(out.Rows[0][len(fields)])
			}
			fields = append(fields, field)
		}
		out.Rows = append(out.Rows, fields)
	}
	return out, nil
}

// filledRows is how many rows of a section hold something.
func filledRows(s entry.Section, texts entry.Texts) int {
	n := 0
	for _, f := range s.Fields {
		for i := range entry.MaxRows {
			if texts[f.InRows(i + 1)[i]] != "" { // a row need not hold all that it could
				n = max(n, i+1)
			}
		}
	}
	return n
}
