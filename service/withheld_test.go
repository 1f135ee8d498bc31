package service_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

func TestSourcesOfACaseAreThoseOfClaimsOneSees(t *testing.T) {
	o := loadOctober(t)
	o.hide(o.names["C-S10-E2-"+count.String()])
	for m, want := range map[*member]bool{o.worker: true, o.limited("low"): false} {
		out, err := m.sources.ListSources(o.ctx, &tumenv1.ListSourcesRequest{Case: caseOf(o)})
		ok(t, err)
		got := slices.ContainsFunc(out.GetSources(), func(s *tumenv1.Source) bool { return s.GetName() == o.names["S10"] })
		if got != want {
			t.Errorf("S10 is given: %v, want %v", got, want)
		}
	}
}

func TestPlacesInsideAnotherAreThoseByPlacesOneSees(t *testing.T) {
	o := loadOctober(t)
	place := func(inside string) *tumenv1.Record {
		return &tumenv1.Record{Record: &tumenv1.Record_Place{Place: &tumenv1.Place{
			Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: inside}}}
	}
	o.apply(o.worker, false, doc("camp", place("places/yanji")), doc("cell", place("camp")))
	o.hide(o.names["camp"])
	for m, want := range map[*member]int{o.worker: 2, o.limited("low"): 0} {
		out, err := m.places.ListPlaces(o.ctx, &tumenv1.ListPlacesRequest{ContainedIn: "places/yanji"})
		ok(t, err)
		if len(out.GetPlaces()) != want {
			t.Errorf("%d places, want %d", len(out.GetPlaces()), want)
		}
	}
	// What lies inside what also decides which claims support a place.
	o.apply(o.worker, false, claim("S2", "E3", onPlace, asserts, via("yanji")), claim("S4", "E3", onPlace, asserts,
		&tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Place: "cell", Part: tumenv1.PlacePart_PLACE_PART_VIA}}}}}))
	for m, want := range map[*member]string{o.worker: "S2 S4", o.limited("low-2"): "S2"} {
		if got := o.origins(value(o.finding(m, "E3", onPlace), "via places/yanji")); got != want {
			t.Errorf("via Yanji rests on %q, want %q", got, want)
		}
	}
}

func TestHeadlineIsOfTheFirstEventOneSees(t *testing.T) {
	o := loadOctober(t)
	o.put(caseOf(o), func(rec records.Record) { rec.(*tumenv1.Case).PrincipalEvent = "" })
	o.hide(o.names["E1"])
	for m, want := range map[*member]string{o.worker: "E1", o.limited("low"): "E2"} {
		c, err := m.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
		ok(t, err)
		if got := o.keys[c.GetCase().GetHeadline().GetEvent()]; got != want {
			t.Errorf("the headline is of %q, want %q", got, want)
		}
		if withheld := len(c.GetCase().GetWithheld()) > 0; withheld != (want == "E2") {
			t.Errorf("withheld: %v", c.GetCase().GetWithheld())
		}
	}
}

func TestTotalsAreOfWhatOneSees(t *testing.T) {
	req := &tumenv1.CountPeopleRequest{Act: "refoulement", Within: "2023-08"}
	for _, c := range []struct {
		name             string
		hide             func(*october)
		all, some        int64
		persons, andSome int64
	}{
		{"a hidden count finding", func(o *october) { o.hide(o.decide("E3", count, exactly(90))) }, 90, 80, 0, 0},
		{"a hidden claim", func(o *october) { o.hide(o.names["C-S6-E3-"+count.String()]) }, 80, 0, 0, 0},
		{"a claim of a hidden source", func(o *october) { o.hide(o.names["S6"]) }, 80, 0, 0, 0},
		{"a hidden person", func(o *october) {
			o.person("P1")
			o.involve("I1", "E3", "P1")
			o.hide(o.names["P1"])
		}, 80, 80, 1, 0},
		{"a hidden involvement", func(o *october) {
			o.person("P1")
			o.involve("I1", "E3", "P1")
			o.hide(o.names["I1"])
		}, 80, 80, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := loadOctober(t)
			c.hide(o)
			all, some := o.count(o.worker, req)[0], o.count(o.limited("low"), req)[0]
			if all.GetLow() != c.all || all.GetNamedPersons() != c.persons {
				t.Errorf("who sees everything: %d, by name %d", all.GetLow(), all.GetNamedPersons())
			}
			if some.GetLow() != c.some || some.GetNamedPersons() != c.andSome {
				t.Errorf("who does not: %d, by name %d", some.GetLow(), some.GetNamedPersons())
			}
			says(t, []string{some.GetContributions()[0].GetExplanation()}, "withheld from you.")
			says(t, some.GetNotes(), "Part of what bears on E3 is withheld from you")
			if strings.Contains(all.GetContributions()[0].GetExplanation()+strings.Join(all.GetNotes(), ""), "withheld") {
				t.Errorf("who sees everything is told: %v", all)
			}
		})
	}
}

// person records a person under a key.
func (o *october) person(key string) {
	o.t.Helper()
	p := &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: "Kim Unseen"}}}
	o.apply(o.worker, false, doc(key, &tumenv1.Record{Record: &tumenv1.Record_Person{Person: p}}))
}

func TestWhatAFigureWasApprovedOnIsNotNamedInPart(t *testing.T) {
	o := loadOctober(t)
	name := o.decide("E3", count, exactly(80))
	o.put(name, func(rec records.Record) {
		f := rec.(*tumenv1.Finding)
		f.ApprovedSupport = &tumenv1.Support{Values: []*tumenv1.ValueSupport{{Determined: true, Support: &tumenv1.StanceSupport{
			Groups: []*tumenv1.OriginGroup{{Origins: []*tumenv1.Origin{{Source: o.names["S6"]}}}}}}}}
		f.ApprovedEvidence = []*tumenv1.Evidence{{Name: o.names["C-S6-E3-"+count.String()], Revision: 1}}
	})
	o.hide(o.names["C-S6-E3-"+count.String()])
	req := &tumenv1.CountPeopleRequest{Act: "refoulement", Within: "2023-08"}
	if got := o.keysOf(o.count(o.worker, req)[0].GetContributions()[0].GetSources()); got != "S6" {
		t.Errorf("who sees everything is told of %q", got)
	}
	if got := o.keysOf(o.count(o.limited("low"), req)[0].GetContributions()[0].GetSources()); got != "" {
		t.Errorf("who does not is told of %q", got)
	}
}

func TestReasonsOfStalenessNameNothingHidden(t *testing.T) {
	r := startReview(t)
	key := "C-S1-E1-" + occurrence.String()
	f, err := r.propose(r.open(r.finding(r.first, "E1", occurrence)), r.corroborated())
	ok(t, err)
	_, err = r.approve(r.second, f)
	ok(t, err)
	r.mark(key, red)
	c := r.worker
	claim, err := c.claims.GetClaim(r.ctx, &tumenv1.GetClaimRequest{Name: r.names[key]})
	ok(t, err)
	_, err = c.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: r.names[key], Etag: claim.GetClaim().GetEtag(), Reason: "withdrawn"})
	ok(t, err)
	low := r.limited("low")
	seen := r.finding(low, "E1", occurrence)
	if !seen.GetStale() || len(seen.GetWithheld()) == 0 {
		t.Errorf("stale %v, withheld %v", seen.GetStale(), seen.GetWithheld())
	}
	nothingNamed(t, r, seen, r.names[key])
}

// TestRefusalsTellNothingOfHiddenRecords: an error says of a hidden record what it
// says of one that is not there, or that something is withheld.
func TestRefusalsTellNothingOfHiddenRecords(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	o.apply(o.worker, false, source("S20", "news", "hidden", own), source("S21", "news", "relays", relayed, "S4", "S1"),
		claim("S21", "E5", occurrence, asserts, nil, "S1"))
	o.hide(o.names["S20"])
	o.hide(o.names["C-S21-E5-"+occurrence.String()])

	t.Run("a claim that relays, of a hidden source", func(t *testing.T) {
		create := func(source string) error {
			_, err := low.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(o), Reason: "heard", Claim: &tumenv1.Claim{
				Source: source, Subjects: []string{o.names["E5"]}, Aspect: occurrence, Stance: asserts, Relays: []string{o.names["S1"]}}})
			return err
		}
		hidden := o.names["S20"]
		if got, want := told(create(hidden), hidden), told(create(absent(hidden)), absent(hidden)); got != want {
			t.Errorf("told %s\nwant %s", got, want)
		}
	})
	t.Run("a relay that a hidden claim needs", func(t *testing.T) {
		s, err := low.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S21"]})
		ok(t, err)
		s.GetSource().Relays = s.GetSource().GetRelays()[:1]
		_, err = low.sources.UpdateSource(o.ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "not so", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"relays"}}})
		if err == nil || strings.Contains(told(err), o.names["C-S21-E5-"+occurrence.String()]) || !strings.Contains(told(err), "withheld from you") {
			t.Errorf("told %s", told(err))
		}
	})
	t.Run("a matter with the key of a hidden record", func(t *testing.T) {
		send := func(key string) string {
			d := claim(key, "E5", occurrence, asserts, nil)
			d.Key = "C-new"
			_, err := applyMatter(o.world, low, false, d)
			return told(err, key)
		}
		if got, want := send("S20"), send("S99"); got != want {
			t.Errorf("told %s\nwant %s", got, want)
		}
	})
	t.Run("a grade that hidden evidence does not bear out", func(t *testing.T) {
		o.hide(o.names["C-S6-E3-"+count.String()])
		d := claim("S4", "E3", count, asserts, exactly(30))
		d.GetRecord().GetClaim().Credibility, d.GetRecord().GetClaim().CredibilityReason = tumenv1.Credibility_CREDIBILITY_CONFIRMED, "so it is"
		_, err := applyMatter(o.world, low, false, d)
		if err == nil || strings.Contains(told(err), "it is at least") || !strings.Contains(told(err), "withheld from you") {
			t.Errorf("told %s", told(err))
		}
	})
}
