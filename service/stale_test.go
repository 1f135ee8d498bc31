package service_test

import (
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// updateSource changes a source of the matter.
func (r *review) updateSource(key string, change func(*tumenv1.Source), paths ...string) {
	r.t.Helper()
	s, err := r.worker.sources.GetSource(r.ctx, &tumenv1.GetSourceRequest{Name: r.names[key]})
	ok(r.t, err)
	change(s.GetSource())
	_, err = r.worker.sources.UpdateSource(r.ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "changed", UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	ok(r.t, err)
}

func (r *review) claimed(key string) *tumenv1.Claim {
	r.t.Helper()
	c, err := r.worker.claims.GetClaim(r.ctx, &tumenv1.GetClaimRequest{Name: r.names[key]})
	ok(r.t, err)
	return c.GetClaim()
}

// isStale reads everything that tells whether a finding is stale: the finding,
// the list, the queue; before the change has been carried on and after.
func (r *review) isStale(name string, want bool) {
	r.t.Helper()
	for _, when := range []string{"at once", "when carried on"} {
		if f := r.current(r.first, name); f.GetStale() != want {
			r.t.Errorf("%s: stale %v (%v), want %v", when, f.GetStale(), f.GetStaleReasons(), want)
		}
		out, err := r.first.findings.ListFindings(r.ctx, &tumenv1.ListFindingsRequest{Parent: "cases/-", Stale: true})
		ok(r.t, err)
		if got := len(out.GetFindings()); got != map[bool]int{true: 1}[want] {
			r.t.Errorf("%s: %d listed as stale", when, got)
		}
		if got := len(r.queue(r.first, 50)); got != map[bool]int{true: 1}[want] {
			r.t.Errorf("%s: %d in the queue", when, got)
		}
		r.caughtUp()
	}
}

const cS1, cS4 = "C-S1-E1-ASPECT_OCCURRENCE", "C-S4-E1-ASPECT_OCCURRENCE"

func TestWhatMakesADecidedFindingStale(t *testing.T) {
	relays := func(keys ...string) func(r *review) {
		return func(r *review) {
			r.updateSource("S2", func(s *tumenv1.Source) {
				s.Basis = relayed
				for _, k := range keys {
					s.Relays = append(s.Relays, &tumenv1.Relay{Source: r.names[k], Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES})
				}
			}, "basis", "relays")
		}
	}
	for _, c := range []struct {
		name   string
		before func(*review) // before it is decided
		change func(*review)
		stale  bool
	}{
		{"a retracted claim", nil, func(r *review) {
			c := r.claimed(cS4)
			_, err := r.worker.claims.RetractClaim(r.ctx, &tumenv1.RetractClaimRequest{Name: c.GetName(), Etag: c.GetEtag(), Reason: "withdrawn"})
			ok(r.t, err)
		}, true},
		{"a superseded claim", nil, func(r *review) {
			c := r.claimed(cS4)
			_, err := r.worker.claims.SupersedeClaim(r.ctx, &tumenv1.SupersedeClaimRequest{Name: c.GetName(), Etag: c.GetEtag(), Reason: "said otherwise",
				Replacement: &tumenv1.Claim{Source: c.GetSource(), Subjects: c.GetSubjects(), Aspect: c.GetAspect(), Stance: unsure}})
			ok(r.t, err)
		}, true},
		{"a claim that says more", nil, func(r *review) {
			c := r.claimed(cS1)
			c.Speaker, c.Basis = "a spokesperson", official
			_, err := r.worker.claims.UpdateClaim(r.ctx, &tumenv1.UpdateClaimRequest{Claim: c, Reason: "read again", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"speaker", "basis"}}})
			ok(r.t, err)
		}, true},
		{"another basis of a source", nil, func(r *review) {
			r.updateSource("S1", func(s *tumenv1.Source) { s.Basis = unstated }, "basis")
		}, true},
		{"a relay of a source that spoke for itself", func(r *review) {
			r.apply(r.worker, false, claim("S2", "E1", occurrence, asserts, nil))
		}, relays("S1"), true},
		{"a title", nil, func(r *review) {
			r.updateSource("S1", func(s *tumenv1.Source) { s.Title = "Justice For North Korea" }, "title")
		}, false},
		{"notes on a claim", nil, func(r *review) {
			c := r.claimed(cS1)
			c.Notes = "see the file"
			_, err := r.worker.claims.UpdateClaim(r.ctx, &tumenv1.UpdateClaimRequest{Claim: c, Reason: "noted", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
			ok(r.t, err)
		}, false},
		{"a claim on another aspect", nil, func(r *review) {
			r.apply(r.worker, false, claim("S10", "E1", count, asserts, atLeast(7)))
		}, false},
		{"a tie of sources elsewhere", nil, func(r *review) {
			_, err := r.worker.sources.CreateTie(r.ctx, &tumenv1.CreateTieRequest{Reason: "known", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_SAME_CONTACT, A: r.names["S13"], B: r.names["S14"]}})
			ok(r.t, err)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := startReview(t)
			r.t = t
			if c.before != nil {
				c.before(r)
			}
			f := r.decided()
			r.isStale(f.GetName(), false)
			c.change(r)
			r.isStale(f.GetName(), c.stale)
		})
	}
}

func TestATieComesAndGoes(t *testing.T) {
	r := startReview(t)
	f := r.decided()
	tie, err := r.worker.sources.GetTie(r.ctx, &tumenv1.GetTieRequest{Name: r.names["T1"]})
	ok(t, err)
	gone, err := r.worker.sources.DeleteTie(r.ctx, &tumenv1.DeleteTieRequest{Name: r.names["T1"], Etag: tie.GetTie().GetEtag(), Reason: "separated"})
	ok(t, err)
	r.isStale(f.GetName(), true)
	back, err := r.worker.sources.UndeleteTie(r.ctx, &tumenv1.UndeleteTieRequest{Name: r.names["T1"], Etag: gone.GetTie().GetEtag(), Reason: "after all"})
	ok(t, err)
	r.isStale(f.GetName(), false)
	// Moved to sources that have nothing to do with it: those it left are looked at.
	moved := back.GetTie()
	moved.A, moved.B = r.names["S13"], r.names["S14"]
	_, err = r.worker.sources.UpdateTie(r.ctx, &tumenv1.UpdateTieRequest{Tie: moved, Reason: "mistaken", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"a", "b"}}})
	ok(t, err)
	r.isStale(f.GetName(), true)
}

func TestAPlaceThatMovesIsLookedAtAgain(t *testing.T) {
	r := startReview(t)
	camp, err := r.worker.places.CreatePlace(r.ctx, &tumenv1.CreatePlaceRequest{Reason: "recorded", Place: &tumenv1.Place{
		Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: "places/hunchun"}})
	ok(t, err)
	r.apply(r.worker, false, claim("S13", "E1", onPlace, asserts, &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{
		Places: []*tumenv1.PlaceValue{{Place: camp.GetPlace().GetName(), Part: tumenv1.PlacePart_PLACE_PART_VIA}}}}}))
	c := r.corroborated()
	c.AddressedDenials, c.Value = nil, via("hunchun")
	f, err := r.propose(r.open(r.finding(r.first, "E1", onPlace)), c)
	ok(t, err)
	f, err = r.approve(r.second, f)
	ok(t, err)
	r.isStale(f.GetName(), false)
	p := camp.GetPlace()
	p.ContainedIn = "places/dandong"
	_, err = r.worker.places.UpdatePlace(r.ctx, &tumenv1.UpdatePlaceRequest{Place: p, Reason: "elsewhere", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"contained_in"}}})
	ok(t, err)
	r.isStale(f.GetName(), true)
}

func TestFindingsOnPeopleAndTheirInvolvement(t *testing.T) {
	i := startIdentities(t)
	inv, err := i.worker.cases.CreateInvolvement(i.ctx, &tumenv1.CreateInvolvementRequest{Parent: caseOf(i.october), Reason: "recorded", Involvement: &tumenv1.Involvement{
		Event: i.names["E1"], Who: &tumenv1.Involvement_Person{Person: i.person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}})
	ok(t, err)
	name := inv.GetInvolvement().GetName()
	if len(inv.GetInvolvement().GetStatusClaims()) != 0 {
		t.Error("a status that nobody claims")
	}
	held := &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: "held"}}}
	for _, s := range []string{"S1", "S4"} {
		i.apply(i.worker, false, claim(s, name, tumenv1.Aspect_ASPECT_CUSTODY_STATUS, asserts, held))
	}
	got, err := i.first.cases.GetInvolvement(i.ctx, &tumenv1.GetInvolvementRequest{Name: name})
	ok(t, err)
	if len(got.GetInvolvement().GetStatusClaims()) != 2 {
		t.Errorf("status rests on %v", got.GetInvolvement().GetStatusClaims())
	}
	p, err := i.first.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	if len(p.GetPerson().GetNameClaims()) != 3 {
		t.Errorf("the name rests on %v", p.GetPerson().GetNameClaims())
	}
	out, err := i.first.findings.ListFindings(i.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(i.october), Subject: name})
	ok(t, err)
	c := i.corroborated()
	c.AddressedDenials = nil
	c.Value = &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: "no-such-status"}}}
	f := i.open(out.GetFindings()[0])
	if _, err = i.propose(f, c); err == nil {
		t.Error("proposed a status that is in no list")
	}
	c.Value = held
	f, err = i.propose(f, c)
	ok(t, err)
	f, err = i.approve(i.second, f)
	ok(t, err)
	if f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED {
		t.Errorf("decided: %s", f.GetState())
	}
}
