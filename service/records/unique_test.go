package records

import (
	"fmt"
	"sync"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

func called(issuer, id string) []*tumenv1.ExternalId {
	return []*tumenv1.ExternalId{{Issuer: issuer, Id: id}}
}

// TestExternalIDs: one record of an owner bears an external id at a time, of
// whatever kind.
func TestExternalIDs(t *testing.T) {
	o := openOffice(t, nil)
	a := o.create(&tumenv1.Case{Title: "a", Reference: "2026-B", ExternalIds: called("un", "1")}, "")
	bearer := func(issuer, id string) string {
		var name string
		o.view(func(v *View) error {
			rec, err := v.ByExternalID(o.org, issuer, id)
			if rec != nil {
				name = rec.GetName()
			}
			return err
		})
		return name
	}
	refused := func(what string, change func(*Tx) error) {
		t.Helper()
		if _, err := o.try(change); reasonOf(t, err) != "EXTERNAL_ID_TAKEN" {
			t.Errorf("%s: %v", what, err)
		}
	}
	take := func(tx *Tx) error {
		return tx.Create(&tumenv1.Source{Kind: "x", Title: "y", ExternalIds: called("un", "1")}, "")
	}
	refused("another takes it", take)
	refused("another takes it later", func(tx *Tx) error {
		return edited(tx, o.source, func(s *tumenv1.Source) { s.ExternalIds = called("un", "1") })
	})
	// A deleted record keeps it.
	o.do(func(tx *Tx) error { return tx.Delete(o.read(a)) })
	refused("another takes that of a deleted record", take)
	o.do(func(tx *Tx) error { return tx.Undelete(o.read(a)) })
	// The same id of another issuer, or split elsewhere, is another id.
	for i, x := range [][2]string{{"u", "n1"}, {"un1", ""}, {"un", "11"}, {"un.", "1"}} {
		o.create(&tumenv1.Source{Kind: "x", Title: "y", ExternalIds: called(x[0], x[1])}, "")
		if x[1] != "" && bearer(x[0], x[1]) == "" {
			t.Errorf("%d: not found", i)
		}
	}
	// Given up and taken within one change, then given back.
	o.do(func(tx *Tx) error {
		if err := edited(tx, a, func(c *tumenv1.Case) { c.ExternalIds = called("un", "2") }); err != nil {
			return err
		}
		return edited(tx, o.source, func(s *tumenv1.Source) { s.ExternalIds = append(called("un", "1"), called("un", "3")...) })
	})
	if bearer("un", "1") != o.source || bearer("un", "2") != a || bearer("un", "3") != o.source {
		t.Error("moved wrongly")
	}
	update(o, o.source, func(s *tumenv1.Source) { s.ExternalIds = nil })
	if bearer("un", "1") != "" || bearer("un", "3") != "" {
		t.Error("an id that nobody bears any more is still found")
	}
	update(o, a, func(c *tumenv1.Case) { c.ExternalIds = called("un", "1") })
	if bearer("un", "1") != a {
		t.Error("not given back")
	}
}

// TestExternalIDsPerOwner: what another organisation uses is free.
func TestExternalIDsPerOwner(t *testing.T) {
	o := openOffice(t, nil)
	other := *o
	o.do(func(tx *Tx) error {
		org := &tumenv1.Organisation{Handle: "other"}
		err := tx.Create(org, "")
		other.org = org.GetName()
		return err
	})
	a := o.create(&tumenv1.Source{Kind: "x", Title: "y", ExternalIds: called("un", "1")}, "")
	b := other.create(&tumenv1.Source{Kind: "x", Title: "y", ExternalIds: called("un", "1")}, "")
	o.view(func(v *View) error {
		for owner, name := range map[string]string{o.org: a, other.org: b} {
			if rec, err := v.ByExternalID(owner, "un", "1"); err != nil || rec.GetName() != name {
				t.Errorf("%v %v", rec, err)
			}
		}
		return nil
	})
}

func TestHandles(t *testing.T) {
	o := openOffice(t, nil)
	for _, change := range []func(*Tx) error{
		func(tx *Tx) error { return tx.Create(&tumenv1.Organisation{Handle: "ngo"}, "") },
		func(tx *Tx) error { return tx.Create(&tumenv1.Member{Handle: "kim"}, o.org) },
	} {
		if _, err := o.try(change); reasonOf(t, err) != "HANDLE_TAKEN" {
			t.Error(err)
		}
	}
	o.do(func(tx *Tx) error {
		org := &tumenv1.Organisation{Handle: "kim"}
		if err := tx.Create(org, ""); err != nil {
			return err
		}
		return tx.Create(&tumenv1.Member{Handle: "kim"}, org.GetName())
	})
	o.view(func(v *View) error {
		m, err := v.MemberByHandle(o.org, "kim")
		if err != nil || m.GetName() != o.member {
			t.Errorf("%v %v", m, err)
		}
		org, err := v.OrganisationByHandle("ngo")
		if err != nil || org.GetName() != o.org {
			t.Errorf("%v %v", org, err)
		}
		if org, err := v.OrganisationByHandle("nobody"); err != nil || org != nil {
			t.Errorf("%v %v", org, err)
		}
		return nil
	})
}

// TestCreatorsRace: of many who take one term at once, one gets it and the
// others are told so.
func TestCreatorsRace(t *testing.T) {
	o := openOffice(t, nil)
	for _, c := range []struct {
		name, reason string
		make         func() Record
	}{
		{"external id", "EXTERNAL_ID_TAKEN", func() Record {
			return &tumenv1.Person{Reference: fmt.Sprint("P-", o.store.newID(o.store.Now())), ExternalIds: called("un", "9")}
		}},
		{"handle", "HANDLE_TAKEN", func() Record { return &tumenv1.Organisation{Handle: "new"} }},
		{"term", "ALREADY_EXISTS", func() Record {
			return &tumenv1.Term{Name: TermName(tumenv1.Vocabulary_VOCABULARY_ACTS, "x"), Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "x"}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			errs := make([]error, 16)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { _, errs[i] = o.try(func(tx *Tx) error { return tx.Create(c.make(), "") }) })
			}
			wg.Wait()
			made := 0
			for _, err := range errs {
				if err == nil {
					made++
				} else if f := fault.Of(err); f == nil || f.Reason != c.reason {
					t.Error(err)
				}
			}
			if made != 1 {
				t.Errorf("%d were made", made)
			}
		})
	}
}

// TestDrawnReferences: a reference that is taken is drawn again, so the caller
// never hears of it.
func TestDrawnReferences(t *testing.T) {
	o := openOffice(t, nil)
	draws := 0
	o.do(func(tx *Tx) error {
		draws++
		reference := "2026-AAAAA" // taken
		if draws == 3 {
			reference = "2026-ZZZZZ"
		}
		return tx.Create(&tumenv1.Case{Title: "x", Reference: reference}, "")
	})
	if draws != 3 {
		t.Errorf("drawn %d times", draws)
	}
	o.view(func(v *View) error {
		rec, err := v.ByReference("2026-ZZZZZ")
		if rec == nil {
			t.Error("not found")
		}
		return err
	})
}

// TestOneFindingPerAspect: two changes that each make the first finding on an
// aspect of a subject end up with one.
func TestOneFindingPerAspect(t *testing.T) {
	o := openOffice(t, nil)
	event := o.event("arrest", "2023")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := o.try(func(tx *Tx) error {
				f, err := tx.FindingOn(event, tumenv1.Aspect_ASPECT_OCCURRENCE)
				if f != nil || err != nil {
					return err
				}
				return tx.Create(&tumenv1.Finding{Subject: event, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, State: tumenv1.FindingState_FINDING_STATE_REPORTED}, o.matter)
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	o.view(func(v *View) error {
		n := 0
		for _, err := range Children[*tumenv1.Finding](v, Finding, o.matter) {
			if n++; err != nil {
				return err
			}
		}
		if n != 1 {
			t.Errorf("%d findings", n)
		}
		return nil
	})
	if _, err := o.try(func(tx *Tx) error {
		return tx.Create(&tumenv1.Finding{Subject: event, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE}, o.matter)
	}); reasonOf(t, err) != "ALREADY_EXISTS" {
		t.Error(err)
	}
}
