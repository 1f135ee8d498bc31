package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// turned deletes or undeletes a record of a kind, and gives the error.
func (o *october) turned(verb, word, name string) error {
	o.t.Helper()
	for _, k := range kinds() {
		if k.word == word {
			rec, err := k.get(o.t, o, o.worker, name)
			ok(o.t, err)
			_, err = k.whole(o.t, o, o.worker, verb, name, rec.GetEtag())
			return err
		}
	}
	o.t.Fatalf("no kind %s", word)
	return nil
}

func (o *october) ownTerm(vocabulary tumenv1.Vocabulary, code string) string {
	o.t.Helper()
	out, err := o.worker.terms.CreateTerm(o.ctx, &tumenv1.CreateTermRequest{Reason: "needed", Term: &tumenv1.Term{
		Vocabulary: vocabulary, Code: code, Names: []*tumenv1.TermLabel{{Language: "en", Text: code}}}})
	ok(o.t, err)
	return out.GetTerm().GetName()
}

func (o *october) ownPlace(inside string) string {
	o.t.Helper()
	out, err := o.worker.places.CreatePlace(o.ctx, &tumenv1.CreatePlaceRequest{Reason: "recorded", Place: &tumenv1.Place{
		Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: inside}})
	ok(o.t, err)
	return out.GetPlace().GetName()
}

func (o *october) ownEvent(e *tumenv1.Event) string {
	o.t.Helper()
	out, err := o.worker.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(o), Event: e, Reason: "recorded"})
	ok(o.t, err)
	return out.GetEvent().GetName()
}

func (o *october) ownClaim(c *tumenv1.Claim) *tumenv1.Claim {
	o.t.Helper()
	out, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(o), Claim: c, Reason: "recorded"})
	ok(o.t, err)
	return out.GetClaim()
}

func TestWhatIsInUseIsNotDeletedWhateverItsKind(t *testing.T) {
	const statuses, acts, sourceKinds = tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES, tumenv1.Vocabulary_VOCABULARY_ACTS, tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS
	held := func(code string) *tumenv1.Value {
		return &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: code}}}
	}
	at := func(place string) *tumenv1.Value {
		return &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Place: place, Part: tumenv1.PlacePart_PLACE_PART_AT}}}}}
	}
	for _, c := range []struct {
		name string
		use  func(o *october) (word, used, by string)
		free func(o *october, by string) // nil: what uses it is deleted, by its kind's word
		user string
	}{
		{"the whole of an event", func(o *october) (string, string, string) {
			whole := o.ownEvent(&tumenv1.Event{Act: "arrest"})
			return "event", whole, o.ownEvent(&tumenv1.Event{Act: "arrest", PartOf: whole})
		}, nil, "event"},
		{"a place of an event", func(o *october) (string, string, string) {
			place := o.ownPlace("")
			return "place", place, o.ownEvent(&tumenv1.Event{Act: "arrest", Places: []*tumenv1.PlaceValue{{Place: place, Part: tumenv1.PlacePart_PLACE_PART_AT}}})
		}, nil, "event"},
		{"a place that another lies in", func(o *october) (string, string, string) {
			place := o.ownPlace("places/yanji")
			return "place", place, o.ownPlace(place)
		}, nil, "place"},
		{"a place that a claim names", func(o *october) (string, string, string) {
			place := o.ownPlace("")
			return "place", place, o.ownClaim(&tumenv1.Claim{Source: o.names["S1"], Subjects: []string{o.names["E1"]}, Aspect: onPlace, Stance: asserts, Value: at(place)}).GetName()
		}, (*october).retract, ""},
		{"the act of an event", func(o *october) (string, string, string) {
			return "term", o.ownTerm(acts, "x-removal"), o.ownEvent(&tumenv1.Event{Act: "x-removal"})
		}, nil, "event"},
		{"the kind of a source", func(o *october) (string, string, string) {
			term := o.ownTerm(sourceKinds, "x-leaflet")
			out, err := o.worker.sources.CreateSource(o.ctx, &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "x-leaflet", Title: "a leaflet", Basis: own}, Reason: "recorded"})
			ok(o.t, err)
			return "term", term, out.GetSource().GetName()
		}, nil, "source"},
		{"the status of an involvement", func(o *october) (string, string, string) {
			term := o.ownTerm(statuses, "x-moved")
			out, err := o.worker.cases.CreateInvolvement(o.ctx, &tumenv1.CreateInvolvementRequest{Parent: caseOf(o), Reason: "recorded", Involvement: &tumenv1.Involvement{
				Event: o.names["E5"], Who: &tumenv1.Involvement_Unnamed{Unnamed: "a group"}, CustodyStatus: "x-moved",
				Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}})
			ok(o.t, err)
			return "term", term, out.GetInvolvement().GetName()
		}, nil, "involvement"},
		{"the status that a claim gives", func(o *october) (string, string, string) {
			term := o.ownTerm(statuses, "x-moved")
			o.involve("I1", "E5", "")
			return "term", term, o.ownClaim(&tumenv1.Claim{Source: o.names["S1"], Subjects: []string{o.names["I1"]}, Aspect: tumenv1.Aspect_ASPECT_CUSTODY_STATUS, Stance: asserts, Value: held("x-moved")}).GetName()
		}, (*october).retract, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := loadOctober(t)
			o.t = t
			word, used, by := c.use(o)
			refused(t, o.turned("Delete", word, used), codes.FailedPrecondition, "IN_USE", by)
			if c.free != nil {
				c.free(o, by)
			} else {
				ok(t, o.turned("Delete", c.user, by))
			}
			ok(t, o.turned("Delete", word, used))
			if word == c.user { // nor does the part come back without its whole
				refused(t, o.turned("Undelete", c.user, by), codes.FailedPrecondition, "FOUNDATION_DELETED", used)
			}
		})
	}
}

func (o *october) retract(claim string) {
	o.t.Helper()
	c, err := o.worker.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: claim})
	ok(o.t, err)
	_, err = o.worker.claims.RetractClaim(o.ctx, &tumenv1.RetractClaimRequest{Name: claim, Etag: c.GetClaim().GetEtag(), Reason: "withdrawn"})
	ok(o.t, err)
}

func TestAClaimThatIsNoLongerInForceStaysAsItWas(t *testing.T) {
	r := startReview(t)
	c := r.claimed(cS1)
	_, err := r.worker.claims.SupersedeClaim(r.ctx, &tumenv1.SupersedeClaimRequest{Name: c.GetName(), Etag: c.GetEtag(), Reason: "said otherwise",
		Replacement: &tumenv1.Claim{Source: c.GetSource(), Subjects: c.GetSubjects(), Aspect: c.GetAspect(), Stance: unsure}})
	ok(t, err)
	r.retract(r.names[cS4])
	for _, key := range []string{cS1, cS4} {
		old := r.claimed(key)
		old.Notes = "changed afterwards"
		_, err := r.worker.claims.UpdateClaim(r.ctx, &tumenv1.UpdateClaimRequest{Claim: old, Reason: "noted", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
		refused(t, err, codes.FailedPrecondition, "CLAIM_NOT_ACTIVE")
		history, err := r.worker.records.ListRevisions(r.ctx, &tumenv1.ListRevisionsRequest{Name: old.GetName()})
		ok(t, err)
		if len(history.GetRevisions()) != 2 {
			t.Errorf("%d revisions", len(history.GetRevisions()))
		}
	}
}
