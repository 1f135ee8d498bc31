package web_test

import (
	"os"
	"strings"
	"testing"

	"tumen/clients/web/browsertest"
	"tumen/clients/web/wording"
)

// Whoever follows README.md in a browser finds what it says, and what it shows: pages of
// the demonstration as it begins.
func readmeIsFollowedInABrowser(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	const finding = "E1 · Reported return of 9 October 2023 — whether it happened"
	w := o.arrive(t, b, "case-worker", wording.English)
	w.Follow("All cases that you may see")
	w.Follow("Reported returns of North Koreans from northeast China, October 2023")
	w.Size(browsertest.Screen{Width: 1280, Height: 960, Scale: 1})
	w.Says("Who says what")
	w.Picture(firstSession("case", wording.English))
	w.Follow(finding)
	w.Size(browsertest.Screen{Width: 1280, Height: 1160, Scale: 1})
	w.Says("at least 2, at most 4", "S4 · J.M. Missionary Union")
	w.TabTo("Why so many") // of who asserts it
	w.Key(browsertest.Space)
	w.Says("joined by a recorded link, so counted as one at least")
	w.Go(w.Path()) // with everything closed
	w.Picture(firstSession("finding", wording.English))
	w.Follow(native[wording.Korean])
	w.Picture(firstSession("finding", wording.Korean))
	w.Follow(native[wording.English])
	w.Follow("Sign out")

	w.Follow("reviewer")
	w.Go(o.path("/{E1/occurrence}"))
	w.In("What can be done now").Says("Open the review: possible", "Approve the proposal: not possible now")
	w.Press("What stands against each outcome, and what a proposal of it has to say")
	w.Says("how each denial was weighed")
}

func firstSession(page string, language wording.Language) string {
	return "../../docs/pictures/first-" + page + "." + string(language) + ".png"
}

// What README.md calls things in its session in a browser is what the pages call them, and
// the pictures that it shows are there.
func TestReadmeSaysWhatPagesSay(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	ok(t, err)
	session := between(string(text), "### In a browser\n", "\n### ")
	texts := catalogueOf(t, wording.English)
	named := bold.FindAllStringSubmatch(session, -1)
	for _, m := range named {
		if called := strings.TrimRight(m[1], "."); !texts[called] {
			t.Errorf("nothing on the pages is called %q", called)
		}
	}
	shown := shownPicture.FindAllStringSubmatch(session, -1)
	for _, m := range shown {
		if _, err := os.Stat("../../" + m[1]); err != nil {
			t.Error(err)
		}
	}
	if len(named) == 0 || len(shown) == 0 {
		t.Errorf("it names %d things and shows %d pictures", len(named), len(shown))
	}
}
