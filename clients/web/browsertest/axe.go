package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Judges are what other people made to judge pages by.
type Judges struct {
	axe       string // its source
	validator string // the program of html-validate
}

// Strictness is how much of a page axe looks at.
type Strictness string

const (
	// Wholly is every rule of WCAG 2.2, levels A and AA, that axe knows.
	Wholly Strictness = `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"], preload: false}`
	// InColour is what another colour scheme can change.
	InColour Strictness = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}, resultTypes: ["violations"], preload: false}`
	// InSize is what a smaller screen can change.
	InSize Strictness = `{runOnly: {type: "rule", values: ["target-size", "scrollable-region-focusable", "color-contrast"]}, resultTypes: ["violations"], preload: false}`
)

// Accessible fails the test for what axe-core finds wrong with the page.
func (w *Window) Accessible(j *Judges, how Strictness) {
	w.t.Helper()
	// It waits by timers, so scripts run while it looks; the page has none.
	before := w.scripts
	w.Scripts(true)
	defer w.Scripts(before)
	if w.evaluate(`typeof axe`) == "undefined" {
		w.evaluate(j.axe + `;""`)
	}
	var found []struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML string `json:"html"`
			Why  string `json:"failureSummary"`
		} `json:"nodes"`
	}
	said := w.evaluate(fmt.Sprintf(`axe.run(document, %s).then(r => JSON.stringify(r.violations))`, how))
	if err := json.Unmarshal([]byte(said), &found); err != nil {
		w.t.Fatal(err)
	}
	for _, v := range found {
		for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
			w.t.Errorf("%s: axe %s: %s, %d times:\n%s\n%s", w.Path(), v.ID, v.Help, len(v.Nodes), n.HTML, strings.TrimSpace(n.Why))
		}
	}
}

// read is a file of what was installed.
func read(t testing.TB, folder string, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{folder, "node_modules"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
