// Package seal keeps what is stored unreadable to whoever has only the disk, and
// makes it possible to forget.
//
// # Keys
//
//	root key    outside: an age identity, a passphrase, a file that the service
//	            manager hands over, or a key service. It wraps the files of the
//	            keys folder and nothing else.
//	epoch key   a Tink keyset in epoch.age: wraps the data keys. It is renewed
//	            when something is erased, and its forerunner destroyed.
//	data key    one for each record, in the store, wrapped by the epoch key.
//	permanent   the keys in permanent.age, never renewed: of ids, of index terms,
//	            of etags and page tokens, of the ledger.
//
// # A sealed value
//
//	0x01 ‖ nonce (12 random bytes) ‖ AES-256-GCM(key, value, associated data)
//
// What the associated data bind it to is for who seals to say. The key is
// HKDF-Expand-SHA256(data key, "tumen seal 1", 32) (RFC 5869); data keys are
// uniform, so there is nothing to extract.
//
// # What a revision derives
//
// The salts of everything that the ledger says of a revision come from the
// record's data key, so that without it they are gone: the keystream of
// AES-256-CTR with a zero counter under
// HKDF-Expand-SHA256(data key, "tumen revision 1" ‖ revision (8 bytes, big
// endian), 32):
//
//	at 16·n   16 bytes  salt of the field with number n, from 1 to 63
//	at 1024   32 bytes  salt of the leaf
//	at 1056   16 bytes  salt of the time
//	at 1072   16 bytes  salt of the member
//	at 1088   32 bytes  decoy digests, 48 of them
package seal

import "errors"

var (
	// ErrSealed: a sealed value, a wrapped key or a file of keys does not open: it
	// was changed, belongs elsewhere, or another key sealed it. Which, can't be told.
	ErrSealed = errors.New("seal: it does not open")
	// ErrWrongRoot: the root key is not the one that a file of keys was wrapped with.
	ErrWrongRoot = errors.New("this root key does not open it")
)
