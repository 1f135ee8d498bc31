package corroboration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	tumenv1 "tumen/proto/tumen/v1"
)

// maximalSets tries every set of claims: those whose values meet two by two
// and that cannot grow. Claims are few.
func maximalSets(n int, meet func(a, b int) bool) (sets []string) {
	agree := func(set int) bool {
		for a := range n {
			for b := range n {
				if set&(1<<a) != 0 && set&(1<<b) != 0 && !meet(a, b) {
					return false
				}
			}
		}
		return set != 0
	}
	for set := range 1 << n {
		grows := false
		for c := range n {
			grows = grows || set&(1<<c) == 0 && agree(set|1<<c)
		}
		if agree(set) && !grows {
			var names []string
			for c := range n {
				if set&(1<<c) != 0 {
					names = append(names, fmt.Sprintf("s%d", c))
				}
			}
			sets = append(sets, strings.Join(names, " "))
		}
	}
	slices.Sort(sets)
	return sets
}

func agreeingSets(s *tumenv1.Support) (sets []string) {
	for _, a := range s.GetAgreement() {
		sets = append(sets, short(a.GetClaims()))
	}
	slices.Sort(sets)
	return sets
}

func TestAgreementOfCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
		n := rapid.IntRange(1, 7).Draw(t, "claims")
		bounds := make([][2]int64, n)
		for i := range n {
			from := rapid.Int64Range(0, 9).Draw(t, "from")
			bounds[i] = [2]int64{from, rapid.Int64Range(from, 9).Draw(t, "to")}
			v := &tumenv1.Count{}
			if from > 0 {
				v.Low = &bounds[i][0]
			}
			if bounds[i][1] < 9 {
				v.High = &bounds[i][1]
			}
			m.source(fmt.Sprintf("s%d", i), ownContacts)
			if v.Low == nil && v.High == nil {
				v.Low = &bounds[i][0] // at least nobody, but a bound
			}
			m.claim(fmt.Sprintf("s%d", i), asserts, &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: v}})
		}
		got := agreeingSets(m.assess())
		want := maximalSets(n, func(a, b int) bool {
			return bounds[a][0] <= bounds[b][1] && bounds[b][0] <= bounds[a][1]
		})
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q of %v", got, want, bounds)
		}
	})
}

func TestAgreementOfDurations(t *testing.T) {
	// In months from 2020-01: the first and last in which it may have begun or
	// ended.
	begins := map[string][2]int{"2020": {1, 12}, "2020-02": {2, 2}, "2020-05": {5, 5}, "2020-XX": {1, 12}}
	ends := map[string][2]int{"2021": {13, 24}, "2021-03": {15, 15}, "2021-06": {18, 18}, "": {13, 1000}, "..": {1000, 1000}}
	rapid.Check(t, func(t *rapid.T) {
		m := newMatter(tumenv1.Aspect_ASPECT_TIME)
		m.Lasting = true
		n := rapid.IntRange(1, 7).Draw(t, "claims")
		var begun, ended [][2]int
		for i := range n {
			b := rapid.SampledFrom([]string{"2020", "2020-02", "2020-05", "2020-XX"}).Draw(t, "begun")
			e := rapid.SampledFrom([]string{"2021", "2021-03", "2021-06", "", ".."}).Draw(t, "ended")
			begun, ended = append(begun, begins[b]), append(ended, ends[e])
			m.source(fmt.Sprintf("s%d", i), ownContacts)
			m.claim(fmt.Sprintf("s%d", i), asserts, when(b+"/"+e))
		}
		meet := func(a, b [2]int) bool { return a[0] <= b[1] && b[0] <= a[1] }
		got := agreeingSets(m.assess())
		want := maximalSets(n, func(a, b int) bool { return meet(begun[a], begun[b]) && meet(ended[a], ended[b]) })
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q of %v", got, want, m.Claims)
		}
	})
}

func TestAgreementSaysWhatIsCommon(t *testing.T) {
	for _, c := range []struct {
		name    string
		aspect  tumenv1.Aspect
		lasting bool
		values  []*tumenv1.Value
		labels  string
	}{
		{"bounds from both sides", tumenv1.Aspect_ASPECT_COUNT, false,
			[]*tumenv1.Value{low(501), about600(), high(600)}, "540-600"},
		{"an open side stays open", tumenv1.Aspect_ASPECT_COUNT, false,
			[]*tumenv1.Value{low(501), low(540)}, "at least 540"},
		{"an exact number", tumenv1.Aspect_ASPECT_COUNT, false,
			[]*tumenv1.Value{fromTo(80, 80), low(50)}, "80"},
		{"two camps and one in between", tumenv1.Aspect_ASPECT_COUNT, false,
			[]*tumenv1.Value{high(100), fromTo(50, 600), low(501)}, "50-100; 501-600"},
		{"shares of a group", tumenv1.Aspect_ASPECT_COMPOSITION, false,
			[]*tumenv1.Value{share("women", percent(70), nil), share("women", nil, percent(82.5)), share("children", percent(5), nil)},
			"women: 70-82.5 %; children: at least 5 %"},
		{"a day within a month", tumenv1.Aspect_ASPECT_TIME, false,
			[]*tumenv1.Value{when("2023-10"), when("2023-10-09")}, "2023-10-09"},
		{"days that two times share", tumenv1.Aspect_ASPECT_TIME, false,
			[]*tumenv1.Value{when("2023-10-01/2023-10-09"), when("2023-10-08/2023-10-12")}, "2023-10-08/2023-10-09"},
		{"durations", tumenv1.Aspect_ASPECT_TIME, true,
			[]*tumenv1.Value{when("2020/2023-10"), when("2020-03/2023")},
			"begun 2020-03-01/2020-03-31, ended 2023-10-01/2023-10-31"},
		{"a duration that goes on", tumenv1.Aspect_ASPECT_TIME, true,
			[]*tumenv1.Value{when("2020/.."), when("2020-03/")}, "begun 2020-03-01/2020-03-31, still going on"},
		{"a town in a province", tumenv1.Aspect_ASPECT_PLACE, false,
			[]*tumenv1.Value{places(via("jilin")), places(via("hunchun"))}, "via places/hunchun"},
	} {
		m := newMatter(c.aspect)
		m.Lasting, m.Contains = c.lasting, octoberContains
		for i, v := range c.values {
			m.source(fmt.Sprintf("s%d", i), ownContacts)
			m.claim(fmt.Sprintf("s%d", i), asserts, v)
		}
		var labels []string
		for _, a := range m.assess().GetAgreement() {
			labels = append(labels, a.GetLabel())
		}
		want(t, c.name, strings.Join(labels, "; "), c.labels)
	}
}

func TestAgreementLeavesWordsOut(t *testing.T) {
	m := newMatter(tumenv1.Aspect_ASPECT_COUNT)
	m.source("A", ownContacts)
	m.source("B", ownContacts)
	m.claim("A", asserts, low(501))
	m.claim("B", asserts, &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Words: "hundreds"}}})
	s := m.assess()
	want(t, "speaking to it", ranged(s.GetSupporting()), "2 to 2")
	if a := s.GetAgreement(); len(a) != 1 || short(a[0].GetClaims()) != "A" {
		t.Errorf("agreement: %v", a)
	}
}
