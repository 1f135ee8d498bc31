package picture

import (
	"testing"
	"time"

	"tumen/service/edtf"
)

// The matter of October 2023, as the demonstration records it, by hand.

func on(y, m, d int) Day { return edtf.Of(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) }

func exactly(y, m, d int) Range { return Range{Earliest: on(y, m, d), Latest: on(y, m, d)} }

var octoberEvents = TimeLine{
	Events: []Event{
		{Label: "Reported return of July 2021", Start: Range{Earliest: on(2021, 7, 1), Latest: on(2021, 7, 31)}},
		{Label: "Reported detention up to October 2023", Lasting: true, Start: Range{Earliest: on(2019, 7, 1), Latest: on(2021, 6, 30)}, End: Range{Earliest: on(2023, 10, 1), Latest: on(2023, 10, 31)}},
		{Label: "Reported return of 29 August 2023", Start: exactly(2023, 8, 29)},
		{Label: "Reported return of 18 September 2023", Start: exactly(2023, 9, 18)},
		{Label: "Reported return of 9 October 2023", Start: exactly(2023, 10, 9)},
		{Label: "Enforced disappearance of those returned, as their families in South Korea describe it to the United Nations", Lasting: true, Start: Range{Earliest: on(2023, 10, 9), Latest: on(2023, 10, 12)}, Ongoing: true},
		{Label: "Detention with an end nobody knows", Lasting: true, Start: Range{Earliest: on(2022, 1, 1), Latest: on(2022, 12, 31)}, End: Range{Earliest: on(2022, 6, 1), Latest: Never}},
		{Label: "An event without any date", Start: Range{Earliest: Ever, Latest: Never}},
		{Label: "احتجاز", Start: Range{Earliest: Ever, Latest: on(2020, 5, 4)}},
		{Label: "탈북민 강제 송환 (2023년 10월 9일)", Start: exactly(2023, 10, 9)},
		{Label: "据报2023年10月9日遣返朝鲜人", Start: exactly(2023, 10, 9)},
	},
	Words: TimeLineWords{
		Day: "on this day", Sometime: "once, somewhere in this time", Certain: "certainly lasted", Possible: "may have lasted",
		Ongoing: "still going on", UnknownEnd: "beginning or end not known", Undated: "no date known",
	},
}

func TestOctoberOnATimeLine(t *testing.T) {
	if p := octoberEvents.Draw(Look{Unpainted: true}); p.LeftOut != 0 || len(p.Legend) != 3 {
		t.Errorf("%d left out, legend %v", p.LeftOut, p.Legend)
	}
	keep(t, "timeline", octoberEvents, Look{Fonts: installed()})
	keep(t, "timeline-latin-dark", octoberEvents, Look{Dark: true})
	keep(t, "timeline-narrow", octoberEvents, Look{Width: 360, Fonts: installed()})
}

func n(i int64) *int64 { return &i }

var octoberCounts = Counts{
	Periods: []Period{
		{Label: "2021-07", High: n(50)},
		{Label: "2023-08", Low: n(80), Best: n(80), High: n(80)},
		{Label: "2023-09", Low: n(40), Best: n(40), High: n(40)},
		{Label: "2023-10", Low: n(501)},
		{Label: "2023-10 (JFNK)", Low: n(540), Best: n(600), High: n(660)},
		{Label: "2023-11"},
	},
	Words: CountWords{AtLeast: "at least", Possible: "may be", Best: "best figure", OpenHigh: "no upper bound", NoLow: "no lower bound"},
}

func TestOctoberInCounts(t *testing.T) {
	if p := octoberCounts.Draw(Look{Unpainted: true}); p.LeftOut != 0 || len(p.Legend) != 0 {
		t.Errorf("%d left out, legend %v", p.LeftOut, p.Legend)
	}
	keep(t, "counts", octoberCounts, Look{})
	keep(t, "counts-narrow-dark", octoberCounts, Look{Width: 360, Dark: true})
}
