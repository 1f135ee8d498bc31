package corroboration

import tumenv1 "tumen/proto/tumen/v1"

// BasisOf is the basis of a claim: its own, or else that of its source, which
// may be nil. What nobody states, or a deleted source stated, is
// BASIS_NOT_STATED.
func BasisOf(c *tumenv1.Claim, s *tumenv1.Source) tumenv1.Basis {
	if b := c.GetBasis(); b != tumenv1.Basis_BASIS_UNSPECIFIED {
		return b
	}
	return sourceBasis(s)
}

func sourceBasis(s *tumenv1.Source) tumenv1.Basis {
	if s == nil || s.GetDeleteTime() != nil || s.GetBasis() == tumenv1.Basis_BASIS_UNSPECIFIED {
		return tumenv1.Basis_BASIS_NOT_STATED
	}
	return s.GetBasis()
}

// Grounded says whether a basis lets an origin raise the lower bound: it
// perceived what is claimed, or reports of its own.
func Grounded(b tumenv1.Basis) bool {
	return b == tumenv1.Basis_BASIS_FIRST_HAND || b == tumenv1.Basis_BASIS_OWN_CONTACTS
}
