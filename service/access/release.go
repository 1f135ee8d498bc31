package access

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// A Basis is on what an identity may be used for a purpose.
type Basis int

// The three that there are.
const (
	None    Basis = iota // nothing was recorded
	Given                // consent, of the person or the next of kin, or why there is none
	Refused              // by the person, or withdrawn; it wins over all
)

// BasisFor is the basis for a purpose. What may not even be recorded may be used for
// nothing.
func BasisFor(releases []*tumenv1.Release, purpose tumenv1.ReleasePurpose) Basis {
	found := None
	for _, r := range releases {
		matches := r.GetPurpose() == purpose
		switch r.GetBasis() {
		case tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT, tumenv1.ReleaseBasis_RELEASE_BASIS_NEXT_OF_KIN, tumenv1.ReleaseBasis_RELEASE_BASIS_NOT_OBTAINABLE:
			if matches {
				found = Given
			}
		default: // refused, withdrawn, and what this release doesn't know
			if matches || r.GetPurpose() == tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD {
				return Refused
			}
		}
	}
	return found
}

// Releasing is a record that says itself on what the identity that it tells may be
// used: a person, or a source.
type Releasing interface {
	GetReleases() []*tumenv1.Release
}

// basis is on what the identity that a record tells is shown inside the organisation.
func (p *plan) basis(r Reader, m protoreflect.Message) Basis {
	if r.Basis != nil {
		return r.Basis(m.Interface())
	}
	if rec, ok := m.Interface().(Releasing); ok {
		return BasisFor(rec.GetReleases(), tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD)
	}
	return None
}

// Joint is the basis for what concerns several: that of the one who gave least.
func Joint(all ...Basis) Basis {
	if len(all) == 0 {
		return None
	}
	joint := Given
	for _, b := range all {
		switch {
		case b == Refused:
			return Refused
		case b == None:
			joint = None
		}
	}
	return joint
}

// Protects says whether a record tells anything of protected identity.
func Protects(record proto.Message) bool { return len(Disclosures(record)) > 0 }
