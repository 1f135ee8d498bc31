package corroboration_test

import (
	"fmt"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
)

func ranged(s *tumenv1.StanceSupport) string {
	return fmt.Sprintf("%d to %d", s.GetAtLeast(), s.GetAtMost())
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestOctoberOccurrence(t *testing.T) {
	s := octoberOccurrence().assess()
	want(t, "supporting", ranged(s.GetSupporting()), "2 to 4")
	want(t, "its origins", countedOrigins(s.GetSupporting()), "S1 S4 S6 S8")
	want(t, "denying", ranged(s.GetDenying()), "1 to 1")
	want(t, "its origins", countedOrigins(s.GetDenying()), "S7")
	want(t, "not confirming", ranged(s.GetNotConfirming()), "1 to 1")
	want(t, "its origins", countedOrigins(s.GetNotConfirming()), "S12")
	if len(s.GetValues())+len(s.GetAgreement())+len(s.GetFlags()) != 0 {
		t.Errorf("an occurrence has no values, agreement or flags: %v", s)
	}
	groups := s.GetSupporting().GetGroups()
	if len(groups) != 3 {
		t.Fatalf("groups: %v", groups)
	}
	g := groups[1]
	want(t, "joined", g.GetOrigins()[0].GetSource()+" "+g.GetOrigins()[1].GetSource(), "sources/S4 sources/S6")
	if j := g.GetJoints(); len(j) != 1 || j[0].GetKnown() || len(j[0].GetTies()) != 1 || len(j[0].GetThrough()) != 0 {
		t.Errorf("joints of S4 and S6: %v", j)
	}
	if g.GetKnownDistinct() != 2 || !g.GetGrounded() || groups[2].GetGrounded() {
		t.Errorf("S4 with S6 add 2 to at most and one to at least, S8 is not grounded: %v", groups)
	}
}

func TestOctoberArticleThatQuotesEverybody(t *testing.T) {
	m := octoberOccurrence()
	m.claim("S11", asserts, nil)
	s := m.assess()
	want(t, "supporting", ranged(s.GetSupporting()), "2 to 4")
	want(t, "its origins", countedOrigins(s.GetSupporting()), "S1 S4 S6 S8")
	want(t, "denying", ranged(s.GetDenying()), "1 to 1")
	want(t, "its origins", countedOrigins(s.GetDenying()), "S7")
	want(t, "left out", leftOut(s.GetSupporting(), "S11"),
		"origin_takes_another_stance S12 S7; unresolved_relay S1 S8")
	u := s.GetSupporting().GetUnresolved()
	if len(u) != 1 || u[0].GetCounted() {
		t.Fatalf("unresolved: %v", u)
	}
	want(t, "possible origins", short(u[0].GetPossibleOrigins()), "S1 S10 S8")
}

func TestOctoberCount(t *testing.T) {
	m := octoberCount()
	m.Value = low(501)
	s := m.assess()
	want(t, "speaking to it", ranged(s.GetSupporting()), "2 to 5")
	want(t, "its origins", countedOrigins(s.GetSupporting()), "S1 S13 S2 S4 S6")
	want(t, "S3 speaks to it", leftOut(s.GetSupporting(), "S3"), "repeats_counted_origin S1")
	want(t, "denying", ranged(s.GetDenying()), "0 to 0")
	want(t, "S8", ranged(s.GetNotConfirming()), "1 to 1")
	for _, c := range []struct{ label, bounds, origins string }{
		{"at least 501", "2 to 4", "S1 S2 S4 S6"},
		{"at least 540", "1 to 2", "S1 S2"},
		{"at least 601", "0 to 0", ""},
		{"at most 600", "1 to 1", "S13"},
		{"at most 660", "1 to 3", "S1 S13 S2"},
	} {
		v := valueLabelled(s, c.label)
		want(t, c.label, ranged(v.GetSupport()), c.bounds)
		want(t, c.label+" origins", countedOrigins(v.GetSupport()), c.origins)
		if v.GetDetermined() != (c.label == "at least 501") {
			t.Errorf("%s: determined is %v", c.label, v.GetDetermined())
		}
	}
	if len(s.GetValues()) != 5 {
		t.Errorf("values: %v", s.GetValues())
	}
	above := valueLabelled(s, "at least 501").GetSupport()
	want(t, "S3", leftOut(above, "S3"), "differs_from_origin S1")
	want(t, "S13", leftOut(above, "S13"), "does_not_entail")
	want(t, "S14", leftOut(above, "S14"), "repeats_counted_origin S6")
	f := s.GetFlags()
	if len(f) != 1 || f[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS ||
		f[0].GetClaim() != "claims/S3" || f[0].GetOrigin() != "sources/S1" {
		t.Errorf("flags: %v", f)
	}
	a := s.GetAgreement()
	if len(a) != 1 {
		t.Fatalf("agreement: %v", a)
	}
	want(t, "agreement", a[0].GetLabel(), "540-600")
	want(t, "agreeing", short(a[0].GetOrigins()), "S1 S13 S2 S4 S6")
	want(t, "claims", short(a[0].GetClaims()), "S1 S13 S14 S2 S4 S6 S9")
	if a[0].GetAtLeast() != 2 || a[0].GetAtMost() != 5 {
		t.Errorf("agreement: %v", a[0])
	}
}

func TestOctoberFigure(t *testing.T) {
	f := corroboration.FigureOf(octoberCount().assess())
	if f.Low == nil || *f.Low != 501 || f.High != nil {
		t.Errorf("501 or more, its high open: %v %v", f.Low, f.High)
	}
	want(t, "low rests on", short(f.LowOrigins), "S1 S2 S4 S6")
	if f.LowSingle == nil || *f.LowSingle != 540 || f.HighSingle == nil || *f.HighSingle != 600 {
		t.Errorf("were one enough: %v %v", f.LowSingle, f.HighSingle)
	}
	want(t, "540 rests on", short(f.LowSingleOrigins), "S1 S2")
	want(t, "600 rests on", short(f.HighSingleOrigins), "S13")
}

func TestOctoberPlace(t *testing.T) {
	s := octoberPlace().assess()
	for label, bounds := range map[string]string{
		"via places/hunchun": "2 to 2", "via places/dandong": "2 to 2",
		"via places/tumen": "1 to 1", "via places/changbai": "1 to 1", "via places/nanping": "1 to 1",
		"at places/jilin": "1 to 1", "from places/jilin": "1 to 1",
	} {
		want(t, label, ranged(valueLabelled(s, label).GetSupport()), bounds)
	}
	hunchun := valueLabelled(s, "via places/hunchun").GetSupport()
	want(t, "S6", leftOut(hunchun, "S6"), "does_not_entail")
	want(t, "S8", leftOut(hunchun, "S8"), "does_not_entail")
	want(t, "best supported first", s.GetAgreement()[0].GetLabel(), "via places/dandong")
	want(t, "then", s.GetAgreement()[1].GetLabel(), "via places/hunchun")
}

func TestOctoberTime(t *testing.T) {
	m := october(tumenv1.Aspect_ASPECT_TIME)
	m.claim("S1", asserts, &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{Edtf: "2023-10-09", Night: true}}})
	m.claim("S4", asserts, &tumenv1.Value{Kind: &tumenv1.Value_Time{Time: &tumenv1.Time{
		Edtf: "2023-10-09", TimeOfDay: "19:30", TimeOfDayApproximate: true, UtcOffset: "+08:00",
	}}})
	m.Value = when("2023-10")
	s := m.assess()
	want(t, "the month", ranged(valueLabelled(s, "2023-10").GetSupport()), "2 to 2")
	want(t, "the night", ranged(valueLabelled(s, "night of 2023-10-09").GetSupport()), "2 to 2")
	want(t, "the evening", ranged(valueLabelled(s, "2023-10-09, about 19:30 +08:00").GetSupport()), "1 to 1")
	a := s.GetAgreement()
	if len(a) != 1 {
		t.Fatalf("agreement: %v", a)
	}
	want(t, "agreeing", short(a[0].GetOrigins()), "S1 S4")
}
