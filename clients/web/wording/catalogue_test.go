package wording

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// What one language says, every other says too, with the same values in it.
func TestCataloguesMatch(t *testing.T) {
	english := catalogueOf(t, English)
	for _, l := range Languages()[1:] {
		ours := catalogueOf(t, l)
		for id := range ours {
			if english[id] == nil {
				t.Errorf("%s is in %s and not in English", id, l)
			}
		}
		for id, m := range english {
			switch {
			case ours[id] == nil:
				t.Errorf("%s is missing in %s", id, l)
			case !slices.Equal(placeholders(m), placeholders(ours[id])):
				t.Errorf("%s: English puts in %v, %s %v", id, placeholders(m), l, placeholders(ours[id]))
			}
		}
	}
}

var (
	wellFormed  = regexp.MustCompile(`^[a-z]+\.[a-z0-9]+(_[a-z0-9]+)*$`)
	placeholder = regexp.MustCompile(`\{\{\.([a-z_]+)\}\}`)
)

func TestCatalogueEntries(t *testing.T) {
	for _, l := range Languages() {
		for id, m := range catalogueOf(t, l) {
			if !wellFormed.MatchString(id) {
				t.Errorf("%s: %q is no id as they are written here", l, id)
			}
			for _, text := range texts(m) {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s is empty", l, id)
				}
				if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}<>") {
					t.Errorf("%s: %s has more in it than words and {{.values}}: %q", l, id, text)
				}
			}
			if m.Other == "" || m.Zero+m.Two+m.Few+m.Many != "" {
				t.Errorf("%s: %s has plural forms that the language has not", l, id)
			}
			if m.One != "" && l != English {
				t.Errorf("%s: %s has a singular, which the language has not", l, id)
			}
		}
	}
}

func TestCatalogueMistakes(t *testing.T) {
	for name, c := range map[string]struct{ first, second, wrong string }{
		"none":          {"date.a: x", "number.a: y", ""},
		"another area":  {"case.a: x", "", "should begin with"},
		"no catalogue":  {"date.a: [", "", "date.yaml"},
		"twice":         {"date.a: x\ndate.a: y", "", "date.yaml"},
		"id of another": {"date.a: x", "date.a: y", "should begin with"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"catalogue/en/date.yaml": {Data: []byte(c.first)}}
			if c.second != "" {
				files["catalogue/en/number.yaml"] = &fstest.MapFile{Data: []byte(c.second)}
			}
			_, err := read(files, English)
			if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("error %v, want one with %q", err, c.wrong)
			}
		})
	}
}

func catalogueOf(t *testing.T, l Language) map[string]*i18n.Message {
	t.Helper()
	messages, err := read(catalogue, l)
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) == 0 {
		t.Fatalf("%s has no words", l)
	}
	return messages
}

func texts(m *i18n.Message) []string {
	if m.One == "" {
		return []string{m.Other}
	}
	return []string{m.One, m.Other}
}

// placeholders are the values that are put in, in any of the plural forms.
func placeholders(m *i18n.Message) []string {
	found := map[string]bool{}
	for _, text := range texts(m) {
		for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
