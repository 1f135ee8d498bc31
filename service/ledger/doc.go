// Package ledger makes what is stored evident when it is changed: entries about
// revisions, the Merkle tree over salted commitments to them, and signed
// checkpoints. It knows no storage and no keys but those that it is given.
//
// # From a field to the tree
//
// Everything is bytes that are written once and hashed as they are:
//
//	disclosure   base64url of ["salt","field",value], of each field (RFC 9901)
//	payload      {"_sd":[digests of the disclosures and decoys, ascending],"_sd_alg":"sha-256"}
//	entry        {"v":1,"method":…,"record":…,"revision":…,"previous":…,"payload":…,"time":…,"day":…,"member":…}
//	commitment   SHA-256(salt, 32 bytes ‖ entry)
//	leaf         SHA-256(0x00 ‖ commitment) (RFC 6962)
//
// A payload commits to each field of a revision apart, so that any of them can be
// shown without the others. The entry commits to the payload, to the entry of the
// revision before (previous, absent for the first), and to disclosures of when and
// by whom. A commitment says nothing to whoever lacks its salt, so that leaves may
// be published and kept for ever.
//
// What is no revision of a record, such as an export, has an entry without one: its
// kind, and the SHA-256 of the statement that it commits to.
//
//	{"v":1,"method":…,"kind":…,"subject":…,"time":…,"day":…,"member":…}
//
// A checkpoint (C2SP tlog-checkpoint) is the origin, the size and the root of the
// tree in a signed note (C2SP signed-note, Ed25519).
package ledger
