package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"math"
	"strings"
	"testing"

	"filippo.io/torchwood"
	formats "github.com/transparency-dev/formats/log"
	cosigning "github.com/transparency-dev/formats/note"
	tlogproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A cosigner is a witness: what it signs with, and what it is verified with.
type cosigner struct {
	*torchwood.CosignatureSigner
	witness *Witness
}

func newCosigner(t testing.TB, name string, seed byte) cosigner {
	t.Helper()
	s, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWitness(s.Verifier().String())
	if err != nil {
		t.Fatal(err)
	}
	return cosigner{s, w}
}

// line gives the line by which a witness answers.
func (c cosigner) line(t testing.TB, signed []byte, log *Verifier) []byte {
	t.Helper()
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		t.Fatal(err)
	}
	n.Sigs, n.UnverifiedSigs = nil, nil
	cosigned, err := note.Sign(n, c)
	if err != nil {
		t.Fatal(err)
	}
	return cosigned[len(n.Text)+1:]
}

func signedCheckpoint(t testing.TB, s *Signer, size int64) ([]byte, *log) {
	t.Helper()
	l := grown(t, leavesOf(size))
	signed, err := s.SignCheckpoint(size, l.tree.Root())
	if err != nil {
		t.Fatal(err)
	}
	return signed, l
}

func TestOutsidersReadCheckpointsAndProofs(t *testing.T) {
	s := vectorSigner(t)
	signed, l := signedCheckpoint(t, s, 300)
	one, other := newCosigner(t, "witness.example/one", 1), newCosigner(t, "witness.example/other", 2)
	signed, err := AddCosignatures(signed, append(one.line(t, signed, s.Verifier()), other.line(t, signed, s.Verifier())...), s.Verifier(), one.witness, other.witness)
	if err != nil {
		t.Fatal(err)
	}
	origin := s.Verifier().Origin().String()
	log, err := note.NewVerifier(s.Verifier().String())
	if err != nil {
		t.Fatal(err)
	}
	second, err := cosigning.NewVerifierForCosignatureV1(other.Verifier().String())
	if err != nil {
		t.Fatal(err)
	}
	c, rest, n, err := formats.ParseCheckpoint(signed, origin, log, second)
	root := l.tree.Root()
	if err != nil || c.Size != 300 || !bytes.Equal(c.Hash, root[:]) || c.Origin != origin || len(rest) != 0 || len(n.Sigs) != 2 {
		t.Errorf("transparency-dev/formats reads %+v, %q, %v", c, rest, err)
	}
	policy := torchwood.ThresholdPolicy(3, torchwood.OriginPolicy(origin), torchwood.SingleVerifierPolicy(log),
		torchwood.ThresholdPolicy(2, torchwood.SingleVerifierPolicy(one.Verifier()), torchwood.SingleVerifierPolicy(other.Verifier())))
	for index := range int64(300) {
		proof, err := AppendProof(nil, l, index, signed)
		if err != nil {
			t.Fatal(err)
		}
		leaf := l.leaves[index]
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(leaf[:]), proof); err != nil {
			t.Fatalf("torchwood on leaf %d: %v", index, err)
		}
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(leaf[1:]), proof); err == nil {
			t.Fatalf("torchwood takes another leaf for leaf %d", index)
		}
		var theirs tlogproof.TLogProof
		if err := theirs.Unmarshal(proof); err != nil || theirs.Index != uint64(index) || !bytes.Equal(theirs.Checkpoint, signed) || !bytes.Equal(theirs.Marshal(), proof) {
			t.Fatalf("transparency-dev/formats reads of leaf %d %+v, %v", index, theirs, err)
		}
	}
}

func TestCosignatures(t *testing.T) {
	s := vectorSigner(t)
	signed, _ := signedCheckpoint(t, s, 9)
	one, other := newCosigner(t, "witness.example/one", 1), newCosigner(t, "witness.example/other", 2)
	line, otherLine := one.line(t, signed, s.Verifier()), other.line(t, signed, s.Verifier())
	longer, err := AddCosignatures(signed, line, s.Verifier(), one.witness, other.witness)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the cosigned checkpoint", string(longer), string(signed)+string(line))
	again, err := AddCosignatures(longer, line, s.Verifier(), one.witness)
	if err != nil || !bytes.Equal(again, longer) {
		t.Errorf("the same line again gives\n%s, %v", again, err)
	}
	stranger, err := AddCosignatures(longer, otherLine, s.Verifier(), one.witness)
	if err != nil || !bytes.Equal(stranger, longer) {
		t.Errorf("the line of a stranger gives\n%s, %v", stranger, err)
	}
	c, cosigned, err := OpenCheckpoint(longer, s.Verifier(), other.witness, one.witness)
	if err != nil || c.Size != 9 || len(cosigned) != 1 || cosigned[0].Witness != one.Name() {
		t.Errorf("opens as %v, %v, %v", c, cosigned, err)
	}
	if seconds, err := torchwood.CosignatureTimestamp(note.Signature{Base64: strings.Fields(string(line))[2]}); err != nil || cosigned[0].Seconds != seconds {
		t.Errorf("cosigned at %d, torchwood says %d, %v", cosigned[0].Seconds, seconds, err)
	}
	bigger, _ := signedCheckpoint(t, s, 10)
	elsewhere := one.line(t, bigger, s.Verifier())
	for name, lines := range map[string]string{
		"a line of another checkpoint": string(elsewhere),
		"a good line and a false one":  string(otherLine) + string(elsewhere),
		"no line":                      "witness.example",
		"a line without its end":       string(line[:len(line)-1]),
		"another text":                 "\n" + string(line),
		"another note":                 string(bigger),
	} {
		if got, err := AddCosignatures(signed, []byte(lines), s.Verifier(), one.witness, other.witness); err == nil {
			t.Errorf("%s is added:\n%s", name, got)
		}
	}
	if _, err := AddCosignatures(line, line, s.Verifier(), one.witness); err == nil {
		t.Error("a line is added to what is no checkpoint")
	}
	if one.witness.Verify([]byte("text"), bytes.Repeat([]byte{0xff}, cosignatureSize)) || one.witness.Verify([]byte("text"), nil) {
		t.Error("what is no cosignature verifies")
	}
}

func TestWhatIsNoCheckpointIsNotOpened(t *testing.T) {
	s := vectorSigner(t)
	signed, _ := signedCheckpoint(t, s, 9)
	if c, _, err := OpenCheckpoint(signed, s.Verifier()); err != nil || c.Size != 9 || c.Origin != s.Verifier().Origin() {
		t.Fatalf("%v, %v", c, err)
	}
	for i := range signed {
		altered := bytes.Clone(signed)
		altered[i] ^= 1
		if c, _, err := OpenCheckpoint(altered, s.Verifier()); err == nil {
			t.Errorf("opens as %v with byte %d altered", c, i)
		}
		if c, _, err := OpenCheckpoint(signed[:i], s.Verifier()); err == nil {
			t.Errorf("opens as %v, cut at %d", c, i)
		}
	}
	// Signed by the right key, and yet not a checkpoint of this ledger.
	text, _, _ := strings.Cut(string(signed), "\n\n")
	next, err := s.Verifier().Origin().Next()
	if err != nil {
		t.Fatal(err)
	}
	for rule, other := range map[string]string{
		"another epoch":  strings.Replace(text, "/1\n", "/"+strings.Split(next.String(), "/")[1]+"\n", 1) + "\n",
		"an extension":   text + "\nextension\n",
		"a leading zero": strings.Replace(text, "\n9\n", "\n09\n", 1) + "\n",
		"a size below 0": strings.Replace(text, "\n9\n", "\n-9\n", 1) + "\n",
		"no size":        strings.Replace(text, "\n9\n", "\n\n", 1) + "\n",
		"a short root":   text[:len(text)-4] + "WA==\n",
		"no root":        strings.SplitAfter(text, "9\n")[0],
		"another name":   "example.org" + text + "\n",
		"much text":      strings.Repeat("text\n", maxCheckpoint),
	} {
		signed, err := note.Sign(&note.Note{Text: other}, noteSigner{s})
		if err != nil || other == text+"\n" {
			t.Fatal(rule, err)
		}
		if c, _, err := OpenCheckpoint(signed, s.Verifier()); err == nil {
			t.Errorf("%s: opens as %v", rule, c)
		}
	}
	one := newCosigner(t, "witness.example/one", 1)
	cosigned := text + "\n\n" + string(one.line(t, signed, s.Verifier()))
	if _, _, err := OpenCheckpoint([]byte(cosigned), s.Verifier(), one.witness); err == nil {
		t.Error("opens without the signature of the ledger")
	}
	if _, err := s.SignCheckpoint(-1, Hash{}); err == nil {
		t.Error("a size below 0 is signed")
	}
}

func TestOrigins(t *testing.T) {
	o := NewOrigin([10]byte{0xff, 0, 0xff})
	next, err := o.Next()
	if err != nil || next.Name != o.Name || next.Epoch != 2 {
		t.Errorf("after %s comes %s, %v", o, next, err)
	}
	if back, err := ParseOrigin(next.String()); err != nil || back != next {
		t.Errorf("%s reads as %s, %v", next, back, err)
	}
	if _, err := (Origin{Name: o.Name, Epoch: math.MaxInt64}).Next(); err == nil {
		t.Error("there is an epoch after the last")
	}
	for _, s := range []string{
		"", "tumen-ledger-", "tumen-ledger-aaaqeayeaudaocaj", "tumen-ledger-aaaqeayeaudaocaj/0", "tumen-ledger-aaaqeayeaudaocaj/01",
		"tumen-ledger-aaaqeayeaudaocaj/-1", "tumen-ledger-aaaqeayeaudaocaj/1/", "tumen-ledger-aaaqeayeaudaocaj/x", "tumen-ledger-aaaqeayeaudaoca/1",
		"tumen-ledger-AAAQEAYEAUDAOCAJ/1", "tumen-ledger-aaaqeayeaudaoca1/1", "ledger-aaaqeayeaudaocaj/1", "tumen-ledger-aaaqeayeaudaocaj/9223372036854775808",
		"tumen-ledger-aaaqeayeaudaoca\n/1",
	} {
		if o, err := ParseOrigin(s); err == nil {
			t.Errorf("%q reads as %s", s, o)
		}
	}
	if _, err := NewSigner(Origin{Name: "office", Epoch: 1}, [32]byte{}); err == nil {
		t.Error("a ledger has any name")
	}
}

func TestKeys(t *testing.T) {
	key := vectorSigner(t).Verifier().String()
	for _, bad := range []string{"", key + "x", strings.Replace(key, "+3339d9e9+", "+3339d9e8+", 1), strings.Replace(key, "/1+", "/2+", 1)} {
		if _, err := NewVerifier(bad); err == nil {
			t.Errorf("%q is the key of a ledger", bad)
		}
	}
	other, err := note.NewEd25519VerifierKey("example.org/log", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewVerifier(other); err == nil {
		t.Error("the key of another log is that of a ledger")
	}
	one := newCosigner(t, "witness.example/one", 1)
	good := one.Verifier().String()
	if one.witness.Name() != one.Name() || one.witness.KeyHash() != one.KeyHash() {
		t.Error("torchwood gives the witness another name or number")
	}
	name, rest, _ := strings.Cut(good, "+")
	number, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", name, name + "+" + number, name + "+" + encoded, "a" + good, good + "=", name + "+00000000+" + encoded,
		name + "+" + strings.ToUpper(number) + "x+" + encoded, name + "+" + number + "+" + base64.StdEncoding.EncodeToString(raw[:32]),
		key, "\xff" + good, " " + good,
	} {
		if _, err := NewWitness(bad); err == nil {
			t.Errorf("%q is the key of a witness", bad)
		}
	}
}

func BenchmarkSignCheckpoint(b *testing.B) {
	s := vectorSigner(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.SignCheckpoint(9, Hash{}); err != nil {
			b.Fatal(err)
		}
	}
}
