package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/korean"

	tumenv1 "tumen/proto/tumen/v1"
)

// sendsTable sends a file as a form on the page would.
func (b *browser) sendsTable(path, file, content string) *http.Response {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	ok(b.t, w.WriteField("form", b.token))
	part, err := w.CreateFormFile("file", file)
	ok(b.t, err)
	_, err = part.Write([]byte(content))
	ok(b.t, err)
	ok(b.t, w.Close())
	r, err := http.NewRequest(http.MethodPost, b.url+path, &body)
	ok(b.t, err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", b.url)
	reply := b.do(r)
	if where := reply.Header.Get("Location"); where != "" {
		b.get(where)
	}
	return reply
}

// table is what the page of a table sends, and where.
func (b *browser) table(typed map[string]string) *http.Response {
	b.t.Helper()
	action := "/cases" + strings.ReplaceAll(between(b.page, `<form method="post" action="/cases`, `"`), "&amp;", "&")
	return b.post(action, b.form(typed))
}

// followed looks at what is on its way until it has ended.
func (b *browser) followed(where string) {
	b.t.Helper()
	b.get(where)
	for strings.Contains(b.page, "<progress") {
		b.get(where)
	}
}

func TestManyClaimsAreRecordedFromATable(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	events, err := conn.Cases.ListEvents(t.Context(), &tumenv1.ListEventsRequest{Parent: name})
	ok(t, err)
	event := events.GetMatches()[0].GetEvent().GetName()
	page := "/" + name + "/bulk?kind=claim"
	claims := func() int {
		all, err := conn.Claims.ListClaims(t.Context(), &tumenv1.ListClaimsRequest{Parent: name, PageSize: 1000})
		ok(t, err)
		return len(all.GetMatches())
	}
	before := claims()
	b := p.signedIn("case-worker", "en")
	status(t, b.get(page), http.StatusOK)
	b.shows("at most", `enctype="multipart/form-data"`, "/bulk/template?kind=claim")

	t.Run("what is wrong is told for each cell, and can be corrected", func(t *testing.T) {
		status(t, b.sendsTable(page, "claims.csv", "key,Source,About,Aspect,How it speaks to it,How many: At least,Word for word\n"+
			"r1,The committee,"+event+",count,asserts,many,<script>alert(1)</script>\n"+
			"r2,The committee,"+event+",anzahl,asserts,5,=HYPERLINK(1)\n"+
			"r3,nobody,"+event+",occurrence,asserts,,\n"+
			",The committee,"+event+",number of people,주장함,7,말\n"), http.StatusSeeOther)
		b.shows("Something is wrong in 3 rows of 4", "A number is expected", `name="c.0.5"`, "none of the values", `name="c.1.3"`, `name="c.2.1"`, "&lt;script&gt;")
		b.hides("<script", `name="c.0.1"`, `name="c.3.`)
		b.get(b.table(map[string]string{"do": "correct", "c.0.5": "6", "c.1.3": "count", "drop.2": "yes"}).Header.Get("Location"))
		b.shows("Nothing is wrong in 3 rows")
		if claims() != before {
			t.Error("something was written")
		}
		b.get("/drafts")
		b.shows("A table of 3 claims")
		b.get(b.get(firstDraft(b.page)).Header.Get("Location"))
		status(t, b.table(map[string]string{"do": "save", "reason": ""}), http.StatusUnprocessableEntity)
		form := b.page
		reply := b.table(map[string]string{"do": "save", "reason": "from the report"})
		leadsTo(t, reply, "/"+name+"/bulk/progress")
		b.followed(reply.Header.Get("Location"))
		b.shows("3 records were made")
		if got := claims(); got != before+3 {
			t.Errorf("%d claims were made", got-before)
		}
		b.page = form
		status(t, b.table(map[string]string{"do": "save", "reason": "from the report"}), http.StatusNotFound) // its draft is gone
		b.get("/drafts")
		b.shows("There are no drafts.")
	})
	t.Run("a key that is there changes nothing", func(t *testing.T) {
		b.get(page)
		b.sendsTable(page, "claims.csv", "key,source,subjects,aspect,stance\nr1,The committee,"+event+",count,denies\n")
		b.shows("There is already a record with this key", `name="c.0.0"`)
	})
	t.Run("what is corrected is kept when the session ends", func(t *testing.T) {
		form := b.form(map[string]string{"do": "correct", "c.0.0": "r9", "c.0.4": "asserts"})
		p.clock.forward(time.Hour)
		leadsTo(t, b.post("/"+name+"/bulk/table?kind=claim", form), "/sign-in?ended=kept&to=%2Fdrafts")
		b = p.signedIn("case-worker", "en")
		b.get("/drafts")
		b.get(b.get(firstDraft(b.page)).Header.Get("Location"))
		b.shows("r9")
		b.hides("There is already a record with this key")
	})
	t.Run("a thousand", func(t *testing.T) {
		before := claims()
		var table strings.Builder
		table.WriteString("source;subjects;aspect;stance;value.count.best\n")
		for n := range 1000 - before {
			fmt.Fprintf(&table, "The committee;%s;count;asserts;%d\n", event, n+1)
		}
		b.get(page)
		status(t, b.sendsTable(page, "thousand.csv", "\ufeff"+table.String()), http.StatusSeeOther)
		b.shows("Nothing is wrong", "page=1")
		if len(b.page) > 100_000 {
			t.Errorf("the page has %d bytes", len(b.page))
		}
		form := b.form(map[string]string{"do": "save", "reason": "all of them"})
		where := b.post("/"+name+"/bulk/table?kind=claim", form).Header.Get("Location")
		leadsTo(t, b.post("/"+name+"/bulk/stop", url.Values{}), where)
		b.followed(where)
		if got := claims(); got != before && got != 1000 {
			t.Errorf("of a table that was stopped, %d claims are there", got)
		}
		if strings.Contains(b.page, "It was not recorded") { // stopped in time, or nobody heard
			b.followed(b.post("/"+name+"/bulk/table?kind=claim", form).Header.Get("Location"))
		}
		b.shows("records were made")
		if got := claims(); got != 1000 {
			t.Errorf("there are %d claims", got)
		}
	})
	t.Run("what is no table is refused with its reason", func(t *testing.T) {
		euckr, err := korean.EUCKR.NewEncoder().String("출처\n위원회\n")
		ok(t, err)
		for words, content := range map[string]string{
			"10,000 rows":                  "source\n" + strings.Repeat("x\n", 10_001),
			"Save it again as “CSV UTF-8”": euckr,
			"a spreadsheet&#39;s own":      "PK\x03\x04",
			"without rows":                 "source\n",
			"none of the columns":          "source,<script>alert(1)</script>\nx,y\n",
			"may be one of several":        "In the source's own words\nko\n",
			"stands twice":                 "source,Source\nx,y\n",
		} {
			b.get(page)
			status(t, b.sendsTable(page, "<script>.csv", content), http.StatusUnprocessableEntity)
			b.shows(words)
			b.hides("<script")
		}
		b.get(page)
		token := b.token
		status(t, b.sendsTable(page, "long.csv", strings.Repeat("x", 2<<20)), http.StatusUnprocessableEntity)
		b.shows("longer than a table may be")
		b.token = "stolen"
		status(t, b.sendsTable(page, "a.csv", "source\nx\n"), http.StatusForbidden)
		b.token = token
		leadsTo(t, p.browser().sendsTable(page, "a.csv", "source\nx\n"), "/sign-in")
	})
	t.Run("persons, whose empty table is in one's own language", func(t *testing.T) {
		b := p.signedIn("case-worker", "ko")
		page := "/" + name + "/bulk?kind=person"
		status(t, b.get("/"+name+"/bulk/template?kind=person"), http.StatusOK)
		header := strings.TrimSpace(b.page)
		if !strings.HasPrefix(header, "\ufeff자체 번호,") {
			t.Errorf("the table begins %.40q", header)
		}
		b.get(page)
		cells := make([]string, strings.Count(header, ",")+1)
		cells[0], cells[1] = "p1", "김철수"
		status(t, b.sendsTable(page, "persons.csv", header+"\n"+strings.Join(cells, ",")+"\n"), http.StatusSeeOther)
		b.followed(b.table(map[string]string{"do": "save", "reason": "from the list"}).Header.Get("Location"))
		found, err := conn.Records.FindRecord(t.Context(), &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: "ngo", Id: "p1"}}})
		ok(t, err)
		if len(found.GetNames()) != 1 {
			t.Errorf("found %v", found)
		}
	})
	t.Run("by who may", func(t *testing.T) {
		status(t, p.signedIn("auditor", "en").get(page), http.StatusNotFound)
		status(t, b.get("/"+name+"/bulk?kind=case"), http.StatusNotFound)
		b.get(page)
		b.sendsTable(page, "claims.csv", "key,source\nx,y\n")
		draft := b.form(nil).Get("draft")
		other := p.signedIn("reviewer", "en")
		status(t, other.get(page+"&draft="+draft), http.StatusNotFound)
	})
}

// TestTheEmptyTableOfEveryLanguageIsRead: what the program hands out, it takes back.
func TestTheEmptyTableOfEveryLanguageIsRead(t *testing.T) {
	p := start(t)
	name := p.matter("Busses at night", "The committee")
	for _, language := range []string{"en", "ko", "zh-Hans"} {
		b := p.signedIn("case-worker", language)
		for _, k := range []string{"claim", "person"} {
			b.get("/" + name + "/bulk/template?kind=" + k)
			header := strings.TrimSpace(b.page)
			b.get("/" + name + "/bulk?kind=" + k)
			status(t, b.sendsTable("/"+name+"/bulk?kind="+k, "empty.csv", header+"\nx"+strings.Repeat(",", strings.Count(header, ","))+"\n"), http.StatusSeeOther)
		}
	}
}
