package picture

import (
	"slices"
	"testing"
)

func TestTicksAreCalendarDays(t *testing.T) {
	for name, c := range map[string]struct {
		first, last Day
		most        int
		want        []string
	}{
		"days":       {on(2023, 10, 8), on(2023, 10, 10), 5, []string{"2023-10-08", "2023-10-09", "2023-10-10"}},
		"months":     {on(2023, 8, 29), on(2023, 11, 2), 3, []string{"2023-09", "2023-10", "2023-11"}},
		"half years": {on(2021, 7, 1), on(2023, 10, 31), 5, []string{"2021-07", "2022-01", "2022-07", "2023-01", "2023-07"}},
		"years":      {on(1997, 3, 1), on(2003, 1, 1), 6, []string{"1998", "1999", "2000", "2001", "2002", "2003"}},
	} {
		var got []string
		for _, mark := range ticks(c.first, c.last, c.most) {
			got = append(got, mark.text)
			if mark.day < c.first || mark.day > c.last {
				t.Errorf("%s: %s is outside", name, mark.text)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

func TestADayIsThatOfItsPlace(t *testing.T) {
	if got := on(1970, 1, 2); got != 1 {
		t.Errorf("2 January 1970 is day %d", got)
	}
	if y, m, d := dateOf(on(2023, 10, 9)); y != 2023 || m != 10 || d != 9 {
		t.Errorf("9 October 2023 is %d-%d-%d", y, m, d)
	}
}
