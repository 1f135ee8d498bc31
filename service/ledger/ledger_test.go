package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// TestADisclosureIsJSONInBase64: behind what there was before, and without white
// space.
func TestADisclosureIsJSONInBase64(t *testing.T) {
	got := AppendDisclosure([]byte("before."), [SaltSize]byte{0xff, 1}, "family_name", []byte(`"Möbius"`))
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(string(got), "before."))
	if want := `["_wEAAAAAAAAAAAAAAAAAAA","family_name","Möbius"]`; string(text) != want || err != nil {
		t.Errorf("%s, want %s: %v", text, want, err)
	}
}

// TestAPayloadHasNoOrder: of what it commits to.
func TestAPayloadHasNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type field struct {
			name, value string
			salt        byte
		}
		fields := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) field {
			return field{rapid.StringMatching(`[a-z_]{1,12}`).Draw(t, "name"), `"` + rapid.StringMatching(`[a-z ]{0,600}`).Draw(t, "value") + `"`, rapid.Byte().Draw(t, "salt")}
		}), 0, 20).Draw(t, "fields")
		payload := func(fields []field) []byte {
			var d Digests
			for _, f := range fields {
				d.Add([SaltSize]byte{f.salt}, f.name, []byte(f.value))
			}
			d.AddDecoy([32]byte{1})
			return d.AppendPayload(nil)
		}
		one := payload(fields)
		other := slices.Clone(fields)
		slices.Reverse(other)
		if !bytes.Equal(one, payload(other)) {
			t.Fatal("the order shows")
		}
		var read struct {
			SD  []string `json:"_sd"`
			Alg string   `json:"_sd_alg"`
		}
		if err := json.Unmarshal(one, &read); err != nil || len(read.SD) != len(fields)+1 || read.Alg != "sha-256" || !slices.IsSorted(read.SD) {
			t.Fatalf("%s: %v", one, err)
		}
		for _, f := range fields {
			sum := sha256.Sum256(AppendDisclosure(nil, [SaltSize]byte{f.salt}, f.name, []byte(f.value)))
			if !slices.Contains(read.SD, base64.RawURLEncoding.EncodeToString(sum[:])) {
				t.Fatalf("%s is not committed to", f.name)
			}
		}
	})
}

func anEntry() Entry {
	return Entry{
		Method: "ClaimService/CreateClaim", Record: "cases/a/claims/b", Revision: 2,
		Previous: [32]byte{1}, Payload: [32]byte{2}, Time: [32]byte{3}, Day: [32]byte{5}, Member: [32]byte{4},
	}
}

// TestAPayloadIsInOrder: also where digests begin alike.
func TestAPayloadIsInOrder(t *testing.T) {
	var d Digests
	var want []string
	for i := range 48 {
		digest := [32]byte{0: byte(i % 2), 5: 7, 6: byte(i / 16), 31: byte(37 * i)} // of 16, the first eight characters are the same
		d.AddDecoy(digest)
		want = append(want, base64.RawURLEncoding.EncodeToString(digest[:]))
	}
	slices.Sort(want)
	if got := string(d.AppendPayload(nil)); got != `{"_sd":["`+strings.Join(want, `","`)+`"],"_sd_alg":"sha-256"}` {
		t.Error(got)
	}
}

func TestAnEntryIsReadInItsOneFormOnly(t *testing.T) {
	written := string(AppendEntry(nil, anEntry()))
	if e, err := ParseEntry([]byte(written)); err != nil || e != anEntry() {
		t.Fatalf("%+v %v", e, err)
	}
	first := anEntry()
	first.Revision, first.Previous = 1, [32]byte{}
	if b := AppendEntry(nil, first); bytes.Contains(b, []byte("previous")) {
		t.Errorf("%s", b)
	} else if e, err := ParseEntry(b); err != nil || e != first {
		t.Errorf("%+v %v", e, err)
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"another version":   strings.Replace(written, `"v":1`, `"v":2`, 1),
		"white space":       strings.Replace(written, `:2,`, `: 2,`, 1),
		"something after":   written + " ",
		"another member":    strings.Replace(written, `"v":1,`, `"v":1,"x":0,`, 1),
		"another order":     strings.Replace(strings.Replace(written, `"v":1,`, "", 1), `}`, `,"v":1}`, 1),
		"an escape":         strings.Replace(written, "Create", `\u0043reate`, 1),
		"a short digest":    strings.Replace(written, "AgAA", "AgA", 1),
		"a digest not tidy": strings.Replace(written, `AA"}`, `AB"}`, 1),
		"a repeated member": strings.Replace(written, `"v":1,`, `"v":1,"v":1,`, 1),
		"no revision":       strings.Replace(written, `"revision":2`, `"revision":0`, 1),
	} {
		if _, err := ParseEntry([]byte(text)); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add(AppendEntry(nil, anEntry()))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEntry(b)
		if err == nil && !bytes.Equal(AppendEntry(nil, e), b) {
			t.Fatalf("%q is read and not written again", b)
		}
		if err != nil && !errors.Is(err, ErrEntry) {
			t.Fatal(err)
		}
	})
}

func TestTimeDayAndMemberAreDisclosedApart(t *testing.T) {
	when := time.Date(2023, 10, 9, 19, 30, 0, 123456000, time.FixedZone("", 9*3600))
	at, _ := base64.RawURLEncoding.DecodeString(string(AppendTimeDisclosure(nil, [SaltSize]byte{1}, when)))
	by, _ := base64.RawURLEncoding.DecodeString(string(AppendMemberDisclosure(nil, [SaltSize]byte{1}, "organisations/a/members/b")))
	day, _ := base64.RawURLEncoding.DecodeString(string(AppendDayDisclosure(nil, [SaltSize]byte{1}, time.Date(2023, 10, 10, 1, 0, 0, 0, time.FixedZone("", 9*3600)))))
	if string(day) != `["AQAAAAAAAAAAAAAAAAAAAA","day","2023-10-09"]` {
		t.Errorf("%s", day)
	}
	if string(at) != `["AQAAAAAAAAAAAAAAAAAAAA","time","2023-10-09T10:30:00.123456Z"]` || string(by) != `["AQAAAAAAAAAAAAAAAAAAAA","member","organisations/a/members/b"]` {
		t.Errorf("%s %s", at, by)
	}
}

// stored keeps the hashes of a tree as tlog numbers them.
type stored []Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, i := range indexes {
		all = append(all, s[i])
	}
	return all, nil
}

// TestATreeIsThatOfAnotherImplementation: leaf by leaf, against tlog: its stored
// hashes, its root, and its edge read back.
func TestATreeIsThatOfAnotherImplementation(t *testing.T) {
	var tree Tree
	var ours, theirs stored
	for n := range int64(300) {
		commitment := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		before := tree
		var above []Hash
		tree, above = tree.Append(commitment)
		ours = append(append(ours, LeafHash(commitment)), above...)
		added, err := tlog.StoredHashes(n, commitment[:], theirs)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, added...)
		root, err := tlog.TreeHash(n+1, theirs)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadTree(n+1, ours)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ours, theirs) || tree.Root() != root || read.Root() != root || tree.Size() != n+1 || read.Size() != n+1 {
			t.Fatalf("with %d leaves: not the same tree", n+1)
		}
		if other, _ := before.Append([32]byte{0xff}); other.Root() == root {
			t.Fatal("another leaf, and the same root")
		}
		if again, _ := before.Append(commitment); again.Root() != root {
			t.Fatal("what grew from a tree has changed it")
		}
	}
	if empty, err := tlog.TreeHash(0, nil); err != nil || (Tree{}).Root() != empty {
		t.Error("the empty tree has another root")
	}
	if _, err := ReadTree(5, failing{}); err == nil {
		t.Error("an edge out of nothing")
	}
}

type failing struct{}

func (failing) ReadHashes([]int64) ([]tlog.Hash, error) { return nil, errors.New("no") }

func TestACheckpointIsOfOneTreeAndOneKey(t *testing.T) {
	seed := sha256.Sum256([]byte("a seed"))
	signer, err := NewSigner("tumen-ledger-test/1", seed[:])
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := Tree{}.Append([32]byte{7})
	signed, err := signer.Checkpoint(tree)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.Open(signed, tree); err != nil {
		t.Fatal(err)
	}
	larger, _ := tree.Append([32]byte{8})
	otherSeed := sha256.Sum256([]byte("another"))
	other, err := NewSigner("tumen-ledger-test/1", otherSeed[:])
	if err != nil {
		t.Fatal(err)
	}
	later, err := NewSigner("tumen-ledger-test/2", seed[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another tree":   signer.Open(signed, larger),
		"another key":    other.Open(signed, tree),
		"another origin": later.Open(signed, tree),
		"changed":        signer.Open(bytes.Replace(signed, []byte("\n1\n"), []byte("\n2\n"), 1), tree),
		"nothing":        signer.Open(nil, tree),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	// Whoever has the verifier key reads it with the library alone.
	v, err := note.NewVerifier(signer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	if parts := strings.Split(n.Text, "\n"); len(parts) != 4 || parts[0] != signer.Origin() || parts[1] != "1" {
		t.Errorf("%q", n.Text)
	}
	for _, bad := range [][]byte{nil, seed[1:], append(seed[:], 0)} {
		if _, err := NewSigner("x", bad); err == nil {
			t.Errorf("a seed of %d bytes is taken", len(bad))
		}
	}
	if _, err := NewSigner("with space", seed[:]); err == nil {
		t.Error("an origin with a space is taken")
	}
}

func TestACommitmentNeedsSaltAndEntry(t *testing.T) {
	entry := AppendEntry(nil, anEntry())
	c := Commitment([32]byte{1}, entry)
	if c == Commitment([32]byte{2}, entry) || c == Commitment([32]byte{1}, entry[1:]) || c != sha256.Sum256(append(append([]byte{1}, make([]byte, 31)...), entry...)) {
		t.Error("not SHA-256 over salt and entry")
	}
}

func BenchmarkPayload(b *testing.B) {
	text := []byte(`"` + strings.Repeat("they were put on buses after dark. ", 15) + `"`)
	var d Digests
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		d.Reset()
		for n := range 15 {
			value := []byte(`"2023-10-11"`)
			if n < 2 {
				value = text
			}
			d.Add([SaltSize]byte{byte(n)}, "a_field_name", value)
		}
		for n := d.Len(); n < 48; n++ {
			d.AddDecoy([32]byte{byte(n), byte(n * 7)})
		}
		dst = d.AppendPayload(dst[:0])
	}
}
