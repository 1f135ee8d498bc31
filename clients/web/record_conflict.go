package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// Names of fields with which a conflict is settled.
const (
	theirsPrefix = "theirs." // before the path: what is there now
	pickPrefix   = "pick."   // before the path: "mine" or "theirs"
)

// conflict is a record that somebody else has changed while one typed.
type conflict struct {
	Form    *recordForm
	Record  string
	By      string // who changed it, where the reader may know
	Why     string
	Differ  []difference // of these one has to choose
	Mine    []difference // only the one who types changed these: they are kept
	Theirs  []difference // only the other changed these: they stay
	Carried url.Values   // what was typed and does not differ
}

// difference is one field with both its values.
type difference struct {
	Path, Label, Mine, Theirs, Before string
	Row                               bool
}

// showConflict shows field by field what is there now and what was typed, and has the
// person choose. What the form rested on tells who of the two changed a field.
func (v *visit) showConflict(e *editable, mine entry.Texts) error {
	theirs, before := e.kind.Texts(e.record), v.before(e)
	c := &conflict{Record: e.name(), Carried: url.Values{}, Why: changeReason(e)}
	form, err := v.form(v.context(), e.kind, e.in, theirs, nil)
	if err != nil {
		return err
	}
	form.Etag, form.Here = e.record.(versioned).GetEtag(), "/edit/"+e.name()
	form.Opened = e.opened
	form.Revision = v.formRevision() // what is typed still rests on that one
	c.Form = form
	choices := v.offering(v.context(), e.in)
	paths := slices.Sorted(maps.Keys(mine))
	for path := range theirs {
		if _, typed := mine[path]; !typed {
			paths = append(paths, path)
		}
	}
	mixed := c.lists(v, e, mine, theirs, before, choices)
	for _, path := range paths {
		if mixed[listOf(path)] {
			c.Carried.Set(typedPrefix+path, mine[path])
			c.Carried.Set(theirsPrefix+path, theirs[path])
			continue
		}
		d := difference{Path: path, Label: v.fieldLabel(e.kind, path), Row: strings.Contains(path, "["),
			Mine: v.shown(e, path, mine[path], choices), Theirs: v.shown(e, path, theirs[path], choices), Before: v.shown(e, path, before[path], choices)}
		switch {
		case d.Mine == d.Theirs:
			c.Carried.Set(typedPrefix+path, theirs[path])
		case before != nil && d.Mine == d.Before:
			c.Theirs = append(c.Theirs, d)
			c.Carried.Set(typedPrefix+path, theirs[path])
		case before != nil && d.Theirs == d.Before:
			c.Mine = append(c.Mine, d)
			c.Carried.Set(typedPrefix+path, mine[path])
		default:
			c.Carried.Set(typedPrefix+path, mine[path])
			c.Carried.Set(theirsPrefix+path, theirs[path])
			c.Differ = append(c.Differ, d)
		}
	}
	v.types()
	return v.render(http.StatusConflict, "conflict", v.say().Say("entry.conflict"), c)
}

// before is the record as the form was filled from; nil if it can't be read any more.
func (v *visit) before(e *editable) entry.Texts {
	reply, err := v.site.conn.Records.GetRevision(e.ctx, &tumenv1.GetRevisionRequest{Name: e.name(), Revision: v.formRevision()})
	if err != nil {
		return nil // then every difference is one to choose
	}
	return e.kind.Texts(labels.Unwrap(reply.GetRecord()))
}

// formRevision is the revision that the form was filled from; 0 if it does not say.
func (v *visit) formRevision() int64 {
	n, err := strconv.ParseInt(v.got("revision"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func changeReason(e *editable) string {
	if r, ok := e.record.(interface{ GetChangeReason() string }); ok {
		return r.GetChangeReason()
	}
	return ""
}

// shown puts a text of a form into words: enums by theirs, records by what they are called.
func (v *visit) shown(e *editable, path, text string, choices *choices) string {
	fd := e.kind.Leaf(path)
	if fd == nil || text == "" {
		return text
	}
	if fd.Enum() != nil {
		if n, ok := labels.EnumNumber(fd.Enum(), text); ok {
			return v.say().EnumValue(fd.Enum(), n)
		}
	}
	kinds, refers := labels.Referenced(fd)
	if !refers {
		return text
	}
	_, options, err := choices.records(e.kind, path, kinds, fd.IsList())
	if err != nil {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for _, o := range options {
			if o.Value == line {
				lines[i] = o.Label
			}
		}
	}
	return strings.Join(lines, "\n")
}

// settled takes what is there now for the fields of which the person chose so.
func (v *visit) settled(texts entry.Texts) entry.Texts {
	for name := range v.r.PostForm {
		path, ours := strings.CutPrefix(name, theirsPrefix)
		if ours && v.picked(path) == "theirs" {
			texts[path] = v.r.PostForm.Get(name)
		}
	}
	return texts
}

// picked is which of the two values of a field the person chose, by itself or with its list.
func (v *visit) picked(path string) string {
	return cmp.Or(v.r.PostForm.Get(pickPrefix+path), v.r.PostForm.Get(pickPrefix+listOf(path)))
}

// undecided says whether a field that differs was left without a choice.
func (v *visit) undecided() bool {
	for name := range v.r.PostForm {
		if path, ours := strings.CutPrefix(name, theirsPrefix); ours && v.picked(path) == "" {
			return true
		}
	}
	return false
}
