package service_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// omitted lists what an export leaves out: reason, key, field, class, how many.
func (o *october) omitted(m *member) []string {
	o.t.Helper()
	stream, err := m.exchange.ExportMatter(o.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(o)})
	ok(o.t, err)
	var out []string
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		ok(o.t, err)
		if x := piece.GetOmission(); x != nil {
			class := strings.TrimPrefix(x.GetProtection().String(), "PROTECTION_")
			text := fmt.Sprintf("%s %s %s %s %d", strings.TrimPrefix(x.GetReason().String(), "OMISSION_REASON_"), x.GetKey(), x.GetField(), class, x.GetCount())
			out = append(out, strings.Join(strings.Fields(strings.ReplaceAll(text, "UNSPECIFIED", "")), " "))
		}
	}
}

var recordName = regexp.MustCompile(`"[a-z]+/[0-9a-z]{26}(/[a-z]+/[0-9a-z]{26})?"`)

// supports are the supports of all findings of a matter as another server would
// give them, too: names of records are replaced by their keys.
func (o *october) supports(keys map[string]string) []string {
	o.t.Helper()
	out, err := o.worker.findings.ListFindings(o.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(o), PageSize: 100})
	ok(o.t, err)
	var all []string
	for _, f := range out.GetFindings() {
		text := protojson.MarshalOptions{}.Format(f.GetSupport())
		text = recordName.ReplaceAllStringFunc(text, func(name string) string { return keys[strings.Trim(name, `"`)] })
		text = strings.NewReplacer(" ", "", `"a":`, `"end":`, `"b":`, `"end":`).Replace(text)
		words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`{}[],`, r) })
		slices.Sort(words) // the order of origins, and of what is joined, is that of names
		all = append(all, keys[f.GetSubject()]+" "+f.GetAspect().String()+" "+strings.Join(words, " "))
	}
	slices.Sort(all)
	return all
}

func TestAnExportedMatterAppliesToAnotherServer(t *testing.T) {
	here := loadOctober(t)
	for n, c := range []*tumenv1.Claim{
		{Source: here.names["S11"], Subjects: []string{here.names["E1"]}, Aspect: occurrence, Stance: asserts},
		{Source: here.names["S2"], Subjects: []string{here.names["E3"]}, Aspect: count, Stance: asserts, Value: atLeast(70)},
		{Source: here.names["S5"], Subjects: []string{here.names["E1"]}, Aspect: count, Stance: asserts, Value: about(600), Relays: []string{here.names["S4"]}},
	} {
		_, err := here.worker.claims.CreateClaim(here.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(here), Reason: fmt.Sprint(n), Claim: c})
		ok(t, err)
	}
	here.put(caseOf(here), func(rec records.Record) { rec.(*tumenv1.Case).Assignees = []string{here.worker.name} })
	docs := here.exported(here.worker)
	if want := []string{"ASSIGNEES october-2023 assignees 1"}; !slices.Equal(here.omitted(here.worker), want) {
		t.Errorf("left out: %q", here.omitted(here.worker))
	}
	w := start(t, nil)
	there := &october{world: w, worker: w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), names: map[string]string{}, keys: map[string]string{}}
	if out := there.apply(there.worker, true, docs...); len(out.GetFaults()) > 0 {
		t.Fatalf("faults: %v", out.GetFaults())
	}
	out := there.apply(there.worker, false, docs...)
	if int(out.GetCreated()) != len(docs) {
		t.Errorf("%d of %d created", out.GetCreated(), len(docs))
	}
	for _, o := range []*october{there, here} {
		out := o.apply(o.worker, false, docs...)
		if int(out.GetUnchanged()) != len(docs) {
			t.Errorf("again: %d created, %d updated", out.GetCreated(), out.GetUpdated())
		}
	}
	a, b := here.supports(here.keys), there.supports(there.keys)
	for n := range max(len(a), len(b)) {
		if len(a) != len(b) || a[n] != b[n] {
			t.Fatalf("here  %q\nthere %q", a[n], b[n])
		}
	}
	back := there.exported(there.worker)
	if len(back) != len(docs) {
		t.Errorf("%d documents there, %d here", len(back), len(docs))
	}
	for i, d := range back {
		if d.GetName() != "" {
			t.Errorf("%s has a key there, and still a name", d.GetKey())
		}
		if !slices.ContainsFunc(docs, func(x *tumenv1.MatterDocument) bool {
			x = proto.CloneOf(x)
			x.Name = ""
			return proto.Equal(x, d)
		}) {
			t.Errorf("%d comes back as another: %v", i, d)
		}
	}
	if got, err := here.worker.cases.GetCase(here.ctx, &tumenv1.GetCaseRequest{Name: caseOf(here)}); err != nil || len(got.GetCase().GetAssignees()) != 1 {
		t.Errorf("the assignees: %v, %v", got, err)
	}
}

func TestADocumentsNameDecidesWhereItIsThere(t *testing.T) {
	o := loadOctober(t)
	_, theirs := stranger(o)
	made, err := o.worker.sources.CreateSource(o.ctx, &tumenv1.CreateSourceRequest{Reason: "recorded", Source: &tumenv1.Source{Kind: "news", Title: "without a key"}})
	ok(t, err)
	about := func(name, key string) *tumenv1.MatterDocument {
		d := source(key, "news", "renamed", own)
		d.Name = name
		return d
	}
	out := o.apply(o.worker, false, about(made.GetSource().GetName(), "source-1"))
	s, err := o.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: made.GetSource().GetName()})
	ok(t, err)
	if out.GetUpdated() != 1 || s.GetSource().GetTitle() != "renamed" || len(s.GetSource().GetExternalIds()) != 0 {
		t.Errorf("%v: %v", out, s.GetSource())
	}
	for _, c := range []struct{ name, key, want string }{
		{"nonsense", "A", "0 name NAME_INVALID"},
		{o.names["E1"], "A", "0 key WRONG_KIND"},
		{o.names["S1"], "S1", ""},
		{theirs.GetName(), "A", ""}, // not visible: as if it were elsewhere
	} {
		out, err := applyMatter(o.world, o.worker, true, about(c.name, c.key))
		ok(t, err)
		if got := strings.Join(faultsOf(out), ", "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	out, err = applyMatter(o.world, o.worker, true, about(o.names["S1"], "A"), source("S1", "news", "x", own))
	ok(t, err)
	if got := faultsOf(out); !slices.Equal(got, []string{"1 key KEY_REPEATED"}) {
		t.Errorf("twice the same: %q", got)
	}
}

func TestAnExportSaysWhatItLeavesOut(t *testing.T) {
	i := startIdentities(t)
	retract := i.names["C-S13-E1-"+count.String()]
	c, err := i.worker.claims.GetClaim(i.ctx, &tumenv1.GetClaimRequest{Name: retract})
	ok(t, err)
	_, err = i.worker.claims.RetractClaim(i.ctx, &tumenv1.RetractClaimRequest{Name: retract, Etag: c.GetClaim().GetEtag(), Reason: "withdrawn"})
	ok(t, err)
	i.put(i.names["C-S1-E1-"+count.String()], func(rec records.Record) {
		rec.(*tumenv1.Claim).Examination = &tumenv1.Examination{Capture: i.capture, Examiner: "x", Method: "y"}
	})
	i.apply(i.worker, false, caseDoc("other", "another"), in("other", event("X1", "arrest", "2023")))
	i.put(i.names["E2"], func(rec records.Record) { rec.(*tumenv1.Event).PossiblySameAs = []string{i.names["X1"], i.names["E3"]} })
	i.hide(i.names["S10"]) // whom S9 and S11 relay, and whose claim is on E2
	low := i.limited("low")
	for _, c := range []struct {
		who  *member
		want []string
	}{
		{i.worker, []string{"NOT_IN_FORCE C-S13-E1-ASPECT_COUNT 1", "CAPTURES S1 1", "EXAMINATION C-S1-E1-ASPECT_COUNT examination 1", "REFERENCE E2 possibly_same_as 1"}},
		{low, []string{
			"WITHHELD P1 IDENTITY 8", "WITHHELD SP SOURCE_IDENTITY 4", "HIDDEN 1",
			"NOT_IN_FORCE C-S13-E1-ASPECT_COUNT 1", "CAPTURES S1 1", "EXAMINATION C-S1-E1-ASPECT_COUNT examination 1",
			"REFERENCE E2 possibly_same_as 1", "REFERENCE S9 relays 1", "REFERENCE C-S9-E1-ASPECT_COUNT relays 1", "REFERENCE S11 relays 1",
			"FOUNDATION N-S1 protected_value 1", "FOUNDATION N-S4 protected_value 1", "FOUNDATION N-SP protected_value 1", "FOUNDATION C-S10-E2-ASPECT_COUNT source 1"}},
	} {
		got, want := i.omitted(c.who), slices.Clone(c.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		docs := i.exported(c.who)
		out, err := applyMatter(i.world, c.who, false, docs...)
		ok(t, err)
		if int(out.GetUnchanged()) != len(docs) {
			t.Errorf("applied here it changes %d", out.GetUpdated())
		}
		w := start(t, nil)
		elsewhere := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
		out, err = applyMatter(w, elsewhere, false, docs...)
		ok(t, err)
		if int(out.GetCreated()) != len(docs) {
			t.Errorf("elsewhere: %v", out)
		}
	}
	i.decide("E3", count, exactly(80))
	if got := i.omitted(i.worker); !slices.Contains(got, "FINDINGS 1") {
		t.Errorf("with a finding: %q", got)
	}
}
