package verify

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzRecordLine(f *testing.F) {
	for line := range bytes.Lines(filled(nil).files()[fileRecords]) {
		f.Add(bytes.TrimSuffix(line, []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, err := parseRecord(line)
		if err != nil {
			return
		}
		for _, v := range rec.revisions {
			_, _ = parseEntry(v.entry)
			_, _ = parseSDJWT(v.sdJWT)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	f.Add([]byte("log " + newKey(origin, "log", keyEd25519).verifier() + "\nwitness w " + newKey("w", "w", keyCosignature).verifier() + "\nquorum 1 # one\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := ParsePolicy(text); err == nil && (len(p.logs) == 0 || p.quorum > len(p.witnesses)) {
			t.Fatal("a policy that nothing or everything meets")
		}
	})
}

func FuzzProof(f *testing.F) {
	f.Add(filled(nil).files().records()[0].Revisions[0].Proof)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseProof(text)
		if err == nil && (!strings.HasSuffix(text, p.checkpoint) || len(p.hashes) > maxHashes) {
			t.Fatal("not what was read")
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add(filled(nil).files()[fileManifest])
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := parseManifest(bytes.NewReader(text))
		for path := range files {
			if err == nil && !goodPath(path) {
				t.Fatalf("leads out: %q", path)
			}
		}
		if err == nil && len(files) != bytes.Count(text, []byte("\n")) {
			t.Fatal("a line was passed over")
		}
	})
}
