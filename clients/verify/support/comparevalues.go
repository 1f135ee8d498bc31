package support

import (
	"fmt"
	"slices"
	"strings"
)

func (c *comparison) allValues(stored []ValueSupport) {
	apart := slices.ContainsFunc(c.values, func(w *weighedValue) bool { return w.whole != nil })
	at, keys := map[string][]int{}, make([]string, len(stored))
	for i := range stored {
		keys[i] = stored[i].key(apart)
		at[keys[i]] = append(at[keys[i]], i)
	}
	for _, w := range c.values {
		key := w.storedKey()
		if len(at[key]) == 0 {
			c.differ("values", "leave out %s", w.name())
			continue
		}
		c.value(w, &stored[at[key][0]])
		at[key] = at[key][1:]
	}
	for i := range stored {
		if slices.Contains(at[keys[i]], i) {
			c.differ("values", "have %q, which no claim states and the finding does not determine, or have it twice", stored[i].Label)
		}
	}
}

// name of a value; a person's has no words.
func (w *weighedValue) name() string {
	if w.label == "" {
		return "what " + strings.Join(w.assertedBy, " and ") + " says"
	}
	return w.label
}

// storedKey is what a stored value has to be found by. A person's says nothing but
// who states it.
func (w *weighedValue) storedKey() string {
	switch {
	case w.part != nil && w.part.kind.personal() || w.whole != nil && w.whole.Personal:
		return fmt.Sprintf("a person's, %v, by %s", w.determined, inOrder(w.assertedBy))
	case w.whole != nil:
		return "whole " + w.whole.Text
	}
	return "part " + w.key
}

// key is that of a stored value; apart says that the determined one is none of the
// parts that claims state.
func (s *ValueSupport) key(apart bool) string {
	switch {
	case s.Value == nil:
		return fmt.Sprintf("a person's, %v, by %s", s.Determined, inOrder(s.AssertedBy))
	case !(apart && s.Determined) && len(s.Value.parts) == 1 && !s.Value.Worded && !s.Value.vague:
		return "part " + s.Value.parts[0].key
	}
	return "whole " + s.Value.Text
}

func (c *comparison) value(w *weighedValue, stored *ValueSupport) {
	member := fmt.Sprintf("values[%s]", w.name())
	if stored.Label != w.label {
		c.differ(member+".label", "reads %q, and the value is %q", stored.Label, w.label)
	}
	if stored.Determined != w.determined {
		c.differ(member+".determined", "is %v, and the finding says otherwise", stored.Determined)
	}
	c.list(member+".asserted_by", stored.AssertedBy, w.assertedBy)
	s := &stored.Support
	if c.short && len(s.Claims)+len(s.Groups)+len(s.LeftOut)+len(s.Unresolved)+len(s.Cycles) == 0 {
		count := c.asserted.web.count(c.asserted.entailing(w.entails))
		c.number(member+".support.at_least", s.AtLeast, count.atLeast())
		c.number(member+".support.at_most", s.AtMost, count.atMost())
		return
	}
	c.standing(member+".support", c.asserted.supportOf(w.entails), s)
}

func (c *comparison) agreements(stored []Agreement) {
	said := func(value *Value, label string, atLeast, atMost int) string {
		keys := "none"
		if value != nil {
			keys = strings.Join(value.keys(), ", ")
			if value.Worded {
				keys += " with words"
			}
		}
		return fmt.Sprintf("%q with at least %d and at most %d (value %s)", label, atLeast, atMost, keys)
	}
	with := func(line string, claims, origins []string) string {
		return line + " of " + inOrder(claims) + " from " + inOrder(origins)
	}
	// Where the listing is short, a set may stand with its counts alone.
	var all, given []string
	bare, full := map[string]int{}, map[string]bool{}
	for _, s := range stored {
		line := said(s.Value, s.Label, s.AtLeast, s.AtMost)
		if c.short && len(s.Claims)+len(s.Origins) == 0 {
			bare[line]++
		} else {
			line = with(line, s.Claims, s.Origins)
			full[line] = true
		}
		all = append(all, line)
	}
	for _, a := range c.agreement {
		value := a.value
		if a.personal {
			value = nil
		}
		line := said(value, a.label, a.atLeast, a.atMost)
		if whole := with(line, a.names, a.origins); bare[line] > 0 && !full[whole] {
			bare[line]--
		} else {
			line = whole
		}
		given = append(given, line)
	}
	c.list("agreement", all, given)
}
