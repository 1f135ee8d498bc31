package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

// stateField is the field of a form that says on what of a draft it rests. A draft may be
// open in two windows, and a button may be pressed twice: what was seen of it need not be
// what is there any more.
const stateField = "state"

// stateOf tells two contents apart.
func stateOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// state tells a table from what it was before.
func (b *bulk) state() string { return stateOf(b.table.Pack()) }

// state tells what an intake would record from what it would have before: all that is
// shown before its last form, which asks for the rest.
func (i *intake) state() string {
	shown := url.Values{}
	for name, values := range i.values {
		if step, _, in := strings.Cut(name, "/"); in && step != stepReview {
			shown[name] = values
		}
	}
	return stateOf(shown.Encode()) // sorted by name
}
