package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// span is at_least and at_most as one word: "2-4".
func span(s *tumenv1.StanceSupport) string {
	return fmt.Sprintf("%d-%d", s.GetAtLeast(), s.GetAtMost())
}

// origins lists the keys of the counted origins, sorted.
func (o *october) origins(s *tumenv1.StanceSupport) string {
	var keys []string
	for _, g := range s.GetGroups() {
		for _, x := range g.GetOrigins() {
			keys = append(keys, o.keys[x.GetSource()])
		}
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

func value(f *tumenv1.Finding, label string) *tumenv1.StanceSupport {
	for _, v := range f.GetSupport().GetValues() {
		if v.GetLabel() == label {
			return v.GetSupport()
		}
	}
	return nil
}

func TestOctoberMatterIsSupportedAsACarefulReaderConcludes(t *testing.T) {
	o := loadOctober(t)
	f := o.finding(o.worker, "E1", occurrence)
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	occurs := func(when string) {
		t.Helper()
		f := o.finding(o.worker, "E1", occurrence)
		check(when+", supporting", span(f.GetSupport().GetSupporting()), "2-4")
		check(when+", its origins", o.origins(f.GetSupport().GetSupporting()), "S1 S4 S6 S8")
		check(when+", denying", span(f.GetSupport().GetDenying()), "1-1")
		check(when+", its origins", o.origins(f.GetSupport().GetDenying()), "S7")
		check(when+", not confirming", o.origins(f.GetSupport().GetNotConfirming()), "S12")
	}
	occurs("occurrence")
	check("state", f.GetState().String(), "FINDING_STATE_REPORTED")

	c := o.finding(o.worker, "E1", count)
	check("count", span(c.GetSupport().GetSupporting()), "2-5")
	check("at least 501", span(value(c, "at least 501")), "2-4")
	check("at most 600", span(value(c, "at most 600")), "1-1")
	check("S13 alone", o.origins(value(c, "at most 600")), "S13")
	flagged := ""
	for _, x := range c.GetSupport().GetFlags() {
		if x.GetKind() == tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS {
			flagged += o.keys[x.GetSource()]
		}
	}
	check("flagged", flagged, "S3")
	agreed := c.GetSupport().GetAgreement()
	if len(agreed) == 0 {
		t.Fatal("nothing agrees")
	}
	check("agreement", fmt.Sprintf("%d-%d", agreed[0].GetValue().GetCount().GetLow(), agreed[0].GetValue().GetCount().GetHigh()), "540-600")
	var agreeing []string
	for _, s := range agreed[0].GetOrigins() {
		agreeing = append(agreeing, o.keys[s])
	}
	slices.Sort(agreeing)
	check("agreeing", strings.Join(agreeing, " "), "S1 S13 S2 S4 S6")

	p := o.finding(o.worker, "E1", onPlace)
	for place, want := range map[string]string{"hunchun": "2-2", "dandong": "2-2", "tumen": "1-1", "changbai": "1-1", "nanping": "1-1"} {
		check(place, span(value(p, "via places/"+place)), want)
	}

	// An article that quotes everybody and says for itself "it occurred".
	o.apply(o.worker, false, claim("S11", "E1", occurrence, asserts, nil))
	occurs("with S11")
}

func TestOctoberMatterIsFoundByTimeAndPlace(t *testing.T) {
	o := loadOctober(t)
	const so, maybe = "DATING_DATED_SO", "DATING_MAY_BE"
	for _, c := range []struct {
		name string
		req  *tumenv1.ListEventsRequest
		want string
	}{
		{"within October 2023", &tumenv1.ListEventsRequest{Within: "2023-10"}, "E1 " + so},
		{"ongoing in October 2023", &tumenv1.ListEventsRequest{OngoingIn: "2023-10"}, "E2 " + so},
		{"ongoing in March 2020", &tumenv1.ListEventsRequest{OngoingIn: "2020-03"}, "E2 " + maybe},
		{"by a place that only claims name", &tumenv1.ListEventsRequest{Place: "places/hunchun"}, "E1 DATING_UNSPECIFIED"},
		{"inside a province", &tumenv1.ListEventsRequest{Place: "places/jilin", Within: "2023"}, "E1 " + so},
		{"by act and period", &tumenv1.ListEventsRequest{Act: "refoulement", Within: "2023-08/2023-09"}, "E3 " + so + ", E4 " + so},
		{"by source", &tumenv1.ListEventsRequest{Source: o.names["S10"]}, "E2 DATING_UNSPECIFIED"},
		{"by external id", &tumenv1.ListEventsRequest{ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "E5"}}, "E5 DATING_UNSPECIFIED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.req.Parent = "cases/-"
			out, err := o.worker.cases.ListEvents(o.ctx, c.req)
			ok(t, err)
			var got []string
			for _, m := range out.GetMatches() {
				got = append(got, o.keys[m.GetEvent().GetName()]+" "+m.GetDating().String())
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), c.want)
			}
		})
	}
	out, err := o.worker.cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{Within: "2023-10", Place: "places/hunchun"})
	ok(t, err)
	if len(out.GetMatches()) != 1 || out.GetMatches()[0].GetDating().String() != so {
		t.Errorf("cases: %v", out.GetMatches())
	}
}
