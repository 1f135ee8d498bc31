package demo_test

import (
	"fmt"
	"slices"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/corroboration"
	"tumen/service/gazetteer"
)

// assess says how far an aspect of E1 is supported by the matter as written.
func assess(t *testing.T, aspect tumenv1.Aspect) *tumenv1.Support {
	t.Helper()
	records := matter(t)
	e1 := records["E1"].(*tumenv1.Event).GetName()
	evidence := corroboration.Evidence{Aspect: aspect, Sources: map[string]*tumenv1.Source{}, Contains: contains}
	for _, m := range records {
		switch r := m.(type) {
		case *tumenv1.Source:
			evidence.Sources[r.GetName()] = r
		case *tumenv1.Tie:
			evidence.Ties = append(evidence.Ties, r)
		case *tumenv1.Claim:
			if r.GetAspect() == aspect && slices.Contains(r.GetSubjects(), e1) {
				r.State = tumenv1.ClaimState_CLAIM_STATE_ACTIVE
				evidence.Claims = append(evidence.Claims, r)
			}
		}
	}
	return corroboration.Assess(evidence)
}

func contains(outer, inner string) bool {
	for inner != "" {
		if inner == outer {
			return true
		}
		p, _ := gazetteer.Place(inner)
		inner = p.GetContainedIn()
	}
	return false
}

func between(s *tumenv1.StanceSupport) string {
	return fmt.Sprintf("%d to %d", s.GetAtLeast(), s.GetAtMost())
}

func TestTheMatterGivesWhatACarefulReaderConcludes(t *testing.T) {
	occurrence := assess(t, tumenv1.Aspect_ASPECT_OCCURRENCE)
	count := assess(t, tumenv1.Aspect_ASPECT_COUNT)
	place := assess(t, tumenv1.Aspect_ASPECT_PLACE)
	value := func(s *tumenv1.Support, label string) string {
		for _, v := range s.GetValues() {
			if v.GetLabel() == label {
				return between(v.GetSupport())
			}
		}
		return "nobody says so"
	}
	for _, tc := range []struct{ what, got, want string }{
		{"it occurred", between(occurrence.GetSupporting()), "2 to 4"},
		{"it did not", between(occurrence.GetDenying()), "1 to 1"},
		{"occurrence not confirmed", between(occurrence.GetNotConfirming()), "1 to 1"},
		{"how many, speaking to it", between(count.GetSupporting()), "2 to 5"},
		{"how many, denied", between(count.GetDenying()), "0 to 0"},
		{"how many, not confirmed", between(count.GetNotConfirming()), "1 to 1"},
		{"at least 501", value(count, "at least 501"), "2 to 4"},
		{"at most 600", value(count, "at most 600"), "1 to 1"},
		{"via Hunchun", value(place, "via places/hunchun"), "2 to 2"},
		{"via Dandong", value(place, "via places/dandong"), "2 to 2"},
		{"via Tumen", value(place, "via places/tumen"), "1 to 1"},
		{"via Changbai", value(place, "via places/changbai"), "1 to 1"},
		{"via Nanping", value(place, "via places/nanping"), "1 to 1"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", tc.what, tc.got, tc.want)
		}
	}
	if a := count.GetAgreement(); len(a) == 0 || a[0].GetLabel() != "540-600" || len(a[0].GetOrigins()) != 5 {
		t.Errorf("what agrees best should be 540-600, from five origins: %v", a)
	}
	if len(count.GetFlags()) != 1 || count.GetFlags()[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS {
		t.Errorf("S3, and nobody else, differs from what it relays: %v", count.GetFlags())
	}
}
