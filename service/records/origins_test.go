package records

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"tumen/storage"
)

// TestARestoredStoreGoesOnUnderAnotherOrigin: the tree goes on, what was signed
// before stays good, and each origin signs only where it was written under.
func TestARestoredStoreGoesOnUnderAnotherOrigin(t *testing.T) {
	o := openOffice(t, nil)
	for range 3 {
		o.event("arrest", "2023")
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	x := &turning{office: o}
	x.copyTo(path)
	first := o.store.log.signer.Origin()
	before := o.store.log.tree.Size()
	var copied *office
	for round := 2; round <= 3; round++ {
		backend := boltAt(t, path)
		must(t, Restore(t.Context(), backend, testKeys, "2026-11-26"))
		must(t, backend.Close())
		s, err := Open(t.Context(), boltAt(t, path), testKeys)
		must(t, err)
		copied = &office{t: t, store: s, keys: testKeys, org: o.org, member: o.member, matter: o.matter, source: o.source}
		origin := s.log.signer.Origin()
		if want := strings.TrimSuffix(first, "/1") + "/" + string(rune('0'+round)); origin != want {
			t.Fatalf("the origin is %s, want %s", origin, want)
		}
		copied.event("detention", "2022")
		copied.agrees()
		if keys := s.VerifierKeys(); len(keys) != round || !strings.HasPrefix(keys[0], first+"+") || !strings.HasPrefix(keys[round-1], origin+"+") {
			t.Errorf("verifier keys: %v", keys)
		}
		if round < 3 {
			must(t, s.Close())
		}
	}
	t.Cleanup(func() { copied.store.Close() })
	copied.view(func(v *View) error {
		checkpoint, size, err := v.CheckpointOver(before - 1)
		must(t, err)
		if size != before || !strings.HasPrefix(string(checkpoint), first+"\n") || v.SignerOver(size).Origin() != first {
			t.Errorf("the last checkpoint from before is over %d leaves: %s", size, checkpoint)
		}
		var said restoredStatement
		for e, err := range v.Entries(before, before+1, false) {
			must(t, err)
			must(t, json.Unmarshal(e.Statement.Content, &said))
		}
		if said.Checkpoint != string(checkpoint) || said.Before != first || said.Made != "2026-11-26" {
			t.Errorf("the first entry says %+v", said)
		}
		return nil
	})
	number := func(n string) string { return strings.TrimSuffix(first, "1") + n }
	for what, mark := range map[string]string{
		"another took over later": `[{"origin":"` + first + `","size":1},{"origin":"` + number("2") + `","size":99}]`,
		"one is left out":         `[{"origin":"` + first + `","size":1}]`,
		"in another order":        `[{"origin":"` + number("2") + `","size":9},{"origin":"` + first + `","size":19}]`,
		"unknown members":         `[{"origin":"` + number("2") + `","size":9,"x":1}]`,
		"none":                    "",
	} {
		var was []byte
		must(t, copied.store.backend.Update(t.Context(), func(w storage.Writer) error {
			was, _ = w.Get(metaKey(markOrigins))
			was = append([]byte(nil), was...)
			if mark == "" {
				return w.Delete(metaKey(markOrigins))
			}
			return w.Put(metaKey(markOrigins), []byte(mark))
		}))
		if r, err := Check(t.Context(), copied.store.backend, testKeys, nil); err == nil && r.Found == 0 {
			t.Errorf("%s: an origin that did not sign is taken for one that did", what)
		}
		must(t, copied.store.backend.Update(t.Context(), func(w storage.Writer) error { return w.Put(metaKey(markOrigins), was) }))
	}
}

// FuzzOrigins: whatever stands in the mark is refused, or is origins that count up.
func FuzzOrigins(f *testing.F) {
	const last = "tumen-ledger-a/3"
	f.Add([]byte(`[{"origin":"tumen-ledger-a/1","size":3},{"origin":"tumen-ledger-a/2","size":9}]`))
	f.Add([]byte(`[{"origin":"tumen-ledger-a/2","size":3}]x`))
	f.Fuzz(func(t *testing.T, mark []byte) {
		ended, err := parseOrigins(mark, last)
		if err != nil {
			return
		}
		for i, e := range ended {
			after, err := nextOrigin(e.Origin)
			if err != nil || i+1 < len(ended) && (after != ended[i+1].Origin || e.Size >= ended[i+1].Size) || i+1 == len(ended) && after != last {
				t.Errorf("%q gives %v", mark, ended)
			}
		}
	})
}
