package wording_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"

	"tumen/clients/web/wording"
	"tumen/service/edtf"
)

func TestDate(t *testing.T) {
	for _, c := range []struct{ edtf, en, ko, zh string }{
		{"2023-10~", "around October 2023", "2023년 10월경", "2023年10月前后"},
		{"2023-10-09", "9 October 2023", "2023년 10월 9일", "2023年10月9日"},
		{"2023-10", "October 2023", "2023년 10월", "2023年10月"},
		{"2023", "2023", "2023년", "2023年"},
		{"2023?", "2023 (uncertain)", "2023년(불확실)", "2023年（存疑）"},
		{"2023-10-09~", "around 9 October 2023", "2023년 10월 9일경", "2023年10月9日前后"},
		{"2023-10%", "around October 2023 (uncertain)", "2023년 10월경(불확실)", "2023年10月前后（存疑）"},
		{"201X", "in the 2010s", "2010년대", "2010年代"},
		{"20XX", "in some year from 2000 to 2099", "2000년~2099년 중 어느 해", "2000年至2099年间某年"},
		{"XXXX", "in an unknown year", "연도 미상", "年份不明"},
		{"2023-XX", "in some month of 2023", "2023년 어느 달", "2023年某月"},
		{"2023-10-XX", "on some day in October 2023", "2023년 10월 어느 날", "2023年10月某日"},
		{"2023-XX-XX", "on some day in 2023", "2023년 어느 날", "2023年某日"},
		{"1X32-10-2X", "on some day from 20 to 29 October of a year written 1X32 (X not known)", "1X32년(X는 알 수 없는 숫자) 10월 20일~29일 중 어느 날", "1X32年（X为不明数字）10月20日至29日间某日"},
		{"2023-1X-05", "on day 5 of some month from October to December of 2023", "2023년 10월~12월 중 어느 달의 5일", "2023年10月至12月间某月的5日"},
		{"XXXX-12", "in December of an unknown year", "연도 미상의 어느 해 12월", "某年（年份不明）12月"},
		{"2001-24", "winter 2001–2002", "2001~2002년 겨울", "2001—2002年冬季"},
		{"2001-24~", "around winter 2001–2002", "2001~2002년 겨울 무렵", "2001—2002年冬季前后"},
		{"2023-21", "spring 2023", "2023년 봄", "2023年春季"},
		{"0000", "1 BC", "기원전 1년", "公元前1年"},
		{"-0044-03-15", "15 March 45 BC", "기원전 45년 3월 15일", "公元前45年3月15日"},
		{"-0044", "45 BC", "기원전 45년", "公元前45年"},
		{"0800", "AD 800", "서기 800년", "公元800年"},
		{"Y170000002", "170000002", "170000002년", "170000002年"},
		{"2023-08/2023-10", "from August 2023 to October 2023", "2023년 8월부터 2023년 10월까지", "2023年8月至2023年10月"},
		{"2023-08-~09/2023-10", "from 9 August 2023 (day approximate) to October 2023", "2023년 8월 9일(일: 대략)부터 2023년 10월까지", "2023年8月9日（日：大致）至2023年10月"},
		{"../2023", "until 2023, with no start", "2023년까지(시작 시점 없음)", "至2023年止（无起始时间）"},
		{"2023/..", "since 2023, with no end so far", "2023년부터(현재까지 끝나지 않음)", "自2023年起（至今未结束）"},
		{"/2023", "until 2023, start unknown", "2023년까지(시작 시점 미상)", "至2023年止（起始时间不明）"},
		{"2023/", "from 2023, end unknown", "2023년부터(종료 시점 미상)", "自2023年起（结束时间不明）"},
		{"2023-10-09T19:30:00Z", "9 October 2023, 19:30 UTC", "2023년 10월 9일 19:30 UTC", "2023年10月9日 19:30 UTC"},
		{"2023-10-09T19:30:00+08:00", "9 October 2023, 19:30 (UTC+08:00)", "2023년 10월 9일 19:30(UTC+08:00)", "2023年10月9日 19:30（UTC+08:00）"},
		{"2023-10-09T19:30:05", "9 October 2023, 19:30:05", "2023년 10월 9일 19:30:05", "2023年10月9日 19:30:05"},
		{"[2021,2022]", "2021 or 2022", "2021년 또는 2022년", "2021年或2022年"},
		{"[2021,2022,2023]", "one of these: 2021; 2022; 2023", "다음 중 하나: 2021년; 2022년; 2023년", "以下之一：2021年；2022年；2023年"},
		{"[2021..2023,2024?]", "one of these: some time from 2021 to 2023; 2024 (uncertain)", "다음 중 하나: 2021년부터 2023년까지 중 어느 때; 2024년(불확실)", "以下之一：2021年至2023年间某时；2024年（存疑）"},
		{"[..1760-12-03]", "3 December 1760 or earlier", "1760년 12월 3일 또는 그 이전", "1760年12月3日或更早"},
		{"[1760-12..]", "December 1760 or later", "1760년 12월 또는 그 이후", "1760年12月或更晚"},
		{"2004-06~-11", "11 June 2004 (year approximate; month approximate)", "2004년 6월 11일(연도: 대략; 월: 대략)", "2004年6月11日（年：大致；月：大致）"},
		{"2004-06-~11", "11 June 2004 (day approximate)", "2004년 6월 11일(일: 대략)", "2004年6月11日（日：大致）"},
		{"?2004-06-~11", "11 June 2004 (year uncertain; day approximate)", "2004년 6월 11일(연도: 불확실; 일: 대략)", "2004年6月11日（年：存疑；日：大致）"},
		{"2023-10-X1", "on 1, 11, 21 or 31 October 2023", "2023년 10월 1일, 11일, 21일 또는 31일", "2023年10月1日、11日、21日或31日"},
		{"201X-06-15", "on 15 June of some year of the 2010s", "2010년대 어느 해 6월 15일", "2010年代某年6月15日"},
		{"201X~", "in the 2010s (approximate)", "2010년대(대략)", "2010年代（大致）"},
		{"not a date", "not a date", "not a date", "not a date"},
		{"2023-02-30", "2023-02-30", "2023-02-30", "2023-02-30"},
		{"-000X", "in a year written −000X (X not known)", "−000X년(X는 알 수 없는 숫자)", "−000X年（X为不明数字）"},
		{"020X", "in some year from AD 200 to AD 209", "서기 200년~서기 209년 중 어느 해", "公元200年至公元209年间某年"},
		{"../..", "../..", "../..", "../.."},
	} {
		said(t, c.edtf, func(w *wording.Words) string { return w.Date(c.edtf) }, c.en, c.ko, c.zh)
	}
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		time       *tumenv1.Time
		en, ko, zh string
	}{
		{nil, "", "", ""},
		{&tumenv1.Time{Words: "last autumn"}, "", "", ""},
		{&tumenv1.Time{Edtf: "2023-10-09", Night: true}, "the night of 9 October 2023", "2023년 10월 9일 밤", "2023年10月9日夜间"},
		{&tumenv1.Time{Edtf: "2023-10-09~", Night: true}, "around 9 October 2023, at night", "2023년 10월 9일경, 밤", "2023年10月9日前后，夜间"},
		{&tumenv1.Time{Edtf: "2023-10", Night: true}, "October 2023, at night", "2023년 10월, 밤", "2023年10月，夜间"},
		{&tumenv1.Time{Edtf: "2023-10-09", TimeOfDay: "19:30"}, "9 October 2023, 19:30", "2023년 10월 9일 19:30", "2023年10月9日 19:30"},
		{
			&tumenv1.Time{Edtf: "2023-10-09", TimeOfDay: "19:30", UtcOffset: "+08:00", TimeOfDayApproximate: true},
			"9 October 2023, around 19:30 (UTC+08:00)", "2023년 10월 9일 19:30(UTC+08:00)경", "2023年10月9日 19:30（UTC+08:00）前后",
		},
	} {
		said(t, c.time.String(), func(w *wording.Words) string { return w.Time(c.time) }, c.en, c.ko, c.zh)
	}
}

// A day is that of the place where it was; a moment is one for all, in UTC.
func TestDayAndMoment(t *testing.T) {
	at := time.Date(2023, 10, 10, 7, 30, 59, 0, time.FixedZone("", 8*60*60))
	said(t, "day", func(w *wording.Words) string { return w.Day(at) },
		"10 October 2023", "2023년 10월 10일", "2023年10月10日")
	said(t, "moment", func(w *wording.Words) string { return w.Moment(at) },
		"9 October 2023, 23:30 UTC", "2023년 10월 9일 23:30 UTC", "2023年10月9日 23:30 UTC")
}

func said(t *testing.T, what string, say func(*wording.Words) string, en, ko, zh string) {
	t.Helper()
	for l, want := range map[wording.Language]string{wording.English: en, wording.Korean: ko, wording.Chinese: zh} {
		if got := say(wording.In(l)); got != want {
			t.Errorf("%s in %s is %q, want %q", what, l, got, want)
		}
	}
}

// Every date that can be read has words; what can't comes back as it is.
func TestDateProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { hasWords(t, expressions().Draw(t, "edtf")) })
}

// Two dates that differ in the days they may be are never said alike.
func TestDateWordsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := expressions().Draw(t, "edtf")
		at := rapid.IntRange(0, len(one)-1).Draw(t, "at")
		other := one[:at] + rapid.StringMatching(`[-0-9X?~%./TZ]?`).Draw(t, "instead") + one[at+1:]
		first, err := edtf.Parse(one)
		second, otherErr := edtf.Parse(other)
		if err != nil || otherErr != nil || first.Interval() == second.Interval() {
			return
		}
		// A sign before the year adds nothing to one after the month, in words.
		if reflect.DeepEqual(first.Pieces(), second.Pieces()) {
			return
		}
		for _, l := range wording.Languages() {
			if words := wording.In(l).Date(one); words == wording.In(l).Date(other) {
				t.Fatalf("%s: %q and %q are both %q", l, one, other, words)
			}
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{
		"2023", "2023-10~", "201X", "2004-XX-31~", "1X32-10-2X", "2001-24?", "-0044-03-15", "-000X", "Y170000002",
		"2004-01-01T10:10:10+05:30", "2016-12-31T23:59:60Z", "2020~/2023-10", "../2023", "2023/", "?2004-06~-11%",
		"[1667,1668,1670..1672]", "[..1760-12-03]", "[XXXX-XX-X1,XXXX-02-29]", "2023-02-30", "２０２３", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { hasWords(t, text) })
}

// reporter is what a *testing.T and a *rapid.T have in common.
type reporter interface {
	Fatalf(format string, args ...any)
}

func hasWords(t reporter, text string) {
	_, err := edtf.Parse(text)
	for _, l := range wording.Languages() {
		words := wording.In(l).Date(text)
		if err != nil && words != text {
			t.Fatalf("%s: %q can't be read and became %q", l, text, words)
		}
		if err == nil && (strings.TrimSpace(words) == "" || strings.ContainsAny(words, "{}<>")) {
			t.Fatalf("%s: %q became %q", l, text, words)
		}
	}
}

// expressions are dates, intervals and sets, of which nearly all can be read.
func expressions() *rapid.Generator[string] {
	const (
		sign = `[?~%]?`
		year = sign + `(-?[12X][0-9X]{3}|0[0-9X]{3}|20[012][0-9X])` + sign
		date = year + `(-` + sign + `(0[1-9X]|1[012X]|X[0-9X]|2[1-4])` + sign + `)?` +
			`|` + year + `-` + sign + `(0[1-9X]|1[012X]|XX)` + sign + `-` + sign + `([01X][1-9X]|2[0-8X]|3X)` + sign
		clock = `(1[0-9]{3}|20[0-9]{2})-(0[1-9]|1[012])-(0[1-9]|1[0-9]|2[0-8])T(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-]0[0-9]:[0-5][0-9])?`
	)
	return rapid.OneOf(
		rapid.StringMatching(date), rapid.StringMatching(date), rapid.StringMatching(clock),
		rapid.StringMatching(`Y-?[1-9][0-9]{4,7}`+sign),
		rapid.StringMatching(`(`+date+`|\.\.)?/(`+date+`|\.\.)?`),
		rapid.StringMatching(`\[(\.\.)?(`+date+`)(,(`+date+`)){0,3}(\.\.)?\]`),
	).Filter(func(s string) bool { return s != "" })
}
