package edtf_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tumen/service/edtf"
)

// reporter is what a *testing.T and a *rapid.T have in common.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

func mustParse(t reporter, s string) edtf.Date {
	t.Helper()
	d, err := edtf.Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return d
}

// period reads an interval of days as a user gives it: an EDTF expression.
func period(t reporter, s string) edtf.Interval { return mustParse(t, s).Interval() }

// Every feature: it parses, prints the same, and gives this interval for a
// momentary act.
func TestIntervals(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"level 0: year", "1985", "1985-01-01/1985-12-31"},
		{"level 0: year 0000", "0000", "0000-01-01/0000-12-31"},
		{"level 0: month", "1985-04", "1985-04-01/1985-04-30"},
		{"level 0: February", "2023-02", "2023-02-01/2023-02-28"},
		{"level 0: leap February", "2024-02", "2024-02-01/2024-02-29"},
		{"level 0: 1900 is no leap year", "1900-02", "1900-02-01/1900-02-28"},
		{"level 0: 2000 is one", "2000-02", "2000-02-01/2000-02-29"},
		{"level 0: day", "1985-04-12", "1985-04-12/1985-04-12"},
		{"level 0: leap day", "2024-02-29", "2024-02-29/2024-02-29"},
		{"level 0: time of day", "1985-04-12T23:20:30", "1985-04-12/1985-04-12"},
		{"level 0: UTC keeps the day as written", "1985-04-12T23:20:30Z", "1985-04-12/1985-04-12"},
		{"level 0: offset in hours", "1985-04-12T23:20:30-04", "1985-04-12/1985-04-12"},
		{"level 0: offset", "2004-01-01T10:10:10+05:30", "2004-01-01/2004-01-01"},
		{"level 0: China's own day", "2023-10-09T00:30:00+08:00", "2023-10-09/2023-10-09"},
		{"level 0: leap second", "2016-12-31T23:59:60Z", "2016-12-31/2016-12-31"},
		{"level 0: leap second elsewhere", "2017-01-01T05:29:60+05:30", "2017-01-01/2017-01-01"},
		{"level 0: interval of years", "1964/2008", "1964-01-01/2008-12-31"},
		{"level 0: interval of months", "2004-06/2006-08", "2004-06-01/2006-08-31"},
		{"level 0: interval of days", "2004-02-01/2005-02-08", "2004-02-01/2005-02-08"},
		{"level 0: mixed interval", "2004-02-01/2005-02", "2004-02-01/2005-02-28"},
		{"level 0: mixed interval", "2005/2006-02", "2005-01-01/2006-02-28"},
		{"level 0: end within the start's unit", "2005/2005-02", "2005-01-01/2005-02-28"},

		{"level 1: long year", "Y12345", "+12345-01-01/+12345-12-31"},
		{"level 1: long negative year", "Y-12345", "-12345-01-01/-12345-12-31"},
		{"level 1: year beyond any Day", "Y170000002", "+5881580-07-10/.."},
		{"level 1: year before any Day", "Y-170000002", "../-5877641-06-24"},
		{"level 1: spring", "2001-21", "2001-03-01/2001-05-31"},
		{"level 1: summer", "2001-22", "2001-06-01/2001-08-31"},
		{"level 1: autumn", "2001-23", "2001-09-01/2001-11-30"},
		{"level 1: winter begins in its year", "2001-24", "2001-12-01/2002-02-28"},
		{"level 1: winter before a leap year", "2023-24", "2023-12-01/2024-02-29"},
		{"level 1: uncertain does not widen", "1984?", "1984-01-01/1984-12-31"},
		{"level 1: uncertain month", "2004-06?", "2004-06-01/2004-06-30"},
		{"level 1: uncertain day", "2004-06-11?", "2004-06-11/2004-06-11"},
		{"level 1: about a year is six months", "2020~", "2019-07-01/2021-06-30"},
		{"level 1: about a month is fifteen days", "2004-06~", "2004-05-17/2004-07-15"},
		{"level 1: about a day is three days", "2023-11-30~", "2023-11-27/2023-12-03"},
		{"level 1: % widens as ~", "2004-06-11%", "2004-06-08/2004-06-14"},
		{"level 1: about a season is 45 days", "2001-21~", "2001-01-15/2001-07-15"},
		{"level 1: about a long year", "Y12345~", "+12344-07-01/+12346-06-30"},
		{"level 1: decade", "201X", "2010-01-01/2019-12-31"},
		{"level 1: century", "20XX", "2000-01-01/2099-12-31"},
		{"level 1: no month given", "2004-XX", "2004-01-01/2004-12-31"},
		{"level 1: no day given", "2004-07-XX", "2004-07-01/2004-07-31"},
		{"level 1: no day of February", "2023-02-XX", "2023-02-01/2023-02-28"},
		{"level 1: neither month nor day", "1985-XX-XX", "1985-01-01/1985-12-31"},
		{"level 1: open end", "1985-04-12/..", "1985-04-12/.."},
		{"level 1: open start", "../1985-04", "../1985-04-30"},
		{"level 1: unknown end", "1985/", "1985-01-01/.."},
		{"level 1: unknown start", "/1985-04-12", "../1985-04-12"},
		{"level 1: qualified ends", "1984~/2004-06", "1983-07-01/2004-06-30"},
		{"level 1: qualified ends", "1984/2004-06~", "1984-01-01/2004-07-15"},
		{"level 1: qualified ends", "1984?/2004%", "1984-01-01/2005-06-30"},
		{"level 1: negative year", "-1985", "-1985-01-01/-1985-12-31"},
		{"level 1: negative date", "-0044-03-15", "-0044-03-15/-0044-03-15"},
		{"level 1: the year -4 is a leap year", "-0004-02-29", "-0004-02-29/-0004-02-29"},

		{"level 2: sign right of the year", "2004?-06-11", "2004-06-11/2004-06-11"},
		{"level 2: about year, exact month and day", "2004~-06-11", "2003-12-11/2004-12-11"},
		{"level 2: sign left of the year", "~2004-06", "2003-12-01/2004-12-31"},
		{"level 2: sign right of the month", "2004-06~-11", "2004-05-27/2004-06-26"},
		{"level 2: sign left of the month", "2004-~06-11", "2004-05-27/2004-06-26"},
		{"level 2: sign left of the day", "2004-06-~11", "2004-06-08/2004-06-14"},
		{"level 2: signs on several", "?2004-06-~11", "2004-06-08/2004-06-14"},
		{"level 2: the widest sign counts", "2004~-06~-11~", "2003-12-11/2004-12-11"},
		{"level 2: half a year back from a long month", "~2004-08-31", "2004-02-29/2005-02-28"},
		{"level 2: half a year on from a long month", "~2004-08-30", "2004-02-29/2005-02-28"},
		{"level 2: qualified season", "2001-~21", "2001-01-15/2001-07-15"},
		{"level 2: X leading", "X986", "0986-01-01/9986-12-31"},
		{"level 2: X everywhere", "XXXX", "0000-01-01/9999-12-31"},
		{"level 2: X in year and day", "1X32-10-2X", "1032-10-20/1932-10-29"},
		{"level 2: X as month, day given", "2004-XX-31", "2004-01-31/2004-12-31"},
		{"level 2: X as month, 30 given", "2004-XX-30", "2004-01-30/2004-12-30"},
		{"level 2: 0X is January to September", "2004-0X", "2004-01-01/2004-09-30"},
		{"level 2: 1X is October to December", "2004-1X", "2004-10-01/2004-12-31"},
		{"level 2: X1 is January and November", "2004-X1", "2004-01-01/2004-11-30"},
		{"level 2: third decade of a month", "2004-04-3X", "2004-04-30/2004-04-30"},
		{"level 2: leap day in some year", "201X-02-29", "2012-02-29/2016-02-29"},
		{"level 2: X in a negative year", "-01XX", "-0199-01-01/-0100-12-31"},
		{"level 2: a negative year is not 0000", "-000X", "-0009-01-01/-0001-12-31"},
		{"level 2: season of some year", "201X-24", "2010-12-01/2020-02-29"},
		{"level 2: about an unspecified month", "2004-1X~", "2004-09-16/2005-01-15"},
		{"level 2: about an unspecified year", "201X~", "2009-07-01/2020-06-30"},
		{"level 2: interval with X", "2004-06-XX/2004-07-03", "2004-06-01/2004-07-03"},
		{"level 2: interval with qualified days", "2004-06-~01/2004-06-~20", "2004-05-29/2004-06-23"},
		{"level 2: season in an interval", "2020-21/2023-10", "2020-03-01/2023-10-31"},
		{"level 2: one of", "[1667,1668,1670..1672]", "1667-01-01/1672-12-31"},
		{"level 2: one of, unordered", "[1670,1667]", "1667-01-01/1670-12-31"},
		{"level 2: or earlier", "[..1760-12-03]", "../1760-12-03"},
		{"level 2: or later", "[1760-12..]", "1760-12-01/.."},
		{"level 2: one of, or later", "[1760-01,1760-02,1760-12..]", "1760-01-01/.."},
		{"level 2: one of, mixed", "[1667,1760-12]", "1667-01-01/1760-12-31"},
		{"level 2: one of, qualified", "[1667~,1760-12?]", "1666-07-01/1760-12-31"},
		{"level 2: a range with an approximate end", "[1984..1986~]", "1984-01-01/1987-06-30"},
		{"level 2: a single member", "[2023-10-09]", "2023-10-09/2023-10-09"},
	} {
		t.Run(c.rule+" "+c.in, func(t *testing.T) {
			d := mustParse(t, c.in)
			if got := d.String(); got != c.in {
				t.Errorf("prints %q", got)
			}
			if got := d.Interval().String(); got != c.want {
				t.Errorf("interval %s, want %s", got, c.want)
			}
		})
	}
}

// What is refused, at which byte (from 1), and in which words.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		in   string
		byte int
		says string
	}{
		{"", 1, "empty"},
		{"2023-02-30", 9, "February has 28 days, 29 in leap years"},
		{"2023-02-29", 9, "only in leap years"},
		{"1900-02-29", 9, "only in leap years"},
		{"2023-04-31", 9, "that month has 30 days"},
		{"2023-02-3X", 9, "February has 28 days"},
		{"201X-02-30", 9, "February has 28 days"},
		{"2004-X2-3X/2005-X2-3X/", 22, "two ends"},
		{"2004-0X-32", 9, "01 to 31"},
		{"2X01-02-29", 9, "only in leap years"},
		{"2023-00", 6, "month is 01 to 12"},
		{"2023-13", 6, "month is 01 to 12"},
		{"2023-20", 6, "season 21 to 24"},
		{"2023-25", 6, "25 to 41 are not supported"},
		{"2023-41", 6, "25 to 41 are not supported"},
		{"2023-42", 6, "season 21 to 24"},
		{"2023-2X", 6, "no month from 01 to 12"},
		{"2023-10-00", 9, "01 to 31"},
		{"2023-10-32", 9, "01 to 31"},
		{"2023-21-01", 8, "season has no days"},
		{"2023-1", 7, "two digits"},
		{"2023-10-9", 10, "two digits"},
		{"2023-10-", 9, "two digits"},
		{"2023-", 6, "two digits"},
		{"202", 4, "four digits"},
		{"20231009", 5, "hyphens"},
		{"12345", 5, "begins with Y"},
		{"+2023", 1, "plus sign"},
		{"-0000", 1, "no minus sign"},
		{"201x", 4, "capital X"},
		{"201u", 4, "capital X"},
		{"2004-uu", 6, "capital X"},
		{" 2023", 1, "no spaces"},
		{"2023 ", 5, "should end here"},
		{"2023-10-09?~", 12, "one qualifier is enough"},
		{"October 2023", 1, "four digits"},
		{"２０２３", 1, "four digits"},
		{"2023\xff", 5, "should end here"},
		{"2023\x00", 5, "should end here"},
		{"Y2023", 2, "more than four digits"},
		{"Y02023", 2, "another digit than 0"},
		{"Y", 2, "more than four digits"},
		{"y17000", 1, "capital Y"},
		{"Y17E7", 4, "exponents (E) are not supported"},
		{"Y-17E7", 5, "exponents (E) are not supported"},
		{"Y171010000S3", 11, "significant digits (S) are not supported"},
		{"1950S2", 5, "significant digits (S) are not supported"},
		{"Y1X000", 3, "no unspecified digits"},
		{"Y17000-01", 7, "no month"},
		{"{1960,1961}", 1, "all-of sets {…} are not supported"},
		{"2023-10T10:00:00", 8, "only after a single full date"},
		{"2023-10-09T10:00", 17, "hh:mm:ss"},
		{"2023-10-09T10", 14, "hh:mm:ss"},
		{"2023-10-09T24:00:00", 12, "hours are 00 to 23"},
		{"2023-10-09T23:60:00", 15, "minutes are 00 to 59"},
		{"2023-10-09T23:00:61", 18, "seconds are 00 to 59"},
		{"2023-10-09T23:00:60", 18, "leap second"},
		{"2023-10-09T10:00:00.5", 20, "after a time of day"},
		{"2023-10-09T10:00:00z", 20, "after a time of day"},
		{"2023-10-09T10:00:00+24:00", 21, "offset are 00 to 23"},
		{"2023-10-09T10:00:00+08:60", 24, "offset are 00 to 59"},
		{"2023-10-09T10:00:00-00:00", 20, "Z or +00:00"},
		{"2023-10-09T1X:00:00", 12, "hours"},
		{"2023-10-XXT10:00:00", 11, "neither qualifier nor unspecified"},
		{"2023-10-09?T10:00:00", 12, "neither qualifier nor unspecified"},
		{"2023-10-09T10:00:00/2024", 11, "not in an interval"},
		{"2024/2023", 6, "ends before it begins"},
		{"2023~/2022", 7, "ends before it begins"},
		{"2023-10-09/2023-10-08", 12, "ends before it begins"},
		{"/", 1, "a date at one end"},
		{"../..", 1, "a date at one end"},
		{"../", 1, "a date at one end"},
		{"2023/2024/2025", 10, "two ends"},
		{"2023/P1Y", 6, "four digits"},
		{"2023..2024", 5, "two dots"},
		{"..2023/2024", 3, "two dots stand alone"},
		{"..", 1, "four digits"},
		{"[]", 2, "four digits"},
		{"[2023", 6, "not closed"},
		{"[2023,", 7, "four digits"},
		{"[2023, 2024]", 7, "without spaces"},
		{"[2023]?", 7, "nothing can follow"},
		{"[2023/2024]", 6, "no intervals"},
		{"[2023,..2024]", 7, "only the first"},
		{"[2023..,2024]", 8, "only the last"},
		{"[2024..2023]", 8, "ends before it begins"},
		{"[2023..2023-10]", 8, "same precision"},
		{"[201X..2023]", 8, "no unspecified digits"},
		{"[2023-10-09T10:00:00]", 12, "only after a single full date"},
		{"[" + strings.Repeat("2023,", 50) + "2023]", 201, "longer than 200 bytes"},
	} {
		t.Run(c.in, func(t *testing.T) {
			d, err := edtf.Parse(c.in)
			var bad *edtf.ParseError
			if !errors.As(err, &bad) {
				t.Fatalf("parsed as %v, %v", d, err)
			}
			if bad.Byte != c.byte || !strings.Contains(bad.Reason, c.says) {
				t.Errorf("got byte %d: %s; want byte %d: …%s…", bad.Byte, bad.Reason, c.byte, c.says)
			}
			if !d.IsZero() {
				t.Errorf("a refused expression left %v", d)
			}
		})
	}
}

func TestQualifiersApplyToTheirComponents(t *testing.T) {
	for _, c := range []struct{ in, uncertain, approximate string }{
		{"2004-06-11", "", ""},
		{"2004-06-11?", "YMD", ""},
		{"2004-06-11%", "YMD", "YMD"},
		{"2004-06~-11", "", "YM"},
		{"2004?-06-11", "Y", ""},
		{"?2004-06-11", "Y", ""},
		{"2004-~06-11", "", "M"},
		{"2004-06-?11", "D", ""},
		{"?2004-06-~11", "Y", "D"},
		{"2004?-06~-11", "Y", "YM"},
		{"2001-21?", "YM", ""},
		{"2004?/2006-~06", "Y", "M"},
		{"[2004?,2005~..2006]", "Y", "Y"},
	} {
		d := mustParse(t, c.in)
		var uncertain, approximate string
		for i, name := range []string{"Y", "M", "D"} {
			u, a := d.Qualified(edtf.Component(i))
			if u {
				uncertain += name
			}
			if a {
				approximate += name
			}
		}
		if uncertain != c.uncertain || approximate != c.approximate {
			t.Errorf("%s: uncertain %q, approximate %q; want %q, %q", c.in, uncertain, approximate, c.uncertain, c.approximate)
		}
		if d.Uncertain() != (c.uncertain != "") || d.Approximate() != (c.approximate != "") {
			t.Errorf("%s: the flags disagree with the components", c.in)
		}
	}
}

func TestPrecision(t *testing.T) {
	for in, want := range map[string]edtf.Precision{
		"2023": edtf.PrecisionYear, "201X": edtf.PrecisionYear, "Y12345": edtf.PrecisionYear,
		"2023-21": edtf.PrecisionSeason, "2023-XX": edtf.PrecisionMonth, "2023-10-XX": edtf.PrecisionDay,
		"2023-10-09T10:00:00Z": edtf.PrecisionTime, "2020/2023-10": edtf.PrecisionYear,
		"2020-10/..": edtf.PrecisionMonth, "[2020-10-01,2023-10]": edtf.PrecisionMonth,
	} {
		if got := mustParse(t, in).Precision(); got != want {
			t.Errorf("%s: precision %d, want %d", in, got, want)
		}
	}
	if got := (edtf.Date{}).Precision(); got != edtf.PrecisionNone {
		t.Errorf("nothing has precision %d", got)
	}
}

func TestDays(t *testing.T) {
	for _, c := range []struct {
		in   string
		want edtf.Day
	}{{"1970-01-01", 0}, {"1969-12-31", -1}, {"2000-03-01", 11017}, {"2023-10-09", 19639}, {"0000-01-01", -719528}} {
		got, err := edtf.ParseDay(c.in)
		if err != nil || got != c.want || got.String() != c.in {
			t.Errorf("%s: %d (%v), %v; want %d", c.in, got, got, err, c.want)
		}
	}
	for _, bad := range []string{"2023", "2023-10", "2023-10-09?", "2023-10-XX", "2023-10-09T10:00:00", "2023-10-09/2023-10-09", "..", ""} {
		if d, err := edtf.ParseDay(bad); err == nil {
			t.Errorf("ParseDay(%q) = %v", bad, d)
		}
	}
}

// An instant belongs to the day of its place.
func TestOfKeepsThePlacesOwnDay(t *testing.T) {
	instant := time.Date(2023, 10, 9, 15, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		where *time.Location
		want  string
	}{{time.UTC, "2023-10-09"}, {edtf.China(), "2023-10-09"}, {edtf.NorthKorea(), "2023-10-10"}} {
		if got := edtf.Of(instant.In(c.where)).String(); got != c.want {
			t.Errorf("in %v: %s, want %s", c.where, got, c.want)
		}
	}
	if got := edtf.Of(time.Unix(1<<60, 0).UTC()); got == edtf.Max {
		t.Error("a day beyond the range became 'no bound'")
	}
}

// The calendar agrees with the standard library's over 800 years.
func TestCalendarAgreesWithTime(t *testing.T) {
	at := time.Date(1599, 12, 31, 0, 0, 0, 0, time.UTC)
	for day := edtf.Of(at); at.Year() < 2400; day, at = day+1, at.AddDate(0, 0, 1) {
		if want := at.Format(time.DateOnly); day.String() != want || edtf.Of(at) != day {
			t.Fatalf("%d is %v, want %s", day, day, want)
		}
	}
}
