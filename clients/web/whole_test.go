package web_test

import (
	"bytes"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// Who nobody may find on a page.
const (
	secretPerson = "Ri Nobodyknows"
	secretSource = "Pak Whosaysit"
	secretBirth  = "1987-06-05"
)

// whole is a matter with a record of each kind that pages show.
type whole struct {
	matter, event, person, involvement, source, relayer, claim, finding string
	page, picture                                                       string // captures
}

const (
	hostilePage    = `<html><script>alert(1)</script></html>`
	hostilePicture = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
)

// whole records one, with protected fields filled in.
func (p *place) whole() *whole {
	p.t.Helper()
	conn, ctx, x := p.as("case-worker"), p.t.Context(), &whole{}
	const why, amber = "first report", tumenv1.Marking_MARKING_AMBER
	made, err := conn.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Reason: why, Case: &tumenv1.Case{Marking: amber,
		Title: "A return in October", ExternalIds: []*tumenv1.ExternalId{{Issuer: "ngo", Id: "october"}},
	}})
	ok(p.t, err)
	x.matter = made.GetCase().GetName()
	event, err := conn.Cases.CreateEvent(ctx, &tumenv1.CreateEventRequest{Parent: x.matter, Reason: why, Event: &tumenv1.Event{Marking: amber, Act: "refoulement", Title: "The return of 9 October", Time: &tumenv1.Time{Edtf: "2023-10-09"}}})
	ok(p.t, err)
	x.event = event.GetEvent().GetName()
	person, err := conn.Persons.CreatePerson(ctx, &tumenv1.CreatePersonRequest{Reason: why, Person: &tumenv1.Person{Marking: amber,
		Names: []*tumenv1.PersonName{{Text: secretPerson, Language: "ko"}}, Birth: &tumenv1.Birth{Edtf: secretBirth}, Sex: tumenv1.Sex_SEX_FEMALE, Nationalities: []string{"KP"},
	}})
	ok(p.t, err)
	x.person = person.GetPerson().GetName()
	involvement, err := conn.Cases.CreateInvolvement(ctx, &tumenv1.CreateInvolvementRequest{Parent: x.matter, Reason: why, Involvement: &tumenv1.Involvement{Marking: amber,
		Event: x.event, Who: &tumenv1.Involvement_Person{Person: x.person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM,
	}})
	ok(p.t, err)
	x.involvement = involvement.GetInvolvement().GetName()
	source, err := conn.Sources.CreateSource(ctx, &tumenv1.CreateSourceRequest{Reason: why, Source: &tumenv1.Source{Marking: amber,
		Kind: "ngo-statement", Title: "강제 북송", Language: "ko", Publisher: "Justice For North Korea", Basis: tumenv1.Basis_BASIS_OWN_CONTACTS,
		ProtectedNames: []*tumenv1.PersonName{{Text: secretSource}}, ProtectedContact: secretSource + " by phone",
	}})
	ok(p.t, err)
	x.source = source.GetSource().GetName()
	relayer, err := conn.Sources.CreateSource(ctx, &tumenv1.CreateSourceRequest{Reason: why, Source: &tumenv1.Source{Marking: amber,
		Kind: "news", Title: "An article", Publisher: "A newspaper", Basis: tumenv1.Basis_BASIS_RELAYED, Relays: []*tumenv1.Relay{{Source: x.source, Kind: tumenv1.RelayKind_RELAY_KIND_QUOTES}},
	}})
	ok(p.t, err)
	x.relayer = relayer.GetSource().GetName()
	x.page = p.capture(conn, x.source, "../"+secretSource+" says.html", hostilePage, "text/html")
	x.picture = p.capture(conn, x.source, "", hostilePicture, "image/svg+xml")
	claim := &tumenv1.Claim{Marking: amber,
		Source: x.source, Subjects: []string{x.event}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS, SaidOn: "2023-10-11",
		Quote:       &tumenv1.Quote{Text: "9일 밤 북송되었다", Language: "ko", Locator: "second paragraph", Translations: []*tumenv1.Translation{{Language: "en", Text: "They were sent back on the night of the 9th", Translator: "a colleague"}}},
		Examination: &tumenv1.Examination{Capture: x.page, Examiner: "The archive", Method: "compared with the print"},
	}
	said, err := conn.Claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{Parent: x.matter, Reason: why, Claim: claim})
	ok(p.t, err)
	x.claim = said.GetClaim().GetName()
	for _, c := range []*tumenv1.Claim{
		{Marking: amber, Source: x.relayer, Subjects: []string{x.event}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS, Basis: tumenv1.Basis_BASIS_RELAYED, Relays: []string{x.source}},
		{Marking: amber, Source: x.source, Subjects: []string{x.person}, Aspect: tumenv1.Aspect_ASPECT_NAME, Stance: tumenv1.Stance_STANCE_ASSERTS, ProtectedValue: &tumenv1.ProtectedValue{Kind: &tumenv1.ProtectedValue_Name{Name: &tumenv1.PersonName{Text: secretPerson}}}},
	} {
		_, err := conn.Claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{Parent: x.matter, Reason: why, Claim: c})
		ok(p.t, err)
	}
	found, err := conn.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{Parent: x.matter, Subject: x.event})
	ok(p.t, err)
	x.finding = found.GetFindings()[0].GetName()
	return x
}

// capture preserves a copy.
func (p *place) capture(conn *client.Conn, source, fileName, content, mediaType string) string {
	p.t.Helper()
	made, err := conn.UploadCapture(p.t.Context(), &tumenv1.CaptureHeader{Parent: source, Reason: "first report", Capture: &tumenv1.Capture{Marking: tumenv1.Marking_MARKING_AMBER,
		Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: fileName, MediaType: mediaType,
	}}, bytes.NewReader([]byte(content)), nil)
	ok(p.t, err)
	return made.GetName()
}
