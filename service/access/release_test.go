package access

import (
	"testing"

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
