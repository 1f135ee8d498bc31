package service_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// hours is the clock of the offices.
var hours = &clock{now: time.Now()}

// grant shares a case with another organisation, one of its members, or one's own partner.
func (o *office) grant() {
	k := o.one("shared", "case")
	if k == nil {
		return
	}
	by, to := o.someone(k), rapid.SampledFrom(o.callers).Draw(o.t, "grantee")
	level := rapid.SampledFrom([]tumenv1.GrantLevel{headline, content, content, identities_, identities_}).Draw(o.t, "level")
	o.shares(by, k, to, level, rapid.Bool().Draw(o.t, "to the member alone"))
}

// shares grants a case to somebody alone, or to their organisation.
func (o *office) shares(by *caller, k *thing, to *caller, level tumenv1.GrantLevel, alone bool) {
	g := &given{of: k, to: to.org, level: level, reason: o.says()}
	grantee := o.orgs[to.org]
	if alone {
		g.only, grantee = to, to.name
	}
	g.ends = o.now().Add(time.Duration(rapid.SampledFrom([]int{5, 15, 40}).Draw(o.t, "minutes")) * time.Minute)
	out, err := tumenv1.NewGrantServiceClient(by.conn).CreateGrant(o.ctx, &tumenv1.CreateGrantRequest{Parent: k.name, Reason: string(g.reason), Grant: &tumenv1.Grant{
		Grantee: grantee, Level: g.level, Purpose: "a joint report", ExpireTime: timestamppb.New(g.ends),
	}})
	if !o.wrote(by, fmt.Sprintf("grants (%v to %s)", g.level, grantee), err, k) {
		return
	}
	g.name, g.marking = out.GetGrant().GetName(), int(out.GetGrant().GetMarking())
	o.note("  as %s", g.name)
	if k.now().marking < limit || g.level == identities_ && !by.clearedForAll() || g.only == nil && to.org == k.org {
		o.fatalf("%s grants what stays: %v of %s, marked %d, to %s", by.name, g.level, k.name, k.now().marking, grantee)
	}
	o.grants = append(o.grants, g)
}

func (o *office) revoke() {
	if len(o.grants) == 0 {
		return
	}
	g := rapid.SampledFrom(o.grants).Draw(o.t, "revoked")
	by := o.someone(g.of)
	grants := tumenv1.NewGrantServiceClient(by.conn)
	etag, why := "unknown", o.says()
	if seen, err := grants.GetGrant(o.ctx, &tumenv1.GetGrantRequest{Name: g.name}); err == nil {
		etag = seen.GetGrant().GetEtag()
	}
	_, err := grants.RevokeGrant(o.ctx, &tumenv1.RevokeGrantRequest{Name: g.name, Etag: etag, Reason: string(why)})
	if o.wrote(by, "revokes "+g.name, err, g.of) {
		g.revoked, g.reason = true, why
	}
}

// readsThrough marks the texts of a record free of identities.
func (o *office) readsThrough() {
	t := o.one("read through", "case", "event", "involvement", "intervention", "claim", "claim", "tie", "capture", "source", "finding")
	if t == nil {
		return
	}
	o.marksFree(o.someone(t), t)
}

func (o *office) marksFree(by *caller, t *thing) {
	etag := "unknown"
	if seen := o.read(by, t); seen != nil {
		etag = seen.GetEtag()
	}
	s := t.now()
	s.free, s.reason = true, o.says()
	_, err := by.records.MarkFreeOfIdentities(forPurpose(o.ctx), &tumenv1.MarkFreeOfIdentitiesRequest{Name: t.name, Etag: etag, Reason: string(s.reason)})
	if o.wrote(by, "reads through", err, t) {
		t.past = append(t.past, s)
	}
}

// offer submits something on a case that is shared.
func (o *office) offer() {
	k := o.one("offered on", "case")
	if k == nil {
		return
	}
	by := rapid.SampledFrom(o.callers).Draw(o.t, "offers")
	s := &sent{on: k, by: by, note: o.says(), contact: o.says(), source: o.says(), reason: o.says()}
	out, err := submissionsOf(by.member).CreateSubmission(o.ctx, &tumenv1.CreateSubmissionRequest{Reason: string(s.reason), Submission: &tumenv1.Submission{
		Case: k.name, Note: string(s.note), SourceContact: string(s.contact), Source: &tumenv1.SubmittedSource{Kind: "witness", Title: string(s.source), Basis: own},
		Claims: []*tumenv1.SubmittedClaim{{Aspect: occurrence, Stance: asserts}},
	}})
	o.note("%s offers something on %s: %v", by.name, k.name, err)
	if err != nil {
		o.discreet(by, way{}, "offers", []byte(told(err)))
		if o.sees(by, k) == yes && !inside(by, k) {
			o.fatalf("%s may offer nothing on %s, which is shared with them: %v", by.name, k.name, err)
		}
		return
	}
	if o.sees(by, k) == no || inside(by, k) {
		o.fatalf("%s offers something on %s, which is not shared with them", by.name, k.name)
	}
	s.name, s.marking = out.GetSubmission().GetName(), int(out.GetSubmission().GetMarking())
	o.sent = append(o.sent, s)
}

// returns returns what was sent.
func (o *office) returns() {
	if len(o.sent) == 0 {
		return
	}
	s, by := rapid.SampledFrom(o.sent).Draw(o.t, "returned"), o.author()
	etag := "unknown"
	if seen, err := submissionsOf(by.member).GetSubmission(o.ctx, &tumenv1.GetSubmissionRequest{Name: s.name}); err == nil {
		etag = seen.GetSubmission().GetEtag()
	}
	answer, why := o.says(), o.says()
	_, err := submissionsOf(by.member).ReturnSubmission(o.ctx, &tumenv1.ReturnSubmissionRequest{Name: s.name, Etag: etag, Reason: string(why), Answer: string(answer)})
	if o.wrote(by, "returns "+s.name, err, s.on) {
		if s.answer != "" {
			o.fatalf("%s returns %s once more", by.name, s.name)
		}
		s.answer, s.decision = answer, why
	}
}

// impersonal sees that what is shown outside tells of nobody who works on it, of no hours,
// and not how much is withheld.
func (r reader) impersonal(t *thing, got stored) {
	r.t.Helper()
	if strings.Contains(string(mustMarshal(got)), "/members/") {
		r.fatalf("%s %s names a member to %s, who is outside: %v", t.kind, t.name, r.caller.name, got)
	}
	for _, w := range got.GetWithheld() {
		if w.GetFields() != 0 {
			r.fatalf("%s %s tells %s, who is outside, how much is withheld: %v", t.kind, t.name, r.caller.name, got)
		}
	}
	m := got.ProtoReflect()
	for _, name := range []string{"create_time", "update_time", "delete_time", "decide_time"} {
		f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if f == nil || !m.Has(f) {
			continue
		}
		if at := m.Get(f).Message().Interface().(*timestamppb.Timestamp).AsTime(); !at.Equal(at.Truncate(24 * time.Hour)) {
			r.fatalf("%s %s tells %s, who is outside, the hour (%s): %v", t.kind, t.name, r.caller.name, name, got)
		}
	}
}

// past compares whether the history of a record is there: outside it is refused of what
// is shown.
func (r reader) past(what string, t *thing, want verdict, err error) {
	r.t.Helper()
	if inside(r.caller, t) {
		r.there(what, t, want, err)
		return
	}
	if code := status.Code(err); code != codes.NotFound && code != codes.PermissionDenied || code == codes.PermissionDenied && r.reads() && r.sees(r.caller, t) == no {
		r.fatalf("%s of %s %s, outside, by %s: %v", what, t.kind, t.name, r.caller.name, err)
	}
}

// listsElsewhere asks for what another organisation has, as far as that can be asked.
func (r reader) listsElsewhere() {
	for org, name := range r.orgs {
		for _, kind := range []string{"case", "event", "claim", "person", "source"} {
			k, in := kindsOfThings[kind], fields{"owner": name}
			if kind == "event" || kind == "claim" {
				in["parent"] = "cases/-"
			}
			names, err := r.listing(k.service+"/List"+k.plural, kind, in)
			r.must(err)
			for _, t := range r.all(kind) {
				want, got := r.sees(r.caller, t).and(if_(t.org == org)), slices.Contains(names, t.name)
				if got && org != r.caller.org {
					r.reached["listed as another organisation's"] = true
				}
				if got && want == no || !got && want == yes && !t.deleted {
					r.fatalf("List%s of %s, to %s: %s is in it: %v; the model says %v", k.plural, name, r.caller.name, t.name, got, want)
				}
			}
		}
	}
}

// offers compares the grants and submissions that somebody is shown.
func (r reader) offers() {
	for _, s := range r.sent {
		out, err := r.call("SubmissionService/GetSubmission", fields{"name": s.name})
		want := s.readBy(r.caller, &r.model)
		if (err == nil) != (want == yes) && want != unsaid {
			r.fatalf("submission %s to %s: %v; the model says %v", s.name, r.caller.name, err, want)
		}
		if err != nil {
			continue
		}
		got := marksIn(mustMarshal(out.Interface()))
		if !got[s.note] || !got[s.source] || s.by == r.caller && !got[s.contact] {
			r.fatalf("submission %s to %s lacks something: %v", s.name, r.caller.name, out)
		}
		if r.caller.org != s.on.org && strings.Contains(string(mustMarshal(out.Interface())), r.orgs[s.on.org]+"/members/") {
			r.fatalf("submission %s names a member to %s, who sent it: %v", s.name, r.caller.name, out)
		}
	}
	if !r.takesPart() {
		return
	}
	for _, toMe := range []bool{false, true} {
		names, err := r.listing("GrantService/ListGrants", "grant", fields{"parent": "cases/-", "to_me": toMe})
		r.must(err)
		for _, g := range r.grants {
			want := no
			if toMe && g.isTo(r.caller) && g.holds(r.now()) && r.level(r.caller, g.of) > 0 {
				want = yes
			} else if !toMe && inside(r.caller, g.of) {
				want = r.sees(r.caller, g.of)
			}
			want = want.and(if_(g.marking >= r.caller.highest))
			if got := slices.Contains(names, g.name); got && want == no && !(!toMe && g.isTo(r.caller) && g.holds(r.now())) || !got && want == yes {
				r.fatalf("grant %s to %s, asked for as to them (%v): %v; the model says %v", g.name, r.caller.name, toMe, got, want)
			}
		}
	}
}
