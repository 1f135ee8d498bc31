package service_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

func (o *october) count(m *member, req *tumenv1.CountPeopleRequest) []*tumenv1.Total {
	o.t.Helper()
	out, err := m.stats.CountPeople(o.ctx, req)
	ok(o.t, err)
	return out.GetTotals()
}

// refouled is the total of the repatriations of 2023.
func (o *october) refouled() *tumenv1.Total {
	o.t.Helper()
	totals := o.count(o.worker, &tumenv1.CountPeopleRequest{Act: "refoulement", Within: "2023"})
	if len(totals) != 1 {
		o.t.Fatalf("%d totals, want one", len(totals))
	}
	return totals[0]
}

// contribution is what a keyed event adds.
func (o *october) contribution(total *tumenv1.Total, key string) *tumenv1.Contribution {
	o.t.Helper()
	for _, c := range total.GetContributions() {
		if c.GetEvent() == o.names[key] {
			return c
		}
	}
	o.t.Fatalf("%s is not in %v", key, total)
	return nil
}

func (o *october) keysOf(names []string) string {
	var keys []string
	for _, n := range names {
		keys = append(keys, o.keys[n])
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// changed applies a document of an event with a change.
func (o *october) changed(key, act, when string, change func(*tumenv1.Event)) {
	o.t.Helper()
	d := event(key, act, when)
	d.Case = "october-2023"
	change(d.GetRecord().GetEvent())
	o.apply(o.worker, false, d)
}

func says(t *testing.T, texts []string, want string) {
	t.Helper()
	if !strings.Contains(strings.Join(texts, "\n"), want) {
		t.Errorf("nothing says %q in:\n%s", want, strings.Join(texts, "\n"))
	}
}

func TestPeopleSentBackIn2023AreCountedFromClaims(t *testing.T) {
	o := loadOctober(t)
	total := o.refouled()
	if total.GetLow() != 621 || total.High != nil {
		t.Errorf("%d to %v, want at least 621 and open", total.GetLow(), total.High)
	}
	if got := o.contribution(total, "E1"); got.GetLow() != 501 || got.High != nil || got.GetSingleSource() || got.GetBasis() != tumenv1.CountBasis_COUNT_BASIS_CLAIMS {
		t.Errorf("E1: %v", got)
	} else if s := o.keysOf(got.GetSources()); s != "S1 S2 S4 S6" {
		t.Errorf("E1 rests on %q", s)
	} else {
		says(t, []string{got.GetExplanation()}, "At most 600 is sure of only one independent origin and is not used.")
	}
	for key, n := range map[string]int64{"E3": 80, "E4": 40} {
		if got := o.contribution(total, key); got.GetLow() != n || got.GetHigh() != n || !got.GetSingleSource() || o.keysOf(got.GetSources()) != "S6" {
			t.Errorf("%s: %v", key, got)
		}
	}
	says(t, total.GetNotes(), "E3 and E4 rest on one source each.")
	says(t, total.GetNotes(), "no upper bound counts for E1")

	for _, other := range o.count(o.worker, &tumenv1.CountPeopleRequest{}) {
		if other.GetAct() == "detention" && (other.GetLow() != 2001 || len(other.GetContributions()) != 1) {
			t.Errorf("detention: %v", other)
		}
	}
}

func TestABusloadRecordedAsAPartIsCountedOnce(t *testing.T) {
	o := loadOctober(t)
	o.changed("B", "refoulement", "2023-10-09", func(e *tumenv1.Event) {
		e.PartOf, e.People = "E1", &tumenv1.Count{Low: proto.Int64(45), High: proto.Int64(45)}
	})
	total := o.refouled()
	if total.GetLow() != 621 {
		t.Errorf("low %d, want 621", total.GetLow())
	}
	b := o.contribution(total, "B")
	if b.GetCounted() || b.GetWithinEvent() != o.names["E1"] || b.GetBasis() != tumenv1.CountBasis_COUNT_BASIS_RECORDED || b.GetLow() != 45 {
		t.Errorf("the bus: %v", b)
	}
	says(t, total.GetNotes(), "B is part of E1 and not added to it.")
}

// A part whose whole was not asked for still belongs to what that is part of.
func TestPartsAreFollowedThroughEventsThatWereNotAskedFor(t *testing.T) {
	o := loadOctober(t)
	o.changed("train", "refoulement", "2022-01", func(e *tumenv1.Event) { e.PartOf = "E1" })
	o.changed("car", "refoulement", "2023-10-09", func(e *tumenv1.Event) {
		e.PartOf, e.People = "train", &tumenv1.Count{Low: proto.Int64(30)}
	})
	total := o.refouled()
	if total.GetLow() != 621 || len(total.GetContributions()) != 4 {
		t.Errorf("low %d of %d events, want 621 of E1, E3, E4 and the car", total.GetLow(), len(total.GetContributions()))
	}
	if got := o.contribution(total, "car"); got.GetWithinEvent() != o.names["E1"] {
		t.Errorf("the car: %v", got)
	}
}

func TestEventsThatMayBeTheSameAreNotAddedUntilTheyAreSeparated(t *testing.T) {
	o := loadOctober(t)
	tie := func(key string, kind tumenv1.TieKind) {
		o.apply(o.worker, false, doc(key, &tumenv1.Record{Record: &tumenv1.Record_Tie{Tie: &tumenv1.Tie{Kind: kind, A: "E4", B: "E3", Grounds: "both from Hunchun"}}}))
	}
	tie("T2", tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME)
	total := o.refouled()
	if total.GetLow() != 581 || len(total.GetOverlaps()) != 1 || o.keysOf(total.GetOverlaps()[0].GetEvents()) != "E3 E4" {
		t.Errorf("low %d, overlaps %v; want 501 and the larger of 80 and 40", total.GetLow(), total.GetOverlaps())
	}
	tie("T3", tumenv1.TieKind_TIE_KIND_SEPARATED)
	if total := o.refouled(); total.GetLow() != 621 || len(total.GetOverlaps()) != 0 {
		t.Errorf("separated: low %d, overlaps %v", total.GetLow(), total.GetOverlaps())
	}
}

func TestWhatOnlyMayLieInThePeriodIsCountedIfAsked(t *testing.T) {
	o := loadOctober(t)
	req := &tumenv1.CountPeopleRequest{OngoingIn: "2020-03"}
	total := o.count(o.worker, req)[0]
	if c := o.contribution(total, "E2"); c.GetCounted() || c.GetDating() != tumenv1.Dating_DATING_MAY_BE || total.GetLow() != 0 || total.High != nil {
		t.Errorf("not asked: %v", total)
	}
	req.IncludeMayBe = true
	if total := o.count(o.worker, req)[0]; total.GetLow() != 2001 || !o.contribution(total, "E2").GetCounted() {
		t.Errorf("asked: %v", total)
	}
}

func TestADecidedCountIsTheFigure(t *testing.T) {
	r := startReview(t)
	c := r.corroborated()
	c.Value, c.AddressedDenials = atLeast(501), nil
	f, err := r.propose(r.open(r.finding(r.first, "E1", count)), c)
	ok(t, err)
	f, err = r.approve(r.second, f)
	ok(t, err)
	total := r.refouled()
	got := r.contribution(total, "E1")
	if got.GetBasis() != tumenv1.CountBasis_COUNT_BASIS_FINDING || got.GetFinding() != f.GetName() || got.GetLow() != 501 || got.GetSingleSource() {
		t.Errorf("E1: %v", got)
	}
	if s := r.keysOf(got.GetSources()); s != "S1 S2 S4 S6" {
		t.Errorf("E1 rests on %q", s)
	}
	r.apply(r.worker, false, claim("S7", "E1", count, unsure, nil))
	says(t, []string{r.contribution(r.refouled(), "E1").GetExplanation()}, "has changed since")
}

func TestWhatWasFoundInaccurateIsNotInTheTotal(t *testing.T) {
	o := loadOctober(t)
	o.put(o.decide("E3", occurrence, nil), func(rec records.Record) {
		f := rec.(*tumenv1.Finding)
		f.State = tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE
		f.Conclusion.Outcome = f.State
	})
	total := o.refouled()
	if total.GetLow() != 541 || o.contribution(total, "E3").GetCounted() {
		t.Errorf("low %d, want 541: without the 80 of E3", total.GetLow())
	}
	says(t, total.GetNotes(), "E3 was found inaccurate; its figures are not in the total")
	row := total.GetByOutcome()[len(total.GetByOutcome())-1]
	if row.GetOutcome() != tumenv1.FindingState_FINDING_STATE_FOUND_INACCURATE || row.GetLow() != 80 || row.GetHigh() != 80 {
		t.Errorf("the split: %v", total.GetByOutcome())
	}
}

func TestNamedVictimsAreCountedOnceAndByThemselves(t *testing.T) {
	o := loadOctober(t)
	in := func(key, event, person string, role tumenv1.InvolvementRole) *tumenv1.MatterDocument {
		d := doc(key, &tumenv1.Record{Record: &tumenv1.Record_Involvement{Involvement: &tumenv1.Involvement{
			Event: event, Who: &tumenv1.Involvement_Person{Person: person}, Role: role}}})
		d.Case = "october-2023"
		return d
	}
	victim, witness := tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM, tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS
	o.apply(o.worker, false,
		doc("P1", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{}}}),
		doc("P2", &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{}}}),
		in("I1", "E1", "P1", victim), in("I2", "E3", "P1", victim), in("I3", "E1", "P2", witness))
	if total := o.refouled(); total.GetNamedPersons() != 1 || total.GetLow() != 621 {
		t.Errorf("%d named, low %d; want one, and the low as before", total.GetNamedPersons(), total.GetLow())
	}
}

func TestCountsAreOfWhatOneMaySee(t *testing.T) {
	o := loadOctober(t)
	reviewer := o.member("reviewer", tumenv1.Role_ROLE_REVIEWER)
	if total := o.count(reviewer, &tumenv1.CountPeopleRequest{Act: "refoulement", Within: "2023"})[0]; total.GetLow() != 621 {
		t.Errorf("a reviewer counts %d", total.GetLow())
	}
	_, err := o.world.admin.CreateOrganisation(o.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "others", DisplayName: "Others"}})
	ok(t, err)
	stranger := o.memberOf("others", "stranger", tumenv1.Role_ROLE_CASE_WORKER)
	if totals := o.count(stranger, &tumenv1.CountPeopleRequest{}); len(totals) != 0 {
		t.Errorf("a stranger counts %v", totals)
	}
	_, err = stranger.stats.CountPeople(o.ctx, &tumenv1.CountPeopleRequest{Case: o.names["october-2023"]})
	refused(t, err, codes.InvalidArgument, "REFERENCE_NOT_FOUND", "case: ")
	_, err = o.member("partner", tumenv1.Role_ROLE_PARTNER).stats.CountPeople(o.ctx, &tumenv1.CountPeopleRequest{})
	if err == nil {
		t.Error("a partner counts")
	}
	_, err = o.worker.stats.CountPeople(o.ctx, &tumenv1.CountPeopleRequest{Within: "2023-02-30"})
	refused(t, err, codes.InvalidArgument, "INVALID_DATE", "within: ")
}

func TestCountsByPlaceAndCase(t *testing.T) {
	o := loadOctober(t)
	totals := o.count(o.worker, &tumenv1.CountPeopleRequest{Case: o.names["october-2023"], Place: "places/hunchun"})
	if len(totals) != 1 || totals[0].GetLow() != 501 || len(totals[0].GetContributions()) != 1 {
		t.Errorf("at Hunchun: %v", totals)
	}
}
