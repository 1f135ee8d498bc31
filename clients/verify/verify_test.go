package verify

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGoodBags(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*draft)
	}{
		{"full", nil},
		{"redacted", func(d *draft) { d.hide["title"] = true; d.hide["note"] = true }},
		{"support not disclosed", func(d *draft) { d.hide["approved_support"] = true }},
		{"times as days", func(d *draft) { d.days = true }},
		{"an erased record", func(d *draft) { d.erase[claimTwo] = true }},
		{"something withheld", func(d *draft) { d.withheld = []string{`{"record":"ties/t","reason":"marking"}`} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := filled(tc.change)
			r := verified(t, d.files().fs(), d.policy(t))
			if r.Refused() {
				t.Fatal(reasons(r))
			}
			if len(r.Checks) != 11 || r.Checks[3].Count != 5 || r.Checks[5].OK != true {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestAFindingIsComplete: what it rests on is there, or said to be withheld.
func TestAFindingIsComplete(t *testing.T) {
	for _, tc := range []struct {
		withheld string
		want     string
	}{
		{"", "rests on " + denial + ", which is neither in the bag nor said to be withheld"},
		{`{"record":"` + denial + `","reason":"marking"}`, ""},
		{`{"of":"` + finding + `","number":1,"reason":"marking"}`, ""},
		{`{"of":"cases/a/findings/other","number":1,"reason":"marking"}`, "rests on " + denial},
	} {
		d := newDraft()
		d.add(claimOne, []string{"title", `"x"`})
		d.add("sources/s", []string{"title", `"x"`})
		d.add(finding, []string{"approved_support", supportOf})
		if tc.withheld != "" {
			d.withheld = []string{tc.withheld}
		}
		r := verified(t, d.files().fs(), d.policy(t))
		if got := reasons(r); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("withheld %s: %s", tc.withheld, got)
		}
	}
}

func TestWitnesses(t *testing.T) {
	one, two := newKey("witness.example/one", "w1", keyCosignature), newKey("witness.example/two", "w2", keyCosignature)
	d := filled(func(d *draft) { d.witnesses = []signingKey{one, two} })
	bag := d.files().fs()
	epoch := newKey("tumen-ledger-0123456789abcdef/1", "log", keyEd25519)
	lines := []string{"# epochs", "log " + epoch.verifier(), "log " + d.key.verifier(), "witness one " + one.verifier(), "witness two " + two.verifier()}
	if r := verified(t, bag, mustPolicy(t, append(lines, "quorum 2")...)); r.Refused() || r.Cosigned != 2 {
		t.Error(reasons(r))
	}
	three := newKey("witness.example/three", "w3", keyCosignature)
	if r := verified(t, bag, mustPolicy(t, append(lines, "witness three "+three.verifier(), "quorum 3")...)); !strings.Contains(reasons(r), "is cosigned by 2 of the policy's witnesses, and the quorum is 3") {
		t.Error(reasons(r))
	}
	if r := verified(t, bag, mustPolicy(t, "log "+epoch.verifier())); !strings.Contains(reasons(r), "which the policy does not name") {
		t.Error(reasons(r))
	}
	for name, text := range map[string]string{
		"nothing": "", "no log": "quorum 0", "an unknown line": "log " + d.key.verifier() + "\ntrust everybody",
		"no quorum": strings.Join(lines, "\n"), "beyond reach": strings.Join(append(lines, "quorum 3"), "\n"),
		"a log twice":              "log " + d.key.verifier() + "\nlog " + d.key.verifier(),
		"a key under another name": strings.Join(append(lines, "witness other "+one.verifier(), "quorum 2"), "\n"),
		"a witness as log":         "log " + one.verifier(),
		"a log as witness":         strings.Join(append(lines, "witness x "+d.key.verifier(), "quorum 1"), "\n"),
		"a hash of another key":    "log " + strings.Replace(d.key.verifier(), "+", "+0", 1),
		"two quorums":              strings.Join(append(lines, "quorum 1", "quorum 1"), "\n"),
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestAnyByteCounts: whichever byte of whichever file changes, the bag is refused.
func TestAnyByteCounts(t *testing.T) {
	d := filled(nil)
	bag, policy := d.files(), d.policy(t)
	paths := sortedKeys(bag)
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(t, "path")
		at := rapid.IntRange(0, len(bag[path])-1).Draw(t, "at")
		flip := byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		bag[path][at] ^= flip
		defer func() { bag[path][at] ^= flip }()
		if r, err := Verify(t.Context(), bag.fs(), policy, nil); err != nil || !r.Refused() {
			t.Fatalf("taken: %v", err)
		}
	})
}

// TestAnyByteOfTheEvidenceCounts: also where all that needs no key is made anew.
// In records.jsonl a day or white space could be changed; this bag has no day, and
// what is read must be the same.
func TestAnyByteOfTheEvidenceCounts(t *testing.T) {
	d := filled(nil)
	good, policy := d.files(), d.policy(t)
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{fileExport, fileEntry, fileCheckpoint, fileRecords}).Draw(t, "path")
		bag := files{}
		for p, content := range good {
			bag[p] = append([]byte(nil), content...)
		}
		at := rapid.IntRange(0, len(bag[path])-1).Draw(t, "at")
		bag[path][at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if bag[path][at] == '\n' || bag[path][at] == ' ' || good[path][at] == '\n' {
			t.Skip("white space outside texts says nothing")
		}
		bag.rebuild()
		if r, err := Verify(t.Context(), bag.fs(), policy, nil); err != nil || !r.Refused() {
			t.Fatalf("taken: %v", err)
		}
	})
}

// TestAReportEnds: after a hundred failures.
func TestAReportEnds(t *testing.T) {
	d := newDraft()
	for i := range 120 {
		d.add(fmt.Sprintf("ties/t%03d", i), []string{"kind", `"x"`})
	}
	f := d.files()
	f[fileRecords] = []byte(strings.ReplaceAll(string(f[fileRecords]), `"kind":"x"`, `"kind":"y"`))
	f.rebuild()
	if r := verified(t, f.fs(), d.policy(t)); len(r.Failures) != 100 || !r.More {
		t.Errorf("%d failures, more: %v", len(r.Failures), r.More)
	}
}
