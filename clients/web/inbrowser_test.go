package web_test

import (
	"bytes"
	"strings"
	"testing"

	"tumen/clients/web/browsertest"
	"tumen/clients/web/wording"
)

// What is tried in a browser shares it, and the site; who changes the matter there starts
// a site of their own.
func TestInABrowser(t *testing.T) {
	if raceDetector {
		t.Skip("make test runs it by a line of its own, without the race detector: pages race in the other tests")
	}
	o, b := startOctober(t), browsertest.Start(t)
	for name, try := range map[string]func(*testing.T, *octoberSite, *browsertest.Browser){
		"every page is for everybody":             everyPageIsForEverybody,
		"everything is reached by keyboard":       everythingIsReachedByKeyboard,
		"a case is printed as a dossier":          aCaseIsPrintedAsADossier,
		"nothing comes back after the quick exit": nothingComesBackAfterTheQuickExit,
		"README is followed":                      readmeIsFollowedInABrowser,
		"the matter is worked through by hand":    theMatterIsWorkedThroughByHand,
	} {
		t.Run(name, func(t *testing.T) { try(t, o, b) })
	}
}

// Whoever has no mouse signs in, reads a case, passes over what stands on every page,
// changes the language and leaves, in a browser that runs no scripts.
func everythingIsReachedByKeyboard(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	w := b.Window(t, o.url)
	w.Go("/sign-in")
	w.TabTo("case-worker")
	w.KeyTo(browsertest.Enter)
	w.Key(browsertest.Tab)
	if got, want := w.Focused(), wording.In(wording.English).Say("layout.skip"); got != want {
		t.Errorf("the first thing on a page is %q, not %q", got, want)
	}
	w.KeyTo(browsertest.Enter)
	w.TabTo("All cases that you may see") // what comes first in the content
	w.KeyTo(browsertest.Enter)
	w.TabTo("Happened within")
	w.Type("2023-10")
	w.KeyTo(browsertest.Enter)
	w.TabTo("Reported returns of North Koreans from northeast China, October 2023")
	w.KeyTo(browsertest.Enter)
	w.Says("Who says what")
	w.TabTo("Why so many")
	w.Key(browsertest.Space)
	w.Says("counted as one at least")
	w.Go("/")
	w.TabTo("한국어")
	w.KeyTo(browsertest.Space)
	w.TabTo("로그아웃")
	w.KeyTo(browsertest.Space)
	if got := w.Path(); got != "/sign-in" {
		t.Errorf("signing out leads to %s", got)
	}
}

// A case on paper is what is recorded, and why, without what only a screen needs.
func aCaseIsPrintedAsADossier(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	w := o.arrive(t, b, "case-worker", wording.English)
	w.Go(o.path("/{october-2023}"))
	w.Silent("counted as one at least")
	w.Paper()
	w.Says("DEMONSTRATION", "Reported returns of North Koreans", "Who says what", "counted as one at least")
	w.Silent("Leave now", "Sign out")
	if pdf := w.Print(); !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) > 1<<20 {
		t.Errorf("a PDF of %d bytes", len(pdf))
	}
	if *pictures != "" {
		w.Keep(*pictures + "/paper.png")
	}
}

// After the quick exit no page of the session comes back, whatever is pressed.
func nothingComesBackAfterTheQuickExit(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	w := b.Window(t, o.url, browsertest.LeavesFor("https://www.bbc.com/weather"))
	w.Go("/sign-in")
	w.Follow("case-worker")
	w.Go(o.path("/{october-2023}"))
	w.Follow("Leave now")
	if got := w.Path(); got != "https://www.bbc.com/weather" && !strings.HasPrefix(got, "chrome-error:") {
		t.Errorf("it leads to %s", got)
	}
	w.Back()
	w.Silent("Reported returns", "Who says what")
	w.Says("Sign in")
}
