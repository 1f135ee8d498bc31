package wording

import (
	"fmt"
	"sync"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Words are those of one language. They are shared and safe for concurrent use.
type Words struct {
	language  Language
	plain     map[string]string // what has neither values nor plural forms, by id
	localizer *i18n.Localizer
}

// all are the words of each language, read once from what the program carries.
var all = sync.OnceValue(func() map[Language]*Words {
	words := map[Language]*Words{}
	for _, l := range Languages() {
		w, err := gather(catalogue, l)
		if err != nil {
			panic("wording: " + err.Error())
		}
		words[l] = w
	}
	return words
})

// In gives the words of a language; of one that is none of ours, English.
func In(l Language) *Words {
	if w := all()[l]; w != nil {
		return w
	}
	return all()[English]
}

// Language is the language of the words.
func (w *Words) Language() Language { return w.language }

// parser reads the texts; a value that is not given is a mistake, never a gap
// that somebody reads over.
var parser = &template.TextParser{Option: "missingkey=error"}

// Say is the text with that id. Pairs are names and values in turn, for what
// stands in the text as {{.name}}. An id that is not there, or a value that is
// missing, panics in a test; elsewhere the id is shown.
func (w *Words) Say(id string, pairs ...any) string {
	if text, ok := w.plain[id]; ok {
		return text
	}
	return w.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: values(pairs)})
}

// Count is Say for a text that depends on how many; {{.n}} stands for n in digits.
func (w *Words) Count(id string, n int64, pairs ...any) string {
	if text, ok := w.plain[id]; ok {
		return text
	}
	data := values(pairs)
	data["n"] = w.Number(n)
	return w.localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n, TemplateData: data})
}

func (w *Words) localize(c *i18n.LocalizeConfig) string {
	c.TemplateParser = parser
	text, err := w.localizer.Localize(c)
	if err != nil {
		return wrong(c.MessageID, err)
	}
	return text
}

// wrong is what stands for a text that can't be said.
func wrong(id string, err error) string {
	if testing.Testing() {
		panic(fmt.Sprintf("wording: %s: %v", id, err))
	}
	return id
}

func values(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2+1)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}

// Knows says whether there is a text with that id which neither values nor a number
// belong to.
func (w *Words) Knows(id string) bool {
	_, ok := w.plain[id]
	return ok
}
