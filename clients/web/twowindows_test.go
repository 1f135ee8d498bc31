package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// A table that is open in two windows, or a button that was pressed twice, changes no row
// that nobody saw there.
func TestATableInTwoWindowsChangesNoOtherRow(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: name})
	ok(t, err)
	event := events.GetMatches()[0].GetEvent().GetName()
	b := p.signedIn("case-worker", "en")
	b.get("/" + name + "/bulk?kind=claim")
	b.sendsTable("/"+name+"/bulk?kind=claim", "claims.csv", "key,Source,About,Aspect,How it speaks to it,Word for word\n"+
		"r1,The committee,"+event+",wrong,asserts,first\n"+
		"r2,The committee,"+event+",wrong,asserts,second\n"+
		"r3,The committee,"+event+",wrong,asserts,third\n")
	b.shows("first", "second", "third")
	first := b.page
	status(t, b.table(map[string]string{"do": "correct", "drop.0": "yes"}), http.StatusSeeOther)
	b.page = first // pressed twice
	status(t, b.table(map[string]string{"do": "correct", "drop.0": "yes"}), http.StatusConflict)
	b.shows("This table has changed", "second", "third")
	b.page = first // another window
	status(t, b.table(map[string]string{"do": "correct", "c.2.3": "occurrence"}), http.StatusConflict)
	b.get("/drafts")
	b.get(b.get(firstDraft(b.page)).Header.Get("Location"))
	b.shows("second", "third")
	b.hides("first", "occurrence")
}

// What is recorded of an intake is what was shown before, and not what was typed meanwhile
// in another window.
func TestAnIntakeThatChangedInAnotherWindowIsShownAgain(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	conn := p.as("case-worker")
	b.beginsIntake()
	b.typesOctober(nil)
	b.shows("review/reason")
	review, before := b.page, casesOf(t, conn)
	b.get("/intake/case?" + url.Values{"draft": {b.form(nil).Get("draft")}}.Encode())
	b.sends("next", map[string]string{"case/f.title": "Another title"})
	b.page = review
	reply := b.post("/intake/review", b.form(map[string]string{"do": "save", "review/reason": "first report"}))
	status(t, reply, http.StatusConflict)
	b.shows("Another title", "has changed since this page was shown")
	if casesOf(t, conn) != before {
		t.Error("something was recorded that nobody had looked at")
	}
	status(t, b.post("/intake/review", b.form(map[string]string{"do": "save", "review/reason": "first report"})), http.StatusSeeOther)
}

// A draft is typed on where it was begun, and nowhere else: who somebody is, that was typed
// in a form which is shown for a purpose, comes up in no other form.
func TestADraftIsOfItsOwnFormAlone(t *testing.T) {
	p := start(t)
	p.cleared("cleared", tumenv1.Role_ROLE_CASE_WORKER)
	person := p.somebody()
	b := p.signedIn("cleared", "en")
	identity := "/identity/" + person.GetName()
	b.get(identity)
	b.post(identity, url.Values{"purpose": {"appeal"}, "token": {p.profiles["cleared"].Token}, "do": {"edit"}})
	b.shows(hangul)
	leadsTo(t, b.post("/edit/"+person.GetName(), b.form(map[string]string{"do": "keep", "f.last_seen": "in Hunchun"})), "/drafts")
	b.get("/drafts")
	draft := strings.TrimPrefix(firstDraft(b.page), "/")
	other := p.somebody()
	for _, path := range []string{"/new/person", "/edit/" + other.GetName(), "/edit/" + person.GetName(), "/intake/people", "/" + p.matter("x", "y") + "/bulk"} {
		sign := "?"
		b.get(path + sign + url.Values{"draft": {draft}}.Encode())
		b.hides(hangul, contact, "in Hunchun")
	}
	t.Run("it is found again where it belongs", func(t *testing.T) {
		b.get(identity + "?" + url.Values{"draft": {draft}}.Encode())
		status(t, b.post(identity, url.Values{"purpose": {"appeal"}, "token": {p.profiles["cleared"].Token}, "do": {"edit"}, "draft": {draft}}), http.StatusOK)
		b.shows(hangul, "in Hunchun")
	})
}

// What a form called a record stands for that record, or for none: not for one that was
// made meanwhile and is called the same.
func TestWhatIsCalledTheSameIsNotTakenForAnother(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	claims, err := conn.Claims.ListClaims(t.Context(), &tumenv1.ListClaimsRequest{Parent: name})
	ok(t, err)
	var claim *tumenv1.Claim
	for _, m := range claims.GetMatches() {
		if m.GetClaim().GetStance() == tumenv1.Stance_STANCE_ASSERTS {
			claim = m.GetClaim()
		}
	}
	b := p.signedIn("case-worker", "en")
	b.get("/edit/" + claim.GetName())
	b.shows(`value="The committee"`)
	form := b.form(map[string]string{"do": "save", "f.notes": "read again", "reason": "more"})
	for range 3 {
		p.newSource("The committee")
	}
	b.post("/edit/"+claim.GetName(), form)
	read, err := conn.Claims.GetClaim(t.Context(), &tumenv1.GetClaimRequest{Name: claim.GetName()})
	ok(t, err)
	if read.GetClaim().GetSource() != claim.GetSource() {
		t.Error("the claim is another source's now")
	}
}

func TestAListAsLongAsMayBeIsShownInItsForm(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	event := &tumenv1.Event{Act: "refoulement"}
	for range 50 {
		event.Places = append(event.Places, &tumenv1.PlaceValue{Words: "somewhere"})
	}
	made, err := conn.Cases.CreateEvent(t.Context(), &tumenv1.CreateEventRequest{Parent: name, Event: event, Reason: "x"})
	ok(t, err)
	b := p.signedIn("case-worker", "en")
	status(t, b.get("/edit/"+made.GetEvent().GetName()), http.StatusOK)
	form := b.form(map[string]string{"do": "rows"})
	status(t, b.post("/edit/"+made.GetEvent().GetName(), form), http.StatusOK)
	b.hides("f.places[50]")
	for n := range 8000 {
		form.Set("f.places["+strconv.Itoa(n)+"].words", "x")
	}
	status(t, b.post("/edit/"+made.GetEvent().GetName(), form), http.StatusOK)
}

// A row that holds but some of what it could is a row, too: who asks for further ones gets
// them after the last.
func TestFurtherRowsComeAfterTheLast(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	var places []*tumenv1.PlaceValue
	for range 4 {
		places = append(places, &tumenv1.PlaceValue{Words: "at the river"}, &tumenv1.PlaceValue{Place: "places/jilin"})
	}
	made, err := conn.Cases.CreateEvent(t.Context(), &tumenv1.CreateEventRequest{Parent: name, Event: &tumenv1.Event{Act: "refoulement", Places: places}, Reason: "x"})
	ok(t, err)
	b := p.signedIn("case-worker", "en")
	b.get("/edit/" + made.GetEvent().GetName())
	b.post("/edit/"+made.GetEvent().GetName(), b.form(map[string]string{"do": "rows"}))
	form := b.form(map[string]string{"do": "save", "reason": "x"})
	for n := 0; ; n++ {
		row := "f.places[" + strconv.Itoa(n) + "]."
		if form.Get(row+"words") == "" && form.Get(row+"place") == "" {
			form.Set(row+"words", "at the bridge")
			break
		}
	}
	status(t, b.post("/edit/"+made.GetEvent().GetName(), form), http.StatusSeeOther)
	read, err := conn.Cases.GetEvent(t.Context(), &tumenv1.GetEventRequest{Name: made.GetEvent().GetName()})
	ok(t, err)
	if got := read.GetEvent().GetPlaces(); len(got) != 9 || got[8].GetWords() != "at the bridge" || got[3].GetWords() != "" {
		t.Errorf("%v", got)
	}
}
