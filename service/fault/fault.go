// Package fault is the one form of an error that a caller may see. The pure
// rules and the handlers return it; service/gate alone turns it into a gRPC
// status. A fault never carries record content: names, field paths, codes and
// counts only.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of mistake a fault is; it decides the gRPC code.
type Kind int

// The kinds, with the gRPC code that service/gate gives each.
const (
	Internal        Kind = iota // INTERNAL: ours; the caller is told nothing else
	Invalid                     // INVALID_ARGUMENT: the request itself is wrong
	Unauthenticated             // UNAUTHENTICATED: nobody we know
	Denied                      // PERMISSION_DENIED: known, but may not
	NotFound                    // NOT_FOUND: not there, or not for this caller
	Exists                      // ALREADY_EXISTS: a unique term is taken
	Stale                       // ABORTED: the etag is stale, or a race was lost; read again and retry
	Refused                     // FAILED_PRECONDITION: a rule or a guard says no
	TooLarge                    // RESOURCE_EXHAUSTED: over a limit of size, number or rate
	Unavailable                 // UNAVAILABLE: try again later
)

// Violation is one thing that is wrong with a request.
type Violation struct {
	Field       string // path in the contract's names: "claim.value.count.low"; empty for the whole
	Description string // what is wrong and what to do
	Reason      string // UPPER_SNAKE
}

// Error is a fault.
type Error struct {
	Kind       Kind
	Reason     string            // UPPER_SNAKE, stable: programs match it
	Message    string            // for people: what was wrong, where, what to do
	Violations []Violation       // for Invalid: one per field
	Metadata   map[string]string // ids and codes that programs need; never content
	Wait       time.Duration     // after how long another try may do; 0: that is not what is wrong
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for i, v := range e.Violations {
		if i == 5 {
			fmt.Fprintf(&b, "; and %d more", len(e.Violations)-i)
			break
		}
		if v.Field == "" {
			fmt.Fprintf(&b, "; %s", v.Description)
		} else {
			fmt.Fprintf(&b, "; %s: %s", v.Field, v.Description)
		}
	}
	return b.String()
}

// With returns the fault with one more piece of metadata.
func (e *Error) With(key, value string) *Error {
	c := *e
	c.Metadata = make(map[string]string, len(e.Metadata)+1)
	for k, v := range e.Metadata {
		c.Metadata[k] = v
	}
	c.Metadata[key] = value
	return &c
}

// Later returns the fault with the time after which another try may do.
func (e *Error) Later(wait time.Duration) *Error {
	c := *e
	c.Wait = wait
	return &c
}

// New makes a fault of a kind.
func New(kind Kind, reason, format string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid fault about one field.
func Field(field, reason, format string, args ...any) *Error {
	return Fields(Violation{Field: field, Reason: reason, Description: fmt.Sprintf(format, args...)})
}

// Fields makes an Invalid fault about several fields; its reason is that of the
// first. Without violations it returns nil.
func Fields(v ...Violation) *Error {
	if len(v) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Reason: v[0].Reason, Message: "the request is not valid", Violations: v}
}

// Missing is the one answer for a record that is not there and for one that the
// caller may not see.
func Missing(name string) *Error {
	return New(NotFound, "NOT_FOUND", "%s does not exist, or is not visible to you", name).With("name", name)
}

// Of finds the fault in an error; anything else is nil.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
