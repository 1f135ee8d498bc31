package labels

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
)

// RecordName finds names of records in sentences.
var RecordName = regexp.MustCompile(`(cases/[0-9a-z]{26}/[a-z]+/[0-9a-z]{26}|organisations/[0-9a-z]{26}/members/[0-9a-z]{26}|(cases|sources|persons|ties)/[0-9a-z]{26}|places/[0-9a-z-]+)`)

// recordNames finds names that are listed one after the other.
var recordNames = regexp.MustCompile(RecordName.String() + `((, | and )` + RecordName.String() + `)*`)

// called are the labels of names, in order.
func called(names []string, label func(string) string) []string {
	var all []string
	for _, name := range names {
		all = append(all, label(name))
	}
	slices.SortFunc(all, Compare)
	return all
}

// InWords replaces the names of records in the server's own sentences by what
// they are called; names that stand in a row come in the order of their labels,
// since the server's order, that of names, is another in each store.
func InWords(text string, label func(string) string) string {
	return recordNames.ReplaceAllStringFunc(text, func(row string) string {
		called := called(RecordName.FindAllString(row, -1), label)
		between := RecordName.Split(row, -1) // one more than there are names; the outer ones are empty
		var b strings.Builder
		for i, l := range called {
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
	return cmp.Or(cmp.Compare(reasonWeight(x), reasonWeight(y)), cmp.Compare(reasonRank(x), reasonRank(y)), Compare(x, y))
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

func withoutNames(text string) string { return RecordName.ReplaceAllString(text, "@") }

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

// CountReasons counts those, too, that the server cut off.
func CountReasons(reasons []string) int {
	count := len(reasons)
	for _, reason := range reasons {
		if match := countOfMore.FindStringSubmatch(reason); match != nil {
			cut, _ := strconv.Atoi(match[1]) // digits
			count += cut - 1
		}
	}
	return count
}

// ReasonsInWords are the reasons why a finding is stale, with labels, in an order that
// does not depend on names.
func ReasonsInWords(reasons []string, label func(string) string) []string {
	order := ReasonsInOrder(reasons, label)
	for i, reason := range order {
		order[i] = InWords(reason, label)
	}
	return order
}

// ReasonsInOrder are the reasons in that order, as the server has them.
func ReasonsInOrder(reasons []string, label func(string) string) []string {
	order := slices.Clone(reasons)
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Or(reasonOrder(a, b), Compare(InWords(a, label), InWords(b, label)))
	})
	return order
}

// FirstReasons are those of which one comes first, whatever records are called.
func FirstReasons(f *tumenv1.Finding) []string {
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

// WhyInShort is the first reason why a finding is stale, and how many more there are.
func WhyInShort(f *tumenv1.Finding, label func(string) string) string {
	first := ReasonsInWords(FirstReasons(f), label)
	if len(first) == 0 {
		return ""
	}
	if more := CountReasons(f.GetStaleReasons()) - 1; more > 0 {
		return fmt.Sprintf("%s (+%d more)", first[0], more)
	}
	return first[0]
}
