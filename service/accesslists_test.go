package service_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

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
		if t.org != r.caller.org {
			want = want.and(unsaid) // it is a list of one's own organisation's, unless another is asked for
		}
		if got := slices.Contains(names, t.name); got && want == no || !got && want == yes {
			r.fatalf("%s, to %s: %s %s is in it: %v; the model says %v", what, r.caller.name, t.kind, t.name, got, want)
		}
	}
}

// lists asks for every list, everywhere and by what lies in what.
func (r reader) lists() {
	if !r.reads() && !r.takesPart() {
		return // the table has what they are answered
	}
	r.listsElsewhere()
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
	if !r.reads() {
		return // partners review nothing
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
		seen := r.sees(r.caller, i).and(r.sees(r.caller, i.uses[0])).and(r.sees(r.caller, p))
		if i.org != r.caller.org {
			seen = seen.and(unsaid) // like the events: totals are of one's own organisation
		}
		named[p] = named[p].or(seen)
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
		if !inside(r.caller, k) {
			want = no
		}
		matter, err := asked(r.world.t, ctx, r.conn, "ExchangeService/ExportMatter", []string{`{"name":"` + k.name + `"}`})
		r.discreetTo(r.caller, r.files, "ExportMatter of "+k.name, []byte(matter+told(err)))
		r.there("ExportMatter", k, want, err)
		bag, err := asked(r.world.t, ctx, r.conn, "ExportService/ExportRecords", []string{`{"query":{"case":"` + k.name + `","purpose":"RELEASE_PURPOSE_USE_IN_PROCEEDINGS"},"reason":"for a court","disclose":["PROTECTION_CONTENT","PROTECTION_IDENTITY","PROTECTION_SOURCE_IDENTITY"]}`})
		r.discreetTo(r.caller, r.bags, "ExportRecords of "+k.name, []byte(bag+told(err)))
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
			if !inside(r.caller, t) {
				r.fatalf("the ledger tells %s of %s %s, of another organisation: %v", r.caller.name, t.kind, t.name, e)
			}
			// That a revision exists may show; when and by whom it was made may not.
			if r.sees(r.caller, t) == no || t.kind != "finding" && r.saw(r.caller, t, int(e.GetRevision())) == no && len(e.GetDisclosures()) > 0 {
				r.fatalf("the ledger tells %s of revision %d of %s %s: %v", r.caller.name, e.GetRevision(), t.kind, t.name, e)
			}
		}
	}
}
