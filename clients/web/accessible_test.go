package web_test

import (
	"flag"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tumen/clients/web/browsertest"
	"tumen/clients/web/wording"
)

// Every page, as each member sees it, in every language: axe-core finds nothing of
// levels A and AA, html-validate nothing in the HTML, the page fits a phone and a desktop
// at 200 %, and says the same with scripts as without.
func everyPageIsForEverybody(t *testing.T, o *octoberSite, b *browsertest.Browser) {
	judges := browsertest.Install(t)
	o.routed(t)
	sent := map[string]string{}
	for _, member := range lookers() {
		w := o.arrive(t, b, member, wording.English)
		for _, language := range wording.Languages() {
			if member != "" {
				w.Go("/")
				w.Follow(native[language])
			}
			for _, s := range sights {
				if s.member != member {
					continue
				}
				name := strings.Join([]string{string(language), member, s.path}, " ")
				t.Run(name, func(t *testing.T) {
					w.During(t)
					sent[name] = o.look(w, judges, s, language)
				})
			}
		}
	}
	t.Run("the HTML", func(t *testing.T) { judges.Valid(t, sent) })
}

// native are what languages call themselves.
var native = map[wording.Language]string{wording.English: "English", wording.Korean: "한국어", wording.Chinese: "简体中文"}

// lookers are the members that look at a page; empty is nobody who has signed in.
func lookers() []string {
	var members []string
	seen := map[string]bool{}
	for _, s := range sights {
		if !seen[s.member] {
			seen[s.member] = true
			members = append(members, s.member)
		}
	}
	return members
}

// look judges one page, and gives what the server sent. Colours and sizes are the same
// in every language, so that they are judged in one, and so is most of the rest: in the
// others axe looks at one sight of each pattern.
func (o *octoberSite) look(w *browsertest.Window, judges *browsertest.Judges, s sight, language wording.Language) string {
	w.Size(browsertest.Desktop)
	w.Dark(false)
	o.show(w, s, language)
	sent := w.HTML()
	if language == wording.English || s.leads() {
		w.Accessible(judges, browsertest.Wholly)
	}
	keep(w, s, language, "desktop")
	w.Size(browsertest.Zoomed)
	w.Fits()
	w.Size(browsertest.Phone)
	w.Fits()
	keep(w, s, language, "phone")
	if language == wording.English {
		w.Accessible(judges, browsertest.InSize)
		w.Dark(true)
		w.Accessible(judges, browsertest.InColour)
		w.Size(browsertest.Desktop)
		keep(w, s, language, "dark")
		o.sameWithScripts(w, s, language)
	}
	return sent
}

// leads says whether a sight is the first of its pattern.
func (s sight) leads() bool {
	first := slices.IndexFunc(sights, func(o sight) bool { return o.pattern == s.pattern })
	return sights[first].path == s.path && sights[first].member == s.member
}

// sameWithScripts asks for the page again, and lets it run scripts if it has any.
func (o *octoberSite) sameWithScripts(w *browsertest.Window, s sight, language wording.Language) {
	without := w.Text()
	w.Scripts(true)
	defer w.Scripts(false)
	o.show(w, s, language)
	if with := w.Text(); untimed(with) != untimed(without) {
		w.Says(without) // fails, and shows both
	}
}

// untimed is a text without the time of day, which goes on from one page to the next.
func untimed(text string) string { return clockTime.ReplaceAllString(text, "") }

var clockTime = regexp.MustCompile(`\d+:\d\d`)

var pictures = flag.String("look", "", "folder for pictures of every page, for somebody to look at")

// keep takes a picture of the whole page, if asked to.
func keep(w *browsertest.Window, s sight, language wording.Language, screen string) {
	if *pictures == "" {
		return
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("/?&={}+", r) {
			return '-'
		}
		return r
	}, strings.Join([]string{s.path, s.member, string(language), screen}, "_"))
	w.Keep(filepath.Join(*pictures, name+".png"))
}

// show leads a window to a sight.
func (o *octoberSite) show(w *browsertest.Window, s sight, language wording.Language) {
	path := o.path(s.path)
	if s.member == "" { // who has not signed in says with each page which language it is in
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		path += separator + "language=" + string(language)
	}
	w.Go(path)
	if got := w.Path(); got != path || w.Status() != s.status {
		w.Fail("%s leads to %s, status %d", path, got, w.Status())
	}
	if s.then != nil {
		s.then(w)
	}
}
