package web

import (
	"strings"

	"tumen/clients/web/entry"
)

// facts are what was typed of a part, as it will be read.
func (v *visit) facts(k *entry.Kind, texts entry.Texts, choices *choices) ([]typedFact, error) {
	var all []typedFact
	for _, s := range k.Sections {
		section, err := v.section(k, s, texts, nil, choices)
		if err != nil {
			return nil, err
		}
		for _, row := range section.Rows {
			for _, f := range row {
				if shown := f.shown(v); shown != "" {
					all = append(all, typedFact{Label: f.Label, Text: shown, Legend: section.Legend, Language: languageOf(texts, strings.TrimPrefix(f.Name, typedPrefix))})
				}
			}
		}
	}
	return all, nil
}

// typedFact is one thing that a record will say.
type typedFact struct{ Legend, Label, Text, Language string }

// shown is the value of a field as people read it.
func (f formField) shown(v *visit) string {
	switch f.Input {
	case "choice", "boxes":
		var chosen []string
		for _, o := range f.Options {
			if o.Chosen {
				chosen = append(chosen, o.Label)
			}
		}
		return strings.Join(chosen, "; ")
	case "tick":
		if f.Value == "" {
			return ""
		}
		return v.say().Say("intake.yes")
	}
	return f.Value
}

// languageOf is the language in which a text is said to be written.
func languageOf(texts entry.Texts, path string) string {
	dot := strings.LastIndexByte(path, '.') + 1
	switch path[dot:] {
	case "text":
		return languageCode(texts[path[:dot]+"language"])
	case "words":
		return languageCode(texts[path+"_language"])
	}
	return ""
}

// languageCode is a text that may be a language's code; others mark no text.
func languageCode(text string) string {
	if text = strings.TrimSpace(text); len(text) > 35 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return ""
	}
	return text
}
