package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tumen/clients/web/wording"
)

var (
	bold         = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	shownPicture = regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`)
)

// What the guides for case workers call things is what the pages call them, and the
// pictures that they show are there, in the guide's own language.
func TestTheGuidesSayWhatPagesSay(t *testing.T) {
	shown := map[wording.Language]int{}
	for _, language := range wording.Languages() {
		name := "../../docs/case-workers." + string(language) + ".md"
		if language == wording.English {
			name = "../../docs/case-workers.md"
		}
		guide, err := os.ReadFile(name)
		ok(t, err)
		texts := catalogueOf(t, language)
		for _, m := range bold.FindAllSubmatch(guide, -1) {
			if called := strings.TrimRight(string(m[1]), ".。"); !texts[called] {
				t.Errorf("%s: nothing on the pages is called %q", name, called)
			}
		}
		for _, m := range shownPicture.FindAllSubmatch(guide, -1) {
			if _, err := os.Stat(filepath.Join("../../docs", string(m[1]))); err != nil || !strings.HasSuffix(string(m[1]), "."+string(language)+".png") {
				t.Errorf("%s: picture %s: %v", name, m[1], err)
			}
			shown[language]++
		}
	}
	for language, n := range shown {
		if n != shown[wording.English] {
			t.Errorf("the guide in %s has %d pictures, the English one %d", language, n, shown[wording.English])
		}
	}
}

func catalogueOf(t *testing.T, language wording.Language) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("wording/catalogue/" + string(language) + "/*.yaml")
	ok(t, err)
	texts := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		ok(t, err)
		var entries map[string]any
		ok(t, yaml.Unmarshal(content, &entries))
		for _, text := range entries {
			if text, plain := text.(string); plain {
				texts[text] = true
			}
		}
	}
	return texts
}
