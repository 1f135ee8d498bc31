package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

var passing = regexp.MustCompile(`name="(form|once)" value="[^"]*"|The session ends at [^<]*|[0-9a-f]{32}|[0-9-]{10}-[a-z0-9]{4}\b`)

// same is an answer without what differs each time, and without the name that was asked for.
func (b *browser) same(reply *http.Response, names ...string) string {
	text := reply.Status + " " + reply.Header.Get("Location") + "\n" + reply.Header.Get("Content-Type") + "\n" + b.page
	for _, name := range names {
		for _, form := range []string{name, url.QueryEscape(name), url.QueryEscape(url.QueryEscape(name))} {
			text = strings.ReplaceAll(text, form, "N")
		}
	}
	return passing.ReplaceAllString(text, "…")
}

// madeUp is a name of the same form.
func madeUp(name string) string {
	at := len(name) - 12
	return name[:at] + name[at+1:at+2] + name[at:at+1] + strings.NewReplacer("a", "b", "1", "2", "b", "a", "2", "1", "3", "4", "4", "3", "e", "f", "f", "e", "q", "r", "r", "q").Replace(name[at+2:])
}

// Nobody learns from any answer whether something is there that they may not see: it is the
// same as for what is not.
func TestWhatIsHiddenIsAsWhatIsNotThere(t *testing.T) {
	p := start(t)
	x := p.whole()
	p.cleared("other", tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER)
	b := p.signedIn("case-worker", "en")
	b.get("/edit/" + x.matter)
	status(t, b.post("/edit/"+x.matter, b.form(map[string]string{"do": "save", "f.audience": "assigned", "f.marking": "red", "reason": "x"})), http.StatusSeeOther)
	for _, name := range []string{x.source, x.person, x.relayer} {
		b.get("/edit/" + name)
		if reply := b.post("/edit/"+name, b.form(map[string]string{"do": "save", "f.marking": "red", "reason": "x"})); reply.StatusCode != http.StatusSeeOther {
			t.Fatal(name, b.page)
		}
	}
	p.sees("other", tumenv1.Marking_MARKING_AMBER)
	p.sees("auditor", tumenv1.Marking_MARKING_AMBER)
	p.sees("reviewer", tumenv1.Marking_MARKING_AMBER)
	p.sees("administrator", tumenv1.Marking_MARKING_AMBER)
	own := p.matter("Their own", "A publisher")

	for _, member := range []string{"other", "reviewer", "partner", "auditor", "administrator"} {
		t.Run(member, func(t *testing.T) {
			b := p.signedIn(member, "en")
			as := p.as(member)
			for _, name := range []string{x.matter, x.event, x.person, x.involvement, x.source, x.relayer, x.claim, x.finding, x.page} {
				if _, err := as.Records.GetRecord(t.Context(), &tumenv1.GetRecordRequest{Name: name}); err == nil {
					continue // a copy of its own marking
				}
				fake := madeUp(name)
				pair := func(what string, ask func(name string) *http.Response) {
					t.Helper()
					real := b.same(ask(name), name)
					if strings.Contains(real, "500 ") {
						t.Errorf("%s of %s: %s", what, name, real[:200])
					}
					if none := b.same(ask(fake), fake); real != none {
						t.Errorf("%s of %s:\n%s\n---- else\n%s", what, name, cutTo(real), cutTo(none))
					}
				}
				for _, path := range []string{"/N", "/history/N", "/edit/N", "/identity/N", "/N/grants", "/N/pictures", "/N/pictures/map.png", "/N/bulk", "/N/captures", "/N/bulk/template", "/N/sources.png", "/act/grant?case=N", "/new/event?case=N",
					"/new/claim?case=N&f.aspect=count", "/cases?place=N", "/cases?source=N", "/cases?person=N", "/find?what=N", "/new/claim?f.aspect=count&case=" + own + "&f.source=N&f.subjects=N", "/do/delete/N", "/do/close/N", "/do/open/N", "/do/approve/N", "/do/retract/N", "/do/supersede/N", "/do/withdraw/N", "/do/propose/N"} {
					pair("GET "+path, func(name string) *http.Response { return b.get(strings.ReplaceAll(path, "N", name)) })
				}
				for path, form := range map[string]string{
					"/edit/N": "do=save&f.title=x&reason=x", "/identity/N": "purpose=x&token=" + p.profiles[member].Token, "/do/delete/N": "do=save&reason=x", "/do/approve/N": "do=save&reason=x",
					"/N/export": "reason=x", "/act/grant?case=N": "do=save&reason=x&f.grantee=partner-ngo&f.level=content&f.purpose=x&until=2030-01-01", "/new/event?case=N": "do=save&f.act=refoulement&reason=x",
					"/new/claim?case=" + own:        "do=save&f.source=N&f.subjects=N&f.aspect=occurrence&f.stance=asserts&reason=x",
					"/new/involvement?case=" + own:  "do=save&f.event=N&f.person=N&f.role=alleged-victim&reason=x",
					"/new/event?x=1&case=" + own:    "do=save&f.act=refoulement&f.part_of=N&f.possibly_same_as=N&f.places[0].place=N&reason=x",
					"/new/source":                   "do=save&f.kind=news&f.title=qq&f.relays[0].source=N&f.relays[0].kind=quotes&reason=x",
					"/new/person":                   "do=save&f.sex=female&f.possibly_same_as=N&reason=x",
					"/new/case":                     "do=save&f.title=zz&f.principal_event=N&reason=x",
					"/new/tie":                      "do=save&f.kind=same-people&f.a=N&f.b=N&f.grounds=x&reason=x",
					"/new/intervention?case=" + own: "do=save&f.kind=letter&f.events=N&f.disclosed=N&reason=x",
					"/N/captures":                   "do=save&f.kind=original&reason=x",
				} {
					pair("POST "+path, func(name string) *http.Response {
						values, err := url.ParseQuery(strings.ReplaceAll(form, "N", name))
						ok(t, err)
						return b.post(strings.ReplaceAll(path, "N", name), values)
					})
				}
			}
			keyed := func(what string, ask func(key string) *http.Response) {
				t.Helper()
				if real, none := b.same(ask("october"), "october"), b.same(ask("octobre"), "octobre"); real != none {
					t.Errorf("%s:\n%s\n---- else\n%s", what, cutTo(real), cutTo(none))
				}
			}
			keyed("a key", func(key string) *http.Response { return b.get("/find?key=" + key) })
			keyed("a key of the organisation", func(key string) *http.Response { return b.get("/find?key=ngo:" + key) })
			keyed("sources of a case", func(key string) *http.Response { return b.get("/sources?case=" + key) })
			keyed("a new claim", func(key string) *http.Response {
				return b.post("/new/claim?case="+own, url.Values{"do": {"save"}, "f.source": {key}, "f.subjects": {key}, "f.aspect": {"occurrence"}, "f.stance": {"asserts"}, "reason": {"x"}})
			})
			for _, path := range []string{"/", "/cases", "/sources", "/persons", "/submissions", "/members", "/find?what=october", "/drafts", "/new/claim?case=" + own + "&f.aspect=count", "/new/person", "/new/source", "/new/tie"} {
				b.get(path)
				for _, never := range []string{secretPerson, secretSource, secretBirth, "A return in October", "강제 북송", "The return of 9", "Justice For North"} {
					if strings.Contains(b.page, never) {
						t.Errorf("%s tells %s", path, never)
					}
				}
			}
		})
	}
}

func cutTo(text string) string {
	if at := strings.Index(text, "<main"); at > 0 {
		text = text[:min(120, at)] + " … " + text[at:]
	}
	return text[:min(len(text), 1800)]
}
