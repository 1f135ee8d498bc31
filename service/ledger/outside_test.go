package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"tumen/internal/outside"
)

// grown is a tree of n leaves with its stored hashes.
func grown(n int64) (Tree, stored, [][32]byte) {
	var tree Tree
	var hashes stored
	var leaves [][32]byte
	for i := range n {
		commitment := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		leaves = append(leaves, commitment)
		var above []Hash
		tree, above = tree.Append(commitment)
		hashes = append(append(hashes, LeafHash(commitment)), above...)
	}
	return tree, hashes, leaves
}

// TestProofsConvinceAnotherImplementation: every leaf in trees of every size,
// while the stored tree has grown further.
func TestProofsConvinceAnotherImplementation(t *testing.T) {
	_, hashes, leaves := grown(70)
	for size := int64(1); size <= 66; size++ {
		root, err := RootAt(size, hashes)
		if err != nil {
			t.Fatal(err)
		}
		for index := range size {
			found, err := Prove(size, index, hashes)
			if err != nil {
				t.Fatal(err)
			}
			var path [][]byte
			for _, h := range found {
				path = append(path, h[:])
			}
			leaf := rfc6962.DefaultHasher.HashLeaf(leaves[index][:])
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaf, path, root[:]); err != nil {
				t.Fatalf("leaf %d of %d: %v", index, size, err)
			}
		}
	}
	for _, bad := range [][2]int64{{5, 5}, {5, -1}, {0, 0}} {
		if _, err := Prove(bad[0], bad[1], hashes); err == nil {
			t.Errorf("leaf %d of %d is proved", bad[1], bad[0])
		}
	}
}

func testSigner(t *testing.T) (*Signer, ed25519.PublicKey) {
	t.Helper()
	seed := sha256.Sum256([]byte("a seed"))
	s, err := NewSigner("tumen-ledger-test/1", seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return s, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
}

// TestProofTextIsTakenByTorchwood: and is what torchwood would write.
func TestProofTextIsTakenByTorchwood(t *testing.T) {
	signer, _ := testSigner(t)
	tree, hashes, leaves := grown(21)
	checkpoint, err := signer.Checkpoint(tree)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(signer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(signer.Origin()), torchwood.SingleVerifierPolicy(v))
	for index := range int64(21) {
		found, err := Prove(21, index, hashes)
		if err != nil {
			t.Fatal(err)
		}
		text := AppendProof(nil, index, found, checkpoint)
		if err := torchwood.VerifyProof(policy, LeafHash(leaves[index]), text); err != nil {
			t.Errorf("leaf %d: %v\n%s", index, err, text)
		}
		if !bytes.Equal(text, torchwood.FormatProof(index, found, checkpoint)) {
			t.Errorf("leaf %d: torchwood writes it otherwise", index)
		}
		if torchwood.VerifyProof(policy, LeafHash(leaves[(index+1)%21]), text) == nil {
			t.Errorf("the proof of leaf %d is taken for another", index)
		}
	}
}

// verdict is what @sd-jwt/core says.
type verdict struct {
	OK      bool
	Why     string
	Payload map[string]any
	Header  map[string]any
}

func judged(t *testing.T, key ed25519.PublicKey, token []byte) verdict {
	t.Helper()
	installed := outside.Install(t, "ledger", os.DirFS(filepath.Join("testdata", "outside")))
	asked, err := json.Marshal(map[string]string{"key": base64.RawURLEncoding.EncodeToString(key), "token": string(token)})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", filepath.Join("testdata", "outside", "verify.mjs"), installed)
	node.Stdin = bytes.NewReader(asked)
	var complaint bytes.Buffer
	node.Stderr = &complaint
	said, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	var v verdict
	if err := json.Unmarshal(said, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAnSDJWTConvincesAnotherImplementation: with all, some and none of its
// disclosures; a changed one is not taken.
func TestAnSDJWTConvincesAnotherImplementation(t *testing.T) {
	signer, key := testSigner(t)
	title := AppendDisclosure(nil, [SaltSize]byte{1}, "title", []byte(`"Möbius & sons"`))
	number := AppendDisclosure(nil, [SaltSize]byte{2}, "revision", []byte(`3`))
	var d Digests
	d.Add([SaltSize]byte{1}, "title", []byte(`"Möbius & sons"`))
	d.Add([SaltSize]byte{2}, "revision", []byte(`3`))
	for n := range 46 {
		d.AddDecoy(sha256.Sum256([]byte{byte(n)}))
	}
	payload := d.AppendPayload(nil)
	all := signer.AppendSDJWT([]byte("before"), payload, title, number)[len("before"):]
	v := judged(t, key, all)
	if !v.OK || v.Payload["title"] != "Möbius & sons" || v.Payload["revision"] != 3.0 || v.Header["kid"] != signer.Origin() || v.Header["alg"] != "EdDSA" {
		t.Errorf("%+v", v)
	}
	if v := judged(t, key, signer.AppendSDJWT(nil, payload, number)); !v.OK || v.Payload["title"] != nil || v.Payload["revision"] != 3.0 {
		t.Errorf("%+v", v)
	}
	if v := judged(t, key, signer.AppendSDJWT(nil, payload)); !v.OK {
		t.Errorf("%+v", v)
	}
	header, _ := base64.RawURLEncoding.DecodeString(strings.SplitN(string(all), ".", 2)[0])
	if string(header) != `{"alg":"EdDSA","kid":"tumen-ledger-test/1","typ":"sd-jwt"}` || !bytes.Equal(all, signer.AppendSDJWT(nil, payload, title, number)) {
		t.Errorf("%s", header)
	}
	other := d.AppendPayload(nil)
	other[20] ^= 1
	forged := bytes.Replace(all, []byte(base64.RawURLEncoding.EncodeToString(payload)), []byte(base64.RawURLEncoding.EncodeToString(other)), 1)
	if v := judged(t, key, forged); v.OK {
		t.Error("another payload under the same signature is taken")
	}
}

func aNotice() Notice {
	return Notice{Method: "ExportService/ExportRecords", Kind: "export", Subject: [32]byte{1}, Time: [32]byte{2}, Day: [32]byte{4}, Member: [32]byte{3}}
}

func TestANoticeIsReadInItsOneFormOnly(t *testing.T) {
	written := string(AppendNotice(nil, aNotice()))
	if n, err := ParseNotice([]byte(written)); err != nil || n != aNotice() {
		t.Fatalf("%+v %v", n, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "another version": strings.Replace(written, `"v":1`, `"v":2`, 1), "white space": strings.Replace(written, `,`, `, `, 1),
		"something after": written + " ", "another member": strings.Replace(written, `"v":1,`, `"v":1,"x":0,`, 1),
		"a short digest": strings.Replace(written, "AQAA", "AQA", 1), "no kind": strings.Replace(written, `"kind":"export",`, "", 1),
		"the entry of a revision": string(AppendEntry(nil, anEntry())),
	} {
		if _, err := ParseNotice([]byte(text)); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseEntry([]byte(written)); !errors.Is(err, ErrEntry) {
		t.Errorf("a notice is taken for the entry of a revision: %v", err)
	}
}

func FuzzParseNotice(f *testing.F) {
	f.Add(AppendNotice(nil, aNotice()))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseNotice(b)
		if err == nil && !bytes.Equal(AppendNotice(nil, n), b) {
			t.Fatalf("%q is read and not written again", b)
		}
	})
}
