package edtf_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tumen/internal/outside"
	"tumen/service/edtf"
)

// The npm package edtf must give the same days for every string of
// testdata/outside/strings.txt, but for the differences that differ.txt
// explains; an explanation that is no longer needed fails, too.
func TestAgreesWithOutsideParser(t *testing.T) {
	stringsToCompare := outsideLines(t, "strings.txt")
	type difference struct{ ours, theirs string }
	explained := map[string]difference{}
	for _, line := range outsideLines(t, "differ.txt") {
		f := strings.Split(line, "\t")
		if len(f) != 4 || f[3] == "" || f[1] == f[2] || explained[f[0]] != (difference{}) {
			t.Fatalf("differ.txt: each line is an expression, ours, theirs, a reason, once: %q", line)
		}
		explained[f[0]] = difference{ours: f[1], theirs: f[2]}
	}
	theirs := outsideIntervals(t, stringsToCompare)
	seen := map[string]bool{}
	for i, s := range stringsToCompare {
		if seen[s] {
			t.Errorf("%s is listed twice", s)
		}
		seen[s] = true
		ours := "refused"
		if d, err := edtf.Parse(s); err == nil {
			ours = d.Interval().String()
		}
		want, mayDiffer := explained[s]
		switch got := (difference{ours, theirs[i]}); {
		case !mayDiffer && ours != theirs[i]:
			t.Errorf("%s: ours %s, theirs %s, and no explanation", s, ours, theirs[i])
		case mayDiffer && got != want:
			t.Errorf("%s: ours %s, theirs %s; explained is %s, %s", s, ours, theirs[i], want.ours, want.theirs)
		}
	}
	for s := range explained {
		if !seen[s] {
			t.Errorf("%s is explained but not compared", s)
		}
	}
}

// outsideLines reads the lines of a file beside the script, without comments.
func outsideLines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "outside", name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// outsideIntervals asks the npm package; a refusal is "refused".
func outsideIntervals(t *testing.T, expressions []string) []string {
	t.Helper()
	installed := outside.Install(t, "edtf", os.DirFS(filepath.Join("testdata", "outside")))
	input, err := json.Marshal(expressions)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", filepath.Join("testdata", "outside", "intervals.mjs"), installed)
	node.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	node.Stderr = &stderr
	output, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var answers []struct {
		Error    bool
		Min, Max *int64
	}
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(expressions) {
		t.Fatalf("the script answered %d of %d strings: %v", len(answers), len(expressions), err)
	}
	said := make([]string, len(answers))
	for i, a := range answers {
		interval := edtf.Interval{Earliest: edtf.Min, Latest: edtf.Max}
		if a.Min != nil {
			interval.Earliest = edtf.Day(*a.Min)
		}
		if a.Max != nil {
			interval.Latest = edtf.Day(*a.Max)
		}
		said[i] = interval.String()
		if a.Error {
			said[i] = "refused"
		}
	}
	return said
}
