package web_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// takesIn goes through the steps of an intake with the first source and what it says.
func (s *story) takesIn(h *hand) {
	h.t.Helper()
	h.Follow(h.say("layout.intake"))
	s.picture(h, "intake")
	h.Follow(h.say("intake.begin"))
	for _, kind := range []string{"source", "case", "event"} {
		d := s.of(kind)[0]
		k, texts := textsOf(unwrapped(d))
		leaves(texts)
		h.types(k, texts, s.called)
		s.picture(h, "intake-"+kind)
		h.Follow(h.say("intake.next"))
	}
	h.Follow(h.say("intake.next")) // nobody is named
	s.says(h)
	s.picture(h, "intake-claims")
	h.Follow(h.say("intake.next"))
	h.Silent(h.say("entry.faults"))
	s.picture(h, "intake-review")
	h.Fill(h.say("intake.reference")+" "+h.say("entry.required"), "H23")
	h.because("October 2023", h.say("intake.record"))
	s.in = strings.TrimPrefix(h.Path(), "/")
	for _, kind := range []string{"source", "case", "event"} {
		d := s.of(kind)[0]
		k, texts := textsOf(unwrapped(d))
		leaves(texts)
		key := map[string]string{"source": "S1", "event": "E1"}[kind]
		s.called[d.GetKey()] = "H23/" + key + " · " + s.label(k, texts)
	}
}

// says fills in what the first source says, aspect by aspect.
func (s *story) says(h *hand) {
	h.t.Helper()
	for _, d := range s.of("claim") {
		claim := d.GetRecord().GetClaim()
		if !s.takenIn(claim) {
			continue
		}
		k := entry.KindOf("claim").ForAspect(claim.GetAspect())
		texts := k.Texts(claim)
		for path := range texts {
			if !strings.HasPrefix(path, "value.") && !strings.HasPrefix(path, "quote.") {
				delete(texts, path)
			}
		}
		in := h.In(h.words.Enum(claim.GetAspect()))
		if claim.GetAspect() == tumenv1.Aspect_ASPECT_COUNT { // the event has no number, so none is proposed
			in.Tick(h.say("intake.speaks"))
		}
		h.typesIn(in, k, texts, s.called)
	}
}

// isReviewed has one reviewer propose and another approve what happened.
func (s *story) isReviewed(t *testing.T) {
	finding := s.finding(t, tumenv1.Aspect_ASPECT_OCCURRENCE)
	worker := s.site.hand(t, s.b, "case-worker", s.language)
	worker.Go("/" + finding)
	worker.Follow(worker.say("step.open_finding"))
	worker.because("enough is recorded", worker.say("step.open_finding"))

	one := s.site.hand(t, s.b, "reviewer", s.language)
	one.Go("/" + finding)
	s.picture(one, "finding")
	one.Follow(one.say("step.propose_finding"))
	conclusion := entry.ActOf("conclusion")
	one.types(conclusion, entry.Texts{
		"outcome": "corroborated", "confidence": "moderate", "standard": "reasonable-grounds", "rationale": "Two organisations have it from contacts of their own.",
		"addressed_denials[0].rationale": "A general denial that there are defectors; it does not speak of that night.",
		"independence[0].a":              "S1", "independence[0].b": "S4", "independence[0].why": "They name different people as their contacts.",
	}, s.called)
	s.picture(one, "propose")
	one.because("two origins", one.say("step.propose_finding"))
	one.Says(one.words.Enum(tumenv1.FindingState_FINDING_STATE_PROPOSED), one.say("guard.you_proposed"))

	other := s.site.hand(t, s.b, "reviewer-2", s.language)
	other.Follow(other.say("layout.work"))
	other.Go("/" + finding)
	other.Follow(other.say("step.approve_finding"))
	other.because("checked", other.say("step.approve_finding"))
	other.Says(other.words.Enum(tumenv1.FindingState_FINDING_STATE_CORROBORATED))
	s.picture(other, "decided")
}

func (s *story) finding(t *testing.T, aspect tumenv1.Aspect) string {
	t.Helper()
	found, err := s.site.conn.Verification.ListFindings(t.Context(), &tumenv1.ListFindingsRequest{Parent: s.in, Aspect: aspect, PageSize: 100})
	ok(t, err)
	for _, f := range found.GetFindings() {
		if len(f.GetSupport().GetDenying().GetClaims()) > 0 {
			return f.GetName()
		}
	}
	t.Fatalf("nothing about %s is denied", aspect)
	return ""
}

// isExported takes the case away as an auditor does, and checks it as a stranger would.
func (s *story) isExported(t *testing.T) {
	h := s.site.hand(t, s.b, "case-worker", s.language)
	h.Go("/" + s.in)
	s.picture(h, "case")
	h.Fill(h.say("ledger.export_reason"), "for the archive")
	_, content := h.Download(h.say("ledger.export_do"))
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	ok(t, err)
	s.site.convinces(z)
}

// picture is what the guide for case workers shows of a page, in the language of the story.
func (s *story) picture(h *hand, name string) {
	h.t.Helper()
	h.Picture("../../docs/pictures/" + name + "." + string(s.language) + ".png")
}

func unwrapped(d *tumenv1.MatterDocument) proto.Message { return labels.Unwrap(d.GetRecord()) }
