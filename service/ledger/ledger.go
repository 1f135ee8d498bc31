// Package ledger is the tamper-evident log: what every change commits to, the
// Merkle tree over these commitments, the signed checkpoints of the tree, and
// the texts by which a stranger checks all of it. It knows neither records nor
// storage nor where keys and random bytes come from; it is given bytes, salts,
// and the rows of the transaction in which a change is written. Nothing in it
// asks for the time.
//
// The bytes below stand for good: what was committed to once has to verify in
// every later release. b64 is base64url without padding (RFC 4648, section 5),
// SHA-256 as b64 has 43 characters, a salt of 16 bytes has 22.
//
// A disclosure (RFC 9901, section 4.2.1) is b64 of a JSON array without white
// space, whose value is the stored form of the field, byte for byte:
//
//	["<salt>","<field>",<value>]
//
// Its digest is b64 of SHA-256 over the characters of the disclosure.
//
// The payload of a revision (RFC 9901, section 4.2.4.1) has the digests of all
// its fields and of as many decoys (section 4.2.5) as make up the number that
// is fixed for the kind of record; sorted as strings, so that their order says
// nothing:
//
//	{"_sd":["<digest>",…],"_sd_alg":"sha-256"}
//
// The entry of a revision, its members in this order, without white space;
// previous is absent at revision 1:
//
//	{"v":1,"method":"…","record":"…","revision":2,"previous":"<hash>",
//	 "payload":"<hash>","time":"<digest>","member":"<digest>"}
//
// The entry of anything else that has to stay on record:
//
//	{"v":1,"method":"…","kind":"…","subject":"<digest>","time":"<digest>","member":"<digest>"}
//
// previous is SHA-256 of the entry of the revision before, payload SHA-256 of
// the payload; time, member and subject are digests of disclosures whose fields
// have these names, so that each can be disclosed or withheld on its own.
//
// The commitment to an entry is SHA-256 over a salt of 32 bytes followed by the
// entry. It is a leaf of the tree (RFC 6962, section 2.1): the hash of the leaf
// is SHA-256 over 0x00 and the commitment. Hashes of the tree are numbered as
// golang.org/x/mod/sumdb/tlog numbers them; those of the leaves are not stored,
// as they follow from the commitments.
//
// For the outside there are: the checkpoint (C2SP tlog-checkpoint v1, a C2SP
// signed-note with Ed25519) with cosignatures of witnesses (C2SP
// tlog-cosignature v1), proofs of single leaves (C2SP tlog-proof v1), tiles and
// entry bundles (C2SP tlog-tiles v1), and the SD-JWT of a revision (RFC 9901).
// The origin of a checkpoint is "tumen-ledger-", 16 lower-case characters of
// base32 (RFC 4648), "/" and the number of the epoch.
//
// One Ed25519 key signs both checkpoints and SD-JWTs. Neither can be passed off
// as the other: what is signed of a checkpoint has line ends, what is signed of
// a JWS has none.
package ledger

import (
	"bytes"
	"encoding/base64"

	"golang.org/x/mod/sumdb/tlog"
)

// A Hash is a SHA-256: of an entry, a payload, a disclosure, or in the tree.
type Hash = tlog.Hash

// A Salt hides what a disclosure says from those to whom it isn't disclosed. It
// must be unguessable and used once.
type Salt [16]byte

const digestSize = 43 // of SHA-256 in base64url

// b64 takes nothing but the one form that it writes: no line ends, and no bits
// beyond the last byte.
var b64 = base64.RawURLEncoding.Strict()

func appendHash(dst []byte, h Hash) []byte {
	return b64.AppendEncode(dst, h[:])
}

// parseHash reads what appendHash writes, and nothing else.
func parseHash(text []byte) (h Hash, ok bool) {
	if len(text) != digestSize || bytes.ContainsAny(text, "\r\n") {
		return Hash{}, false
	}
	var room [digestSize]byte // the decoder may write up to what the text has room for
	n, err := b64.Decode(room[:], text)
	if err != nil || n != len(h) {
		return Hash{}, false
	}
	copy(h[:], room[:])
	return h, true
}
