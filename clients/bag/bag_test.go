package bag

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

func try(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	try(t, err)
	return string(b)
}

// written writes a bag of one claim and one finding.
func written(t *testing.T, o Options) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "bag")
	w, err := Create(folder, o)
	try(t, err)
	redacted := sha256.Sum256([]byte("c\t1\tIDENTITY\tclearance\t2\nc\t1\tOPEN\tday\t1\n"))
	statement := []byte(`{"made":"2026-11-26","redacted":"` + base64.RawURLEncoding.EncodeToString(redacted[:]) + "\"}\n")
	try(t, w.Header(&tumenv1.ExportHeader{Statement: statement, Entry: `{"v":1}`, Salt: make([]byte, 32), Proof: "proof\n", Checkpoint: "checkpoint\n"}))
	try(t, w.Record(&tumenv1.ExportedRecord{Name: "c", Line: []byte(`{"record":"c","kind":"Claim","revisions":[{"revision":1,"fields":{"source":"s","quote":{"text":"x"},"reason":"=HYPERLINK(1)","dash":"-1"},"withheld":[{"class":"IDENTITY","rule":"clearance","fields":2},{"class":"OPEN","rule":"day","fields":1}]}]}`)}))
	try(t, w.Record(&tumenv1.ExportedRecord{Name: "f", Line: []byte(`{"record":"f","kind":"Finding","revisions":[{"revision":1,"fields":{"proposer":"a","approver":"b","approved_evidence":[{"name":"c","revision":1}]}}]}`)}))
	try(t, w.Close())
	return folder
}

func TestABagListsAllThatIsInIt(t *testing.T) {
	folder := written(t, Options{Agent: "tumen"})
	listed := map[string]string{}
	for _, name := range []string{"manifest-sha512.txt", "tagmanifest-sha512.txt"} {
		for line := range strings.Lines(read(t, folder, name)) {
			digest, file, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			listed[file] = digest
		}
	}
	payload, bytes := 0, 0
	try(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		try(t, err)
		info, err := d.Info()
		try(t, err)
		if d.IsDir() {
			if info.Mode().Perm() != 0o700 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		}
		name, err := filepath.Rel(folder, path)
		try(t, err)
		content := read(t, path)
		if strings.HasPrefix(name, "data/") {
			payload, bytes = payload+1, bytes+len(content)
		}
		sum := sha512.Sum512([]byte(content))
		if info.Mode().Perm() != 0o600 || name != "tagmanifest-sha512.txt" && listed[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: mode %v, listed as %q", name, info.Mode(), listed[name])
		}
		return nil
	}))
	if payload != 9 || len(listed) != payload+3 || !strings.Contains(read(t, folder, "bag-info.txt"), "Bagging-Date: 2026-11-26\n") {
		t.Errorf("%d files of payload, %d listed", payload, len(listed))
	}
	var crate struct {
		Graph []map[string]any `json:"@graph"`
	}
	try(t, json.Unmarshal([]byte(read(t, folder, "data", "ro-crate-metadata.json")), &crate))
	if len(crate.Graph) != 2+payload-1 {
		t.Errorf("%d in the crate", len(crate.Graph))
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	folder := written(t, Options{Excel: true})
	text, marked := strings.CutPrefix(read(t, folder, "data", "records.csv"), "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	try(t, err)
	cells := map[string]string{}
	for _, r := range rows {
		cells[r[0]+" "+r[3]] = r[4]
	}
	if cells["c reason"] != "'=HYPERLINK(1)" || cells["c dash"] != "'-1" || cells["c quote"] != `{"text":"x"}` || cells["c source"] != "s" {
		t.Errorf("%v", cells)
	}
	hidden, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(read(t, folder, "data", "redactions.csv"), "\ufeff"))).ReadAll()
	try(t, err)
	if len(hidden) != 3 || strings.Join(hidden[1], ",") != "c,1,IDENTITY,clearance,2" || hidden[2][4] != "1" {
		t.Errorf("%v", hidden)
	}
}

func TestProvenanceTellsWhatRestsOnWhat(t *testing.T) {
	var p struct {
		Derived    map[string]map[string]string `json:"wasDerivedFrom"`
		Generated  map[string]map[string]string `json:"wasGeneratedBy"`
		Associated map[string]map[string]string `json:"wasAssociatedWith"`
		Agent      map[string]map[string]string `json:"agent"`
	}
	try(t, json.Unmarshal([]byte(read(t, written(t, Options{}), "data", "prov.json")), &p))
	derived := map[string]string{}
	for _, d := range p.Derived {
		derived[d["prov:generatedEntity"]] = d["prov:usedEntity"]
	}
	if derived["tumen:c"] != "tumen:s" || derived["tumen:f"] != "tumen:c" || len(p.Generated) != 1 || len(p.Associated) != 2 || len(p.Agent) != 2 {
		t.Errorf("%+v", p)
	}
}

func TestAFolderWithSomethingInItIsRefused(t *testing.T) {
	folder := t.TempDir()
	try(t, os.WriteFile(filepath.Join(folder, "x"), nil, 0o600))
	if _, err := Create(folder, Options{}); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Error(err)
	}
	again := filepath.Join(t.TempDir(), "new")
	w, err := Create(again, Options{})
	try(t, err)
	try(t, w.Header(&tumenv1.ExportHeader{Statement: []byte("{}")}))
	try(t, w.Discard())
	if left, err := os.ReadDir(again); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}
