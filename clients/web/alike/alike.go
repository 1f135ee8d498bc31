// Package alike says when two records may be about the same: the same address, the same
// title, days in common. It compares what people wrote in two ways for one thing, and
// decides nothing: a person looks at both.
package alike

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"tumen/service/edtf"
)

// Title is a title without what differs between two copies of one: case, width, signs and
// spaces. Empty where nothing is left.
func Title(title string) string {
	// Folding alone turns Cherokee letters round each time.
	folded := norm.NFKC.String(strings.ToLower(cases.Fold().String(norm.NFKC.String(title))))
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, folded)) // once more: what a sign stood between comes together
}

// tracking are parameters of addresses that say where a reader came from; those that begin
// with utm_ are, too.
var tracking = []string{"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "ref_src", "spm", "from_source"}

// Address is an address without what differs between two links to one page: scheme, www.,
// the port that is meant anyway, a slash or a fragment at the end, parameters that track
// readers, the order of the others. What is no address of the web is empty.
func Address(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, strings.ToLower(u.Scheme)) {
		return ""
	}
	host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	if host == "" {
		return ""
	}
	out := host + strings.TrimRight(u.EscapedPath(), "/")
	if query := kept(u.Query()); len(query) > 0 {
		out += "?" + query.Encode()
	}
	return out
}

// kept are the parameters that say which page is meant.
func kept(query url.Values) url.Values {
	for name := range query {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "utm_") || slices.Contains(tracking, lower) {
			query.Del(name)
		}
	}
	return query
}

// Period is the stretch of days in which something dated so may have been, as an EDTF
// interval; empty where the date can't be read or says nothing.
func Period(date string) string {
	d, err := edtf.Parse(date)
	if err != nil || d.IsZero() {
		return ""
	}
	span := d.Interval()
	if span.Empty() || span.Earliest == edtf.Min || span.Latest == edtf.Max {
		return ""
	}
	return span.Earliest.String() + "/" + span.Latest.String()
}

// Overlap says whether two things dated so may have been on the same day.
func Overlap(a, b string) bool {
	da, erra := edtf.Parse(a)
	db, errb := edtf.Parse(b)
	return erra == nil && errb == nil && !da.IsZero() && !db.IsZero() && da.Interval().Meets(db.Interval())
}
