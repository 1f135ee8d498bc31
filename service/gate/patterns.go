package gate

import (
	"regexp"
	"slices"
	"strings"
)

// patterns says what the contract's patterns ask for, but for those of names.
var patterns = map[string]string{
	`^$|[^\s\p{Z}\p{C}]`:                      "is blank; say something",
	`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$`: "must be the tag of a language, like ko or zh-Hant",
	`^[A-Z][a-z]{3}$`:                         "must be the code of a script, like Hang or Latn",
	`^[A-Z]{2}$`:                              "must be the code of a country in two capital letters, like KP",
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:            "must be a day, like 2023-10-09",
	`^([01][0-9]|2[0-3]):[0-5][0-9]$`:         "must be a time of day from 00:00 to 23:59",
	`^[+-](0[0-9]|1[0-4]):[0-5][0-9]$`:        "must be the offset of a clock from UTC, like +09:00",
	`^[a-z0-9][a-z0-9-]{0,38}$`:               "must be a handle: at most 39 small letters, digits and hyphens, the first no hyphen",
	`^[a-z0-9][a-z0-9.-]{0,62}$`:              "must be a handle or the like: at most 63 small letters, digits, hyphens and dots, the first a letter or digit",
	`^[a-z0-9][a-z0-9-]{0,62}$`:               "must be a code: at most 63 small letters, digits and hyphens, the first no hyphen",
	`^[a-z][a-z0-9_-]{0,62}$`:                 "must have a key of at most 63 small letters, digits, hyphens and underscores, the first a letter",
	`^[a-z][a-z-]{0,39}$`:                     "must be a word of at most 40 small letters and hyphens, the first a letter",
	`^[a-z]{0,20}$`:                           "must be a word of at most 20 small letters",
	`^[a-z0-9.+-]{1,63}/[a-z0-9.+-]{1,63}$`:   "must be a media type, like image/jpeg",
	`^[0-9a-f]{64}$`:                          "must be a SHA-256 in 64 digits from 0 to f, in small letters",
	`^tokens/[0-9a-hjkmnp-tv-z]{26}$`:         "must name a token, like those that tumen token list shows",
	`^(tokens|certificates|sessions|passphrases|identities|issuers)/[0-9a-hjkmnp-tv-z]{26}$`: "must name a credential, like those that tumen credential list shows",
	`^[0-9]{6}$`:                           "must be the six digits that the device shows",
	`^[0-9]{1,12}$`:                        "must be a number of at most 12 digits",
	`^[0-9]{0,15}$`:                        "must be a number of at most 15 digits",
	`^([0-9]{4}|P)-[0-9A-HJKMNP-TV-Z]{5}$`: "must be a reference, like 2026-K7QF4 or P-K7QF4",
	`^(tokens/)?[0-9a-hjkmnp-tv-z]{8,26}$`: "must be what a token is called (tokens/…), or the first 8 characters or more of that",
}

// patternSentence puts a pattern into words; empty where nobody has yet.
func patternSentence(pattern string) string {
	if sentence, ok := patterns[pattern]; ok {
		return sentence
	}
	return nameSentence(strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$"))
}

// mistaken says of a name which kind of record it is shaped like, where that is
// not what the sentence asks for; empty for all else. What was sent is not repeated.
func mistaken(sent, sentence string) string {
	steps := strings.Split(sent, "/")
	if len(steps)%2 != 0 || slices.Contains(steps, "") {
		return ""
	}
	for i := 0; i < len(steps)-2; i += 2 {
		if _, known := kindOfName[steps[i]]; !known && steps[i] != "vocabularies" {
			return ""
		}
	}
	kind := kindOfName[steps[len(steps)-2]]
	if strings.Contains(sentence, kind+" ") || strings.Contains(sentence, kind+":") || strings.Contains(sentence, kind+",") {
		return ""
	}
	return kind
}

// kindOfName says what the records of a collection are.
var kindOfName = map[string]string{
	"cases": "a case", "events": "an event", "persons": "a person", "involvements": "an involvement", "sources": "a source",
	"captures": "a capture", "claims": "a claim", "findings": "a finding", "interventions": "an intervention", "places": "a place",
	"ties": "a tie", "terms": "a term", "organisations": "an organisation", "members": "a member",
	"exports": "an export", "erasures": "an erasure", "grants": "a grant", "submissions": "a submission", "drafts": "a draft",
}

// maxForms is up to how many forms of names a sentence shows.
const maxForms = 4

var (
	opaque = regexp.MustCompile(`\[[^\]]*\](\[[^\]]*\])?\{[0-9,]+\}`)
	form   = regexp.MustCompile(`^([a-z-]+/(…|-|[a-z-]+)(/|$))+$`)
)

// nameSentence puts a pattern of names of records into words; empty for any
// other.
func nameSentence(pattern string) string {
	var forms, kinds []string
	for _, f := range alternatives(opaque.ReplaceAllString(pattern, "…")) {
		if !form.MatchString(f) {
			return ""
		}
		steps := strings.Split(f, "/")
		kind, ok := kindOfName[steps[len(steps)-2]]
		if !ok {
			return ""
		}
		if !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(forms) > maxForms {
		if len(kinds) > maxForms {
			kinds = []string{"a record"}
		}
		example := forms[0]
		if slices.Contains(forms, "cases/…") { // what everybody has seen
			example = "cases/…"
		}
		return "must be the name of " + either(kinds) + ", like " + example
	}
	return "must be the name of " + either(kinds) + ": " + either(forms)
}

// alternatives are the texts that a pattern of groups and bars stands for.
func alternatives(pattern string) []string {
	var all []string
	for _, branch := range branches(pattern) {
		start := strings.IndexByte(branch, '(')
		if start < 0 {
			all = append(all, branch)
			continue
		}
		end, depth := start, 0
		for end < len(branch) {
			if branch[end] == '(' {
				depth++
			} else if branch[end] == ')' {
				if depth--; depth == 0 {
					break
				}
			}
			end++
		}
		if end == len(branch) {
			return []string{pattern} // not closed: no pattern of ours
		}
		for _, inner := range alternatives(branch[start+1 : end]) {
			for _, rest := range alternatives(branch[end+1:]) {
				all = append(all, branch[:start]+inner+rest)
			}
		}
	}
	return all
}

// branches splits a pattern at the bars that stand in no group.
func branches(pattern string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(pattern) {
		switch pattern[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				parts = append(parts, pattern[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, pattern[start:])
}
