package access

import (
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestRefusalWinsOverAll(t *testing.T) {
	const (
		record, share = tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD, tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS
		consent, kin  = tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT, tumenv1.ReleaseBasis_RELEASE_BASIS_NEXT_OF_KIN
		refused       = tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED
		withdrawn     = tumenv1.ReleaseBasis_RELEASE_BASIS_WITHDRAWN
	)
	type terms []*tumenv1.Release
	one := func(p tumenv1.ReleasePurpose, b tumenv1.ReleaseBasis) *tumenv1.Release {
		return &tumenv1.Release{Purpose: p, Basis: b}
	}
	for name, tc := range map[string]struct {
		terms        terms
		forIt, share Basis
	}{
		"nothing recorded":                    {nil, None, None},
		"consent to record":                   {terms{one(record, consent)}, Given, None},
		"consent to share alone":              {terms{one(share, kin)}, None, Given},
		"refused to share":                    {terms{one(record, consent), one(share, refused)}, Given, Refused},
		"withdrawn beside consent":            {terms{one(share, withdrawn), one(record, kin), one(share, consent)}, Given, Refused},
		"what may not be recorded":            {terms{one(record, withdrawn), one(share, consent)}, Refused, Refused},
		"a basis that this program is new to": {terms{one(share, 99)}, None, Refused},
	} {
		if got := BasisFor(tc.terms, record); got != tc.forIt {
			t.Errorf("%s: to record: %v", name, got)
		}
		if got := BasisFor(tc.terms, share); got != tc.share {
			t.Errorf("%s: to share: %v", name, got)
		}
	}
	for _, tc := range []struct {
		all  []Basis
		want Basis
	}{{nil, None}, {[]Basis{Given}, Given}, {[]Basis{Given, None}, None}, {[]Basis{None, Given, Refused}, Refused}} {
		if got := Joint(tc.all...); got != tc.want {
			t.Errorf("%v together: %v", tc.all, got)
		}
	}
}

// TestWhatLeavesIsWhatWasReleased: to who is cleared for it, whoever recorded it; the
// terms themselves, whose texts name people, go with the rest.
func TestWhatLeavesIsWhatWasReleased(t *testing.T) {
	p := &tumenv1.Person{Name: "persons/a", Owner: "organisations/a", Creator: "organisations/a/members/a", Notes: "who",
		Releases: []*tumenv1.Release{{Purpose: tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH, GivenBy: "who"}}}
	author := Reader{Member: p.GetCreator(), Organisation: p.GetOwner(), Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Leaving: true, Purpose: true}
	cleared := author
	cleared.Clearances = []tumenv1.Protection{tumenv1.Protection_PROTECTION_IDENTITY}
	aimless := cleared
	aimless.Purpose = false
	for name, tc := range map[string]struct {
		reader Reader
		basis  Basis
		shown  bool
	}{
		"released, to who is cleared":          {cleared, Given, true},
		"released, to who only recorded it":    {author, Given, false},
		"released, for no purpose":             {aimless, Given, false},
		"not released, to who recorded it":     {cleared, None, false},
		"refused, to who is cleared and wrote": {cleared, Refused, false},
	} {
		tc.reader.Basis = func(proto.Message) Basis { return tc.basis }
		got := Redact(tc.reader, p)
		if shown := got.GetNotes() != ""; shown != tc.shown || len(got.GetReleases()) > 0 != tc.shown {
			t.Errorf("%s: %v", name, got)
		}
	}
}
