package records

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"

	tumenv1 "tumen/proto/tumen/v1"
)

// The first byte of a key says what its row is. Like the kinds, these are part
// of the store's format.
const (
	rowCurrent byte = 'r' // kind, id -> the current revision
	rowHistory byte = 'h' // kind, id, revision -> an earlier revision
	rowIndex   byte = 'x' // index, terms, id -> facts that save reading the record
	rowUnique  byte = 'u' // term -> the one record that holds it
	rowRequest byte = 'q' // member and request id -> what the call did
	rowToken   byte = 'c' // hash of a token -> credential
	rowChanged byte = 'd' // source whose change has not yet reached the findings
	rowMeta    byte = 'm' // facts about the store itself
	rowKey     byte = 'k' // kind, id -> the record's data key, wrapped
	rowLeaf    byte = 'l' // place in the ledger -> the leaf, and what came with it

	rowErased byte = 'e' // kind, id -> what is left of an erased record

	rowStatement byte = 's' // id -> what was done that is no revision, such as an export

	rowAct byte = 'a' // id of a statement -> its kind, who made it, and marks of the records that it is about

	rowBudget byte = 'b' // member -> on how many records they were shown today who somebody is

	rowDraft byte = 'w' // of what a member is typing: a head or its content (owndrafts.go)
)

// The indexes; their second byte. Part of the store's format.
const (
	byParent     byte = 'p' // parent, kind, id; not of claims and findings
	byOwner      byte = 'o' // organisation, kind, id -> marking; of a case, its audience, too
	byRestricted byte = 'q' // organisation, kind, id: what not all of its workers may read
	bySubmitter  byte = '0' // organisation, submission that it has sent -> state
	byGrantee    byte = 'u' // organisation or member, case, grant that was not taken back -> level, moment at which it ends
	bySubject    byte = 's' // case, subject, aspect, claim: also the claims of a case
	byPersonal   byte = 'y' // person, aspect, claim
	// case, finding on a person; those on what lies in the case are found by their
	// unique rows
	byPersonalFinding byte = 'v'
	bySource          byte = 'c' // source, claim
	byStart           byte = 't' // owner, moment at which it may have begun -> span
	byExtent          byte = 'l' // owner, moment from which it lasted (lasting acts) -> span
	// The same by the recorded time of events whose time a finding has decided: for
	// who doesn't see that finding.
	byOverruledStart  byte = 'i'
	byOverruledExtent byte = 'j'
	byPlace           byte = 'g' // owner and place, event, claim that names it or zero
	byAct             byte = 'a' // act, owner, event
	byAssignee        byte = 'm' // member, case
	byRelayed         byte = 'r' // source, source that relays it
	byTied            byte = 'b' // record, tie
	byEvent           byte = 'e' // event, involvement
	byPerson          byte = 'n' // person, involvement
	byState           byte = 'f' // state, aspect, finding -> subject
	byStale           byte = 'z' // stale finding
	byContainer       byte = 'k' // place, place directly inside
	byTwin            byte = 'w' // event, event that says it may be the same
	byWhole           byte = 'h' // event, event that is part of it
	byTerm            byte = 'd' // code of an organisation's own list, kind, record that bears it; not acts
)

// Unique terms; the second byte of a unique row.
const (
	uniqueFinding   byte = 'f' // case or zero, subject, aspect
	uniqueExternal  byte = 'x' // owner, issuer, id
	uniqueHandle    byte = 'h' // organisation or member handle
	uniqueReference byte = 'r' // case or person reference
)

func currentKey(k Key) []byte { return recordKey(rowCurrent, k) }

func recordKey(row byte, k Key) []byte {
	b := make([]byte, 0, 26)
	return append(append(b, row, byte(k.Kind)), k.ID[:]...)
}

func dataKeyKey(k Key) []byte { return recordKey(rowKey, k) }

func erasedKey(k Key) []byte { return recordKey(rowErased, k) }

func leafKey(index uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), rowLeaf), index)
}

func historyKey(k Key, revision int64) []byte {
	return binary.BigEndian.AppendUint64(recordKey(rowHistory, k), uint64(revision))
}

// indexKey joins an index and its parts.
func indexKey(index byte, parts ...[]byte) []byte {
	n := 2
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	b = append(b, rowIndex, index)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// blinder makes index terms out of words: HMAC-SHA256 under the permanent index
// key, cut to 16 bytes, so that the store does not tell them.
type blinder struct{ macs *sync.Pool }

func newBlinder(key []byte) blinder {
	return blinder{&sync.Pool{New: func() any { return &blinding{Hash: hmac.New(sha256.New, key)} }}}
}

// blinding is a MAC that is used again and again: setting its key up costs as
// much as a short message.
type blinding struct {
	hash.Hash
	message []byte
}

func (b blinder) term(domain string, words ...string) []byte {
	mac := b.macs.Get().(*blinding)
	defer b.macs.Put(mac)
	message := append(mac.message[:0], domain...)
	for _, w := range words {
		message = binary.BigEndian.AppendUint32(message, uint32(len(w)))
		message = append(message, w...)
	}
	mac.message = message
	mac.Reset()
	mac.Write(message)
	return mac.Sum(nil)[:16]
}

// state is the term of a finding's state.
func (b blinder) state(s tumenv1.FindingState) []byte {
	return b.term("state", string([]byte{byte(s)}))
}

// aspect is the term of an aspect beside another term, of which it says
// nothing elsewhere: half as long as others, for there are few aspects.
func (b blinder) aspect(beside []byte, a tumenv1.Aspect) []byte {
	return b.term("aspect", string(beside), string([]byte{byte(a)}))[:8]
}

func (b blinder) act(code string) []byte { return b.term("act", code) }

func (b blinder) place(owner, place []byte) []byte {
	return b.term("place", string(owner), string(place))
}

// external is the unique term of an external id. It is made under a key of the
// epoch, unlike others: with an old copy of the store, nobody confirms by it what
// an erased record was called.
func (b blinder) external(owner, issuer, id string) []byte {
	return b.unique(uniqueExternal, owner, issuer, id)
}

func (b blinder) unique(domain byte, words ...string) []byte {
	return append([]byte{rowUnique, domain}, b.term(string(domain), words...)...)
}
