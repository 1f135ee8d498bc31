package ledger

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// jwtType is the explicit type that RFC 9901, section 9.11, recommends, so that
// no other SD-JWT is taken for the revision of a record.
const jwtType jose.ContentType = "tumen-revision+sd-jwt"

var errUnreferenced = errors.New("ledger: a disclosure that the payload does not commit to, or one twice")

// SDJWT signs a payload as it is, byte for byte, and adds the disclosures that
// its reader may have, in this order (RFC 9901, section 4):
//
//	<header>.<payload>.<signature>~<disclosure>~…~
//
// The header has alg EdDSA (RFC 8037), the type tumen-revision+sd-jwt, and as
// kid the thumbprint of the key (RFC 7638, SHA-256), which is the same in every
// epoch. A disclosure whose digest isn't in the payload, or one twice, is an
// error: readers would have to reject the whole (section 7.1).
func (s *Signer) SDJWT(payload []byte, disclosures ...[]byte) ([]byte, error) {
	seen := map[Hash]bool{}
	for _, d := range disclosures {
		digest := Hash(sha256.Sum256(d))
		if seen[digest] || !bytes.Contains(payload, append(appendHash([]byte{'"'}, digest), '"')) {
			return nil, errUnreferenced
		}
		seen[digest] = true
	}
	signed, err := s.jws.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("ledger: SD-JWT: %w", err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		return nil, fmt.Errorf("ledger: SD-JWT: %w", err)
	}
	out := append([]byte(compact), '~')
	for _, d := range disclosures {
		out = append(append(out, d...), '~')
	}
	return out, nil
}
