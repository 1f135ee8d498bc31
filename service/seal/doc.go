// Package seal keeps the keys and seals with them: a root key outside the store,
// permanent and epoch keys wrapped by it in a folder of their own, and a data
// key for each record wrapped by the epoch key. It knows bytes and keys, not
// records, stores or callers.
//
// Whoever holds a copy of the store, however old, reads nothing without the
// keys folder and the root key. Once the key of an epoch is destroyed, what was
// wrapped by that key alone stays closed even to who has all three.
//
// # The keys folder
//
// The folder has mode 0700, every file in it 0600.
//
//	permanent.age   the permanent keys, wrapped by the root key
//	epoch.age       the epoch's keys, wrapped by the root key
//	*.new           a file that is being written
//	*.old           a file that was replaced and is about to be overwritten
//
// Others keep files beside these by Lock, in the same way.
//
// A file gets its name only when it is whole and on disk. What a process that
// was ended leaves behind is cleared, or completed, by the next Open.
//
// # Under a root key
//
// The roots of this package write an age file (https://age-encryption.org/v1)
// whose plaintext begins with the line
//
//	tumen root 1 PURPOSE\n
//
// because age binds no associated data; the secret follows it. Under a raw key
// of 32 bytes, and in captures, the age header has one stanza "tumen-key" whose
// body is age's file key as a sealed value (below) under that key.
//
// The plaintext of permanent.age (purpose "permanent keys"), 161 bytes:
//
//	0x01 ‖ id key 32 ‖ index key 32 ‖ page key 32 ‖ ledger seed 32 ‖ capture key 32
//
// The plaintext of epoch.age (purpose "epoch keys"); integers are big-endian:
//
//	0x01 ‖ count 1 ‖ count × (number 8 ‖ made, Unix seconds 8 ‖ secret 32) ‖ Tink keyset
//
// count is 1, or 2 during a turnover, the new epoch last; the keyset is Tink's
// binary form and has as many AES256-GCM keys in the same order, the last of
// them primary. The keys for index terms and rows of an epoch are HKDF-SHA256
// (RFC 5869) of its secret without salt, info "tumen epoch index 1" and "tumen
// epoch rows 1", 32 bytes each; the key of rows that outlive epochs is that of
// the index key with info "tumen rows 1".
//
// # Data keys
//
// A data key is 32 random bytes. Wrapped, it is a Tink ciphertext of 65 bytes
// under the epoch's keyset with the associated data "tumen data key 1" ‖ owner.
//
// A sealed value is 29 bytes longer than its plaintext:
//
//	0x01 ‖ nonce 12 ‖ AES-256-GCM ciphertext ‖ tag 16
//
// What one revision needs besides is read from an AES-256-CTR keystream with a
// zero IV, whose key is the first half of HKDF-SHA256 of the data key without
// salt, info "tumen revision 1" ‖ revision 8, 64 bytes; the second half is
// reserved. In the keystream stand
//
//	 16n   salt of field n, 16 bytes, n from 1 to 127
//	2048   salt of the leaf, 32 bytes
//	2080   salt of the time, 16 bytes
//	2096   salt of the member, 16 bytes
//	4096+  decoy digests, 32 bytes each
//
// # Captures
//
// A sealed capture is an age file with the stanza "tumen-key" under the data
// key, associated data "tumen capture 1" ‖ name. Its plaintext is
//
//	content ‖ zeros ‖ length of the content 8
//
// with as many zeros as make the whole a Padmé length (Nikitin and others,
// Reducing Metadata Leakage from Encrypted Files, PETS 2019).
//
// # Shares
//
// A share is one line of JSON without white space and with its members in this
// order, in an armored age file to its custodian:
//
//	{"v":1,"set":"…","epoch":7,"k":3,"n":5,"index":2,"digests":["…",…],"keys":"…","share":"…","check":"…"}
//
// Bytes are base64url without padding. set is 16 random bytes, the same in all
// shares of one split, and doesn't begin with a hyphen; share is the custodian's Shamir share of a random scalar
// of ristretto255 (32 bytes, little-endian, at the point index); digests are the
// SHA-256 of all n shares; check is the SHA-256 of the line up to and without
// `,"check"`. keys is a sealed value under HKDF-SHA256 of the scalar, salt set,
// info "tumen escrow 1", with the line from `"set"` up to and without `,"keys"`,
// less the member index, as associated data. Its plaintext is that of
// permanent.age followed by that of an epoch.age with the newest epoch alone.
package seal
