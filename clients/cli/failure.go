package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/code"

	"tumen/clients/client"
)

// failure is an error as --json prints it: always with all its parts, so that a
// script need not ask which are there.
type failure struct {
	Code       string            `json:"code"`   // the status of google.rpc.Code: NOT_FOUND
	Reason     string            `json:"reason"` // UPPER_SNAKE; empty if there is none
	Message    string            `json:"message"`
	Violations []violation       `json:"violations"`
	Metadata   map[string]string `json:"metadata"`
}

// violation is one thing that is wrong with the input.
type violation struct {
	Field       string `json:"field"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
	Line        int    `json:"line,omitempty"` // in a matter file, from 1
}

// failureOf describes any error that a command ends with.
func failureOf(err error) failure {
	f := failure{Code: "UNKNOWN", Message: err.Error(), Violations: []violation{}, Metadata: map[string]string{}}
	var faulty *faultyError
	var missing *notFoundError
	var refused *refusedError
	switch e := client.AsError(err); {
	case e != nil:
		f.Code, f.Reason, f.Message = code.Code(e.Code).String(), e.Reason, e.Message
		for _, v := range e.Violations {
			f.Violations = append(f.Violations, violation{Field: v.Field, Reason: v.Reason, Description: v.Description})
		}
		if e.Metadata != nil {
			f.Metadata = e.Metadata
		}
	case errors.As(err, &faulty):
		f.Code, f.Reason = "INVALID_ARGUMENT", "MATTER_FAULTY"
		f.Metadata["file"] = faulty.file
		for _, found := range faulty.faults {
			f.Violations = append(f.Violations, violation{Field: found.field, Description: found.message, Line: found.line})
		}
	case errors.As(err, &missing):
		f.Code, f.Reason = "NOT_FOUND", "NOT_FOUND"
	case errors.As(err, &refused):
		f.Code, f.Reason = "DATA_LOSS", "BAG_REFUSED"
	case errors.Is(err, context.Canceled):
		f.Code = "CANCELLED"
	case exitCode(err) == exitUsage:
		f.Code, f.Reason = "INVALID_ARGUMENT", "USAGE"
	}
	return f
}

// printFailure writes an error as one line of JSON.
func (s *session) printFailure(err error) {
	raw, encodeErr := json.Marshal(failureOf(err))
	if encodeErr != nil {
		raw = []byte(`{"code":"INTERNAL"}`) // strings and numbers alone: it does not happen
	}
	fmt.Fprintln(s.err, escapeHidden(string(raw), func(r rune) string { return fmt.Sprintf("\\u%04x", r) }))
}

// faultyError is what is wrong with a matter file.
type faultyError struct {
	file   string
	faults []fault
}

func (e *faultyError) Error() string {
	return plural(len(e.faults), "fault") + "; nothing was written"
}
