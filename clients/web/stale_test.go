package web_test

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// What somebody else took away from a member meanwhile is not given back by a form that
// still shows it.
func TestAMemberIsShownAsTheyAreNow(t *testing.T) {
	p := start(t)
	admin := p.as("administrator")
	self, err := p.as("reviewer").Access.GetSelf(t.Context(), &tumenv1.GetSelfRequest{})
	ok(t, err)
	name := self.GetMember().GetName()
	now := func() *tumenv1.Member {
		t.Helper()
		self, err := p.as("reviewer").Access.GetSelf(t.Context(), &tumenv1.GetSelfRequest{})
		ok(t, err)
		return self.GetMember()
	}
	b := p.signedIn("administrator", "en")
	status(t, b.get("/do/update/"+name), http.StatusOK)
	form := b.form(map[string]string{"do": "save", "f.display_name": "A reviewer", "reason": "a name"})
	m := now()
	m.HighestMarking = tumenv1.Marking_MARKING_AMBER
	_, err = admin.Access.UpdateMember(t.Context(), &tumenv1.UpdateMemberRequest{Member: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"highest_marking"}}, Reason: "less"})
	ok(t, err)
	status(t, b.post("/do/update/"+name, form), http.StatusConflict)
	reply := b.post("/do/update/"+name, b.form(map[string]string{"do": "save", "f.display_name": "A reviewer", "reason": "a name"}))
	if m := now(); m.GetHighestMarking() != tumenv1.Marking_MARKING_AMBER || m.GetPending().GetHighestMarking() == tumenv1.Marking_MARKING_RED {
		t.Errorf("%s: they may see %v again, %v waits", reply.Status, m.GetHighestMarking(), m.GetPending())
	}
}

// Where both changed a list, one of the two is taken whole: rows have no name, so that of
// two rows that stand at one place none may be made of halves.
func TestRowsThatBothChangedAreNotMixed(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	for choice, want := range map[string]string{"mine": "the bridge via, the river to", "theirs": "the river to"} {
		made, err := conn.Cases.CreateEvent(t.Context(), &tumenv1.CreateEventRequest{Parent: name, Reason: "x", Event: &tumenv1.Event{Act: "refoulement", Places: []*tumenv1.PlaceValue{
			{Words: "the bridge", Part: tumenv1.PlacePart_PLACE_PART_FROM}, {Words: "the river", Part: tumenv1.PlacePart_PLACE_PART_TO},
		}}})
		ok(t, err)
		event := made.GetEvent()
		b := p.signedIn("case-worker", "en")
		b.get("/edit/" + event.GetName())
		form := b.form(map[string]string{"do": "save", "f.places[0].part": "via", "f.title": "Over the river", "reason": "x"})
		event.Places = event.Places[1:]
		_, err = conn.Cases.UpdateEvent(t.Context(), &tumenv1.UpdateEventRequest{Event: event, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"places"}}, Reason: "no bridge"})
		ok(t, err)
		status(t, b.post("/edit/"+event.GetName(), form), http.StatusConflict)
		b.shows("the bridge", "the river")
		form = b.form(map[string]string{"do": "save"})
		for _, part := range strings.Split(b.page, `name="pick.`)[1:] {
			path, _, _ := strings.Cut(part, `"`)
			form.Set("pick."+path, choice)
		}
		reply := b.post("/edit/"+event.GetName(), form)
		status(t, reply, http.StatusSeeOther)
		read, err := conn.Cases.GetEvent(t.Context(), &tumenv1.GetEventRequest{Name: event.GetName()})
		ok(t, err)
		var got []string
		for _, place := range read.GetEvent().GetPlaces() {
			got = append(got, place.GetWords()+" "+strings.ToLower(strings.TrimPrefix(place.GetPart().String(), "PLACE_PART_")))
		}
		if s := strings.Join(got, ", "); s != want || read.GetEvent().GetTitle() != "Over the river" {
			t.Errorf("%s: %q, %q", choice, s, read.GetEvent().GetTitle())
		}
	}
}

// One member's sessions leave room for those of others.
func TestNobodyTakesAllTheSessionsThereMayBe(t *testing.T) {
	p := start(t)
	first := p.signedIn("reviewer", "en")
	worker := p.signedIn("case-worker", "en")
	for range 120 {
		p.signedIn("case-worker", "en")
	}
	status(t, first.get("/"), http.StatusOK)
	leadsTo(t, worker.get("/"), "/sign-in")
	status(t, p.signedIn("case-worker", "en").get("/"), http.StatusOK)
}

func TestAnExportIsOfOneCase(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	p.matter("x", "y")
	for _, path := range []string{"/cases/-/export", "/cases/abc/export", "/cases/%2F/export"} {
		reply := b.post(path, map[string][]string{"reason": {"x"}})
		if reply.StatusCode < 400 || reply.StatusCode >= 500 {
			t.Error(path, reply.Status)
		}
	}
}
