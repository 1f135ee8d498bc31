package edtf_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/edtf"
)

// A slow and obvious second reading of dates with unspecified digits: a day is
// possible if its digits fit. It knows the days of 2022 to 2025 only; outside
// lie one day before all and one after all, for unknown and open ends.

const (
	oracleFirst = edtf.Day(18993) // 2022-01-01
	oracleLast  = edtf.Day(20453) // 2025-12-31
)

// fits compares YYYY-MM-DD with a date that may be shorter or contain X.
func fits(day edtf.Day, pattern string) bool {
	text := day.String()
	for i := range pattern {
		if pattern[i] != 'X' && pattern[i] != text[i] {
			return false
		}
	}
	return true
}

// possibleDays lists the days of one date: pattern, perhaps with ~ at its end.
func possibleDays(expression string) []edtf.Day {
	pattern, approximate := strings.CutSuffix(expression, "~")
	reach := 0
	if approximate {
		reach = map[int]int{7: 15, 10: 3}[len(pattern)]
	}
	var days []edtf.Day
	for day := oracleFirst; day <= oracleLast; day++ {
		for near := day - edtf.Day(reach); near <= day+edtf.Day(reach); near++ {
			if fits(near, pattern) {
				days = append(days, day)
				break
			}
		}
	}
	return days
}

// oracleDates have days in 2023 and 2024 only, so that widening stays inside.
func oracleDates() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.SampledFrom([]string{"2023", "2024"}).Draw(t, "year")
		months := []string{"01", "02", "06", "12", "XX", "0X", "1X", "X1", "X2"}
		days := []string{"01", "15", "28", "30", "31", "XX", "X1", "X9", "2X", "3X", "0X"}
		switch rapid.IntRange(0, 3).Draw(t, "precision") {
		case 0:
			return s
		case 1:
			return s + "-" + rapid.SampledFrom(months).Draw(t, "month") + rapid.SampledFrom([]string{"", "~"}).Draw(t, "sign")
		}
		s += "-" + rapid.SampledFrom(months).Draw(t, "month") + "-" + rapid.SampledFrom(days).Draw(t, "day")
		return s + rapid.SampledFrom([]string{"", "~"}).Draw(t, "sign")
	})
}

func drawOraclePeriod(t *rapid.T) edtf.Interval {
	day := rapid.Custom(func(t *rapid.T) edtf.Day {
		return edtf.Day(rapid.Int32Range(int32(oracleFirst), int32(oracleLast)).Draw(t, "day"))
	})
	a := day.Draw(t, "from")
	length := rapid.OneOf(rapid.Int32Range(0, 40), rapid.Int32Range(0, 900)).Draw(t, "length")
	return edtf.Interval{Earliest: a, Latest: min(a+edtf.Day(length), oracleLast)}
}

// verdict turns "is it so in some case, is it so in every case" into an answer.
func verdict(some, every bool) edtf.Certainty {
	switch {
	case every && some:
		return edtf.DatedSo
	case some:
		return edtf.Maybe
	}
	return edtf.No
}

func TestMomentaryActsAgreeWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.SliceOfN(oracleDates().Filter(parses), 1, 4).Draw(t, "members")
		d, err := edtf.Parse("[" + strings.Join(members, ",") + "]")
		if err != nil {
			t.Fatal(err)
		}
		days := map[edtf.Day]bool{}
		for _, m := range members {
			for _, day := range possibleDays(m) {
				days[day] = true
			}
		}
		p := drawOraclePeriod(t)
		some, every := false, true
		for day := range days {
			in := p.Earliest <= day && day <= p.Latest
			some, every = some || in, every && in
		}
		if got, want := edtf.Within(d, false, p), verdict(some, every); got != want {
			t.Fatalf("%v within %v: %v, want %v", d, p, got, want)
		}
		other := oracleDates().Filter(parses).Draw(t, "other")
		inside := true
		for _, day := range possibleDays(other) {
			inside = inside && days[day]
		}
		if got := edtf.Entails(mustParse(t, other), d); got != inside {
			t.Fatalf("%s entails %v: %v, want %v", other, d, got, inside)
		}
	})
}

func TestLastingActsAgreeWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.OneOf(oracleDates().Filter(parses), oracleDates().Filter(parses), rapid.SampledFrom([]string{"", ".."}))
		from, to := ends.Draw(t, "from"), ends.Draw(t, "to")
		d, err := edtf.Parse(from + "/" + to)
		if err != nil {
			t.Skip("the ends are in the wrong order")
		}
		var everyDay []edtf.Day
		for day := oracleFirst; day <= oracleLast; day++ {
			everyDay = append(everyDay, day)
		}
		starts, stops := possibleDays(from), possibleDays(to)
		if from == "" || from == ".." {
			starts = append([]edtf.Day{edtf.Min}, everyDay...)
		}
		switch to {
		case "":
			stops = append(everyDay, edtf.Max)
		case "..":
			stops = []edtf.Day{edtf.Max}
		}
		p := drawOraclePeriod(t)
		var within, ongoing [2]bool // some, every
		within[1], ongoing[1] = true, true
		for _, s := range starts {
			for _, e := range stops {
				if e < s {
					continue
				}
				inside := p.Earliest <= s && e <= p.Latest
				during := s <= p.Latest && p.Earliest <= e
				within[0], within[1] = within[0] || inside, within[1] && inside
				ongoing[0], ongoing[1] = ongoing[0] || during, ongoing[1] && during
			}
		}
		if got, want := edtf.Within(d, true, p), verdict(within[0], within[1]); got != want {
			t.Fatalf("%v within %v: %v, want %v", d, p, got, want)
		}
		if got, want := edtf.OngoingIn(d, p), verdict(ongoing[0], ongoing[1]); got != want {
			t.Fatalf("%v ongoing in %v: %v, want %v", d, p, got, want)
		}
	})
}

func parses(s string) bool {
	_, err := edtf.Parse(s)
	return err == nil
}
