package web

import (
	"context"
	"slices"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
)

// settle puts the names of records in place of what lists called them, which is another
// thing in another language.
func (v *visit) settle(ctx context.Context, i *intake, step string) {
	choices := v.choices(ctx, "")
	for _, p := range i.parts(step) {
		i.settleValue(p.Prefix+existingPath, func(text string) (string, entry.Problem) { return choices.offeredAs(p.Kind.Title(), text) })
		for path := range i.texts(p) {
			kinds, refers := []string(nil), false
			if fd := p.Kind.Leaf(path); fd != nil && !fd.IsList() {
				kinds, refers = labels.Referenced(fd)
			}
			if refers && len(kinds) == 1 {
				i.settleValue(p.Prefix+typedPrefix+path, func(text string) (string, entry.Problem) { return choices.offeredAs(kinds[0], text) })
			}
		}
	}
}

func (i *intake) settleValue(field string, called func(string) (string, entry.Problem)) {
	if text := i.get(field); text != "" {
		if name, problem := called(text); problem == "" {
			i.values.Set(field, name)
		}
	}
}

// named gives the name of the record of a kind that a text stands for.
func (c *choices) named(kind, text string) (string, entry.Problem) {
	if name, problem := c.offeredAs(kind, text); problem == "" {
		return name, ""
	}
	return c.v.calledSo(c.ctx, []string{kind}, text)
}

// offeredAs is named among what the form offers.
func (c *choices) offeredAs(kind, text string) (string, entry.Problem) {
	if labels.KindOf(text) == kind {
		return text, ""
	}
	options, err := c.once(kind, func() ([]option, error) { return c.list(kind) })
	if err != nil {
		return "", entry.NoRecord
	}
	if at := slices.IndexFunc(options, func(o option) bool { return o.Label == text }); at >= 0 {
		return options[at].Value, ""
	}
	return "", entry.NoRecord
}
