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
	atMost := 8 // what was planted for a trial was found in the seventh at the latest
	if raceDetector {
		atMost = 2
	}
	drawAtMost(t, atMost)
	var w *world
	draws, reached := 0, reach{}
	rapid.Check(t, func(rt *rapid.T) {
		if draws%20 == 0 {
			w = startAt(t, nil, hours.Now)
		}
		draws++
		o := openOffice(w, rt)
		defer func() { reached.count(o.reached) }()
		rt.Repeat(o.doings())
		if o.mostly("work together") {
			o.joint()
		}
		w.caughtUp()
		o.compare()
		for range 2 {
			o.changesUnseen()
		}
	})
	for _, what := range slices.Sorted(maps.Keys(reached)) {
		t.Logf("%s: in %d of %d draws", what, reached[what], draws)
	}
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
	bags  map[mark]verdict
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
			r.bags = o.told(c, way{file: true, bag: true})
			r.readsEach()
			r.lists()
			r.counts()
			r.takesAway()
			r.offers()
		}
	}
}

// changesUnseen changes a text of something that somebody doesn't see: that moves no
// etag and no total of theirs.
func (o *office) changesUnseen() {
	t := o.one("changed unseen", "event", "involvement", "intervention", "claim", "source", "tie", "case")
	c := rapid.SampledFrom(o.callers).Draw(o.t, "unseen by")
	if t == nil || t.deleted || !c.reads() || o.sees(c, t) != no || o.sees(t.by, t) != yes || t.kind == "claim" && !t.inForce {
		return
	}
	r := reader{office: o, caller: c, may: o.told(c, way{})}
	before := r.states()
	o.change(t.by, t, "change")
	if len(before) != len(r.states()) {
		o.fatalf("a change of %s %s shows to %s in how much they see", t.kind, t.name, c.name)
	}
	for what, now := range r.states() {
		if before[what] != now {
			o.fatalf("a change of %s %s shows to %s in %s", t.kind, t.name, c.name, what)
		}
	}
}

// states are the etags of all that somebody sees, and their totals.
func (r reader) states() map[string]string {
	all := map[string]string{}
	for _, t := range r.things {
		k := kindsOfThings[t.kind]
		if out, err := r.call(k.service+"/Get"+k.method, fields{"name": t.name}); err == nil {
			all[t.name] = part(r.world.t, out, t.kind).GetEtag()
		}
	}
	out, err := r.call("StatisticsService/CountPeople", fields{})
	r.must(err)
	all["a total"] = string(mustMarshal(out.Interface()))
	return all
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
		r.reaches(t)
		out, err := r.call(k.service+"/Get"+k.method, fields{"name": t.name})
		if r.there("Get", t, want, err) {
			r.whole(t, part(r.world.t, out, t.kind))
		}
		out, err = r.call("RecordService/GetRecord", fields{"name": t.name})
		if r.there("GetRecord", t, want, err) {
			r.whole(t, part(r.world.t, out.Get(out.Descriptor().Fields().ByName("record")).Message(), t.kind))
		}
		_, err = r.call("RecordService/ListRevisions", fields{"name": t.name})
		r.past("ListRevisions", t, want, err)
		if t.kind != "finding" {
			for i := range t.past {
				_, err = r.call("RecordService/GetRevision", fields{"name": t.name, "revision": int64(i + 1)})
				r.past(fmt.Sprintf("GetRevision %d", i+1), t, r.saw(r.caller, t, i+1), err)
			}
		}
		if t.external != "" {
			_, err = r.call("RecordService/FindRecord", fields{"external_id": &tumenv1.ExternalId{Issuer: "their", Id: string(t.external)}})
			r.there("FindRecord", t, want.and(if_(inside(r.caller, t))), err)
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
			switch {
			case inside(r.caller, t) && t.deleted:
			case inside(r.caller, t):
				r.there("DownloadCapture", t, want, err)
			case err == nil && want.and(if_(t.now().free)) == no || err != nil && want.and(if_(t.now().free && !t.deleted)) == yes:
				r.fatalf("the bytes of %s, outside, to %s: %v; the model says it is there: %v, and free of identities: %v", t.name, r.caller.name, err, want, t.now().free)
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
		shown := r.shows(r.caller, t, of, r.purpose)
		r.reachesText(t, of, shown)
		if shown == yes && !held[text] {
			r.fatalf("%s %s as %s sees it (purpose %v) lacks %s: %v", t.kind, t.name, r.caller.name, r.purpose, text, got)
		}
		missing = missing || !held[text]
	}
	if missing && len(got.GetWithheld()) == 0 {
		r.fatalf("%s %s as %s sees it does not say that something is withheld: %v", t.kind, t.name, r.caller.name, got)
	}
	if !inside(r.caller, t) {
		r.impersonal(t, got)
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
