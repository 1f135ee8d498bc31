package service_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// TestEverybodyIsToldWhatTheDocumentsSay draws offices in which people record, mark, open,
// close, withdraw and review in any order, and compares what the server then answers to
// everybody with a model of its own (accessmodel_test.go). Every text that is recorded
// stands nowhere else, so that it is found wherever it shows through.
//
//	go test ./service -run EverybodyIsTold -rapid.checks=5000 -timeout 1h
func TestEverybodyIsToldWhatTheDocumentsSay(t *testing.T) {
	drawAtMost(t, 6)
	var w *world
	draws := 0
	rapid.Check(t, func(rt *rapid.T) {
		if draws%20 == 0 {
			w = start(t, nil)
		}
		draws++
		o := openOffice(w, rt)
		rt.Repeat(o.doings())
		w.caughtUp()
		o.compare()
	})
}

// drawAtMost has rapid draw so often, unless it was told otherwise.
func drawAtMost(t *testing.T, n int) {
	checks, told := flag.Lookup("rapid.checks"), false
	flag.Visit(func(f *flag.Flag) { told = told || f == checks })
	if told {
		return
	}
	before := checks.Value.String()
	ok(t, checks.Value.Set(fmt.Sprint(n)))
	t.Cleanup(func() { ok(t, checks.Value.Set(before)) })
}

func mustMarshal(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

// truth is a record as it is stored.
func (o *office) truth(name string) (rec proto.Message) {
	o.must(o.world.records.View(o.ctx, func(v *records.View) error {
		r, err := v.Read(name)
		if err == nil {
			rec = proto.Clone(r)
		}
		return err
	}))
	return rec
}

var (
	marks   = regexp.MustCompile(`qz[0-9]{5}qz`)
	encoded = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)
)

// marksIn finds all marks in an answer, those in disclosures (base64url) too.
func marksIn(answer []byte) map[mark]bool {
	found := map[mark]bool{}
	for _, m := range marks.FindAll(answer, -1) {
		found[mark(m)] = true
	}
	for _, e := range encoded.FindAll(answer, -1) {
		if plain, err := base64.RawURLEncoding.DecodeString(string(e)); err == nil {
			for _, m := range marks.FindAll(plain, -1) {
				found[mark(m)] = true
			}
		}
	}
	return found
}

// discreet fails where an answer tells somebody what they may not be told.
func (o *office) discreet(c *caller, w way, what string, answer []byte) {
	o.t.Helper()
	o.discreetTo(c, o.told(c, w), what, answer)
}

func (o *office) discreetTo(c *caller, may map[mark]verdict, what string, answer []byte) {
	o.t.Helper()
	for _, m := range slices.Sorted(maps.Keys(marksIn(answer))) {
		if v, known := may[m]; known && v == no {
			o.fatalf("%s, to %s, tells %s, which is %s", what, c.name, m, o.whose(m))
		}
	}
}

// whose says in what record a text stands.
func (o *office) whose(m mark) string {
	for _, t := range o.things {
		for i, s := range t.past {
			_, text := s.texts[m]
			_, term := s.explained[m]
			if text || term || s.reason == m || s.bytes == m || t.external == m {
				return fmt.Sprintf("of revision %d of %s %s (class %d; term %v, reason %v)", i+1, t.kind, t.name, s.texts[m], term, s.reason == m)
			}
		}
	}
	return "of nothing"
}

// reader is somebody who reads in some way, with what they may be told.
type reader struct {
	*office
	*caller
	way
	may   map[mark]verdict
	files map[mark]verdict
}

// compare has everybody read everything.
func (o *office) compare() {
	for _, f := range o.all("finding") {
		f.past[len(f.past)-1].marking = int(o.truth(f.name).(stored).GetMarking())
	}
	for _, c := range o.callers {
		for _, purpose := range []bool{false, true} {
			if purpose && len(c.cleared) == 0 {
				continue
			}
			r := reader{office: o, caller: c, way: way{purpose: purpose}}
			r.may, r.files = o.told(c, r.way), o.told(c, way{purpose: purpose, file: true})
			r.readsEach()
			r.lists()
			r.counts()
			r.takesAway()
		}
	}
}

// call makes a call, sees that the answer is discreet, and gives it.
func (r reader) call(path string, in fields) (protoreflect.Message, error) {
	r.t.Helper()
	ctx := r.ctx
	if r.purpose {
		ctx = forPurpose(ctx)
	}
	out, err := r.rpc(r.world.t, ctx, path, in)
	answer := []byte(told(err))
	if err == nil {
		answer = mustMarshal(out.Interface())
	}
	if id, is := in["external_id"].(*tumenv1.ExternalId); is { // which the answer may repeat
		answer = bytes.ReplaceAll(answer, []byte(id.GetId()), nil)
	}
	r.discreetTo(r.caller, r.may, fmt.Sprintf("%s %v", path, in), answer)
	if err != nil {
		var asked []string
		for _, value := range in {
			if name, is := value.(string); is && name != "" {
				asked = append(asked, name)
			}
		}
		r.namesNone(r.caller, path, told(err, asked...))
	}
	return out, err
}

// there compares whether an answer was given with what the model says, and gives
// whether it was.
func (r reader) there(what string, t *thing, want verdict, err error) bool {
	r.t.Helper()
	if code := status.Code(err); err != nil && code != codes.NotFound && !(code == codes.PermissionDenied && !r.reads()) {
		r.fatalf("%s of %s %s by %s: %s", what, t.kind, t.name, r.caller.name, told(err))
	}
	if err == nil && want == no || err != nil && want == yes {
		r.fatalf("%s of %s %s by %s (purpose %v): %v; the model says %v", what, t.kind, t.name, r.caller.name, r.purpose, err, want)
	}
	return err == nil
}

// readsEach reads every record, and every revision of it.
func (r reader) readsEach() {
	for _, t := range r.things {
		k, want := kindsOfThings[t.kind], r.sees(r.caller, t)
		out, err := r.call(k.service+"/Get"+k.method, fields{"name": t.name})
		if r.there("Get", t, want, err) {
			r.whole(t, part(r.world.t, out, t.kind))
		}
		out, err = r.call("RecordService/GetRecord", fields{"name": t.name})
		if r.there("GetRecord", t, want, err) {
			r.whole(t, part(r.world.t, out.Get(out.Descriptor().Fields().ByName("record")).Message(), t.kind))
		}
		_, err = r.call("RecordService/ListRevisions", fields{"name": t.name})
		r.there("ListRevisions", t, want, err)
		if t.kind != "finding" {
			for i := range t.past {
				_, err = r.call("RecordService/GetRevision", fields{"name": t.name, "revision": int64(i + 1)})
				r.there(fmt.Sprintf("GetRevision %d", i+1), t, r.saw(r.caller, t, i+1), err)
			}
		}
		if t.external != "" {
			_, err = r.call("RecordService/FindRecord", fields{"external_id": &tumenv1.ExternalId{Issuer: "their", Id: string(t.external)}})
			r.there("FindRecord", t, want, err)
		}
		if ref := r.truth(t.name); t.kind == "case" || t.kind == "person" {
			by := ref.(interface{ GetReference() string }).GetReference()
			_, err = r.call("RecordService/FindRecord", fields{"reference": by})
			r.there("FindRecord by reference", t, want, err)
		}
		if t.kind == "capture" {
			ctx := r.ctx
			if r.purpose {
				ctx = forPurpose(ctx)
			}
			copied, err := asked(r.world.t, ctx, r.conn, "SourceService/DownloadCapture", []string{`{"name":"` + t.name + `"}`})
			r.discreetTo(r.caller, r.may, "DownloadCapture", []byte(copied))
			if !t.deleted {
				r.there("DownloadCapture", t, want, err)
			}
		}
	}
}

// whole sees that a record that is shown is shown with everything that it may be, and
// that it says so where something is missing.
func (r reader) whole(t *thing, got stored) {
	r.t.Helper()
	held, missing := marksIn(mustMarshal(got)), false
	for text, of := range t.now().texts {
		shown := yes
		if of != ofContent {
			shown = r.knows(r.caller, t, of, r.purpose)
		}
		if shown == yes && !held[text] {
			r.fatalf("%s %s as %s sees it (purpose %v) lacks %s: %v", t.kind, t.name, r.caller.name, r.purpose, text, got)
		}
		missing = missing || !held[text]
	}
	if missing && len(got.GetWithheld()) == 0 {
		r.fatalf("%s %s as %s sees it does not say that something is withheld: %v", t.kind, t.name, r.caller.name, got)
	}
	if f, is := got.(*tumenv1.Finding); is {
		r.support(t, f)
	}
}

// support compares who is said to speak to a finding with the claims that the reader
// sees, of sources that they see.
func (r reader) support(f *thing, got *tumenv1.Finding) {
	r.t.Helper()
	spoken := map[tumenv1.Stance][]string{asserts: got.GetSupport().GetSupporting().GetClaims(), denies: got.GetSupport().GetDenying().GetClaims(), unsure: got.GetSupport().GetNotConfirming().GetClaims()}
	hides := false
	for _, c := range r.all("claim") {
		if c.uses[1] != f.uses[0] || c.aspect != f.aspect || !c.inForce {
			continue
		}
		seen := r.sees(r.caller, c).and(r.sees(r.caller, c.uses[0]))
		listed := slices.Contains(spoken[c.stance], c.name)
		if listed && seen == no || !listed && seen == yes {
			r.fatalf("finding %s as %s sees it: claim %s is listed: %v; the model says %v: %v", f.name, r.caller.name, c.name, listed, seen, got.GetSupport())
		}
		hides = hides || !listed
	}
	if hides && len(got.GetWithheld()) == 0 {
		r.fatalf("finding %s as %s sees it does not say that some of it is withheld: %v", f.name, r.caller.name, got)
	}
	text := string(mustMarshal(got.GetSupport())) + string(mustMarshal(got.GetApprovedSupport())) + fmt.Sprint(got.GetApprovedEvidence(), got.GetStaleReasons())
	for _, t := range r.all("claim", "source", "tie") {
		if r.sees(r.caller, t) == no && strings.Contains(text, t.name) {
			r.fatalf("finding %s names %s %s to %s", f.name, t.kind, t.name, r.caller.name)
		}
	}
}

// listing asks for all pages of a list, and gives the names on them.
func (r reader) listing(path, kind string, in fields) ([]string, error) {
	r.t.Helper()
	var names []string
	token := ""
	for {
		in := maps.Clone(in)
		in["page_size"], in["page_token"] = int32(7), token
		out, err := r.call(path, in)
		if err != nil {
			return nil, err
		}
		names = append(names, listed(out, kind)...)
		if token = out.Get(out.Descriptor().Fields().ByName("next_page_token")).String(); token == "" {
			return names, nil
		}
	}
}

// holds compares a list with the records that fit it.
func (r reader) holds(what string, names []string, fits func(*thing) verdict) {
	r.t.Helper()
	for _, t := range r.things {
		want := fits(t)
		if got := slices.Contains(names, t.name); got && want == no || !got && want == yes {
			r.fatalf("%s, to %s: %s %s is in it: %v; the model says %v", what, r.caller.name, t.kind, t.name, got, want)
		}
	}
}

// lists asks for every list, everywhere and by what lies in what.
func (r reader) lists() {
	if !r.reads() {
		return // the table has what they are answered
	}
	for _, kind := range slices.Sorted(maps.Keys(kindsOfThings)) {
		k := kindsOfThings[kind]
		all := fields{"show_deleted": true}
		if slices.Contains([]string{"event", "involvement", "intervention", "claim", "finding"}, kind) {
			all["parent"] = "cases/-"
		}
		if kind == "capture" {
			all["parent"] = "sources/-"
		}
		path := k.service + "/List" + k.plural
		names, err := r.listing(path, kind, all)
		r.must(err)
		r.holds(path, names, func(t *thing) verdict { return if_(t.kind == kind).and(r.sees(r.caller, t)) })
		delete(all, "show_deleted")
		names, err = r.listing(path, kind, all)
		r.must(err)
		r.holds(path+" of what is not deleted", names, func(t *thing) verdict { return if_(t.kind == kind && !t.deleted).and(r.sees(r.caller, t)) })
		if all["parent"] == nil {
			continue
		}
		for _, in := range r.all("case", "source") {
			if (in.kind == "source") != (kind == "capture") {
				continue
			}
			names, err := r.listing(path, kind, fields{"parent": in.name, "show_deleted": true})
			if r.there(path, in, r.sees(r.caller, in), err) {
				r.holds(path+" in "+in.name, names, func(t *thing) verdict { return if_(t.kind == kind && t.in == in).and(r.sees(r.caller, t)) })
			}
		}
	}
	r.filtered()
}

// filtered asks for lists by what they bear on: what one doesn't see makes nothing match.
func (r reader) filtered() {
	for _, s := range r.all("source") {
		by := func(path, kind string, in fields, fits func(t, claim *thing) verdict) {
			names, err := r.listing(path, kind, in)
			if want := r.sees(r.caller, s); err != nil && status.Code(err) == codes.InvalidArgument && want != yes {
				return
			}
			r.must(err)
			r.holds(fmt.Sprintf("%s by source %s", path, s.name), names, func(t *thing) verdict {
				if t.kind != kind || t.deleted {
					return no
				}
				some := no
				for _, c := range r.all("claim") {
					if c.inForce && c.uses[0] == s {
						some = some.or(fits(t, c).and(r.sees(r.caller, c)).and(r.sees(r.caller, s)))
					}
				}
				return some.and(r.sees(r.caller, t))
			})
		}
		by("CaseService/ListEvents", "event", fields{"parent": "cases/-", "source": s.name}, r.speaksTo)
		by("CaseService/ListCases", "case", fields{"source": s.name}, func(t, c *thing) verdict {
			some := no
			for _, e := range r.all("event") {
				if e.in == t && !e.deleted {
					some = some.or(r.speaksTo(e, c).and(r.sees(r.caller, e)))
				}
			}
			return some
		})
	}
	for _, e := range r.all("event", "person") {
		if e.kind == "event" {
			names, err := r.listing("CaseService/ListInvolvements", "involvement", fields{"parent": "cases/-", "event": e.name})
			if r.referred(e, err) {
				r.holds("ListInvolvements in "+e.name, names, func(t *thing) verdict {
					return if_(t.kind == "involvement" && !t.deleted && t.uses[0] == e).and(r.sees(r.caller, t))
				})
			}
		}
		names, err := r.listing("ClaimService/ListClaims", "claim", fields{"parent": "cases/-", "subject": e.name})
		if r.referred(e, err) {
			r.holds("ListClaims on "+e.name, names, func(t *thing) verdict { return if_(t.kind == "claim" && t.uses[1] == e).and(r.sees(r.caller, t)) })
		}
	}
	for _, k := range r.all("case") {
		names, err := r.listing("SourceService/ListSources", "source", fields{"case": k.name})
		if !r.referred(k, err) {
			continue
		}
		r.holds("ListSources of case "+k.name, names, func(t *thing) verdict {
			some := no
			for _, c := range r.all("claim") {
				if c.in == k && c.uses[0] == t {
					v := r.sees(r.caller, c)
					if !c.inForce {
						v = v.and(unsaid)
					}
					some = some.or(v)
				}
			}
			return if_(t.kind == "source").and(some).and(r.sees(r.caller, t))
		})
	}
	names, err := r.listing("VerificationService/ListReviewQueue", "finding", fields{})
	r.must(err)
	r.holds("ListReviewQueue", names, func(t *thing) verdict { return if_(t.kind == "finding").and(unsaid).and(r.sees(r.caller, t)) })
}

// speaksTo says whether a claim is on an event, or on a part that somebody had in it.
func (r reader) speaksTo(event, claim *thing) verdict {
	subject := claim.uses[1]
	if subject.kind == "involvement" && subject.uses[0] == event {
		return unsaid
	}
	return if_(subject == event)
}

// referred says whether a call by a filter went through: it does for who sees what it
// names.
func (r reader) referred(t *thing, err error) bool {
	r.t.Helper()
	want := r.sees(r.caller, t)
	if code := status.Code(err); err != nil && code != codes.InvalidArgument && code != codes.NotFound {
		r.must(err)
	}
	if err == nil && want == no || err != nil && want == yes {
		r.fatalf("a list by %s %s, to %s: %v; the model says %v", t.kind, t.name, r.caller.name, err, want)
	}
	return err == nil
}

// counts compares which events a total is of.
func (r reader) counts() {
	if !r.reads() {
		return
	}
	out, err := r.call("StatisticsService/CountPeople", fields{})
	r.must(err)
	r.contributed("CountPeople", out, func(*thing) bool { return true })
	for _, k := range r.all("case") {
		out, err := r.call("StatisticsService/CountPeople", fields{"case": k.name})
		if r.referred(k, err) {
			r.contributed("CountPeople of "+k.name, out, func(t *thing) bool { return t.in == k })
		}
	}
}

func (r reader) contributed(what string, out protoreflect.Message, of func(*thing) bool) {
	r.t.Helper()
	var events []string
	named := map[*thing]verdict{}
	told := int64(0)
	for _, total := range out.Interface().(*tumenv1.CountPeopleResponse).GetTotals() {
		for _, c := range total.GetContributions() {
			events = append(events, c.GetEvent())
		}
		told += total.GetNamedPersons()
	}
	r.holds(what, events, func(t *thing) verdict { return if_(t.kind == "event" && !t.deleted && of(t)).and(r.sees(r.caller, t)) })
	for _, i := range r.all("involvement") {
		if len(i.uses) < 2 || i.deleted || i.uses[0].deleted || !of(i.uses[0]) {
			continue
		}
		p := i.uses[1]
		named[p] = named[p].or(r.sees(r.caller, i).and(r.sees(r.caller, i.uses[0])).and(r.sees(r.caller, p)))
	}
	least, most := int64(0), int64(0)
	for _, v := range named {
		if v == yes {
			least++
		}
		if v != no {
			most++
		}
	}
	if told < least || told > most {
		r.fatalf("%s, to %s: %d named persons; the model says %d to %d", what, r.caller.name, told, least, most)
	}
}

// takesAway exports every case in both ways.
func (r reader) takesAway() {
	ctx := r.ctx
	if r.purpose {
		ctx = forPurpose(ctx)
	}
	for _, k := range r.all("case") {
		want := r.sees(r.caller, k)
		matter, err := asked(r.world.t, ctx, r.conn, "ExchangeService/ExportMatter", []string{`{"name":"` + k.name + `"}`})
		r.discreetTo(r.caller, r.files, "ExportMatter of "+k.name, []byte(matter+told(err)))
		r.there("ExportMatter", k, want, err)
		bag, err := asked(r.world.t, ctx, r.conn, "ExportService/ExportRecords", []string{`{"query":{"case":"` + k.name + `"},"reason":"for a court","disclose":["PROTECTION_CONTENT","PROTECTION_IDENTITY","PROTECTION_SOURCE_IDENTITY"]}`})
		r.discreetTo(r.caller, r.files, "ExportRecords of "+k.name, []byte(bag+told(err)))
		if !r.there("ExportRecords", k, want, err) {
			continue
		}
		for _, t := range r.things {
			in := strings.Contains(bag, `"record":"`+t.name+`"`)
			if seen := r.sees(r.caller, t); in && seen == no || !in && seen == yes && t.in == k && !t.deleted {
				r.fatalf("the export of %s to %s has %s %s: %v; the model says %v", k.name, r.caller.name, t.kind, t.name, in, seen)
			}
		}
	}
	out, err := r.call("LedgerService/ListLedgerEntries", fields{"page_size": int32(1000)})
	if err != nil {
		return
	}
	for _, e := range out.Interface().(*tumenv1.ListLedgerEntriesResponse).GetEntries() {
		for _, t := range r.things {
			if e.GetRecord() != t.name {
				continue
			}
			// That a revision exists may show; when and by whom it was made may not.
			if r.sees(r.caller, t) == no || t.kind != "finding" && r.saw(r.caller, t, int(e.GetRevision())) == no && len(e.GetDisclosures()) > 0 {
				r.fatalf("the ledger tells %s of revision %d of %s %s: %v", r.caller.name, e.GetRevision(), t.kind, t.name, e)
			}
		}
	}
}
