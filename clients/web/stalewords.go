package web

import (
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// staleReason is why a finding needs review again: in the reader's language, or in the
// server's English where a newer server has a reason that is not known here.
type staleReason struct {
	Text    string
	English bool
}

// staleForm is one form of the server's reasons, and the id of what is said for it.
type staleForm struct {
	form   *regexp.Regexp
	id     string
	values []string // names of the groups, with how each is put into words
}

// record is a name in a reason.
const record = `(` + `(?:cases/[0-9a-z]{26}/[a-z]+|sources|persons|ties)/[0-9a-z]{26}` + `)`

// staleForms are those that there are; service/verification has them.
var staleForms = []staleForm{
	{regexp.MustCompile(`^no support was stored when it was approved$`), "stale.no_support", nil},
	{regexp.MustCompile(`^the support could not be recomputed$`), "stale.not_recomputed", nil},
	{regexp.MustCompile(`^and ([0-9]+) more$`), "stale.more", []string{"n"}},
	{regexp.MustCompile(`^` + record + ` is new \((.+)\)$`), "stale.new", []string{"record", "stance"}},
	{regexp.MustCompile(`^` + record + ` no longer stands$`), "stale.not_standing", []string{"record"}},
	{regexp.MustCompile(`^` + record + ` was deleted$`), "stale.deleted", []string{"record"}},
	{regexp.MustCompile(`^` + record + ` is missing$`), "stale.missing", []string{"record"}},
	{regexp.MustCompile(`^` + record + ` no longer speaks to this aspect of this subject$`), "stale.elsewhere", []string{"record"}},
	{regexp.MustCompile(`^` + record + ` was changed: revision ([0-9]+), approved at ([0-9]+)$`), "stale.revised", []string{"record", "now", "then"}},
	{regexp.MustCompile(`^` + record + ` was changed: ([a-z_, ]+)$`), "stale.changed", []string{"record", "fields"}},
	{regexp.MustCompile(`^` + record + ` is ([a-z ]+)$`), "stale.state", []string{"record", "state"}},
	{regexp.MustCompile(`^credibility of ` + record + ` is (.+), approved at (.+)$`), "stale.credibility", []string{"record", "now", "then"}},
	{regexp.MustCompile(`^reliability of ` + record + ` is (.+), approved at (.+)$`), "stale.reliability", []string{"record", "now", "then"}},
	{regexp.MustCompile(`^basis of ` + record + ` is (.+), approved as (.+)$`), "stale.basis", []string{"record", "basis", "wasbasis"}},
	{regexp.MustCompile(`^what ` + record + ` says of its contacts was changed$`), "stale.contacts", []string{"record"}},
	{regexp.MustCompile(`^(.+): independent origins (.+), approved at (.+)$`), "stale.range", []string{"side", "now", "then"}},
	{regexp.MustCompile(`^(.+): ` + record + ` is a new origin$`), "stale.origin", []string{"side", "record"}},
	{regexp.MustCompile(`^(.+): ` + record + ` is no longer an origin$`), "stale.no_origin", []string{"side", "record"}},
	{regexp.MustCompile(`^(.+): basis of ` + record + ` is (.+), approved as (.+)$`), "stale.origin_basis", []string{"side", "record", "basis", "wasbasis"}},
	{regexp.MustCompile(`^(.+): other claims go back to ` + record + `$`), "stale.other_claims", []string{"side", "record"}},
	{regexp.MustCompile(`^(.+): grouped otherwise: (.+)$`), "stale.grouped", []string{"side", "records"}},
	{regexp.MustCompile(`^(.+), unknown origins: ([0-9]+) that were not approved, ([0-9]+) gone$`), "stale.unknown", []string{"side", "came", "went"}},
	{regexp.MustCompile(`^(.+), cycles: ([0-9]+) that were not approved, ([0-9]+) gone$`), "stale.cycles", []string{"side", "came", "went"}},
	{regexp.MustCompile(`^what agrees: ([0-9]+) that were not approved, ([0-9]+) gone$`), "stale.agreeing", []string{"came", "went"}},
	{regexp.MustCompile(`^flags: ([0-9]+) that were not approved, ([0-9]+) gone$`), "stale.flags", []string{"came", "went"}},
}

// staleReasons puts the reasons of a finding into words.
func (s *shelf) staleReasons(f *tumenv1.Finding) []staleReason {
	var all []staleReason
	for _, reason := range labels.ReasonsInOrder(f.GetStaleReasons(), s.Label) {
		all = append(all, s.staleReason(reason))
	}
	return all
}

// whyInShort is the first of the reasons, and how many more there are.
func (s *shelf) whyInShort(f *tumenv1.Finding) staleReason {
	first := labels.ReasonsInOrder(labels.FirstReasons(f), s.Label)
	if len(first) == 0 {
		return staleReason{}
	}
	why := s.staleReason(first[0])
	if more := labels.CountReasons(f.GetStaleReasons()) - 1; more > 0 {
		why.Text += " " + s.words.Say("stale.more", "n", s.words.Number(int64(more)))
	}
	return why
}

func (s *shelf) staleReason(reason string) staleReason {
	for _, form := range staleForms {
		found := form.form.FindStringSubmatch(reason)
		if found == nil {
			continue
		}
		var pairs []any
		for i, name := range form.values {
			pairs = append(pairs, name, s.staleValue(name, found[i+1]))
		}
		return staleReason{Text: s.words.Say(form.id, pairs...)}
	}
	return staleReason{labels.InWords(reason, s.Label), true}
}

// staleValue is a part of a reason: a record by what it is called, a value of an enum by
// its word, a side of the support by what pages call it.
func (s *shelf) staleValue(name, text string) string {
	switch name {
	case "record", "records":
		return labels.InWords(text, s.Label)
	case "stance":
		return s.enumSaid(tumenv1.Stance(0), text)
	case "state":
		return s.enumSaid(tumenv1.ClaimState(0), text)
	case "basis", "wasbasis":
		return s.enumSaid(tumenv1.Basis(0), text)
	case "side":
		if id := "stale.side_" + strings.ReplaceAll(text, " ", "_"); s.words.Knows(id) {
			return s.words.Say(id)
		}
		return text // the label of a value
	case "now", "then":
		if text == "not graded" {
			return s.words.Say("stale.not_graded")
		}
		return strings.Replace(text, " to ", "–", 1)
	case "fields":
		return s.fieldsSaid(text)
	case "n":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return s.words.Number(n)
		}
	}
	return text
}

func (s *shelf) fieldsSaid(text string) string {
	fields := strings.Split(text, ", ")
	for i, field := range fields {
		if id := "field." + field; s.words.Knows(id) {
			fields[i] = s.words.Say(id)
		}
	}
	return strings.Join(fields, ", ")
}

// enumSaid is the word for a value that the server writes in lower case with spaces.
func (s *shelf) enumSaid(of protoreflect.Enum, text string) string {
	if n, ok := labels.EnumNumber(of.Descriptor(), text); ok {
		return s.words.EnumValue(of.Descriptor(), n)
	}
	return text
}
