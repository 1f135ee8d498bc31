package bag

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestALargeBagIsWhatItsManifestSays: also where nothing fits into a buffer.
func TestALargeBagIsWhatItsManifestSays(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "bag")
	w, err := Create(folder, Options{Agent: "tumen"})
	try(t, err)
	nothing := sha256.Sum256(nil)
	try(t, w.Header(&tumenv1.ExportHeader{Statement: []byte(`{"made":"2026-11-26","redacted":"` + base64.RawURLEncoding.EncodeToString(nothing[:]) + `"}`)}))
	const records = 5000
	for i := range records {
		try(t, w.Record(&tumenv1.ExportedRecord{Line: fmt.Appendf(nil, `{"record":"c%d","kind":"Claim","revisions":[{"revision":1,"fields":{"source":"s%d","words":"%064d"}}]}`, i, i, i)}))
	}
	try(t, w.Close())
	for line := range strings.Lines(read(t, folder, "manifest-sha512.txt")) {
		digest, file, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if sum := sha512.Sum512([]byte(read(t, folder, file))); hex.EncodeToString(sum[:]) != digest {
			t.Errorf("%s is not what the manifest says", file)
		}
	}
	var p map[string]map[string]any
	try(t, json.Unmarshal([]byte(read(t, folder, "data", "prov.json")), &p))
	if len(p["entity"]) != records || len(p["wasDerivedFrom"]) != records || strings.Count(read(t, folder, "data", "records.csv"), "\r\n") != 2*records+1 {
		t.Errorf("%d entities, %d derived", len(p["entity"]), len(p["wasDerivedFrom"]))
	}
}

// TestABagThatWasContinuedIsTheSame: whatever was written when it broke off.
func TestABagThatWasContinuedIsTheSame(t *testing.T) {
	whole := written(t, Options{Agent: "tumen"})
	var lines [][]byte
	for line := range bytes.Lines([]byte(read(t, whole, "data", "records.jsonl"))) {
		lines = append(lines, bytes.Clone(bytes.TrimSuffix(line, []byte("\n"))))
	}
	header := &tumenv1.ExportHeader{Statement: []byte(read(t, whole, "data", "export.json")), Entry: `{"v":1}`, Salt: make([]byte, 32), Proof: "proof\n", Checkpoint: "checkpoint\n"}
	for taken := range len(lines) + 1 {
		for _, left := range []string{"", "half a line"} {
			folder := filepath.Join(t.TempDir(), "bag")
			w, err := Create(folder, Options{Agent: "tumen", Request: []byte("asked")})
			try(t, err)
			try(t, w.Header(header))
			for _, line := range lines[:taken] {
				try(t, w.Record(&tumenv1.ExportedRecord{Line: line}))
			}
			try(t, w.Leave())
			f, err := os.OpenFile(filepath.Join(folder, "data", "records.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
			try(t, err)
			_, err = f.WriteString(left)
			try(t, err)
			try(t, f.Close())
			w, err = Create(folder, Options{Agent: "tumen"})
			try(t, err)
			if w.Taken() != int64(taken) || string(w.Request()) != "asked" {
				t.Fatalf("%d taken of %d, under %q", w.Taken(), taken, w.Request())
			}
			try(t, w.Header(header))
			for _, line := range lines[taken:] {
				try(t, w.Record(&tumenv1.ExportedRecord{Line: line}))
			}
			try(t, w.Close())
			for _, name := range []string{"manifest-sha512.txt", "tagmanifest-sha512.txt"} {
				if read(t, folder, name) != read(t, whole, name) {
					t.Errorf("%s differs where %d were taken and %q was left", name, taken, left)
				}
			}
		}
	}
}
