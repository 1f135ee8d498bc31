// Package wording says in English, Korean and Chinese what the pages show:
// their own sentences, uncertain dates, numbers, and the words of the contract.
//
// The sentences lie in catalogue/<language>/<area>.yaml, one file for each
// group of pages, in the form of go-i18n: an id "area.words_with_underscores"
// and its text, with {{.name}} where a value is put in, or a text for each
// plural form of the language. Every language has the same ids; a test holds
// them against each other and against what the pages use.
package wording
