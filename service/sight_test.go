package service_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// put changes a stored record beside every rule: it stands for what reviewers
// have done before.
func (o *october) put(name string, edit func(records.Record)) {
	o.t.Helper()
	_, err := o.world.records.Change(o.ctx, records.Author{Member: o.worker.name, Method: "test", Reason: "set up"}, func(tx *records.Tx) error {
		before, err := tx.Read(name)
		if err != nil {
			return err
		}
		after := proto.Clone(before).(records.Record)
		edit(after)
		return tx.Put(after)
	})
	ok(o.t, err)
}

// hide marks a record above what a limited member may see.
func (o *october) hide(name string) {
	o.t.Helper()
	o.put(name, func(rec records.Record) {
		m := rec.ProtoReflect()
		set(o.t, m, "marking", red)
	})
}

// decide makes the finding on an aspect of a keyed event a corroborated one.
func (o *october) decide(key string, aspect tumenv1.Aspect, value *tumenv1.Value) string {
	o.t.Helper()
	const corroborated = tumenv1.FindingState_FINDING_STATE_CORROBORATED
	name := ""
	_, err := o.world.records.Change(o.ctx, records.Author{Member: o.worker.name, Method: "test", Reason: "set up"}, func(tx *records.Tx) error {
		f, err := tx.FindingOn(o.names[key], aspect)
		if err != nil {
			return err
		}
		decided := &tumenv1.Finding{Subject: o.names[key], Aspect: aspect}
		if f != nil {
			decided = proto.Clone(f).(*tumenv1.Finding)
		}
		decided.State = corroborated
		decided.Conclusion = &tumenv1.Conclusion{Outcome: corroborated, Value: value}
		if f != nil {
			err = tx.Put(decided)
		} else {
			if err = tx.Create(decided, caseOf(o)); err == nil {
				decided = proto.Clone(decided).(*tumenv1.Finding)
				set(o.t, decided.ProtoReflect(), "owner", mustRead(tx, caseOf(o)).GetOwner())
				err = tx.Put(decided)
			}
		}
		name = decided.GetName()
		return err
	})
	ok(o.t, err)
	return name
}

func mustRead(tx *records.Tx, name string) records.Record {
	rec, err := tx.Read(name)
	if err != nil {
		panic(err)
	}
	return rec
}

// involve records somebody's part in an event, under a key.
func (o *october) involve(key, event, person string) {
	o.t.Helper()
	i := &tumenv1.Involvement{Event: event, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM, Who: &tumenv1.Involvement_Unnamed{Unnamed: "a group"}}
	if person != "" {
		i.Who = &tumenv1.Involvement_Person{Person: person}
	}
	d := doc(key, &tumenv1.Record{Record: &tumenv1.Record_Involvement{Involvement: i}})
	d.Case = "october-2023"
	o.apply(o.worker, false, d)
}

// custody is a claim of a source on an involvement, under the key C-source-key.
func (o *october) custody(source, key string) {
	o.t.Helper()
	v := &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: "held"}}}
	d := claim(source, key, tumenv1.Aspect_ASPECT_CUSTODY_STATUS, asserts, v)
	d.Key = "C-" + source + "-" + key
	o.apply(o.worker, false, d)
}

// search is one way to ask for records.
type search struct {
	name string
	ask  func(*october, *member) string
}

// eventsBy asks for events, page by page.
func eventsBy(name string, req *tumenv1.ListEventsRequest) search {
	return search{name, func(o *october, m *member) string {
		o.t.Helper()
		req := proto.Clone(req).(*tumenv1.ListEventsRequest)
		if req.Parent == "" {
			req.Parent = "cases/-"
		} else {
			req.Parent = o.names[req.Parent]
		}
		if req.Source != "" {
			req.Source = o.names[req.Source]
		}
		req.PageSize = 2
		var got []string
		for {
			out, err := m.cases.ListEvents(o.ctx, req)
			ok(o.t, err)
			for _, x := range out.GetMatches() {
				got = append(got, o.keys[x.GetEvent().GetName()]+dated(x.GetDating()))
			}
			if req.PageToken = out.GetNextPageToken(); req.PageToken == "" {
				return strings.Join(got, " ")
			}
		}
	}}
}

func dated(d tumenv1.Dating) string {
	switch d {
	case tumenv1.Dating_DATING_DATED_SO:
		return " so"
	case tumenv1.Dating_DATING_MAY_BE:
		return " may be"
	}
	return ""
}

// claimsBy asks for claims.
func claimsBy(name string, req *tumenv1.ListClaimsRequest) search {
	return search{name, func(o *october, m *member) string {
		o.t.Helper()
		req := proto.Clone(req).(*tumenv1.ListClaimsRequest)
		req.Parent = "cases/-"
		out, err := m.claims.ListClaims(o.ctx, req)
		ok(o.t, err)
		var got []string
		for _, x := range out.GetMatches() {
			got = append(got, o.keys[x.GetClaim().GetName()]+dated(x.GetDating()))
		}
		slices.Sort(got)
		return strings.Join(got, ", ")
	}}
}

// peopleBy asks which events a count of people adds up.
func peopleBy(name string, req *tumenv1.CountPeopleRequest) search {
	return search{name, func(o *october, m *member) string {
		o.t.Helper()
		var got []string
		for _, total := range o.count(m, req) {
			for _, x := range total.GetContributions() {
				got = append(got, o.keys[x.GetEvent()])
			}
		}
		return strings.Join(got, " ")
	}}
}

// casesBy asks for cases.
func casesBy(name string, req *tumenv1.ListCasesRequest) search {
	return search{name, func(o *october, m *member) string {
		o.t.Helper()
		req := proto.Clone(req).(*tumenv1.ListCasesRequest)
		if req.Source != "" {
			req.Source = o.names[req.Source]
		}
		out, err := m.cases.ListCases(o.ctx, req)
		ok(o.t, err)
		var got []string
		for _, x := range out.GetMatches() {
			got = append(got, o.keys[x.GetCase().GetName()]+dated(x.GetDating()))
		}
		return strings.Join(got, " ")
	}}
}

const onCustody = tumenv1.Aspect_ASPECT_CUSTODY_STATUS

func TestFiltersMatchByWhatOneMaySee(t *testing.T) {
	for _, c := range []struct {
		name      string
		hide      func(*october)
		search    search
		all, some string // who sees everything, who does not
	}{
		{"a place that a hidden claim names", func(o *october) { o.hide(o.names["C-S4-E1-"+onPlace.String()]) },
			eventsBy("", &tumenv1.ListEventsRequest{Place: "places/changbai"}), "E1", ""},
		{"a place that a hidden claim names beside a visible one", func(o *october) { o.hide(o.names["C-S4-E1-"+onPlace.String()]) },
			eventsBy("", &tumenv1.ListEventsRequest{Place: "places/hunchun"}), "E1", "E1"},
		{"a case by a place that a hidden claim names", func(o *october) { o.hide(o.names["C-S4-E1-"+onPlace.String()]) },
			casesBy("", &tumenv1.ListCasesRequest{Place: "places/changbai"}), "october-2023", ""},
		{"people at a place that a hidden claim names", func(o *october) { o.hide(o.names["C-S4-E1-"+onPlace.String()]) },
			peopleBy("", &tumenv1.CountPeopleRequest{Place: "places/changbai"}), "E1", ""},
		{"a place and a period", func(o *october) { o.hide(o.names["C-S4-E1-"+onPlace.String()]) },
			eventsBy("", &tumenv1.ListEventsRequest{Place: "places/changbai", Within: "2023"}), "E1 so", ""},
		{"a place of a hidden finding", func(o *october) { o.hide(o.decide("E5", onPlace, via("dandong"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Place: "places/dandong"}), "E1 E5", "E1"},
		{"an outcome of a hidden finding", func(o *october) { o.hide(o.decide("E1", occurrence, nil)) },
			eventsBy("", &tumenv1.ListEventsRequest{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED}), "E1", ""},
		{"an outcome of a hidden finding in a period", func(o *october) { o.hide(o.decide("E1", occurrence, nil)) },
			eventsBy("", &tumenv1.ListEventsRequest{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Within: "2023"}), "E1 so", ""},
		{"an outcome of a hidden finding in a case", func(o *october) { o.hide(o.decide("E1", occurrence, nil)) },
			eventsBy("", &tumenv1.ListEventsRequest{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Parent: "october-2023"}), "E1", ""},
		{"claims by an outcome of a hidden finding", func(o *october) { o.hide(o.decide("E2", occurrence, nil)) },
			claimsBy("", &tumenv1.ListClaimsRequest{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED}), "C-S10-E2-" + count.String(), ""},
		{"a hidden decided time is not searched by", func(o *october) { o.hide(o.decide("E5", onTime, when("2022-03"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2022"}), "E5 so", ""},
		{"under a hidden decided time the recorded one is", func(o *october) { o.hide(o.decide("E5", onTime, when("2022-03"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2021"}), "", "E5 so"},
		{"a hidden decided time that is longer makes nothing unsure", func(o *october) { o.hide(o.decide("E5", onTime, when("2021"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2021-07"}), "E5 may be", "E5 so"},
		{"a hidden decided time that begins on the same day counts once", func(o *october) { o.hide(o.decide("E5", onTime, when("2021-07-01/2021-07-30"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2021"}), "E5 so", "E5 so"},
		{"the order of a list by time follows no hidden time", func(o *october) { o.hide(o.decide("E5", onTime, when("2023-12"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2021/2023", Act: "refoulement"}), "E3 so E4 so E1 so E5 so", "E5 so E3 so E4 so E1 so"},
		{"a hidden decided time in a case", func(o *october) { o.hide(o.decide("E5", onTime, when("2022-03"))) },
			eventsBy("", &tumenv1.ListEventsRequest{Within: "2021/2022", Parent: "october-2023"}), "E5 so", "E5 so"},
		{"ongoing by a hidden decided time", func(o *october) { o.hide(o.decide("E2", onTime, when("2010/2011"))) },
			eventsBy("", &tumenv1.ListEventsRequest{OngoingIn: "2010-06"}), "E2 may be", ""},
		{"ongoing by the recorded time under a hidden one", func(o *october) { o.hide(o.decide("E2", onTime, when("2010/2011"))) },
			eventsBy("", &tumenv1.ListEventsRequest{OngoingIn: "2022-06"}), "", "E2 so"},
		{"a case by a hidden decided time", func(o *october) { o.hide(o.decide("E5", onTime, when("2025-03"))) },
			casesBy("", &tumenv1.ListCasesRequest{Within: "2025"}), "october-2023 so", ""},
		{"people counted by a hidden decided time", func(o *october) { o.hide(o.decide("E5", onTime, when("2022-03"))) },
			peopleBy("", &tumenv1.CountPeopleRequest{Within: "2021"}), "", "E5"},
		{"a source by a hidden claim", func(o *october) { o.hide(o.names["C-S10-E2-"+count.String()]) },
			eventsBy("", &tumenv1.ListEventsRequest{Source: "S10"}), "E2", ""},
		{"a case by a hidden claim of a source", func(o *october) { o.hide(o.names["C-S10-E2-"+count.String()]) },
			casesBy("", &tumenv1.ListCasesRequest{Source: "S10"}), "october-2023", ""},
		{"a source by its claim on a hidden involvement", func(o *october) {
			o.involve("I1", "E5", "")
			o.custody("S5", "I1")
			o.hide(o.names["I1"])
		}, eventsBy("", &tumenv1.ListEventsRequest{Source: "S5"}), "E5", ""},
		{"claims through a hidden involvement", func(o *october) {
			o.involve("I1", "E5", "")
			o.custody("S5", "I1")
			o.hide(o.names["I1"])
		}, claimsBy("", &tumenv1.ListClaimsRequest{Within: "2021", Aspect: onCustody}), "C-S5-I1 so", ""},
		{"staleness of a hidden finding", func(o *october) {
			name := o.decide("E3", occurrence, nil)
			o.hide(name)
			o.stale(name)
		}, eventsBy("", &tumenv1.ListEventsRequest{Stale: true}), "E3", ""},
		{"staleness of a finding on a hidden involvement", func(o *october) {
			o.involve("I1", "E5", "")
			o.custody("S5", "I1")
			o.stale(o.decide("I1", onCustody, nil))
			o.hide(o.names["I1"])
		}, eventsBy("", &tumenv1.ListEventsRequest{Stale: true}), "E5", ""},
		{"a place inside another by a hidden place", func(o *october) {
			p := &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_DETENTION_FACILITY, ContainedIn: "places/yanji"}
			o.apply(o.worker, false, doc("camp", &tumenv1.Record{Record: &tumenv1.Record_Place{Place: p}}))
			o.changed("E5", "refoulement", "2021-07", func(e *tumenv1.Event) { e.Places = []*tumenv1.PlaceValue{{Place: "camp"}} })
			o.hide(o.names["camp"])
		}, eventsBy("", &tumenv1.ListEventsRequest{Place: "places/yanji"}), "E5", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := loadOctober(t)
			c.hide(o)
			low := o.limited("low")
			if got := c.search.ask(o, o.worker); got != c.all {
				t.Errorf("who sees everything gets %q, want %q", got, c.all)
			}
			if got := c.search.ask(o, low); got != c.some {
				t.Errorf("who does not gets %q, want %q", got, c.some)
			}
		})
	}
}

// stale files a decided finding as stale.
func (o *october) stale(name string) {
	o.t.Helper()
	_, err := o.world.records.Change(o.ctx, records.Author{Member: o.worker.name, Method: "test", Reason: "set up"}, func(tx *records.Tx) error {
		return tx.MarkStale(name, true)
	})
	ok(o.t, err)
}
