package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestRecordsAreMadeInForms(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	conn := p.as("case-worker")

	status(t, b.get("/new/case"), http.StatusOK)
	status(t, b.post("/new/case", b.form(map[string]string{"do": "save", "f.summary": "kept"})), http.StatusUnprocessableEntity)
	b.shows("Nothing has been written", `href="#f-title"`, `href="#reason"`, ">\nkept</textarea>")
	reply := b.post("/new/case", b.form(map[string]string{"do": "save", "f.title": "Busses at night", "f.urgency": "urgent", "f.follow_up_date": "2026-12-01", "reason": "first report"}))
	name := strings.TrimPrefix(reply.Header.Get("Location"), "/")
	made, err := conn.Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: name})
	ok(t, err)
	if c := made.GetCase(); c.GetTitle() != "Busses at night" || c.GetUrgency() != tumenv1.Urgency_URGENCY_URGENT || c.GetFollowUpDate() != "2026-12-01" || c.GetChangeReason() != "first report" {
		t.Errorf("recorded %v", c)
	}

	b.get("/new/event?case=" + name)
	form := b.form(map[string]string{"do": "save", "f.act": "refoulement", "f.time.edtf": "2023-10-09", "f.time.night": "yes", "f.places[1].words": "the bridge", "f.places[1].part": "via", "f.people.low": "many", "reason": "first report"})
	status(t, b.post("/new/event?case="+name, form), http.StatusUnprocessableEntity)
	b.shows("A number is expected", `aria-describedby="f-people-low-fault f-people-low-hint"`, `value="the bridge"`)
	form.Set("f.people.low", "500")
	leadsTo(t, b.post("/new/event?case="+name, form), "/"+name)
	events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: name})
	ok(t, err)
	event := events.GetMatches()[0].GetEvent()
	if event.GetPeople().GetLow() != 500 || !event.GetTime().GetNight() || len(event.GetPlaces()) != 1 || event.GetPlaces()[0].GetWords() != "the bridge" {
		t.Errorf("recorded %v", event)
	}

	source, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Reason: "x", Source: &tumenv1.Source{Kind: "ngo-statement", Title: "A statement", Publisher: "The committee"}})
	ok(t, err)
	status(t, b.get("/new/claim?case="+name), http.StatusOK)
	b.shows("Of what does the claim speak?")
	b.get("/new/claim?case=" + name + "&f.aspect=count")
	b.shows("f.value.count.low", `value="The committee"`)
	b.hides("f.value.time.edtf")
	form = b.form(map[string]string{"do": "save", "f.source": "The committee", "f.subjects": event.GetName(), "f.aspect": "count", "f.stance": "asserts", "f.value.count.best": "500", "f.quote.text": "about 500", "reason": "read"})
	reply = b.post("/new/claim?case="+name, form)
	status(t, reply, http.StatusSeeOther)
	claim, err := conn.Claims.GetClaim(t.Context(), &tumenv1.GetClaimRequest{Name: strings.TrimPrefix(reply.Header.Get("Location"), "/")})
	ok(t, err)
	if c := claim.GetClaim(); c.GetSource() != source.GetSource().GetName() || c.GetValue().GetCount().GetBest() != 500 {
		t.Errorf("recorded %v", c)
	}
	again := b.post("/new/claim?case="+name, form)
	if again.Header.Get("Location") != reply.Header.Get("Location") {
		t.Errorf("the same form sent twice led to %q and %q", reply.Header.Get("Location"), again.Header.Get("Location"))
	}
	t.Run("what the server refuses stays in the form", func(t *testing.T) {
		b.get("/new/event?case=" + name)
		status(t, b.post("/new/event?case="+name, b.form(map[string]string{"do": "save", "f.act": "refoulement", "f.time.edtf": "in autumn", "f.description": "long typed", "reason": "x"})), http.StatusUnprocessableEntity)
		b.shows(`href="#f-time-edtf"`, "long typed")
	})
	t.Run("who may not make it has no page for it", func(t *testing.T) {
		for _, path := range []string{"/new/case", "/new/nothing", "/edit/" + name} {
			status(t, p.signedIn("auditor", "en").get(path), http.StatusNotFound)
		}
	})
}

func TestWhatSomebodyElseChangedMeanwhileIsShownFieldByField(t *testing.T) {
	p := start(t)
	name := p.matter("Busses at night", "The committee")
	one, other := p.signedIn("case-worker", "en"), p.signedIn("case-worker", "ko")
	one.get("/edit/" + name)
	other.get("/edit/" + name)
	leadsTo(t, other.post("/edit/"+name, other.form(map[string]string{"do": "save", "f.title": "Theirs", "f.urgency": "urgent", "reason": "a better title"})), "/"+name)
	form := one.form(map[string]string{"do": "save", "f.title": "Mine", "f.summary": "only mine", "f.urgency": "", "reason": "mine"})
	status(t, one.post("/edit/"+name, form), http.StatusConflict)
	one.shows("a better title", `name="pick.title" value="mine"`, "Theirs", "Mine", "Busses at night", "Changed by you alone", "only mine", "Changed by them alone", "urgent: somebody")
	read := func() *tumenv1.Case {
		reply, err := p.as("case-worker").Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: name})
		ok(t, err)
		return reply.GetCase()
	}
	if read().GetTitle() != "Theirs" {
		t.Error("something was written")
	}
	settle := one.form(map[string]string{"do": "save", "reason": "both"})
	status(t, one.post("/edit/"+name, settle), http.StatusConflict) // nothing was chosen
	settle = one.form(map[string]string{"do": "save", "reason": "both", "pick.title": "theirs"})
	leadsTo(t, one.post("/edit/"+name, settle), "/"+name)
	if c := read(); c.GetTitle() != "Theirs" || c.GetSummary() != "only mine" || c.GetUrgency() != tumenv1.Urgency_URGENCY_URGENT {
		t.Errorf("became %v", c)
	}
}

func TestWhatIsTypedIsKept(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	typed := map[string]string{"f.title": "Half a title", "f.summary": "and a line\nand another", "reason": "later"}
	t.Run("as a draft, when one asks", func(t *testing.T) {
		b.get("/new/case")
		form := b.form(typed)
		form.Set("do", "keep")
		leadsTo(t, b.post("/new/case", form), "/drafts")
		b.get("/drafts")
		b.shows("New case")
		p.signedIn("reviewer", "en").hides("Half a title")
		path := draftPath.FindString(b.page)
		status(t, p.signedIn("reviewer", "en").get(path), http.StatusNotFound)
		b.get(b.get(path).Header.Get("Location"))
		b.shows(`value="Half a title"`, "and a line\nand another", `value="later"`)
		form = b.form(typed)
		form.Set("do", "save")
		status(t, b.post("/new/case", form), http.StatusSeeOther)
		b.get("/drafts")
		b.shows("There are no drafts.")
	})
	t.Run("when the session ends before it is sent", func(t *testing.T) {
		b.get("/new/case")
		form := b.form(typed)
		form.Set("do", "save")
		p.clock.forward(3 * time.Hour)
		leadsTo(t, b.post("/new/case", form), "/sign-in?ended=kept&to=%2Fdrafts")
		b = p.signedIn("case-worker", "en")
		b.get("/drafts")
		path := draftPath.FindString(b.page)
		b.get(b.get(path).Header.Get("Location"))
		b.shows(`value="Half a title"`)
		b.get("/drafts")
		leadsTo(t, b.post(path+"/delete", url.Values{"etag": {regexp.MustCompile(`name="etag" value="([^"]+)"`).FindStringSubmatch(b.page)[1]}}), "/drafts")
	})
	t.Run("but not for a form of another session", func(t *testing.T) {
		b.get("/new/case")
		form := b.form(typed)
		form.Set("form", "stolen")
		p.clock.forward(time.Hour)
		leadsTo(t, b.post("/new/case", form), "/sign-in?ended=lost")
		b = p.signedIn("case-worker", "en")
		b.get("/drafts")
		b.shows("There are no drafts.")
	})
}

// TestEveryFieldHasItsWords asks for every form in every language: a label that is missing
// panics.
func TestEveryFieldHasItsWords(t *testing.T) {
	p := start(t)
	name := p.matter("Busses at night", "The committee")
	for _, language := range []string{"en", "ko", "zh-Hans"} {
		b := p.signedIn("case-worker", language)
		for _, k := range entry.Kinds() {
			if k.Name == "claim" {
				aspects := tumenv1.Aspect(0).Descriptor().Values()
				for i := 1; i < aspects.Len(); i++ {
					word := strings.ToLower(strings.TrimPrefix(string(aspects.Get(i).Name()), "ASPECT_"))
					status(t, b.get("/new/claim?case="+name+"&f.aspect="+strings.ReplaceAll(word, "_", "-")), http.StatusOK)
				}
				continue
			}
			path := "/new/" + k.Name
			if k.InCase {
				path += "?case=" + name
			}
			status(t, b.get(path), http.StatusOK)
			if len(b.page) > 100_000 {
				t.Errorf("%s has %d bytes", path, len(b.page))
			}
		}
	}
}
