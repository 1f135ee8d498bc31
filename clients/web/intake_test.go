package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// begun is a browser with an intake that was just begun, on its first step.
func (b *browser) beginsIntake() {
	b.t.Helper()
	b.get("/intake")
	b.get(b.post("/intake", url.Values{}).Header.Get("Location"))
}

// sends sends the form of the page with a button, and opens where that leads.
func (b *browser) sends(do string, typed map[string]string) *http.Response {
	b.t.Helper()
	form := b.form(typed)
	form.Set("do", do)
	reply := b.post(form.Get("here"), form)
	if where := reply.Header.Get("Location"); where != "" {
		b.get(where)
	}
	return reply
}

// The first source of October 2023, step by step.
var octoberSteps = []map[string]string{
	{"source/f.kind": "ngo-statement", "source/f.title": "Statement of Justice For North Korea, 11 October 2023", "source/f.publisher": "Justice For North Korea (JFNK), Seoul", "source/f.published": "2023-10-11", "source/f.language": "ko", "source/f.basis": "own-contacts", "source/f.contact_note": "Its own contacts, not named."},
	{"case/f.title": "Reported returns, October 2023", "case/f.languages": "ko\nzh\nen"},
	{"event/f.act": "refoulement", "event/f.title": "Reported return of 9 October 2023", "event/f.time.edtf": "2023-10-09", "event/f.time.night": "yes", "event/f.time.utc_offset": "+08:00",
		"event/f.places[0].place": "places/jilin", "event/f.places[0].part": "from", "event/f.places[1].place": "places/north-korea", "event/f.places[1].part": "to"},
	{"people/1/f.role": "alleged-victim", "people/1/f.unnamed": "North Koreans who were held in Jilin and Liaoning"},
	{"claims/count/on": "yes", "claims/count/f.value.count.best": "600", "claims/count/f.value.count.words": "about 600", "claims/count/f.value.count.words_language": "en", "claims/count/f.quote.locator": "second paragraph"},
}

func (b *browser) typesOctober(change map[string]string) {
	b.t.Helper()
	for _, step := range octoberSteps {
		typed := map[string]string{}
		for name, text := range step {
			typed[name] = text
			if other, there := change[name]; there {
				typed[name] = other
			}
		}
		if reply := b.sends("next", typed); reply.StatusCode != http.StatusSeeOther {
			b.t.Fatalf("%s: %s\n%s", reply.Request.URL.Path, reply.Status, b.page[strings.Index(b.page, "<main"):])
		}
	}
}

func casesOf(t *testing.T, conn *client.Conn) int {
	t.Helper()
	cases, err := conn.Cases.ListCases(t.Context(), &tumenv1.ListCasesRequest{PageSize: 1000})
	ok(t, err)
	sources, err := conn.Sources.ListSources(t.Context(), &tumenv1.ListSourcesRequest{PageSize: 1000})
	ok(t, err)
	return len(cases.GetMatches())*1000 + len(sources.GetSources())
}

func TestAMatterIsTakenInInSteps(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	b := p.signedIn("case-worker", "en")
	b.shows(`href="/intake"`)
	b.beginsIntake()

	t.Run("nothing is written before the end, and steps can be gone back to", func(t *testing.T) {
		b.typesOctober(nil)
		b.shows("Look it over", "about 600", "Reported return of 9 October 2023", "/S1</dd>", "/E1</dd>", "/C4</dd>")
		if casesOf(t, conn) != 0 {
			t.Error("something was written")
		}
		b.get("/drafts")
		b.shows("Intake: Reported returns, October 2023")
		b.get(b.get(firstDraft(b.page)).Header.Get("Location")) // left and come back to
		b.shows("Look it over")
		review := b.form(nil)
		b.get("/intake/event?" + url.Values{"draft": {review.Get("draft")}}.Encode())
		b.shows(`value="2023-10-09"`, `name="event/f.time.night" value="yes" checked`)
		b.sends("back", map[string]string{"event/f.description": "typed before going back"})
		b.shows(`value="Reported returns, October 2023"`)
		b.sends("next", nil)
		b.shows("typed before going back")
	})
	t.Run("what is wrong leads to its step", func(t *testing.T) {
		draft := b.form(nil).Get("draft")
		at := func(step string) { b.get("/intake/" + step + "?" + url.Values{"draft": {draft}}.Encode()) }
		at("claims")
		status(t, b.sends("next", map[string]string{"claims/count/f.value.count.low": "many"}), http.StatusUnprocessableEntity)
		b.shows(`href="#claims-count-f-value-count-low"`, "A number is expected")
		b.sends("next", map[string]string{"claims/count/f.value.count.low": "700"}) // more than the best figure
		b.shows("Nothing has been written", "check=1#claims-count-f-value-count")
		status(t, b.sends("save", map[string]string{"review/reason": "first report"}), http.StatusUnprocessableEntity)
		at("claims")
		b.sends("next", map[string]string{"claims/count/f.value.count.low": ""})
		b.hides("Nothing has been written")
		status(t, b.sends("save", map[string]string{"review/reason": ""}), http.StatusUnprocessableEntity)
		b.shows(`href="#review-reason"`)
		if casesOf(t, conn) != 0 {
			t.Error("something was written")
		}
	})
	t.Run("all of it is recorded, once", func(t *testing.T) {
		form := b.form(map[string]string{"do": "save", "review/reason": "first report"})
		first := b.post("/intake/review", form)
		again := b.post("/intake/review", form)
		where := first.Header.Get("Location")
		leadsTo(t, again, where)
		if got := casesOf(t, conn); got != 1001 {
			t.Errorf("there are %d cases and %d sources", got/1000, got%1000)
		}
		b.get(where)
		t.Log(where, b.page[:300])
		b.shows("Reported returns, October 2023", "Justice For North Korea (JFNK), Seoul", "North Koreans who were held")
		claims, err := conn.Claims.ListClaims(t.Context(), &tumenv1.ListClaimsRequest{Parent: strings.TrimPrefix(where, "/")})
		ok(t, err)
		said := map[tumenv1.Aspect]*tumenv1.Claim{}
		for _, m := range claims.GetMatches() {
			said[m.GetClaim().GetAspect()] = m.GetClaim()
		}
		if len(said) != 4 || said[tumenv1.Aspect_ASPECT_TIME].GetValue().GetTime().GetEdtf() != "2023-10-09" || len(said[tumenv1.Aspect_ASPECT_PLACE].GetValue().GetPlaces().GetPlaces()) != 2 || said[tumenv1.Aspect_ASPECT_COUNT].GetValue().GetCount().GetBest() != 600 {
			t.Errorf("recorded %v", claims)
		}
		b.get("/drafts")
		b.shows("There are no drafts.")
	})
	t.Run("what is there already is offered first", func(t *testing.T) {
		b.beginsIntake()
		status(t, b.sends("next", map[string]string{"source/f.kind": "ngo-statement", "source/f.title": "STATEMENT of Justice for North Korea (11 October 2023)"}), http.StatusConflict)
		b.shows("same title", "It is another one")
		source := between(b.page, `name="use" value="`, `"`)
		leads := b.post("/intake/source", url.Values{"draft": {b.form(nil).Get("draft")}, "use": {source}})
		b.get(leads.Header.Get("Location"))
		b.sends("next", map[string]string{"case/f.title": "Another title"})
		status(t, b.sends("next", map[string]string{"event/f.act": "refoulement", "event/f.time.edtf": "2023-10", "event/f.places[0].place": "places/jilin"}), http.StatusConflict)
		b.shows("the same was done in these days at the same place", "Reported returns, October 2023")
		status(t, b.sends("different", nil), http.StatusSeeOther)
		b.sends("next", nil)
		b.sends("next", nil)
		b.shows("A source that is recorded already")
		reply := b.sends("save", map[string]string{"review/reason": "a second matter"})
		status(t, reply, http.StatusSeeOther)
		if got := casesOf(t, conn); got != 2001 {
			t.Errorf("there are %d cases and %d sources", got/1000, got%1000)
		}
	})
	t.Run("an event of a case that is there, with somebody whose name is recorded", func(t *testing.T) {
		b.beginsIntake()
		b.sends("next", map[string]string{"source/existing": "Justice For North Korea (JFNK), Seoul", "source/f.kind": ""})
		b.shows("Nothing that you may see is called so") // it has a key before its name
		b.sends("next", map[string]string{"source/existing": between(b.page, `<option value="`, `"`)})
		b.sends("next", map[string]string{"case/f.title": "Reported returns, October 2023", "case/existing": "2026-00000"})
		b.shows("exclude each other")
		b.sends("next", map[string]string{"case/f.title": "", "case/existing": between(b.page, `<option value="`, `"`)})
		b.sends("next", map[string]string{"event/f.act": "arrest", "event/f.time.edtf": "2023-09", "event/f.places[0].place": "Jilin"})
		b.sends("next", map[string]string{"people/1/f.role": "alleged-victim", "people/1/name/f.names[0].text": "김철수", "people/1/name/f.names[0].language": "ko", "people/2/f.unnamed": "a guard"})
		b.shows("This has to be filled in") // the part of the second
		b.sends("next", map[string]string{"people/2/f.role": "witness"})
		b.sends("next", nil)
		b.shows("김철수", `lang="ko"`)
		b.hides("Nothing has been written")
		korean := p.signedIn("case-worker", "ko")
		korean.get("/intake/review?draft=" + b.form(nil).Get("draft"))
		korean.shows("지린성")
		korean.hides("refused")
		before := casesOf(t, conn)

		form := b.form(map[string]string{"do": "save", "review/reason": "a further event"})
		var both sync.WaitGroup // a button pressed twice
		wheres := make([]string, 2)
		for n := range wheres {
			other := *b
			both.Go(func() { wheres[n] = other.post("/intake/review", form).Header.Get("Location") })
		}
		both.Wait()
		if wheres[0] != wheres[1] || !strings.HasPrefix(wheres[0], "/cases/") {
			t.Errorf("both lead to %q", wheres)
		}
		if casesOf(t, conn) != before {
			t.Error("a source or a case was made")
		}
		events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: strings.TrimPrefix(wheres[0], "/")})
		ok(t, err)
		involved, err := conn.Cases.ListInvolvements(t.Context(), &tumenv1.ListInvolvementsRequest{Parent: strings.TrimPrefix(wheres[0], "/")})
		ok(t, err)
		persons := 0
		for _, i := range involved.GetInvolvements() {
			if i.GetPerson() != "" {
				persons++
			}
		}
		if len(events.GetMatches()) != 2 || persons != 1 {
			t.Errorf("%d events, %d persons", len(events.GetMatches()), persons)
		}
	})
	t.Run("a key that is taken is refused", func(t *testing.T) {
		b.beginsIntake()
		b.typesOctober(map[string]string{"source/f.title": "A third source", "case/f.title": "A third matter", "event/f.time.edtf": "2021-07"})
		status(t, b.sends("next", nil), http.StatusSeeOther)
		reference := b.form(nil).Get("review/reference")
		_, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Reason: "x", Source: &tumenv1.Source{Kind: "news", Title: "There first", ExternalIds: []*tumenv1.ExternalId{{Issuer: "ngo", Id: "taken/S1"}}}})
		ok(t, err)
		status(t, b.sends("save", map[string]string{"review/reference": "taken", "review/reason": "x"}), http.StatusUnprocessableEntity)
		b.shows("Records with this reference are there already", `id="review-reference-fault"`)
		status(t, b.sends("save", map[string]string{"review/reference": reference, "review/reason": "x"}), http.StatusSeeOther)
	})
	t.Run("what is typed in a step is kept when the session ends", func(t *testing.T) {
		b.beginsIntake()
		b.sends("next", map[string]string{"source/f.kind": "news", "source/f.title": "A late report"})
		form := b.form(map[string]string{"do": "next", "case/f.title": "Half a title"})
		p.clock.forward(time.Hour)
		leadsTo(t, b.post("/intake/case", form), "/sign-in?ended=kept&to=%2Fdrafts")
		b = p.signedIn("case-worker", "en")
		b.get("/drafts")
		b.get(b.get(firstDraft(b.page)).Header.Get("Location"))
		b.shows(`value="Half a title"`)
		b.sends("back", nil)
		b.shows("A late report")
	})
	t.Run("the draft of somebody else is not there", func(t *testing.T) {
		b.get("/drafts")
		path := firstDraft(b.page)
		other := p.signedIn("reviewer", "en")
		for _, step := range []string{"source", "review"} {
			status(t, other.get("/intake/"+step+"?draft="+strings.TrimPrefix(path, "/")), http.StatusNotFound)
			status(t, other.post("/intake/"+step, url.Values{"draft": {strings.TrimPrefix(path, "/")}, "do": {"save"}}), http.StatusNotFound)
		}
		status(t, b.get("/intake/nothing?draft="+strings.TrimPrefix(path, "/")), http.StatusNotFound)
		status(t, b.get("/intake/source"), http.StatusNotFound)
		auditor := p.signedIn("auditor", "en")
		auditor.hides(`href="/intake"`)
		status(t, auditor.get("/intake"), http.StatusNotFound)
	})
	t.Run("in every language", func(t *testing.T) {
		for _, language := range []string{"ko", "zh-Hans"} {
			b := p.signedIn("case-worker", language)
			b.beginsIntake()
			draft := b.form(nil).Get("draft")
			for _, step := range []string{"source", "case", "event", "people", "claims", "review"} {
				status(t, b.get("/intake/"+step+"?check=1&draft="+draft), http.StatusOK)
				if len(b.page) > 100_000 {
					t.Errorf("%s has %d bytes", step, len(b.page))
				}
			}
		}
	})
}

func TestWhatIsThereIsOfferedBeforeANewOneIsMade(t *testing.T) {
	p := start(t)
	p.matter("Busses at night", "The committee")
	b := p.signedIn("case-worker", "en")
	b.get("/new/case")
	b.shows("with the first 2,000 records at most")
	form := b.form(map[string]string{"do": "save", "f.title": "Busses at night!", "reason": "x"})
	status(t, b.post("/new/case", form), http.StatusConflict)
	b.shows("same title", `value="Busses at night!"`)
	form = b.form(nil)
	form.Set("do", "different")
	status(t, b.post("/new/case", form), http.StatusSeeOther)

	made := func(title, address string) *http.Response {
		b.get("/new/source")
		return b.post("/new/source", b.form(map[string]string{"do": "save", "f.kind": "news", "f.title": title, "f.address": address, "reason": "x"}))
	}
	status(t, made("One", "https://www.example.org/news/1/?utm_source=x"), http.StatusSeeOther)
	status(t, made("Other", "http://example.org/news/1"), http.StatusConflict)
	b.shows("same address", "One")
	status(t, made("Other", "http://example.org/news/2"), http.StatusSeeOther)
	t.Run("with the same people in the same days", func(t *testing.T) {
		conn := p.as("case-worker")
		name := p.matter("Another matter", "Somebody")
		events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: name})
		ok(t, err)
		person, err := conn.Persons.CreatePerson(t.Context(), &tumenv1.CreatePersonRequest{Reason: "x", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: "Somebody"}}}})
		ok(t, err)
		_, err = conn.Cases.CreateInvolvement(t.Context(), &tumenv1.CreateInvolvementRequest{Parent: name, Reason: "x", Involvement: &tumenv1.Involvement{
			Event: events.GetMatches()[0].GetEvent().GetName(), Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS, Who: &tumenv1.Involvement_Person{Person: person.GetPerson().GetName()},
		}})
		ok(t, err)
		for date, want := range map[string]int{"2023-10-11": http.StatusConflict, "2021": http.StatusSeeOther} {
			b.beginsIntake()
			b.sends("next", map[string]string{"source/f.kind": "news", "source/f.title": "Report of " + date})
			b.sends("next", map[string]string{"case/f.title": "Matter of " + date})
			b.sends("next", map[string]string{"event/f.act": "arrest", "event/f.time.edtf": date})
			status(t, b.sends("next", map[string]string{"people/1/f.role": "witness", "people/1/f.person": person.GetPerson().GetName()}), want)
			if want == http.StatusConflict {
				b.shows("the same person is involved", "Another matter")
			}
		}
	})
	t.Run("among what one sees", func(t *testing.T) {
		b := p.signedIn("partner", "en")
		if reply := b.get("/new/source"); reply.StatusCode == http.StatusOK {
			status(t, b.post("/new/source", b.form(map[string]string{"do": "save", "f.kind": "news", "f.title": "One", "reason": "x"})), http.StatusSeeOther)
		}
	})
}

func firstDraft(page string) string { return "/drafts/" + between(page, `href="/drafts/`, `"`) }

func between(page, before, after string) string {
	_, rest, _ := strings.Cut(page, before)
	text, _, _ := strings.Cut(rest, after)
	return text
}
