package wording

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed catalogue
var catalogue embed.FS

// read reads the catalogue of a language, by id. An id that stands twice is a
// mistake, also across files.
func read(files fs.FS, l Language) (map[string]*i18n.Message, error) {
	folder := "catalogue/" + string(l)
	names, err := fs.Glob(files, folder+"/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]*i18n.Message{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		messages, err := i18n.ParseMessageBytes(text, yaml.Unmarshal)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		area := strings.TrimSuffix(name[len(folder)+1:], ".yaml")
		for _, m := range messages {
			if !strings.HasPrefix(m.ID, area+".") {
				return nil, fmt.Errorf("%s: %s should begin with %q", name, m.ID, area+".")
			}
			if all[m.ID] != nil {
				return nil, fmt.Errorf("%s: %s stands twice", name, m.ID)
			}
			all[m.ID] = m
		}
	}
	return all, nil
}

// gather makes the words of a language from its catalogue. Each language is a
// bundle of its own: none ever answers for another.
func gather(files fs.FS, l Language) (*Words, error) {
	messages, err := read(files, l)
	if err != nil {
		return nil, err
	}
	tag := language.Make(string(l))
	bundle := i18n.NewBundle(tag)
	w := &Words{language: l, plain: map[string]string{}, localizer: i18n.NewLocalizer(bundle, string(l))}
	for id, m := range messages {
		if err := bundle.AddMessages(tag, m); err != nil {
			return nil, err
		}
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			w.plain[id] = m.Other
		}
	}
	return w, nil
}
