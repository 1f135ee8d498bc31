package web_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tumen/clients/web"
	"tumen/clients/web/browsertest"
	"tumen/clients/web/entry"
	"tumen/clients/web/wording"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// The matter of October 2023 is taken in, recorded, reviewed by two people and exported
// in a browser that runs no scripts, by people of three languages; in the end it gives the
// same answers as the matter that was applied from its file.
func theMatterIsWorkedThroughByHand(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	matter := o.documents(t)
	for _, language := range wording.Languages() {
		t.Run(string(language), func(t *testing.T) {
			server := daemontest.Start(t, daemontest.Options{})
			s := &octoberSite{place: behind(t, server), conn: server.Connect("case-worker"), names: map[string]string{}}
			s.open(func(c *web.Config) {
				for _, member := range []string{"case-worker", "reviewer", "reviewer-2", "auditor"} {
					c.Demonstration = append(c.Demonstration, web.Member{Name: member, Token: s.profiles[member].Token})
				}
			})
			story := &story{site: s, b: b, language: language, called: map[string]string{}, matter: matter, applied: o}
			story.records(t)
			story.givesTheSameAnswers(t)
			story.isReviewed(t)
			story.isExported(t)
		})
	}
}

// documents are those of the matter, as its export has them.
func (o *octoberSite) documents(t *testing.T) []*tumenv1.MatterDocument {
	t.Helper()
	var all []*tumenv1.MatterDocument
	for reply, err := range o.conn.ExportMatter(t.Context(), o.name("october-2023")) {
		ok(t, err)
		if d := reply.GetDocument(); d != nil {
			all = append(all, d)
		}
	}
	return all
}

// story is the matter as it is worked through in one language.
type story struct {
	site, applied *octoberSite
	b             *browsertest.Browser
	language      wording.Language
	matter        []*tumenv1.MatterDocument
	called        map[string]string // what forms call a record of the matter, by its key
	in            string            // the case: "cases/…"
}

// of are the documents of a kind of record, those first that others refer to.
func (s *story) of(kind string) []*tumenv1.MatterDocument {
	var all []*tumenv1.MatterDocument
	for _, d := range s.matter {
		if string(unwrapped(d).ProtoReflect().Descriptor().Name()) == entry.KindOf(kind).Title() {
			all = append(all, d)
		}
	}
	if kind == "source" {
		all = relayedFirst(all)
	}
	return all
}

func relayedFirst(documents []*tumenv1.MatterDocument) []*tumenv1.MatterDocument {
	var ordered []*tumenv1.MatterDocument
	there := map[string]bool{}
	for len(ordered) < len(documents) {
		for _, d := range documents {
			waits := slices.ContainsFunc(d.GetRecord().GetSource().GetRelays(), func(r *tumenv1.Relay) bool { return !there[r.GetSource()] })
			if !there[d.GetKey()] && !waits {
				there[d.GetKey()] = true
				ordered = append(ordered, d)
			}
		}
	}
	return ordered
}

// records types the whole matter: what reached us first in the steps of an intake, the
// other sources and events in forms, the other claims in a table.
func (s *story) records(t *testing.T) {
	h := &hand{Window: s.b.Window(t, s.site.url), t: t, words: wording.In(s.language)}
	h.Go("/sign-in?language=" + string(s.language))
	s.picture(h, "sign-in")
	h.Follow("case-worker")
	s.picture(h, "work")
	s.takesIn(h)
	for _, d := range s.of("source")[1:] {
		h.Go("/new/source")
		s.typesRecord(h, d)
	}
	for _, kind := range []string{"event", "involvement", "intervention"} {
		for i, d := range s.of(kind) {
			if kind == "event" && i == 0 {
				continue // taken in
			}
			h.Go("/new/" + kind + "?case=" + s.in)
			s.typesRecord(h, d)
		}
	}
	for _, d := range s.of("tie") {
		h.Go("/new/tie")
		s.typesRecord(h, d)
	}
	s.sendsTable(h)
}

// typesRecord fills in a form and saves it.
func (s *story) typesRecord(h *hand, d *tumenv1.MatterDocument) {
	h.t.Helper()
	k, texts := textsOf(unwrapped(d))
	leaves(texts)
	h.types(k, texts, s.called)
	h.because("October 2023", h.say("entry.save"))
	if h.Status() != 200 || strings.HasPrefix(h.Path(), "/new/") {
		h.Fail("%s %s was not saved", k.Name, d.GetKey())
	}
	s.called[d.GetKey()] = s.label(k, texts)
}

// leaves takes out what is not typed: events that are not there yet, and what is so where
// nothing is said.
func leaves(texts entry.Texts) {
	for _, left := range []string{"principal_event", "marking", "audience"} {
		delete(texts, left)
	}
}

// label is what forms call a record without a key.
func (s *story) label(k *entry.Kind, texts entry.Texts) string {
	if k.Name == "source" {
		return cmp.Or(texts["publisher"], texts["author"], texts["title"])
	}
	return texts["title"]
}

// sendsTable uploads the claims that are left as a table, and has it recorded.
func (s *story) sendsTable(h *hand) {
	h.t.Helper()
	h.Go("/" + s.in + "/bulk?kind=claim")
	h.Upload(h.say("bulk.file"), s.table(h.t))
	h.Follow(h.say("bulk.send"))
	h.Says(h.words.Count("bulk.nothing_wrong", int64(len(s.claims()))))
	h.because("October 2023", h.words.Count("bulk.record", int64(len(s.claims()))))
	for range 100 { // the page itself asks again
		if strings.Contains(h.Text(), h.say("bulk.to_case")) {
			break
		}
		h.Follow(h.say("bulk.look_again"))
	}
	h.Follow(h.say("bulk.to_case"))
}

// claims are those that were not taken in.
func (s *story) claims() []*tumenv1.MatterDocument {
	return slices.DeleteFunc(s.of("claim"), func(d *tumenv1.MatterDocument) bool { return s.takenIn(d.GetRecord().GetClaim()) })
}

func (s *story) takenIn(c *tumenv1.Claim) bool {
	return c.GetSource() == "S1" && slices.Equal(c.GetSubjects(), []string{"E1"})
}

// table writes the claims as a spreadsheet would.
func (s *story) table(t *testing.T) string {
	t.Helper()
	columns := map[string]bool{}
	var rows []entry.Texts
	for _, d := range s.claims() {
		_, texts := textsOf(unwrapped(d))
		leaves(texts)
		texts["source"] = s.called[texts["source"]]
		for _, list := range []string{"subjects", "relays"} {
			var called []string
			for key := range strings.SplitSeq(texts[list], "\n") {
				if key != "" {
					called = append(called, cmp.Or(s.called[key], key))
				}
			}
			texts[list] = strings.Join(called, ";")
		}
		texts = texts.Trimmed()
		for path := range texts {
			columns[path] = true
		}
		rows = append(rows, texts)
	}
	paths := slices.Sorted(maps.Keys(columns))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	ok(t, w.Write(paths))
	for _, row := range rows {
		var cells []string
		for _, path := range paths {
			cells = append(cells, row[path])
		}
		ok(t, w.Write(cells))
	}
	w.Flush()
	file := filepath.Join(t.TempDir(), "claims.csv")
	ok(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}

// givesTheSameAnswers compares what supports each finding with the matter from its file.
func (s *story) givesTheSameAnswers(t *testing.T) {
	want, got := supports(t, s.applied, s.applied.name("october-2023")), supports(t, s.site, s.in)
	if len(want) == 0 || !maps.Equal(want, got) {
		t.Errorf("what was typed has the answers\n%v\nwhat was applied\n%v", got, want)
	}
}

// answer is how many origins speak for and against a finding.
type answer struct{ least, most, denyLeast, denyMost int32 }

// supports are the answers of a case's findings, by event and aspect.
func supports(t *testing.T, o *octoberSite, in string) map[string]answer {
	t.Helper()
	ctx := t.Context()
	titles := map[string]string{}
	events, err := o.conn.Cases.ListEvents(ctx, &tumenv1.ListEventsRequest{Parent: in, PageSize: 1000})
	ok(t, err)
	for _, m := range events.GetMatches() {
		titles[m.GetEvent().GetName()] = m.GetEvent().GetTitle()
	}
	found, err := o.conn.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{Parent: in, PageSize: 1000})
	ok(t, err)
	all := map[string]answer{}
	for _, f := range found.GetFindings() {
		s := f.GetSupport()
		all[titles[f.GetSubject()]+" "+f.GetAspect().String()] = answer{s.GetSupporting().GetAtLeast(), s.GetSupporting().GetAtMost(), s.GetDenying().GetAtLeast(), s.GetDenying().GetAtMost()}
	}
	return all
}
