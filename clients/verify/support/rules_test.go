package support

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A matter is written as lines: a source with its basis and whom it relays, a tie
// between two, or a claim, which is of the source before its dot.
//
//	a own            a source that reports of its own
//	b relayed a c    one that passes on a and c
//	a = b            known to be the same; a ~ b: possibly; a / b: separated
//	a.1 asserts      a claim, which may name whom it relays ("< c d"), a basis of its own
//	                 ("first-hand"), and bounds: "540.." at least, "..600" at most
func matter(t *testing.T, text string) *Evidence {
	e := &Evidence{Sources: map[string]*Source{}}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case len(f) == 3 && strings.Contains("=~/", f[1]):
			kind := map[string]TieKind{"=": SameContact, "~": PossiblySame, "/": Separated}[f[1]]
			e.Ties = append(e.Ties, &Tie{Name: fmt.Sprint("tie ", len(e.Ties)), A: f[0], B: f[2], Kind: kind})
		case strings.Contains(f[0], "."):
			e.Claims = append(e.Claims, claim(t, f))
		default:
			e.Sources[f[0]] = &Source{Basis: bases[f[1]], Relays: f[2:]}
		}
	}
	return e
}

var (
	bases   = map[string]Basis{"first-hand": FirstHand, "own": OwnContacts, "official": OfficialStatement, "relayed": Relayed, "unstated": NotStated}
	stances = map[string]Stance{"asserts": Asserts, "denies": Denies, "unsure": DoesNotConfirm}
)

func claim(t *testing.T, f []string) *Claim {
	source, _, _ := strings.Cut(f[0], ".")
	c := &Claim{Name: f[0], Source: source, Stance: stances[f[1]]}
	for i := 2; i < len(f); i++ {
		low, high, bounds := strings.Cut(f[i], "..")
		switch {
		case f[i] == "<":
			c.Relays = f[i+1:]
			return c
		case bases[f[i]] != 0:
			c.Basis = bases[f[i]]
		case bounds:
			c.Value = &Value{}
			for side, text := range []string{low, high} {
				var n float64
				if _, err := fmt.Sscan(text, &n); err == nil {
					c.Value.AddCount(side == 1, n)
				}
			}
		default:
			t.Fatalf("%v says %q", f, f[i])
		}
	}
	return c
}

func TestRules(t *testing.T) {
	for _, tc := range []struct{ name, matter, want string }{
		{"nobody speaks", "a own", "0 to 0"},
		{"one that perceived it", "a first-hand\n a.1 asserts", "1 to 1"},
		{"two of their own", "a own\n b own\n a.1 asserts\n b.1 asserts", "2 to 2"},
		{"who does not say raises at most", "a own\n b unstated\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"an authority raises at most", "a own\n b official\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"nobody grounded, and still one", "a unstated\n b official\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"twice the same source", "a own\n a.1 asserts\n a.2 asserts", "1 to 1"},
		{"the same contact", "a own\n b own\n a = b\n a.1 asserts\n b.1 asserts", "1 to 1"},
		{"perhaps the same contact", "a own\n b own\n a ~ b\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"perhaps, and separated", "a own\n b own\n a ~ b\n a / b\n a.1 asserts\n b.1 asserts", "2 to 2"},
		{"known, and not to be separated", "a own\n b own\n a = b\n a / b\n a.1 asserts\n b.1 asserts", "1 to 1"},
		{"through a third that says nothing", "a own\n b own\n a ~ c\n c = b\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"a repetition adds nothing", "a own\n b relayed a\n a.1 asserts\n b.1 asserts < a", "1 to 1"},
		{"a repetition alone brings its origin", "a own\n b relayed a\n b.1 asserts < a", "1 to 1"},
		{"two repetitions of two", "a own\n b own\n c relayed a b\n d relayed a b\n c.1 asserts < a b\n d.1 asserts < b", "2 to 2"},
		{"a common reader ties nobody", "a own\n b own\n c relayed a b\n a.1 asserts\n b.1 asserts\n c.1 asserts < a b", "2 to 2"},
		{"through what the one relayed says itself", "a own\n b relayed a\n c relayed b\n a.1 asserts\n b.1 asserts < a\n c.1 asserts < b", "1 to 1"},
		{"who denies is no supporter's origin", "a own\n a.1 denies\n b relayed a\n b.1 asserts < a", "0 to 0"},
		{"who contradicts itself counts for none", "a own\n a.1 asserts\n a.2 unsure", "0 to 0"},
		{"a basis of its own", "a relayed\n a.1 asserts first-hand", "1 to 1"},
		{"a relay of nobody is one unknown", "a relayed\n a.1 asserts", "1 to 1"},
		{"two relays of nobody are two", "a relayed\n b relayed\n a.1 asserts\n b.1 asserts", "1 to 2"},
		{"a relay that may repeat one counted", "a own\n b relayed a\n a.1 asserts\n b.1 asserts", "1 to 1"},
		{"a relay that may repeat one of two", "a own\n b own\n c relayed a b\n a.1 asserts\n c.1 asserts", "1 to 1"},
		{"no more open ones than they have origins", "a own\n b relayed a\n c relayed a\n b.1 asserts\n c.1 asserts", "1 to 1"},
		{"as many open ones as can have one each", "a own\n b own\n c relayed a\n d relayed a b\n c.1 asserts\n d.1 asserts", "1 to 2"},
		{"open through a relayed source without a claim", "a own\n b relayed a\n c relayed b\n c.1 asserts < b", "1 to 1"},
		{"relays in a circle are one unknown", "a relayed b\n b relayed a\n a.1 asserts < b\n b.1 asserts < a", "1 to 1"},
		{"a circle beside an origin", "a relayed b\n b relayed a\n c own\n a.1 asserts < b\n b.1 asserts < a c", "1 to 2"},
		{"a source that is not there", "a.1 asserts", "1 to 1"},
		{"the matter of October", "s1 own\n s4 own\n s6 own\n s8 official\n s7 official\n s12 official\n s6 ~ s4\n" +
			"s1.1 asserts\n s4.1 asserts\n s6.1 asserts\n s8.1 asserts\n s7.1 denies\n s12.1 unsure", "2 to 4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a, err := assess(matter(t, tc.matter))
			if err != nil {
				t.Fatal(err)
			}
			s := a.standings[Asserts]
			if got := fmt.Sprintf("%d to %d", s.AtLeast, s.AtMost); got != tc.want {
				t.Errorf("%s, want %s: %+v", got, tc.want, s.Standing)
			}
		})
	}
}

// october is the count of the matter in the demonstration.
const october = `
	s1 own
	s2 unstated
	s3 relayed s1
	s4 own
	s6 own
	s13 unstated
	s6 ~ s4
	s1.1 asserts 540..660
	s2.1 asserts 540..660
	s3.1 asserts 601.. < s1
	s4.1 asserts 501..
	s6.1 asserts 501..
	s13.1 asserts ..600`

func TestValuesOfOctober(t *testing.T) {
	a, err := assess(matter(t, october))
	if err != nil {
		t.Fatal(err)
	}
	var values, sets []string
	for _, v := range a.values {
		s := a.asserted.supportOf(v.entails)
		values = append(values, fmt.Sprintf("%s: %d to %d", v.label, s.AtLeast, s.AtMost))
	}
	slices.Sort(values)
	want := "at least 501: 2 to 4, at least 540: 1 to 2, at least 601: 0 to 0, at most 600: 1 to 1, at most 660: 1 to 3"
	if got := strings.Join(values, ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, s := range a.agreement {
		sets = append(sets, fmt.Sprintf("%s by %s", s.label, strings.Join(s.names, " ")))
	}
	if got := strings.Join(sets, ", "); got != "540-600 by s1.1 s13.1 s2.1 s4.1 s6.1" {
		t.Error(got)
	}
	if named, _ := a.relayFlags(slices.IndexFunc(a.webs[Asserts].claims, func(c *Claim) bool { return c.Name == "s3.1" })); len(named) != 1 || named[0] != "s1" {
		t.Errorf("the relay that differs is flagged for %v", named)
	}
}

func TestEntailment(t *testing.T) {
	inside := map[string]string{"town": "county", "county": "land"}
	contains := func(outer, inner string) bool {
		for inner != "" && inner != outer {
			inner = inside[inner]
		}
		return inner == outer
	}
	at := func(edtf string) func(*Value) { return func(v *Value) { v.AddTime(edtf, false, "", "", false) } }
	night := func(edtf string) func(*Value) { return func(v *Value) { v.AddTime(edtf, true, "", "", false) } }
	clock := func(at string, about bool) func(*Value) {
		return func(v *Value) { v.AddTime("2023-10-09", false, at, "", about) }
	}
	place := func(name, part string) func(*Value) { return func(v *Value) { v.AddPlace(name, part) } }
	for _, tc := range []struct {
		name    string
		said    func(*Value)
		wanted  func(*Value)
		lasting bool
		want    bool
	}{
		{"a day in its month", at("2023-10-09"), at("2023-10"), false, true},
		{"a month in a day of it", at("2023-10"), at("2023-10-09"), false, false},
		{"a night reaches out of its month", night("2023-10-31"), at("2023-10"), false, false},
		{"a day about", at("2023-10-09"), at("2023-10-12~"), false, true},
		{"a day too far", at("2023-10-08"), at("2023-10-12~"), false, false},
		{"about a year", at("2024-06-30"), at("2023~"), false, true},
		{"not so far about a year", at("2024-07-01"), at("2023~"), false, false},
		{"a gap", at("2004-04"), at("[2004-03,2004-05]"), false, false},
		{"no gap", at("2004-03-15/2004-05-10"), at("[2004-03,2004-04,2004-05]"), false, true},
		{"a winter", at("2024-02-29"), at("2023-24"), false, true},
		{"some day in March", at("2004-03-31"), at("2004-XX-31"), false, true},
		{"before something", at("1999"), at("../2000"), false, true},
		{"a time of day", clock("19:00", false), clock("19:00", true), false, true},
		{"about a time of day", clock("19:00", true), clock("19:00", false), false, false},
		{"a day is no time", at("2023-10-09"), at("2023-10-09T19:00:00"), false, false},
		{"a duration in a year", at("2023-01/2023-03"), at("2023"), true, true},
		{"a duration over two years is in neither", at("2020-12/2021-01"), at("[2020,2021]"), true, false},
		{"the ends of a duration", at("2020-03/2021-10"), at("2020/2021"), true, true},
		{"still going on", at("2020-03/.."), at("2020/.."), true, true},
		{"not known to go on", at("2020-03/"), at("2020/.."), true, false},
		{"a place in its county", place("town", ""), place("county", "PLACE_PART_AT"), false, true},
		{"a county in its town", place("county", ""), place("town", ""), false, false},
		{"with another part", place("town", "PLACE_PART_VIA"), place("county", ""), false, false},
		{"words are no place", place("", ""), place("", ""), false, false},
		{"a status with whereabouts", func(v *Value) { v.AddTerm(Custody, "held", "WHEREABOUTS_DISCLOSED") }, func(v *Value) { v.AddTerm(Custody, "held", "") }, false, true},
		{"whereabouts that nobody said", func(v *Value) { v.AddTerm(Custody, "held", "") }, func(v *Value) { v.AddTerm(Custody, "held", "WHEREABOUTS_DISCLOSED") }, false, false},
		{"an authority", func(v *Value) { v.AddAttitude("the ministry", "OFFICIAL_ATTITUDE_DENIES_ACT") }, func(v *Value) { v.AddAttitude(" the ministry ", "") }, false, true},
		{"a share", func(v *Value) { v.AddShare("women", false, 70) }, func(v *Value) { v.AddShare("women", false, 60) }, false, true},
		{"a share of others", func(v *Value) { v.AddShare("men", false, 70) }, func(v *Value) { v.AddShare("women", false, 60) }, false, false},
		{"half of a value", func(v *Value) { v.AddCount(false, 5) }, func(v *Value) { v.AddCount(false, 5); v.AddCount(true, 9) }, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := &Evidence{Lasting: tc.lasting, Contains: contains}
			said, wanted := &Value{}, &Value{}
			tc.said(said)
			tc.wanted(wanted)
			if got := e.saysValue(said.parts, wanted); got != tc.want {
				t.Errorf("entailed: %v", got)
			}
		})
	}
}

// TestADateBeyondMeasureIsSaidToBe: what leaves thousands of runs of days open is not
// compared, and whoever asks is told before.
func TestADateBeyondMeasureIsSaidToBe(t *testing.T) {
	for text, wide := range map[string]bool{"XXXX-XX-31": true, "XXXX-12-25": true, "Y12345678901": true, "XXXX": false, "19XX-12-25": false, "2023": false} {
		v := &Value{}
		v.AddTime(text, false, "", "", false)
		if v.Wide() != wide {
			t.Errorf("%s: %v", text, v.Wide())
		}
	}
}

// TestADayIsItsDate: over the leap years that are none, and before the year 1.
func TestADayIsItsDate(t *testing.T) {
	for d := dayOf(-401, 1, 1); d < dayOf(2105, 1, 1); d += 13 {
		if year, month, dayOfMonth := d.date(); dayOf(year, month, dayOfMonth) != d {
			t.Fatalf("%d is %s", d, d.text())
		}
	}
	for text, d := range map[string]day{"1970-01-01": 0, "2000-02-29": 11016, "2023-10-09": 19639, "0000-03-01": -719468} {
		if d.text() != text {
			t.Errorf("%s is %s", text, d.text())
		}
	}
}
