package browsertest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Window is somebody at the browser: a window with cookies of its own.
type Window struct {
	Place // the whole page

	t    testing.TB
	ctx  context.Context
	site string // http://127.0.0.1:port, without a slash

	scripts bool          // whether pages may run them
	loaded  chan struct{} // one for each page that has come

	mu       sync.Mutex
	faults   []string
	document network.RequestID // of the page that is shown
	status   int64
	leaves   string // where the page may lead beside the site
	away     bool   // it led there: what is shown is not of the site
}

// Option sets how a window is opened.
type Option func(*Window)

// LeavesFor says to which address beside the site a page may lead.
func LeavesFor(url string) Option { return func(w *Window) { w.leaves = url } }

// Window opens a window for a site; it is closed with the test, which fails then if a
// page did what it may not. It runs no scripts until [Window.Scripts].
func (b *Browser) Window(t testing.TB, site string, options ...Option) *Window {
	t.Helper()
	w := &Window{t: t, site: strings.TrimSuffix(site, "/"), loaded: make(chan struct{}, 16)}
	w.Place = Place{w: w, name: "the page"}
	for _, set := range options {
		set(w)
	}
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.hears))
	w.ctx = ctx
	t.Cleanup(func() { w.Faultless(); end() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	call(w, audits.Enable, cdp.Empty{})
	w.Scripts(false)
	w.Size(Desktop)
	return w
}

// During has a subtest answer for what happens in the window until it ends.
func (w *Window) During(t testing.TB) {
	t.Helper()
	w.Faultless()
	before := w.t
	w.t = t
	t.Cleanup(func() { w.Faultless(); w.t = before })
}

// call is one command of the protocol; a failure ends the test.
func call[P, R any](w *Window, command cdp.Command[P, R], params P) R {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		w.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// Scripts switches whether the pages that come may run scripts.
func (w *Window) Scripts(on bool) {
	w.t.Helper()
	w.scripts = on
	call(w, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// Go asks for a page by its path.
func (w *Window) Go(path string) *Window {
	w.t.Helper()
	w.arrives("going to "+path, func() {
		if failed := call(w, page.Navigate, page.NavigateParams{URL: w.site + path}).ErrorText; failed != "" {
			w.t.Fatalf("going to %s: %s", path, failed)
		}
	})
	return w
}

// arrives does something that leads to another page, and waits for that.
func (w *Window) arrives(doing string, do func()) {
	w.t.Helper()
	for len(w.loaded) > 0 {
		<-w.loaded
	}
	do()
	select {
	case <-w.loaded:
	case <-time.After(patience):
		w.t.Fatalf("%s: no page came", doing)
	}
	w.inspect()
}

// Fail fails the test that the window belongs to.
func (w *Window) Fail(format string, values ...any) {
	w.t.Helper()
	w.t.Errorf(format, values...)
}

// Status is the HTTP status of the page.
func (w *Window) Status() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.status)
}
