package support

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/edtf"
)

// anyExpression draws a date, and often something that is nearly one.
func anyExpression(t *rapid.T) string {
	piece := rapid.SampledFrom([]string{
		"2023", "2024", "20XX", "202X", "X023", "-0004", "0000", "-0000", "Y12345", "Y-20000", "1900", "9999", "-", "-", "-", "-10", "-02", "-1X", "-XX", "-X2", "-21", "-24", "-13", "-2X", "-00",
		"-29", "-30", "-31", "-X1", "-3X", "~", "?", "%", "/", "/", "..", "[", "]", ",", "T19:30:00", "T23:59:60Z", "Z", "+09:00", "X", " ",
	})
	text := ""
	for _, p := range rapid.SliceOfN(piece, 1, 7).Draw(t, "pieces") {
		text += p
	}
	return text
}

// anyGoodDate draws a date that both can read.
func anyGoodDate(t *rapid.T) string {
	pick := func(from ...string) string { return rapid.SampledFrom(from).Draw(t, "piece") }
	sign := func() string { return pick("", "", "?", "~", "%") }
	single := func() string {
		year := pick("2023", "2024", "202X", "20X4", "1999", "0000", "-0001", "19XX")
		return pick(
			sign()+year, year+sign()+pick("-21", "-22", "-23", "-24")+sign(), year+"-"+sign()+pick("01", "02", "12", "1X", "XX", "X2")+sign(),
			year+"-"+pick("01", "02", "12", "XX", "0X")+sign()+"-"+sign()+pick("01", "28", "1X", "XX", "X1")+sign(),
		)
	}
	return pick(single(), single(), single()+"/"+single(), single()+"/", "/"+single(), single()+"/..", "../"+single(), "["+single()+","+single()+"]", "[2023..2024,1999]", "[..2023]", "[1999,2023-02..]", "2023-02-28T19:30:00Z")
}

func days(i edtf.Interval) stretch {
	s := stretch{day(i.Earliest), day(i.Latest)}
	if i.Earliest == math.MinInt32 {
		s.first = noFirst
	}
	if i.Latest == math.MaxInt32 {
		s.last = noLast
	}
	return s
}

// TestDatesAreReadAsTheServerReadsThem: the same expressions are dates, and leave the
// same days possible.
func TestDatesAreReadAsTheServerReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.Custom(anyExpression), rapid.Custom(anyGoodDate)).Draw(t, "date")
		night := rapid.Bool().Draw(t, "night")
		theirs, err := edtf.Parse(text)
		ours, ok := readDate(text)
		if ok && ours.wide {
			return // what is not compared is not read to its end
		}
		if ok != (err == nil) {
			t.Fatalf("%q is a date: here %v, there %v", text, ok, err)
		}
		if !ok {
			return
		}
		if want := days(theirs.With(edtf.Options{Night: night}).Interval()); ours.settle(night).hull != want {
			t.Fatalf("%q is %v here and %v there", text, ours.hull, want)
		}
	})
}

// TestDatesEntailAsTheServerHasIt: of momentary acts, and of those that last.
func TestDatesEntailAsTheServerHasIt(t *testing.T) {
	entailed := 0
	rapid.Check(t, func(t *rapid.T) {
		var theirs []edtf.Date
		var ours []*date
		for _, text := range rapid.SliceOfN(rapid.Custom(anyGoodDate), 2, 2).Draw(t, "dates") {
			night := rapid.IntRange(0, 3).Draw(t, "night") == 0
			d, err := edtf.Parse(text)
			o, ok := readDate(text)
			if err != nil || !ok || o.wide {
				return
			}
			theirs, ours = append(theirs, d.With(edtf.Options{Night: night})), append(ours, o.settle(night))
		}
		if slices.ContainsFunc(ours, func(d *date) bool { return d.hull.empty() || d.form == one && d.ends[0].single.timed }) {
			return // these are compared before dates are
		}
		for lasting, want := range map[bool]bool{false: edtf.Entails(theirs[0], theirs[1]), true: edtf.EntailsLasting(theirs[0], theirs[1])} {
			if got := ours[0].entails(ours[1], lasting); got != want {
				t.Fatalf("%q (night %v) entails %q (night %v), lasting %v: here %v, there %v", ours[0].text, ours[0].night, ours[1].text, ours[1].night, lasting, got, want)
			}
			if want {
				entailed++
			}
		}
	})
	if entailed == 0 {
		t.Error("nothing was entailed")
	}
}
