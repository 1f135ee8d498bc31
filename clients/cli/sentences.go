package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// recordName finds names of records in sentences.
var recordName = regexp.MustCompile(`(cases/[0-9a-z]{26}/[a-z]+/[0-9a-z]{26}|organisations/[0-9a-z]{26}/members/[0-9a-z]{26}|(cases|sources|persons|ties)/[0-9a-z]{26}|places/[0-9a-z-]+)`)

// recordNames finds names that are listed one after the other.
var recordNames = regexp.MustCompile(recordName.String() + `((, | and )` + recordName.String() + `)*`)

// inWords replaces the names of records in the server's own sentences by what
// they are called; names that stand in a row come in the order of their labels,
// since the server's order, that of names, is another in each store.
func inWords(text string, label func(string) string) string {
	return recordNames.ReplaceAllStringFunc(text, func(row string) string {
		labels := sorted(recordName.FindAllString(row, -1), label)
		between := recordName.Split(row, -1) // one more than there are names; the outer ones are empty
		var b strings.Builder
		for i, l := range labels {
			b.WriteString(between[i] + l)
		}
		return b.String()
	})
}

// reasonHeads are the beginnings of the reasons why a finding is stale, in the
// order in which they are told among those that weigh the same; a name is an @.
var reasonHeads = []string{"no support", "the support", "supporting", "denying", "not confirming", "the determined value", "", "what agrees", "flags", "@"}

// reasonOrder sorts reasons by what they say, without regard to names.
func reasonOrder(a, b string) int {
	x, y := withoutNames(a), withoutNames(b)
	return cmp.Or(cmp.Compare(reasonWeight(x), reasonWeight(y)), cmp.Compare(reasonRank(x), reasonRank(y)), labels.Compare(x, y))
}

// reasonWeight puts what has come of a change first, then the change itself,
// then the particulars.
func reasonWeight(text string) int {
	switch {
	case countOfMore.MatchString(text):
		return 3
	case strings.Contains(text, "independent origins"), strings.HasPrefix(text, "no support"), strings.HasPrefix(text, "the support"):
		return 0
	case strings.HasPrefix(text, "@"):
		return 1
	}
	return 2
}

func withoutNames(text string) string { return recordName.ReplaceAllString(text, "@") }

func reasonRank(text string) int {
	other := 0
	for i, head := range reasonHeads {
		if head == "" {
			other = i
		} else if strings.HasPrefix(text, head) {
			return i
		}
	}
	return other
}

// countOfMore is how the server ends a list that it cut.
var countOfMore = regexp.MustCompile(`^and ([0-9]+) more$`)

// countReasons counts those, too, that the server cut off.
func countReasons(reasons []string) int {
	count := len(reasons)
	for _, reason := range reasons {
		if match := countOfMore.FindStringSubmatch(reason); match != nil {
			cut, _ := strconv.Atoi(match[1]) // digits
			count += cut - 1
		}
	}
	return count
}

// reasonsInWords are the reasons why a finding is stale, with labels, in an order that
// does not depend on names.
func reasonsInWords(reasons []string, label func(string) string) []string {
	order := slices.Clone(reasons)
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Or(reasonOrder(a, b), labels.Compare(inWords(a, label), inWords(b, label)))
	})
	for i, reason := range order {
		order[i] = inWords(reason, label)
	}
	return order
}

// firstReasons are those of which one comes first, whatever records are called.
func firstReasons(f *tumenv1.Finding) []string {
	reasons := f.GetStaleReasons()
	if len(reasons) == 0 {
		return nil
	}
	first := slices.MinFunc(reasons, reasonOrder)
	var all []string
	for _, reason := range reasons {
		if reasonOrder(reason, first) == 0 {
			all = append(all, reason)
		}
	}
	return all
}

// whyInShort is the first reason why a finding is stale, and how many more there are.
func whyInShort(f *tumenv1.Finding, label func(string) string) string {
	first := reasonsInWords(firstReasons(f), label)
	if len(first) == 0 {
		return ""
	}
	if more := countReasons(f.GetStaleReasons()) - 1; more > 0 {
		return fmt.Sprintf("%s (+%d more)", first[0], more)
	}
	return first[0]
}
