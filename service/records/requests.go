package records

import (
	"crypto/subtle"
	"fmt"

	"tumen/service/fault"
)

// requestKey is the row that remembers what a call did.
func (t *Tx) requestKey() []byte {
	return append([]byte{rowRequest}, t.store.blind.term("request", t.author.Member, t.author.RequestID)...)
}

// repeated looks whether the call was made before. The row holds a digest of
// its payload, the names of what resulted and the handler's extra, never the
// reply: that is built again for today's reader.
func (t *Tx) repeated() (*Result, error) {
	if t.author.RequestID == "" {
		return nil, nil
	}
	value, err := t.get(t.requestKey())
	if value == nil || err != nil {
		return nil, err
	}
	digest, rest, ok := cutBytes(value)
	if !ok {
		return nil, errRow
	}
	if subtle.ConstantTimeCompare(digest, t.payload()) != 1 {
		return nil, fault.Field("request_id", "REQUEST_ID_REUSED", "this id was used for a call with another payload; take a new UUID for a new call")
	}
	result := &Result{Repeated: true}
	for len(rest) > 0 {
		var part []byte
		if part, rest, ok = cutBytes(rest); !ok {
			return nil, errRow
		}
		if len(rest) == 0 {
			result.Extra = append([]byte(nil), part...)
		} else {
			result.Names = append(result.Names, string(part))
		}
	}
	return result, nil
}

func (t *Tx) payload() []byte { return append([]byte(t.author.Method), t.author.Payload...) }

// maxExtra bounds what a call keeps beside names.
const maxExtra = 64 << 10

// remember adds the request row to the change.
func (t *Tx) remember() error {
	if len(t.result.Extra) > maxExtra {
		return fmt.Errorf("a call keeps %d bytes to be told again; at most %d", len(t.result.Extra), maxExtra)
	}
	if t.author.RequestID == "" {
		return nil
	}
	value := appendBytes(nil, t.payload())
	for _, n := range t.result.Names {
		value = appendBytes(value, []byte(n))
	}
	t.wrote.put(t.requestKey(), appendBytes(value, t.result.Extra))
	return nil
}
