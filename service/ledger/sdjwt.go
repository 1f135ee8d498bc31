package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
)

// AppendSDJWT appends a payload as an SD-JWT (RFC 9901, section 4) that shows
// these disclosures and no others: the JWS in compact form over exactly the
// payload's bytes, then each disclosure between tildes. The header is exactly
//
//	{"alg":"EdDSA","kid":"<origin>","typ":"sd-jwt"}
//
// and the key that of the checkpoints: who has the verifier key needs no other.
// The same payload gives the same bytes.
func (s *Signer) AppendSDJWT(dst, payload []byte, disclosures ...[]byte) []byte {
	start := len(dst)
	header := append(append([]byte(`{"alg":"EdDSA","kid":"`), s.origin...), `","typ":"sd-jwt"}`...)
	dst = base64.RawURLEncoding.AppendEncode(dst, header)
	dst = base64.RawURLEncoding.AppendEncode(append(dst, '.'), payload)
	signature := ed25519.Sign(s.private, dst[start:])
	dst = base64.RawURLEncoding.AppendEncode(append(dst, '.'), signature)
	dst = append(dst, '~')
	for _, d := range disclosures {
		dst = append(append(dst, d...), '~')
	}
	return dst
}
