package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
)

// failure is what the page of an error shows.
type failure struct {
	Heading    string
	Said       string   // in the reader's language, what was wrong and what to do; empty where only the server has words for it
	Also       []string // what else was wrong
	Violations []refusedField
	Server     string // the server's own words, in English; empty where Said is all there is
	Incident   string
}

// errNotFound is an address that no page has.
var errNotFound = errors.New("there is no such page")

// fail answers with what went wrong: the one place that turns errors into pages.
func (v *visit) fail(err error) {
	if v.r.Context().Err() != nil {
		return // nobody is there any more
	}
	status, f := v.failure(err)
	if status == http.StatusUnauthorized {
		v.leaveSession()
		if v.site.latchkey == nil {
			v.toSignIn()
			return
		}
		// There is no other way to be known, so it is said what is wrong with this one.
	}
	if err := v.render(status, "failure", f.Heading, f); err != nil {
		v.site.config.Log.Error("a page could not be written", "pattern", v.r.Pattern, "error", err)
		http.Error(v.w, "internal", http.StatusInternalServerError)
	}
}

// failure is the status and the words for an error.
func (v *visit) failure(err error) (int, *failure) {
	w := v.say()
	switch {
	case errors.Is(err, errForm):
		return http.StatusForbidden, &failure{Heading: w.Say("layout.form_heading"), Said: w.Say("layout.form_refused")}
	case errors.Is(err, errTooMuch):
		return http.StatusRequestEntityTooLarge, &failure{Heading: w.Say("layout.refused_heading"), Said: w.Say("layout.too_much")}
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests, &failure{Heading: w.Say("layout.refused_heading"), Said: w.Say("ledger.busy")}
	case errors.Is(err, errNotFound):
		return http.StatusNotFound, &failure{Heading: w.Say("layout.missing_heading"), Said: w.Say("layout.missing")}
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, &failure{Heading: w.Say("layout.refused_heading"), Said: w.Say("layout.unreachable")}
	}
	e := client.AsError(err)
	if e == nil {
		v.site.config.Log.Error("a page failed", "pattern", v.r.Pattern, "error", err)
		return http.StatusInternalServerError, &failure{Heading: w.Say("layout.refused_heading"), Said: w.Say("layout.internal")}
	}
	return statusOf(e.Code), v.refusedPage(e)
}

// refusedPage is the page of what the server, or the way to it, says of a call.
func (v *visit) refusedPage(e *client.Error) *failure {
	w := v.say()
	f := &failure{Heading: w.Say("layout.refused_heading"), Server: e.Message, Violations: v.refusedFields(e.Violations), Incident: e.Metadata["incident"]}
	if len(f.Violations) > 0 {
		f.Said = w.Say("layout.look_at")
		return f
	}
	if said := v.sentencesOf(e); len(said) > 0 {
		f.Said, f.Also = said[0], said[1:]
	}
	if e.Code == codes.NotFound {
		f.Heading = w.Say("layout.missing_heading")
		if f.Said == "" || e.Reason == "NOT_FOUND" {
			f.Said = w.Say("layout.missing")
		}
	}
	return f
}

// statusOf is the HTTP status of a refusal.
func statusOf(c codes.Code) int {
	switch c {
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.InvalidArgument, codes.OutOfRange:
		return http.StatusUnprocessableEntity
	case codes.FailedPrecondition, codes.Aborted, codes.AlreadyExists:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Unavailable:
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// panicked answers where a page's code failed. The stack goes to the log alone; what
// was panicked with may be content and goes nowhere.
func (s *Site) panicked(w *watchedWriter, p any) {
	s.config.Log.Error("a page panicked", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
	if w.status == 0 {
		http.Error(w, "internal", http.StatusInternalServerError)
	}
}
