package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// The vectors stand for good: what any release committed to or signed must
// verify in all later ones. They were not written by this package but by
// testdata/outside/vectors.mjs.
func vectors(t testing.TB) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/v1.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	return files
}

func TestVectorsFollowFromTheDescriptionAlone(t *testing.T) {
	want, err := os.ReadFile("testdata/v1.txtar")
	if err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("node", filepath.Join("testdata", "outside", "vectors.mjs")).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, installHint)
	}
	if string(got) != string(want) {
		t.Errorf("the script writes other vectors:\n%s", got)
	}
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%s\ninstead of\n%s", what, got, want)
	}
}

func saltOf(b byte) (s Salt) {
	for i := range s {
		s[i] = b
	}
	return s
}

func decoy(i int) Hash { return sha256.Sum256(fmt.Appendf(nil, "decoy %d", i)) }

func vectorFields(files map[string]string) (fields []Field) {
	for line := range strings.Lines(files["fields"]) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		fields = append(fields, Field{saltOf(byte(len(fields) + 1)), name, []byte(value)})
	}
	return fields
}

func TestVectorsOfPayloads(t *testing.T) {
	files := vectors(t)
	want := strings.Split(files["disclosures"], "\n")
	var added, disclosed Payload
	for i, f := range vectorFields(files) {
		if err := added.Add(f); err != nil {
			t.Fatal(err)
		}
		d, err := disclosed.Disclose([]byte("before"), f)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the disclosure", string(d), "before"+want[i])
		alone, err := AppendDisclosure(nil, f)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the disclosure alone", string(alone), want[i])
	}
	for _, p := range []*Payload{&added, &disclosed} {
		got, err := p.AppendTo([]byte("before"), 12, decoy)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the payload", string(got), "before"+files["payload"])
		hash, err := p.Hash(12, decoy)
		if err != nil || hash != sha256.Sum256([]byte(files["payload"])) {
			t.Errorf("the hash of the payload is %s, %v", hash, err)
		}
	}
}

const (
	vectorRecord = "cases/01hcaseaaaaaaaaaaaaaaaaaaa/claims/01hclaimaaaaaaaaaaaaaaaaaa"
	vectorMember = "organisations/01horgaaaaaaaaaaaaaaaaaaaa/members/01hmemberaaaaaaaaaaaaaaaaa"
)

// digestOf takes a field and the error of making it.
func digestOf(t testing.TB) func(Field, error) Hash {
	return func(f Field, err error) Hash {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		h, err := Digest(f)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
}

func vectorEntries(t testing.TB, files map[string]string) (names []string, entries []Entry) {
	digest := digestOf(t)
	moment := time.Date(2023, 10, 9, 22, 0, 0, 500_000_000, time.FixedZone("KST", 9*3600))
	when, who := digest(TimeField(saltOf(0x81), moment)), digest(MemberField(saltOf(0x82), vectorMember))
	first := Entry{Method: "ClaimService/CreateClaim", Record: vectorRecord, Revision: 1,
		Payload: sha256.Sum256([]byte(files["payload"])), Time: when, Member: who}
	second := Entry{Method: "ClaimService/UpdateClaim", Record: vectorRecord, Revision: 2,
		Previous: EntryHash([]byte(files["entry/first"])), Payload: sha256.Sum256([]byte("another payload")), Time: when, Member: who}
	restored := Entry{Method: "tumend/restore", Kind: KindRestored,
		Subject: digest(SubjectField(saltOf(1), []byte(`{"checkpoint": "lost"}`))), Time: when, Member: who}
	return []string{"entry/first", "entry/second", "entry/restored"}, []Entry{first, second, restored}
}

func TestVectorsOfEntries(t *testing.T) {
	files := vectors(t)
	commitments := strings.Split(files["commitments"], "\n")
	names, entries := vectorEntries(t, files)
	for i, e := range entries {
		got, err := AppendEntry([]byte("before"), e)
		if err != nil {
			t.Fatal(err)
		}
		same(t, names[i], string(got), "before"+files[names[i]])
		back, err := ParseEntry(got[len("before"):])
		if err != nil || back != e {
			t.Errorf("%s reads as %+v, %v", names[i], back, err)
		}
		var salt [32]byte
		for j := range salt {
			salt[j] = byte(0x10 * (i + 1))
		}
		same(t, "the commitment", fmt.Sprintf("%x", [32]byte(Commitment(salt, []byte(files[names[i]])))), commitments[i])
	}
}

// vectorLeaves gives the commitments of the trees among the vectors.
func vectorLeaves(t testing.TB, files map[string]string, size int64) []Hash {
	leaves := make([]Hash, size)
	for i := range leaves {
		leaves[i] = sha256.Sum256(fmt.Appendf(nil, "leaf %d", i))
	}
	for i, line := range strings.Split(files["commitments"], "\n") {
		b, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		if int64(i) < size {
			leaves[i] = Hash(b)
		}
	}
	return leaves
}

func TestVectorsOfTrees(t *testing.T) {
	files := vectors(t)
	for line := range strings.Lines(files["roots"]) {
		var size int64
		var root string
		if _, err := fmt.Sscan(line, &size, &root); err != nil {
			t.Fatal(err)
		}
		l := grown(t, vectorLeaves(t, files, size))
		h := l.tree.Root()
		same(t, fmt.Sprintf("the root of %d", size), hex.EncodeToString(h[:]), root)
	}
}

func vectorSigner(t testing.TB) *Signer {
	t.Helper()
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	s, err := NewSigner(NewOrigin([10]byte(seed[:10])), seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVectorsOfWhatIsSigned(t *testing.T) {
	files, s := vectors(t), vectorSigner(t)
	same(t, "the verifier key", s.Verifier().String(), files["verifier"])
	l := grown(t, vectorLeaves(t, files, 9))
	signed, err := s.SignCheckpoint(9, l.tree.Root())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the checkpoint", string(signed), files["checkpoint"])
	proof, err := AppendProof([]byte("before"), l, 1, signed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the proof", string(proof), "before"+files["proof"])
	disclosures := strings.Split(files["disclosures"], "\n")
	jwt, err := s.SDJWT([]byte(files["payload"]), []byte(disclosures[0]), []byte(disclosures[6]))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the SD-JWT", string(jwt), files["sdjwt"])
}
