package edtf_test

import (
	"errors"
	"testing"

	"tumen/service/edtf"
)

// Whatever is given: no panic, an error with a place inside the text, or a
// Date that prints back the text and whose answers agree with each other.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"2023", "2023-10-09", "201X", "2004-XX-31~", "1X32-10-2X", "2001-24?", "-0044-03-15", "-000X", "Y170000002",
		"Y-17E7", "1950S2", "2004-01-01T10:10:10+05:30", "2016-12-31T23:59:60Z", "2020~/2023-10", "../2023", "2023/",
		"2004-06-~01/2004-06-~20", "?2004-06~-11%", "[1667,1668,1670..1672]", "[..1760-12-03]", "[1760-12..]",
		"[XXXX-XX-X1,XXXX-02-29]", "{1,2}", "2023-02-30", "２０２３", "2023\x00", "",
	} {
		f.Add(seed)
	}
	october := edtf.Interval{Earliest: 19631, Latest: 19661}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := edtf.Parse(s)
		if err != nil {
			var bad *edtf.ParseError
			if !errors.As(err, &bad) || bad.Byte < 1 || bad.Byte > len(s)+1 || bad.Reason == "" || !d.IsZero() {
				t.Fatalf("%q: error %v, date %v", s, err, d)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("%q prints as %q", s, d.String())
		}
		for _, d := range []edtf.Date{d, d.NightOf()} {
			i, span := d.Interval(), d.Span()
			if i.Empty() || span.Start.Empty() || span.End.Empty() {
				t.Fatalf("%q: interval %v, span %v", s, i, span)
			}
			if !edtf.Entails(d, d) || edtf.Within(d, false, i) != edtf.DatedSo {
				t.Fatalf("%q does not lie within its own interval", s)
			}
			if edtf.Within(d, false, october) != edtf.No && !i.Meets(october) {
				t.Fatalf("%q may be in October 2023, but lies in %v", s, i)
			}
			if edtf.Within(d, true, october) > edtf.OngoingIn(d, october) {
				t.Fatalf("%q: within October 2023 but not going on then", s)
			}
		}
	})
}
