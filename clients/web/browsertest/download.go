package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download presses a link or a button that leads to a file, and gives the file and the
// name that it came under. The page stays.
func (p Place) Download(name string) (called string, content []byte) {
	p.w.t.Helper()
	w, folder, node := p.w, p.w.t.TempDir(), p.find(pressed, name)
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	begun, ended := make(chan string, 1), make(chan string, 1)
	err := chromedp.ListenBrowser(ctx, func(event any) {
		switch e := event.(type) {
		case *browser.EventDownloadWillBegin:
			offer(begun, e.SuggestedFilename)
		case *browser.EventDownloadProgress:
			if e.State != browser.DownloadProgressStateInProgress {
				offer(ended, e.GUID) // which the file is called, too
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	yes := true
	_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID,
		DownloadPath: folder, EventsEnabled: &yes,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	document, status := w.document, w.status
	w.mu.Unlock()
	w.click(node)
	select {
	case guid := <-ended:
		if content, err = os.ReadFile(filepath.Join(folder, guid)); err != nil {
			w.t.Fatalf("downloading %s: %v", name, err)
		}
	case <-time.After(patience):
		w.t.Fatalf("downloading %s: no file came", name)
	}
	w.mu.Lock()
	w.document, w.status = document, status
	w.mu.Unlock()
	return <-begun, content
}

// offer sends what nobody may be waiting for.
func offer(to chan<- string, what string) {
	select {
	case to <- what:
	default:
	}
}
