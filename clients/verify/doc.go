// Package verify checks exports without a server, and without believing them: what
// it goes by is a policy that its reader has from elsewhere.
//
// It shares no code with what writes exports, and none with what weighs claims: the
// support of findings is worked out anew in package support. The format is in
// docs/export-format.md. It rests on BagIt (RFC 8493), SD-JWT (RFC 9901), JWS
// (RFC 7515, RFC 8037), Merkle trees (RFC 6962) and C2SP's signed-note,
// tlog-checkpoint, tlog-cosignature and tlog-proof.
package verify
