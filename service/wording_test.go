package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestAWrongKindOfRecordIsSaidInWords(t *testing.T) {
	o := loadOctober(t)
	claimOf := func(source string, subjects ...string) error {
		_, err := o.worker.claims.CreateClaim(o.ctx, &tumenv1.CreateClaimRequest{Parent: caseOf(o), Reason: "recorded",
			Claim: &tumenv1.Claim{Source: source, Subjects: subjects, Aspect: occurrence, Stance: asserts}})
		return err
	}
	o.involve("I1", "E1", "")
	tie := func(a, b string) error {
		_, err := o.worker.sources.CreateTie(o.ctx, &tumenv1.CreateTieRequest{Reason: "known", Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: a, B: b}})
		return err
	}
	matter := func(docs ...*tumenv1.MatterDocument) error {
		_, err := applyMatter(o.world, o.worker, false, docs...)
		return err
	}
	_, gotten := o.worker.findings.GetFinding(o.ctx, &tumenv1.GetFindingRequest{Name: o.names["E5"]})
	_, under := o.worker.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: o.names["S1"], Event: &tumenv1.Event{Act: "arrest"}, Reason: "recorded"})
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"an event where a source is wanted", claimOf(o.names["E5"], o.names["E1"]), "names an event, but must be the name of a source: sources/…"},
		{"a source where a subject is wanted", claimOf(o.names["S1"], o.names["S2"]), "names a source, but must be the name of "},
		{"no name at all", claimOf("nonsense", o.names["E1"]), "must be the name of a source: sources/…"},
		{"an event where a finding is asked for", gotten, "names an event, but must be the name of a finding"},
		{"a source where a case is to hold it", under, "names a source, but must be the name of a case"},
		{"an involvement where the aspect is an event's", claimOf(o.names["S1"], o.names["I1"]), "occurrence is an aspect of an event, and this is an involvement"},
		{"a tie of two kinds", tie(o.names["S1"], o.names["E1"]), "these are a source and an event"},
		{"a key of another kind in a matter", matter(source("A", "news", "x", relayed, "E5")), "E5 is an event; a source is wanted"},
		{"a key of another kind in the same matter", matter(source("A", "news", "x", relayed, "E9"), event("E9", "arrest", "2023"), caseDoc("K", "x")), "E9 is an event; a source is wanted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil {
				t.Fatal("accepted")
			}
			if text := told(c.err); !strings.Contains(text, c.want) || strings.Contains(text, "regex") || strings.Contains(text, "^(") {
				t.Errorf("%s\nwant %s", text, c.want)
			}
		})
	}
}

func TestACycleInAMatterIsToldByItsKeys(t *testing.T) {
	o := loadOctober(t)
	out := o.apply(o.worker, true, source("a", "news", "a", relayed, "b"), source("b", "news", "b", relayed, "a"))
	if len(out.GetFaults()) != 2 {
		t.Fatalf("faults: %v", out.GetFaults())
	}
	for _, f := range out.GetFaults() {
		other := map[string]string{"a": "b", "b": "a"}[f.GetKey()]
		if f.GetReason() != "CYCLE" || f.GetField() != "relays[0].source" || f.GetDescription() != other+" leads back to this source" {
			t.Errorf("%s: %s: %s", f.GetKey(), f.GetField(), f.GetDescription())
		}
	}
	// A record that there is keeps its name: who reads the error may look it up.
	s3 := o.apply(o.worker, true, source("c", "news", "c", relayed, "S3"), source("S3", "news", "KBS World", relayed, "c"))
	says(t, []string{s3.GetFaults()[0].GetDescription()}, o.names["S3"]+" leads back to this source")
}

func TestTextsOfBlanksAreNone(t *testing.T) {
	o := loadOctober(t)
	for name, text := range map[string]string{"spaces": "   ", "tabs and lines": "\t\n", "spaces of other scripts": "\u3000\u00a0", "marks that print nothing": "\u200b\u200e"} {
		t.Run(name, func(t *testing.T) {
			_, err := o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: text}, Reason: "recorded"})
			refused(t, err, codes.InvalidArgument, "STRING_PATTERN", "case.title: is blank; say something")
			_, err = o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A case"}, Reason: text})
			refused(t, err, codes.InvalidArgument, "STRING_PATTERN", "reason: is blank; say something")
			_, err = applyMatter(o.world, o.worker, false, caseDoc("K", text))
			refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "title: is blank; say something")
		})
	}
	s := source("G", "news", "graded", own)
	s.GetRecord().GetSource().Reliability, s.GetRecord().GetSource().ReliabilityReason = tumenv1.Reliability_RELIABILITY_B, "  "
	_, err := applyMatter(o.world, o.worker, false, s)
	refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "say why the source has this grade")
	for _, text := range []string{"\u200bx", " 한국 ", "脱北者", "- "} {
		_, err := o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: text}, Reason: "recorded"})
		ok(t, err)
	}
}
