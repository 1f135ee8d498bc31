package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tumen/clients/web/browsertest"
)

// A sight is a page as somebody sees it, of a site before the matter of October 2023.
type sight struct {
	pattern string // as routes.go has it
	member  string // who looks; empty: nobody has signed in
	// path is where it is. {october-2023} stands for the name of the record that the
	// matter calls so, {E1/occurrence} for that of a finding on it, {draft} for that of a
	// draft of the case worker's, {claim} for one on E1; {person}, {shared} and {submission}
	// for what is recorded beside the matter, which has none.
	path   string
	status int
	then   func(w *browsertest.Window) // what is done there before it is looked at; may be nil
}

// sights are all pages: who makes a page adds a line, and one more for each member to
// whom it shows something else.
var sights = []sight{
	{"GET /sign-in", "", "/sign-in", 200, nil},
	{"GET /sign-in", "", "/sign-in?ended=1", 200, nil},
	{"GET /{$}", "case-worker", "/", 200, nil},
	{"GET /{$}", "reviewer", "/", 200, nil},
	{"GET /{$}", "administrator", "/", 200, nil},
	{"GET /cases", "case-worker", "/cases", 200, nil},
	{"GET /cases", "case-worker", "/cases?within=2023&stale=1", 200, nil},
	{"GET /cases", "case-worker", "/cases?within=last+summer", 422, nil},
	{"GET /cases/{case}", "case-worker", "/{october-2023}", 200, nil},
	{"GET /cases/{case}/findings/{finding}", "case-worker", "/{E1/count}", 200, nil},
	{"GET /cases/{case}/findings/{finding}", "reviewer", "/{E1/occurrence}", 200, nil},
	{"GET /cases/{case}/claims/{claim}", "case-worker", "/{claim}", 200, nil},
	{"GET /cases/{case}/grants", "case-worker", "/{shared}/grants", 200, nil},
	{"GET /history/{record...}", "case-worker", "/history/{S6}", 200, nil},
	{"GET /sources", "case-worker", "/sources", 200, nil},
	{"GET /sources/{source}", "case-worker", "/{S6}", 200, nil},
	{"GET /persons", "case-worker", "/persons", 200, nil},
	{"GET /persons/{person}", "case-worker", "/{person}", 200, nil},
	{"GET /find", "case-worker", "/find?key=nobody", 200, nil},
	{"GET /submissions", "case-worker", "/submissions", 200, nil},
	{"GET /submissions/{submission}", "case-worker", "/{submission}", 200, nil},
	{"GET /members", "administrator", "/members", 200, nil},
	{"GET /me", "administrator", "/me", 200, nil},
	{"GET /ledger", "case-worker", "/ledger", 200, nil},
	{"GET /cases/{case}/pictures", "case-worker", "/{october-2023}/pictures", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/case", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/event?case={october-2023}", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/claim?case={october-2023}&f.aspect=count", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/case?draft={draft}", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/source", 200, nil},
	{"GET /edit/{record...}", "case-worker", "/edit/{october-2023}", 200, nil},
	{"GET /edit/{record...}", "case-worker", "/edit/{S6}", 200, nil},
	{"GET /new/{kind}", "case-worker", "/new/claim?case={october-2023}&f.aspect=count&f.source={copied-source}", 200, nil},
	{"GET /intake", "case-worker", "/intake", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/source?draft={intake-draft}", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/case?draft={intake-draft}", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/event?draft={intake-draft}", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/people?draft={intake-draft}", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/claims?check=1&draft={intake-draft}", 200, nil},
	{"GET /intake/{step}", "case-worker", "/intake/review?draft={intake-draft}", 200, nil},
	{"GET /cases/{case}/bulk", "case-worker", "/{october-2023}/bulk?kind=person", 200, nil},
	{"GET /cases/{case}/bulk", "case-worker", "/{october-2023}/bulk?kind=claim&draft={table-draft}", 200, nil},
	{"GET /cases/{case}/bulk/progress", "case-worker", "/{october-2023}/bulk/progress", 200, nil},
	{"GET /sources/{source}/captures", "case-worker", "/{S6}/captures", 200, nil},
	{"GET /identity/{record...}", "case-worker", "/identity/{person}", 200, nil},
	{"GET /do/{step}/{record...}", "reviewer", "/do/propose/{E1/occurrence}", 200, nil},
	{"GET /do/{step}/{record...}", "case-worker", "/do/supersede/{claim}", 200, nil},
	{"GET /do/{step}/{record...}", "case-worker", "/do/withdraw/{person}", 200, nil},
	{"GET /act/{act}", "case-worker", "/act/grant?case={shared}", 200, nil},
	{"GET /act/{act}", "administrator", "/act/invite", 200, nil},
	{"GET /drafts", "case-worker", "/drafts", 200, nil},
	{"/", "case-worker", "/nothing-is-here", 404, nil},
}

// noPages are patterns that answer with something that is no page.
var noPages = map[string]string{
	"GET /sources/{source}/captures/{capture}": "a file to keep",
	"GET /style.css":                                   "the style sheet",
	"GET /enter/{code}":                                "leads on, where pages are one person's own (tumen web)",
	"GET /drafts/{draft}":                              "leads on to the form of the draft",
	"GET /cases/{case}/bulk/template":                  "a table to keep and fill in",
	"GET /icon.png":                                    "the mark in the tab",
	"GET /cases/{case}/pictures/{picture}":             "a picture",
	"GET /cases/{case}/findings/{finding}/sources.png": "a picture",
}

// patterns are those of the site's own files that pages are asked for by.
func patterns(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	ok(t, err)
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		ok(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, is := n.(*ast.BasicLit); is && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && strings.HasPrefix(text, "GET /") {
					found = append(found, text)
				}
			}
			return true
		})
	}
	return found
}

func TestEveryPageIsLookedAt(t *testing.T) {
	all := append(patterns(t), "/")
	for _, pattern := range all {
		seen := slices.ContainsFunc(sights, func(s sight) bool { return s.pattern == pattern })
		if _, no := noPages[pattern]; seen == no {
			t.Errorf("%s: a page is among the sights, or else among what is no page, with what it is", pattern)
		}
	}
	for _, s := range sights {
		if !slices.Contains(all, s.pattern) {
			t.Errorf("%s is a sight of %q, and there is no such pattern", s.path, s.pattern)
		}
	}
}

// routed checks that each sight is of the pattern that it is said to be of.
func (o *octoberSite) routed(t *testing.T) {
	t.Helper()
	mux := http.NewServeMux()
	for _, pattern := range append(patterns(t), "/") {
		mux.Handle(pattern, http.NotFoundHandler())
	}
	for _, s := range sights {
		if _, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, o.path(s.path), nil)); pattern != s.pattern {
			t.Errorf("%s is a page of %q, not of %q", s.path, pattern, s.pattern)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)
