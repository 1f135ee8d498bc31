package wording

import (
	"strconv"
	"strings"

	"tumen/service/edtf"
)

// single is one date with its qualifiers, as it stands within others, too.
func (w *Words) single(d edtf.Written) string { return w.qualified(d, w.timed(d)) }

// timed is a date with the time of day that is written in it, if one is.
func (w *Words) timed(d edtf.Written) string {
	said := w.calendar(d)
	if d.Clock == "" {
		return said
	}
	return w.Say("date.clock", "date", said, "clock", w.clock(d.Clock))
}

// clock leaves out seconds that are none. The clock is that of the place unless
// an offset is stated.
func (w *Words) clock(text string) string {
	zone := strings.IndexAny(text, "Z+-")
	if zone < 0 {
		return strings.TrimSuffix(text, ":00")
	}
	at, offset := strings.TrimSuffix(text[:zone], ":00"), text[zone:]
	switch {
	case offset == "Z":
		return at + " UTC"
	case len(offset) == len("+08"):
		offset += ":00"
	}
	return w.Say("date.offset", "clock", at, "offset", offset)
}

// calendar is what a date says of year, month or season, and day.
func (w *Words) calendar(d edtf.Written) string {
	switch {
	case d.Month.Digits == "":
		return w.yearAlone(d)
	case d.Day.Digits == "":
		return w.monthOfYear(d)
	case unspecified(d.Month) && unspecified(d.Day):
		return w.Say("date.some_day_in", "month", w.yearAround(d))
	}
	month, day := w.monthOfYear(d), w.day(d)
	switch {
	case unspecified(d.Day):
		return w.Say("date.some_day_in", "month", month)
	case len(fitting(d.Month.Digits, 12)) > 1:
		return w.Say("date.day_of_some", "day", day, "month", month)
	}
	return w.Say("date.day_month", "day", day, "month", month)
}

// monthOfYear is a month or season with its year.
func (w *Words) monthOfYear(d edtf.Written) string {
	if d.Season {
		return w.seasonOfYear(d)
	}
	months := fitting(d.Month.Digits, 12)
	if len(months) == 1 && fixed(d.Year) {
		return w.Say("date.month_year", "month", w.monthName(months[0]), "year", w.yearAround(d))
	}
	return w.Say("date.month_of_some", "month", w.month(months), "year", w.yearAround(d))
}

func (w *Words) monthName(n int) string { return w.Say("date.month_" + strconv.Itoa(n)) }

func (w *Words) month(months []int) string {
	names := make([]string, len(months))
	for i, m := range months {
		names[i] = w.monthName(m)
	}
	switch {
	case len(months) == 12:
		return w.Say("date.some_month")
	case len(months) > 2 && together(months):
		return w.Say("date.some_month_from_to", "first", names[0], "last", names[len(names)-1])
	}
	return w.orList(names)
}

func (w *Words) day(d edtf.Written) string {
	days := fitting(d.Day.Digits, daysIn(d))
	id := "date.day"
	if len(fitting(d.Month.Digits, 12)) > 1 {
		id = "date.day_numbered" // no month follows by which it would be known for a day
	}
	names := make([]string, len(days))
	for i, n := range days {
		names[i] = w.Say(id, "day", n)
	}
	if len(days) > 1 && together(days) {
		return w.Say("date.some_day_from_to", "first", names[0], "last", names[len(names)-1])
	}
	return w.orList(names)
}

// daysIn is the number of days that the month of a date may have at most.
func daysIn(d edtf.Written) int {
	most := 0
	for _, m := range fitting(d.Month.Digits, 12) {
		switch m {
		case 2:
			most = max(most, 29)
		case 4, 6, 9, 11:
			most = max(most, 30)
		default:
			most = 31
		}
	}
	return most
}

// seasons are the words of the numbers 21 to 24.
var seasons = map[string]string{"21": "date.spring", "22": "date.summer", "23": "date.autumn", "24": "date.winter"}

// seasonOfYear names both years of a winter, which is that of its December.
func (w *Words) seasonOfYear(d edtf.Written) string {
	season := w.Say(seasons[d.Month.Digits])
	if !fixed(d.Year) {
		return w.Say("date.month_of_some", "month", season, "year", w.yearAround(d))
	}
	year := w.yearAround(d)
	if n, err := strconv.Atoi(d.Year.Digits); err == nil && d.Month.Digits == "24" && !d.Negative && n >= 1000 {
		year = w.Say("date.winter_years", "first", strconv.Itoa(n), "last", strconv.Itoa(n+1))
	}
	return w.Say("date.month_year", "month", season, "year", year)
}

// orList joins what may be: "1, 11 or 21".
func (w *Words) orList(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return w.Say("date.or", "list", strings.Join(names[:last], w.Say("date.or_separator")), "last", names[last])
}
