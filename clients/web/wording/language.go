package wording

import (
	"slices"

	"golang.org/x/text/language"
)

// Language is one in which the pages are written, as a BCP 47 tag: what a page
// says in its lang attribute.
type Language string

// The languages.
const (
	English Language = "en"
	Korean  Language = "ko"
	Chinese Language = "zh-Hans"
)

// Languages are all of them, in the order in which they are offered.
func Languages() []Language { return []Language{English, Korean, Chinese} }

// nearest finds the language for somebody who asked for another of its kind. Its
// tags are in the order of Languages.
var nearest = language.NewMatcher([]language.Tag{language.English, language.Korean, language.SimplifiedChinese})

// Match is the language that fits an Accept-Language header best. Who asks for
// any Chinese gets the simplified; who asks for none of ours gets English.
func Match(acceptLanguage string) Language {
	// What can be read of a header that has a mistake in it still counts.
	wanted, _, _ := language.ParseAcceptLanguage(acceptLanguage)
	for _, tag := range wanted {
		if ours, ok := kin(tag); ok {
			return ours
		}
	}
	_, at, _ := nearest.Match(wanted...)
	return Languages()[at]
}

// kin is the one of ours that differs from tag in script or region at most.
func kin(tag language.Tag) (Language, bool) {
	base, _ := tag.Base()
	at := slices.IndexFunc(Languages(), func(l Language) bool {
		ours, _ := language.Make(string(l)).Base()
		return ours == base
	})
	if at < 0 {
		return "", false
	}
	return Languages()[at], true
}
