package verify

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// disputed is a finding whose support can be recomputed, with all that it rests on.
const (
	roundUp  = "cases/b/events/e"
	disputed = "cases/b/findings/f"
)

// october is a matter after the one in the demonstration: of four sources that say
// how many were taken two may be one, a fifth repeats the first and says more, an
// authority says none were, and the finding determines "at least 501".
func october() *bothWays {
	const own, relayed = tumenv1.Basis_BASIS_OWN_CONTACTS, tumenv1.Basis_BASIS_RELAYED
	m := &bothWays{}
	m.Aspect = tumenv1.Aspect_ASPECT_COUNT
	m.Sources = map[string]*tumenv1.Source{}
	for key, basis := range map[string]tumenv1.Basis{
		"one": own, "two": relayed, "four": own, "six": own, "seven": tumenv1.Basis_BASIS_OFFICIAL_STATEMENT, "thirteen": tumenv1.Basis_BASIS_NOT_STATED,
	} {
		m.Sources["sources/"+key] = &tumenv1.Source{Name: "sources/" + key, Basis: basis, Reliability: tumenv1.Reliability_RELIABILITY_B}
	}
	m.Sources["sources/two"].Relays = []*tumenv1.Relay{{Source: "sources/one", Kind: tumenv1.RelayKind_RELAY_KIND_CITES}}
	count := func(low, high int64) *tumenv1.Value {
		c := &tumenv1.Count{}
		if low > 0 {
			c.Low = &low
		}
		if high > 0 {
			c.High = &high
		}
		return &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: c}}
	}
	add := func(source string, stance tumenv1.Stance, value *tumenv1.Value, relays ...string) {
		m.Claims = append(m.Claims, &tumenv1.Claim{
			Name: "cases/b/claims/" + source, Source: "sources/" + source, Subjects: []string{roundUp}, Aspect: m.Aspect, Stance: stance, Value: value,
			Relays: relays, Credibility: tumenv1.Credibility_CREDIBILITY_PROBABLY_TRUE, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE,
		})
	}
	const asserts, denies = tumenv1.Stance_STANCE_ASSERTS, tumenv1.Stance_STANCE_DENIES
	add("one", asserts, count(540, 660))
	add("two", asserts, count(601, 0), "sources/one")
	add("four", asserts, count(501, 0))
	add("six", asserts, count(501, 0))
	add("thirteen", asserts, count(0, 600))
	add("seven", denies, nil)
	m.Ties = []*tumenv1.Tie{{Name: "ties/t", A: "sources/four", B: "sources/six", Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME}}
	m.Value = count(501, 0)
	return m
}

// shownAs are the fields of a record as a draft takes them.
func shownAs(rec proto.Message) (fields []string) {
	shown := encodedFields(rec).fields
	for _, name := range sortedKeys(shown) {
		if name != "name" && name != "revision" {
			fields = append(fields, name, string(shown[name]))
		}
	}
	return fields
}

// addMatter adds evidence and then the finding that rests on it. change may alter
// what the finding says.
func (d *draft) addMatter(m *bothWays, change func(*tumenv1.Finding)) {
	f := findingOn(m)
	record := func(name string, rec proto.Message) {
		d.add(name, shownAs(rec))
		f.ApprovedEvidence = append(f.ApprovedEvidence, &tumenv1.Evidence{Name: name, Revision: 1})
	}
	for _, c := range m.Claims {
		record(c.Name, c)
	}
	for _, name := range sortedKeys(m.Sources) {
		record(name, m.Sources[name])
	}
	for _, tie := range m.Ties {
		record(tie.Name, tie)
	}
	if change != nil {
		change(f)
	}
	slices.SortFunc(f.ApprovedEvidence, func(a, b *tumenv1.Evidence) int { return strings.Compare(a.Name, b.Name) })
	d.add(disputed, shownAs(f))
}

// findingOn is a finding that stores the support of evidence.
func findingOn(m *bothWays) *tumenv1.Finding {
	return &tumenv1.Finding{
		Subject: roundUp, Aspect: m.Aspect, State: tumenv1.FindingState_FINDING_STATE_CORROBORATED, ApprovedSupport: m.assess(),
		Conclusion: &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_CORROBORATED, Value: m.Value, Rationale: "Two organisations say so."},
	}
}

func (d *draft) record(name string) *recordLine {
	return d.records[slices.IndexFunc(d.records, func(r *recordLine) bool { return r.Record == name })]
}

// without drops evidence from the list of a finding.
func without(f *tumenv1.Finding, name string) {
	f.ApprovedEvidence = slices.DeleteFunc(f.ApprovedEvidence, func(e *tumenv1.Evidence) bool { return e.Name == name })
}

// checked gives the check of support of a bag.
func checked(t *testing.T, r *Report) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == CheckSupport {
			return c
		}
	}
	t.Fatalf("no support was looked at: %s", reasons(r))
	return Check{}
}

// TestADishonestExporterIsRefused: who holds the log's key may sign what they like,
// and still the support has to follow from what is shown.
func TestADishonestExporterIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		draft func(*draft, *bothWays)
		lie   func(*tumenv1.Finding)
		want  string
	}{
		{"an honest one", nil, nil, ""},
		{"another origin", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Supporting.AtLeast = 3 },
			"supporting.at_least is 3, and what is shown gives 2"},
		{"more at most", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Supporting.AtMost++ }, "supporting.at_most is 5, and what is shown gives 4"},
		{"no denial", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Denying = nil }, "denying.at_least is 0, and what is shown gives 1"},
		{"origins that may be one, apart", nil, func(f *tumenv1.Finding) {
			s := f.ApprovedSupport.Supporting
			for i, g := range s.Groups {
				if len(g.Origins) > 1 {
					apart := proto.Clone(g).(*tumenv1.OriginGroup)
					g.Origins, apart.Origins = g.Origins[:1], apart.Origins[1:]
					g.Joints, apart.Joints, g.KnownDistinct, apart.KnownDistinct = nil, nil, 1, 1
					s.Groups = slices.Insert(s.Groups, i, apart)
					break
				}
			}
		}, "supporting.groups names"},
		{"joined by a tie that is none", nil, func(f *tumenv1.Finding) {
			for _, g := range f.ApprovedSupport.Supporting.Groups {
				for _, j := range g.Joints {
					j.Known = true
				}
			}
		}, "supporting.groups.joints do not join sources/four by ties that are shown"},
		{"an origin better grounded", nil, func(f *tumenv1.Finding) {
			for _, g := range f.ApprovedSupport.Supporting.Groups {
				if g.Origins[0].Source == "sources/thirteen" {
					g.Grounded, g.Origins[0].Grounded, g.Origins[0].Basis = true, true, tumenv1.Basis_BASIS_FIRST_HAND
				}
			}
		}, "supporting.groups names"},
		{"a better grade", nil, func(f *tumenv1.Finding) {
			f.ApprovedSupport.Supporting.BestReliability = tumenv1.Reliability_RELIABILITY_A
		}, "supporting.best_reliability is 1, and what is shown gives 2"},
		{"a value with more behind it", nil, func(f *tumenv1.Finding) {
			for _, v := range f.ApprovedSupport.Values {
				if v.Label == "at most 600" {
					v.Support.AtLeast = 2
				}
			}
		}, "values[at most 600].support.at_least is 2, and what is shown gives 1"},
		{"a value in other words", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Values[0].Label = "at least 5000" }, `.label reads "at least 5000"`},
		{"a value that nobody states", nil, func(f *tumenv1.Finding) {
			v := proto.Clone(f.ApprovedSupport.Values[0]).(*tumenv1.ValueSupport)
			v.Value.GetCount().Low, v.Label = proto.Int64(700), "at least 700"
			f.ApprovedSupport.Values = append(f.ApprovedSupport.Values, v)
		}, `values have "at least 700", which no claim states`},
		{"agreement that there is not", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Agreement[0].AtLeast = 4 }, "agreement names"},
		{"a warning left out", nil, func(f *tumenv1.Finding) { f.ApprovedSupport.Flags = nil }, "flags leaves out"},
		{"a denial left out of the evidence", nil, func(f *tumenv1.Finding) { without(f, "cases/b/claims/seven") },
			"does not list cases/b/claims/seven, which bore on it when the finding was approved"},
		{"a tie left out of the evidence", nil, func(f *tumenv1.Finding) { without(f, "ties/t") },
			"does not list ties/t, which tied sources/"},
		{"a source left out of the evidence", nil, func(f *tumenv1.Finding) { without(f, "sources/one") },
			"does not list sources/one, to which a claim leads"},
		{"a revision that did not hold", func(d *draft, m *bothWays) {
			seven := m.Claims[len(m.Claims)-1]
			seven.State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED
		}, nil, "lists cases/b/claims/seven, which did not bear on it when the finding was approved"},
		{"something that the format does not have", nil, func(f *tumenv1.Finding) {
			f.ApprovedSupport.Flags = append(f.ApprovedSupport.Flags, &tumenv1.Flag{Kind: tumenv1.FlagKind_FLAG_KIND_VALUES_WITHHELD})
		}, "is not one of the words that the format has for it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, m := newDraft(), october()
			if tc.draft != nil {
				tc.draft(d, m)
			}
			d.addMatter(m, tc.lie)
			r := verified(t, d.files().fs(), d.policy(t))
			got := reasons(r)
			if tc.want == "" && (got != "" || len(r.Unproven) > 0 || checked(t, r).Count != 1) || !strings.Contains(got, tc.want) {
				t.Errorf("want %q\ngot %s\n%v", tc.want, got, r.Unproven)
			}
			for _, f := range r.Failures {
				if f.Check != CheckSupport || f.Record != disputed || f.Revision != 1 || f.Field != "approved_support" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestWhatHeldIsWhatCounts: a claim, source or tie may be changed, and others come,
// after the finding was approved. It is as it was approved, stale or not.
func TestWhatHeldIsWhatCounts(t *testing.T) {
	d, m := newDraft(), october()
	d.addMatter(m, nil)
	before := d.record(disputed).Revisions[0]
	m.Claims[0].State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED
	d.revise(d.record(m.Claims[0].Name), shownAs(m.Claims[0]))
	source := m.Sources["sources/six"]
	source.Basis = tumenv1.Basis_BASIS_RELAYED
	d.revise(d.record(source.Name), shownAs(source))
	d.add("ties/later", shownAs(&tumenv1.Tie{A: "sources/one", B: "sources/four", Kind: tumenv1.TieKind_TIE_KIND_SAME_CONTACT}))
	d.add("cases/b/claims/zlater", shownAs(&tumenv1.Claim{
		Source: "sources/six", Subjects: []string{roundUp}, Aspect: m.Aspect, Stance: tumenv1.Stance_STANCE_DENIES, State: tumenv1.ClaimState_CLAIM_STATE_ACTIVE,
	}))
	// A later revision of the finding carries the support along; it was stored before.
	var same []string
	for _, name := range []string{"subject", "aspect", "conclusion", "approved_support", "approved_evidence"} {
		same = append(same, name, string(before.Fields[name]))
	}
	d.revise(d.record(disputed), append(same, "labels", `{"desk":"north"}`))
	if r := verified(t, d.files().fs(), d.policy(t)); r.Refused() || checked(t, r).Count != 1 {
		t.Errorf("%s %+v", reasons(r), checked(t, r))
	}
	// Stored anew after all that, it would have to follow from what holds then.
	d.revise(d.record(disputed), []string{"state", `"FINDING_STATE_UNDER_REVIEW"`})
	d.revise(d.record(disputed), same)
	if got := reasons(verified(t, d.files().fs(), d.policy(t))); !strings.Contains(got, "revision 4") || strings.Contains(got, "revision 1,") ||
		!strings.Contains(got, "lists revision 1 of cases/b/claims/one, which is not the one that held") || !strings.Contains(got, "does not list cases/b/claims/zlater") {
		t.Error(got)
	}
}

// TestASupportMayHaveBeenStoredBefore: where the revision before does not show whether
// it had one, it is not known what held when it was stored; an approval stores it.
func TestASupportMayHaveBeenStoredBefore(t *testing.T) {
	for _, tc := range []struct {
		method string
		want   int64
	}{{"FindingService/UpdateFinding", 0}, {"VerificationService/ApproveFinding", 1}} {
		d, m := newDraft(), october()
		d.addMatter(m, nil)
		first := d.record(disputed)
		var same []string
		for _, name := range []string{"subject", "aspect", "conclusion", "approved_support", "approved_evidence"} {
			same = append(same, name, string(first.Revisions[0].Fields[name]))
		}
		d = newDraft()
		d.hide["approved_support"] = true
		d.addMatter(m, nil)
		d.hide["approved_support"], d.method = false, tc.method
		d.revise(d.record(disputed), same)
		r := verified(t, d.files().fs(), d.policy(t))
		if told := strings.Join(r.Unproven, "\n"); r.Refused() || checked(t, r).Count != tc.want || strings.Contains(told, "it may have been stored in an earlier revision") != (tc.want == 0) {
			t.Errorf("%s: %s\n%s", tc.method, reasons(r), told)
		}
	}
}

// TestADecidedFindingStoresASupport: to leave it away is no way round.
func TestADecidedFindingStoresASupport(t *testing.T) {
	d := newDraft()
	d.addMatter(october(), func(f *tumenv1.Finding) { f.ApprovedSupport = nil })
	if got := reasons(verified(t, d.files().fs(), d.policy(t))); !strings.Contains(got, "findings: "+disputed+", revision 1, field approved_support: is not there, nor said to be withheld") {
		t.Error(got)
	}
}

// TestWhatIsNotDisclosedIsTold: of a support of which part of what is needed is not
// shown nothing is proven, and nothing refused.
func TestWhatIsNotDisclosedIsTold(t *testing.T) {
	for _, tc := range []struct {
		name  string
		draft func(*draft, *bothWays)
		lie   func(*tumenv1.Finding)
		want  string
	}{
		{"stances", func(d *draft, _ *bothWays) { d.hide["stance"] = true }, nil, "not shown or not in full: 6 claims"},
		{"values", func(d *draft, _ *bothWays) { d.hide["value"] = true }, nil, "not shown or not in full: 5 claims"},
		{"a basis", func(d *draft, _ *bothWays) { d.hide["basis"] = true }, nil, "6 sources"},
		{"what is tied", func(d *draft, _ *bothWays) { d.hide["a"] = true }, nil, "1 tie"},
		{"the evidence", func(d *draft, _ *bothWays) { d.hide["approved_evidence"] = true }, nil, "the list of evidence"},
		{"the conclusion", func(d *draft, _ *bothWays) { d.hide["conclusion"] = true }, nil, "the value that the finding determines"},
		{"an erased claim", func(d *draft, _ *bothWays) { d.erase["cases/b/claims/six"] = true }, nil, "1 erased record"},
		{"later rules", func(*draft, *bothWays) {}, func(f *tumenv1.Finding) { f.ApprovedSupport.Rules, f.ApprovedSupport.Supporting.AtLeast = 2, 7 },
			"it was worked out by the rules number 2, and this verifier knows those of number 1"},
		{"a lie about what is hidden", func(d *draft, _ *bothWays) { d.hide["stance"] = true },
			func(f *tumenv1.Finding) { f.ApprovedSupport.Supporting.AtLeast = 3 }, "6 claims"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, m := newDraft(), october()
			tc.draft(d, m)
			d.addMatter(m, tc.lie)
			r := verified(t, d.files().fs(), d.policy(t))
			check := checked(t, r)
			told := strings.Join(r.Unproven, "\n")
			if r.Refused() || check.Count != 0 || !strings.Contains(check.Detail, "1 not fully disclosed") ||
				!strings.Contains(told, "the support of "+disputed+" in revision 1 was not recomputed") || !strings.Contains(told, tc.want) {
				t.Errorf("%s\n%s\n%+v", reasons(r), told, check)
			}
		})
	}
}
