package browsertest

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tumen/internal/outside"
)

// pins are what is installed from npm: package.json and its lock file.
//
//go:embed outside
var pins embed.FS

// Install installs the judges, once in a working copy.
func Install(t testing.TB) *Judges {
	t.Helper()
	of, err := fs.Sub(pins, "outside")
	if err != nil {
		t.Fatal(err)
	}
	folder := outside.Install(t, "web", of)
	return &Judges{
		axe:       read(t, folder, "axe-core", "axe.min.js"),
		validator: filepath.Join(folder, "node_modules", "html-validate", "bin", "html-validate.mjs"),
	}
}

// Valid fails the test for what html-validate finds wrong with pages, by what they are
// called. They are judged in one go, because each start takes a second.
func (j *Judges) Valid(t testing.TB, pages map[string]string) {
	t.Helper()
	folder := t.TempDir()
	rules, err := pins.ReadFile("outside/htmlvalidate.json")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, ".htmlvalidate.json"), rules, 0o600)
	}
	called := map[string]string{}
	for name, html := range pages {
		file := filepath.Join(folder, fmt.Sprintf("%d.html", len(called)))
		called[file] = name
		if err == nil {
			err = os.WriteFile(file, []byte(html), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	j.report(t, folder, called)
}

func (j *Judges) report(t testing.TB, folder string, called map[string]string) {
	t.Helper()
	answer := filepath.Join(folder, "answer.json") // a pipe would get but the first 64 KiB
	judge := exec.Command("node", j.validator, "--formatter", "json="+answer, folder)
	judge.Dir = folder
	complaint, failed := judge.CombinedOutput() // it fails also where something was found
	said, err := os.ReadFile(answer)
	if err != nil {
		t.Fatalf("html-validate: %v\n%s", failed, complaint)
	}
	var found []struct {
		FilePath string
		Messages []struct {
			RuleID, Message string
			Line            int
		}
	}
	if err := json.Unmarshal(said, &found); err != nil {
		t.Fatalf("html-validate: %v", err)
	}
	for _, page := range found {
		for _, m := range page.Messages {
			t.Errorf("%s, line %d: %s (%s)", called[page.FilePath], m.Line, m.Message, m.RuleID)
		}
	}
}
