package service_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// stranger makes a case worker of another organisation, with a case of its own.
func stranger(o *october) (*member, *tumenv1.Case) {
	o.t.Helper()
	_, err := o.admin.CreateOrganisation(o.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "other", DisplayName: "Another"}})
	ok(o.t, err)
	m := o.memberOf("other", "stranger", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
	out, err := m.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Theirs"}, Reason: "recorded"})
	ok(o.t, err)
	return m, out.GetCase()
}

// same checks that a call says of a hidden record what it says of none.
func same(t *testing.T, what, hidden, none string, call func(string) error) {
	t.Helper()
	a, b := call(hidden), call(none)
	if a == nil || told(a, hidden) != told(b, none) {
		t.Errorf("%s:\nhidden: %s\nabsent: %s", what, told(a, hidden), told(b, none))
	}
}

func TestToAnotherOrganisationNothingIsThere(t *testing.T) {
	o := loadOctober(t)
	m, _ := stranger(o)
	for _, k := range kinds() {
		t.Run(k.word, func(t *testing.T) {
			made, err := k.create(t, o, o.worker, k.fresh(o), nil)
			ok(t, err)
			name, none := made.GetName(), absent(made.GetName())
			same(t, "get", name, none, func(n string) error { _, err := k.get(t, o, m, n); return err })
			if k.updates {
				for _, etag := range []string{made.GetEtag(), ""} {
					same(t, "update", name, none, func(n string) error { _, err := k.update(t, o, m, n, etag, nil); return err })
				}
			}
			if k.deletes {
				for _, verb := range []string{"Delete", "Undelete"} {
					same(t, verb, name, none, func(n string) error { _, err := k.whole(t, o, m, verb, n, made.GetEtag()); return err })
				}
			}
			for _, path := range []string{"RecordService/GetRecord", "RecordService/ListRevisions", "RecordService/GetRevision"} {
				same(t, path, name, none, func(n string) error {
					in := fields{"name": n}
					if strings.HasSuffix(path, "GetRevision") {
						in["revision"] = int64(1)
					}
					_, err := m.rpc(t, o.ctx, path, in)
					return err
				})
			}
			if parent := k.parent(o); parent != "" {
				same(t, "list", parent, absent(parent), func(n string) error {
					_, err := m.rpc(t, o.ctx, k.service+"/List"+k.plural, fields{"parent": n})
					return err
				})
				same(t, "create", parent, absent(parent), func(n string) error {
					if k.word == "capture" {
						_, err := upload(o, m, n, k.fresh(o).(*tumenv1.Capture), []byte("x"), nil)
						return err
					}
					_, err := m.rpc(t, o.ctx, k.service+"/Create"+k.method, fields{"parent": n, k.word: k.fresh(o), "reason": "recorded"})
					return err
				})
				everywhere := strings.Split(parent, "/")[0] + "/-"
				out, err := m.rpc(t, o.ctx, k.service+"/List"+k.plural, fields{"parent": everywhere, "show_deleted": true})
				ok(t, err)
				if names := listed(out, k.word); len(names) > 0 {
					t.Errorf("listed everywhere: %v", names)
				}
				return
			}
			out, err := m.rpc(t, o.ctx, k.service+"/List"+k.plural, fields{"page_size": int32(1000), "show_deleted": true})
			ok(t, err)
			for _, n := range listed(out, k.word) {
				if n == name {
					t.Error("listed")
				}
			}
		})
	}
}

func TestAReferenceToAnothersRecordIsLikeOneToNone(t *testing.T) {
	o := loadOctober(t)
	m, theirs := stranger(o)
	reference := func(what string, hidden string, call func(string) error) {
		t.Helper()
		same(t, what, hidden, absent(hidden), call)
	}
	event, err := m.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: theirs.GetName(), Event: &tumenv1.Event{Act: "arrest"}, Reason: "recorded"})
	ok(t, err)
	src, err := m.sources.CreateSource(o.ctx, &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "news", Title: "Theirs"}, Reason: "recorded"})
	ok(t, err)
	place, err := o.worker.places.CreatePlace(o.ctx, &tumenv1.CreatePlaceRequest{Place: &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY}, Reason: "recorded"})
	ok(t, err)
	person, err := o.worker.persons.CreatePerson(o.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{}, Reason: "recorded"})
	ok(t, err)
	claim := func(change func(*tumenv1.Claim)) error {
		c := &tumenv1.Claim{Source: src.GetSource().GetName(), Subjects: []string{event.GetEvent().GetName()}, Aspect: occurrence, Stance: asserts}
		change(c)
		_, err := m.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: theirs.GetName(), Claim: c, Reason: "recorded"})
		return err
	}
	reference("a claim's source", o.names["S1"], func(n string) error { return claim(func(c *tumenv1.Claim) { c.Source = n }) })
	reference("a claim's subject", o.names["E1"], func(n string) error { return claim(func(c *tumenv1.Claim) { c.Subjects = []string{n} }) })
	reference("a claim's person", person.GetPerson().GetName(), func(n string) error {
		return claim(func(c *tumenv1.Claim) {
			c.Subjects, c.Aspect, c.ProtectedValue = []string{n}, tumenv1.Aspect_ASPECT_NAME, &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: "x"}}}
		})
	})
	reference("a tie", o.names["S1"], func(n string) error {
		_, err := m.sources.CreateTie(o.ctx, &tumenv1.CreateTieRequest{Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: src.GetSource().GetName(), B: n}, Reason: "recorded"})
		return err
	})
	reference("an event's place", place.GetPlace().GetName(), func(n string) error {
		_, err := m.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: theirs.GetName(), Event: &tumenv1.Event{Act: "arrest", Places: []*tumenv1.PlaceValue{{Place: n}}}, Reason: "recorded"})
		return err
	})
	reference("a list by place", place.GetPlace().GetName(), func(n string) error {
		_, err := m.cases.ListEvents(o.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Place: n})
		return err
	})
	reference("a list of places inside", place.GetPlace().GetName(), func(n string) error {
		_, err := m.places.ListPlaces(o.ctx, &tumenv1.ListPlacesRequest{ContainedIn: n})
		return err
	})
	reference("a list by source", o.names["S1"], func(n string) error {
		_, err := m.claims.ListClaims(o.ctx, &tumenv1.ListClaimsRequest{Parent: "cases/-", Source: n})
		return err
	})
	reference("ties of a record", o.names["S4"], func(n string) error {
		_, err := m.sources.ListTies(o.ctx, &tumenv1.ListTiesRequest{Record: n})
		return err
	})
	reference("involvements in an event", o.names["E1"], func(n string) error {
		_, err := m.cases.ListInvolvements(o.ctx, &tumenv1.ListInvolvementsRequest{Parent: "cases/-", Event: n})
		return err
	})
	reference("involvements of a person", person.GetPerson().GetName(), func(n string) error {
		_, err := m.cases.ListInvolvements(o.ctx, &tumenv1.ListInvolvementsRequest{Parent: "cases/-", Person: n})
		return err
	})
	reference("findings on a subject", o.names["E1"], func(n string) error {
		_, err := m.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: "cases/-", Subject: n})
		return err
	})
	reference("sources in a case", caseOf(o), func(n string) error {
		_, err := m.sources.ListSources(o.ctx, &tumenv1.ListSourcesRequest{Case: n})
		return err
	})
	reference("the queue of a case", caseOf(o), func(n string) error {
		_, err := m.findings.ListReviewQueue(o.ctx, &tumenv1.ListReviewQueueRequest{Parent: n})
		return err
	})
	reference("an export", caseOf(o), func(n string) error {
		stream, err := m.exchange.ExportMatter(o.ctx, &tumenv1.ExportMatterRequest{Name: n})
		ok(t, err)
		_, err = stream.Recv()
		return err
	})
	finding := o.finding(o.worker, "E1", occurrence)
	reference("a finding", finding.GetName(), func(n string) error {
		_, err := m.findings.OpenFinding(o.ctx, &tumenv1.OpenFindingRequest{Name: n, Etag: finding.GetEtag(), Reason: "to be weighed"})
		return err
	})
	found := func(id string) error {
		_, err := m.records.FindRecord(o.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: id}}})
		return err
	}
	same(t, "an external id", "E1", "E9", found)
	if _, err := o.worker.records.FindRecord(o.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "E1"}}}); err != nil {
		t.Errorf("its owner does not find it: %v", err)
	}
}

func TestACodeOfAnotherOrganisationIsUnknown(t *testing.T) {
	o := loadOctober(t)
	m, theirs := stranger(o)
	_, err := o.worker.terms.CreateTerm(o.ctx, &tumenv1.CreateTermRequest{Reason: "recorded", Term: &tumenv1.Term{
		Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: "night-raid", Names: []*tumenv1.TermLabel{{Language: "en", Text: "night raid"}}}})
	ok(t, err)
	same(t, "an act", "night-raid", "no-such-act", func(code string) error {
		_, err := m.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: theirs.GetName(), Event: &tumenv1.Event{Act: code}, Reason: "recorded"})
		return err
	})
	_, err = o.worker.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: caseOf(o), Event: &tumenv1.Event{Act: "night-raid"}, Reason: "recorded"})
	ok(t, err)
}

func TestAMatterLearnsNothingOfAnothersRecords(t *testing.T) {
	o := loadOctober(t)
	m, theirs := stranger(o)
	faultsOf := func(d *tumenv1.MatterDocument) error {
		_, err := applyMatter(o.world, m, false, d)
		return err
	}
	src := &tumenv1.Record{Record: &tumenv1.Record_Source{Source: &tumenv1.Source{Kind: "news", Title: "x"}}}
	same(t, "a name as key", o.names["S1"], absent(o.names["S1"]), func(n string) error { return faultsOf(doc(n, proto.Clone(src).(*tumenv1.Record))) })
	in := func(n string) error {
		d := event("E", "arrest", "2023")
		d.Case = n
		return faultsOf(d)
	}
	same(t, "a case", caseOf(o), absent(caseOf(o)), in)
	same(t, "a source as case", o.names["S1"], absent(o.names["S1"]), in)
	same(t, "a reference", o.names["S1"], absent(o.names["S1"]), func(n string) error { return faultsOf(source("R", "news", "x", relayed, n)) })
	same(t, "a key of theirs", "ngo:S1", "ngo:S99", func(n string) error { return faultsOf(source("R", "news", "x", relayed, n)) })
	same(t, "an event", o.names["E1"], absent(o.names["E1"]), func(n string) error {
		d := event("E", "arrest", "2023")
		d.Case, d.GetRecord().GetEvent().Follows = theirs.GetName(), []string{n}
		return faultsOf(d)
	})
}

func TestAReferenceThatPeopleUseIsFoundByItsOwners(t *testing.T) {
	o := loadOctober(t)
	m, _ := stranger(o)
	c, err := o.worker.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
	ok(t, err)
	p, err := o.worker.persons.CreatePerson(o.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{}, Reason: "recorded"})
	ok(t, err)
	find := func(m *member, reference string) (*tumenv1.FindRecordResponse, error) {
		return m.records.FindRecord(o.ctx, &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_Reference{Reference: reference}})
	}
	for reference, name := range map[string]string{c.GetCase().GetReference(): caseOf(o), p.GetPerson().GetReference(): p.GetPerson().GetName()} {
		out, err := find(o.worker, reference)
		ok(t, err)
		if len(out.GetNames()) != 1 || out.GetNames()[0] != name {
			t.Errorf("%s: %v, want %s", reference, out.GetNames(), name)
		}
		same(t, reference, reference, "P-00000", func(r string) error { _, err := find(m, r); return err })
	}
}
