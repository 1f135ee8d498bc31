package edtf_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/edtf"
)

// expressions generates every form that is read: dates of all precisions with
// signs and X, times of day, intervals and sets.
func expressions() *rapid.Generator[string] {
	return rapid.OneOf(dates(), dates(), dates(), clocks(), intervals(), intervals(), sets())
}

var signs = rapid.SampledFrom([]string{"", "", "", "", "?", "~", "%"})

// masked replaces some digits by X.
func masked(t *rapid.T, digits string) string {
	if !rapid.Bool().Draw(t, "masked") {
		return digits
	}
	b := []byte(digits)
	for i := range b {
		if rapid.IntRange(0, 2).Draw(t, "x") == 0 {
			b[i] = 'X'
		}
	}
	return string(b)
}

func dates() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		year := rapid.OneOf(rapid.IntRange(2018, 2026), rapid.IntRange(0, 9999)).Draw(t, "year")
		date := signs.Draw(t, "sign")
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case kind == 0:
			return fmt.Sprintf("%sY%d%s", date, rapid.IntRange(10000, 99999999).Draw(t, "long"), signs.Draw(t, "sign"))
		case kind == 1 && year > 0:
			date += "-"
		}
		// Days end at 28, so that each date exists whatever its digits.
		date += masked(t, fmt.Sprintf("%04d", year)) + signs.Draw(t, "sign")
		precision := rapid.IntRange(0, 3).Draw(t, "precision")
		if precision == 0 {
			return date
		}
		if precision == 1 {
			return date + "-" + signs.Draw(t, "sign") + fmt.Sprint(rapid.IntRange(21, 24).Draw(t, "season")) + signs.Draw(t, "sign")
		}
		date += "-" + signs.Draw(t, "sign") + masked(t, fmt.Sprintf("%02d", rapid.IntRange(1, 12).Draw(t, "month"))) + signs.Draw(t, "sign")
		if precision == 2 {
			return date
		}
		return date + "-" + signs.Draw(t, "sign") + masked(t, fmt.Sprintf("%02d", rapid.IntRange(1, 28).Draw(t, "day"))) + signs.Draw(t, "sign")
	})
}

func clocks() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		n := func(label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
		offset := rapid.SampledFrom([]string{"", "Z", "+08", "-11:30", "+00:00"}).Draw(t, "offset")
		return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d%s", n("year", 9999), n("month", 11)+1, n("day", 27)+1,
			n("hour", 23), n("minute", 59), n("second", 59), offset)
	})
}

// intervals draws two dates and writes the one that begins first in front.
func intervals() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		a, b := dates().Draw(t, "a"), dates().Draw(t, "b")
		switch rapid.IntRange(0, 5).Draw(t, "ends") {
		case 0:
			return a + "/"
		case 1:
			return a + "/.."
		case 2:
			return "/" + a
		case 3:
			return "../" + a
		}
		if _, err := edtf.Parse(a + "/" + b); err != nil {
			return b + "/" + a
		}
		return a + "/" + b
	})
}

func sets() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		members := rapid.SliceOfN(dates(), 1, 5).Draw(t, "members")
		if rapid.Bool().Draw(t, "range") {
			year := rapid.IntRange(1900, 2100).Draw(t, "from")
			members = append(members, fmt.Sprintf("%d%s..%d", year, signs.Draw(t, "sign"), year+rapid.IntRange(0, 9).Draw(t, "more")))
		}
		set := strings.Join(members, ",")
		switch {
		case rapid.IntRange(0, 4).Draw(t, "open") == 0:
			set = ".." + set
		case !strings.Contains(members[len(members)-1], "..") && rapid.IntRange(0, 4).Draw(t, "open") == 0:
			set += ".."
		}
		return "[" + set + "]"
	})
}

func drawDate(t *rapid.T, label string) edtf.Date {
	s := expressions().Draw(t, label)
	d, err := edtf.Parse(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	if rapid.IntRange(0, 4).Draw(t, "night") == 0 {
		d = d.NightOf()
	}
	return d
}

// drawPeriod draws periods near the recent years and near the date itself,
// some of them open.
func drawPeriod(t *rapid.T, d edtf.Date) edtf.Interval {
	near := func(label string, end edtf.Day) edtf.Day {
		switch rapid.IntRange(0, 3).Draw(t, label) {
		case 0:
			if end > edtf.Min+1000 && end < edtf.Max-1000 {
				return end + edtf.Day(rapid.Int32Range(-400, 400).Draw(t, label))
			}
			return end
		case 1:
			return end
		}
		return edtf.Day(rapid.Int32Range(17000, 21000).Draw(t, label))
	}
	i := d.Interval()
	p := edtf.Interval{Earliest: near("earliest", i.Earliest), Latest: near("latest", i.Latest)}
	if p.Earliest > p.Latest && rapid.IntRange(0, 9).Draw(t, "empty") > 0 {
		p.Earliest, p.Latest = p.Latest, p.Earliest
	}
	return p
}

func TestParsePrintsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := expressions().Draw(t, "expression")
		d, err := edtf.Parse(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if d.String() != s {
			t.Fatalf("%s prints as %s", s, d)
		}
		if d.Interval().Empty() || d.Span().Start.Empty() || d.Span().End.Empty() {
			t.Fatalf("%s: interval %v, span %v", s, d.Interval(), d.Span())
		}
	})
}

func TestAnswersFollowFromTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lasting := drawDate(t, "date"), rapid.Bool().Draw(t, "lasting")
		p := drawPeriod(t, d)
		within, span := edtf.Within(d, lasting, p), d.Span()
		switch {
		case within == edtf.DatedSo && !lasting && !p.Contains(d.Interval()),
			within == edtf.DatedSo && lasting && !(p.Contains(span.Start) && p.Contains(span.End)),
			within == edtf.Maybe && !lasting && !p.Meets(d.Interval()),
			within == edtf.Maybe && lasting && !(p.Meets(span.Start) && p.Meets(span.End)),
			within != edtf.DatedSo && !lasting && p.Contains(d.Interval()):
			t.Fatalf("%v within %v: %v; interval %v, span %v", d, p, within, d.Interval(), span)
		}
		if ongoing := edtf.OngoingIn(d, p); lasting && ongoing < within {
			t.Fatalf("%v in %v: within %v but ongoing %v", d, p, within, ongoing)
		}
	})
}

// A longer period never makes an answer less certain.
func TestAnswersGrowWithThePeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, lasting := drawDate(t, "date"), rapid.Bool().Draw(t, "lasting")
		p := drawPeriod(t, d)
		wider := p.Hull(drawPeriod(t, d))
		if a, b := edtf.Within(d, lasting, p), edtf.Within(d, lasting, wider); b < a {
			t.Fatalf("%v within %v: %v, within %v: %v", d, p, a, wider, b)
		}
		if a, b := edtf.OngoingIn(d, p), edtf.OngoingIn(d, wider); b < a {
			t.Fatalf("%v ongoing in %v: %v, in %v: %v", d, p, a, wider, b)
		}
	})
}

// ~ widens by half a unit on each side, ? not at all.
func TestWidening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year, month := rapid.IntRange(1, 9998).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
		plain := fmt.Sprintf("%04d-%02d-%02d", year, month, rapid.IntRange(1, 28).Draw(t, "day"))
		for cut, atLeast := range map[int]int64{4: 181, 7: 15, 10: 3} {
			exact, err := edtf.Parse(plain[:cut])
			if err != nil {
				t.Fatal(err)
			}
			i := exact.Interval()
			for _, sign := range []string{"?", "~", "%"} {
				d, err := edtf.Parse(plain[:cut] + sign)
				if err != nil {
					t.Fatal(err)
				}
				before, after := int64(i.Earliest-d.Interval().Earliest), int64(d.Interval().Latest-i.Latest)
				switch {
				case sign == "?" && before == 0 && after == 0:
				case sign != "?" && cut > 4 && before == atLeast && after == atLeast:
				case sign != "?" && cut == 4 && before == 184 && (after == 181 || after == 182):
				default:
					t.Fatalf("%v: widened by %d and %d days", d, before, after)
				}
			}
		}
	})
}

func TestEntailmentCarriesAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDate(t, "a"), drawDate(t, "b")
		if rapid.Bool().Draw(t, "related") {
			b = relative(t, a)
		}
		p := drawPeriod(t, a)
		if !edtf.Entails(a, a) || !edtf.EntailsLasting(a, a) {
			t.Fatalf("%v doesn't entail itself", a)
		}
		if edtf.Entails(a, b) {
			if !b.Interval().Contains(a.Interval()) {
				t.Fatalf("%v entails %v, but %v lies not in %v", a, b, a.Interval(), b.Interval())
			}
			checkCarried(t, a, b, p, false)
		}
		if edtf.EntailsLasting(a, b) {
			checkCarried(t, a, b, p, true)
			if x, y := edtf.OngoingIn(a, p), edtf.OngoingIn(b, p); y == edtf.DatedSo && x != y || x != edtf.No && y == edtf.No {
				t.Fatalf("%v entails %v; ongoing in %v: %v and %v", a, b, p, x, y)
			}
		}
	})
}

// relative is a date that a may entail: a with a sign, an X or fewer digits.
func relative(t *rapid.T, a edtf.Date) edtf.Date {
	s := a.String()
	for _, candidate := range []string{s + "~", "[" + s + ",2001]", s + "/..", strings.Replace(s, "1", "X", 1), s[:min(4, len(s))]} {
		if b, err := edtf.Parse(candidate); err == nil && rapid.Bool().Draw(t, "this") {
			return b.NightOf()
		}
	}
	return a.NightOf()
}

// checkCarried: what is certain of b is certain of a, and what is possible of
// a is possible of b.
func checkCarried(t *rapid.T, a, b edtf.Date, p edtf.Interval, lasting bool) {
	x, y := edtf.Within(a, lasting, p), edtf.Within(b, lasting, p)
	if y == edtf.DatedSo && x != y || x != edtf.No && y == edtf.No {
		t.Fatalf("%v entails %v (lasting %v); within %v: %v and %v", a, b, lasting, p, x, y)
	}
}
