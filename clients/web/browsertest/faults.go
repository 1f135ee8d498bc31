package browsertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// hears is told what happens in the window.
func (w *Window) hears(event any) {
	switch e := event.(type) {
	case *page.EventLoadEventFired, *page.EventNavigatedWithinDocument:
		select {
		case w.loaded <- struct{}{}:
		default:
		}
	case *network.EventRequestWillBeSent:
		w.asked(e)
	case *network.EventResponseReceived:
		w.answered(e)
	case *network.EventLoadingFailed:
		if !e.Canceled && e.Type != network.ResourceTypeDocument {
			w.fault("a %s did not load: %s %s", e.Type, e.ErrorText, e.BlockedReason)
		}
	case *log.EventEntryAdded:
		// The browser also logs each answer of 400 and more, which answered judges.
		serious := e.Entry.Level == log.EntryLevelWarning || e.Entry.Level == log.EntryLevelError
		if serious && e.Entry.Source != log.EntrySourceNetwork {
			w.fault("log: %s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		w.fault("a script wrote to the console: %s", e.Type)
	case *runtime.EventExceptionThrown:
		w.fault("a script failed: %s", e.ExceptionDetails.Text)
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details)
		w.fault("the browser finds an issue: %s %s", e.Issue.Code, details)
	}
}

// asked judges a request: pages, style sheets and pictures of the site, and nothing else.
func (w *Window) asked(e *network.EventRequestWillBeSent) {
	where := e.Request.URL
	ours := strings.HasPrefix(where, w.site+"/")
	switch e.Type {
	case network.ResourceTypeDocument:
		if !ours && (w.leaves == "" || where != w.leaves) {
			w.fault("a page leads away, to %s", where)
		}
		w.mu.Lock()
		w.document, w.away = e.RequestID, !ours
		w.mu.Unlock()
	case network.ResourceTypeStylesheet, network.ResourceTypeImage, network.ResourceTypeOther: // the last is the mark in the tab
		if !ours {
			w.fault("a page loads %s from elsewhere", where)
		}
	default:
		w.fault("a page loads a %s: %s", e.Type, where)
	}
}

func (w *Window) answered(e *network.EventResponseReceived) {
	switch kind := e.Response.MimeType; {
	case e.Type == network.ResourceTypeDocument:
		w.mu.Lock()
		w.status = e.Response.Status
		w.mu.Unlock()
	case e.Response.Status >= 400:
		w.fault("%s: status %d", e.Response.URL, e.Response.Status)
	case e.Type != network.ResourceTypeStylesheet && kind != "image/png":
		w.fault("a picture is %s: %s", kind, e.Response.URL)
	}
}

// inspect looks through a page that has come for what may not be in one.
func (w *Window) inspect() {
	w.t.Helper()
	const unwanted = `JSON.stringify([...document.querySelectorAll("svg, script, iframe, object, embed, template, [style]")].map(e => e.outerHTML.slice(0, 80)))`
	if found := w.evaluate(unwanted); found != "[]" {
		w.fault("in the page: %s", found)
	}
}

func (w *Window) fault(format string, values ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := fmt.Sprintf(format, values...); !w.away && !slices.Contains(w.faults, f) {
		w.faults = append(w.faults, f)
	}
}

// Faultless fails the test for what pages did so far that they may not.
func (w *Window) Faultless() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		w.t.Error(f)
	}
	w.faults = nil
}
