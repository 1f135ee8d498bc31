package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

const installHint = "this comparison needs node (20 or later) and npm, and the npm registry once: install them, as `make install` does"

// The npm package @sd-jwt/core must accept what we sign, read out of it what
// was disclosed, and refuse what was altered. It takes a disclosure that the
// payload does not refer to, against RFC 9901, so it can't judge that.
func TestOutsidersReadSDJWTs(t *testing.T) {
	s := vectorSigner(t)
	payload, disclosures, all := disclosedFields(t)
	sign := func(disclosures ...[]byte) string {
		signed, err := s.SDJWT(payload, disclosures...)
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	whole := sign(disclosures...)
	two := map[string]any{"marking": all["marking"], "quote": all["quote"]}
	changed := []byte(whole)
	changed[strings.IndexByte(whole, '.')+20] ^= 1
	cases := []struct {
		rule, jwt string
		claims    map[string]any // nil where it is refused
	}{
		{"everything disclosed", whole, all},
		{"two fields disclosed", sign(disclosures[1], disclosures[6]), two},
		{"nothing disclosed", sign(), map[string]any{}},
		{"the payload was changed", string(changed), nil},
		{"the signature was changed", strings.Replace(whole, "~", "AAAA~", 1), nil},
	}
	var jwts []string
	for _, tc := range cases {
		jwts = append(jwts, tc.jwt)
	}
	for i, answer := range askOutside(t, jwts) {
		tc := cases[i]
		switch {
		case tc.claims == nil && answer.Error == "":
			t.Errorf("%s: accepted", tc.rule)
		case tc.claims != nil && (answer.Error != "" || !reflect.DeepEqual(answer.Claims, tc.claims)):
			t.Errorf("%s: reads %v, %s", tc.rule, answer.Claims, answer.Error)
		}
		if tc.claims != nil && (answer.Header["typ"] != string(jwtType) || answer.Header["alg"] != "EdDSA" || len(answer.Header["kid"]) != digestSize) {
			t.Errorf("%s: the header is %v", tc.rule, answer.Header)
		}
	}
	encoded := strings.Split(whole, ".")[1]
	if got, err := base64.RawURLEncoding.DecodeString(encoded); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("what is signed is not the payload as it was: %s", got)
	}
}

// disclosedFields gives the fields of the vectors in all their forms: the
// payload, the disclosures, and as a reader of JSON gets them.
func disclosedFields(t *testing.T) (payload []byte, disclosures [][]byte, all map[string]any) {
	t.Helper()
	var p Payload
	all = map[string]any{}
	for _, f := range vectorFields(vectors(t)) {
		d, err := p.Disclose(nil, f)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(f.Value, &value); err != nil {
			t.Fatal(err)
		}
		disclosures, all[f.Name] = append(disclosures, d), value
	}
	payload, err := p.AppendTo(nil, 45, decoy)
	if err != nil {
		t.Fatal(err)
	}
	return payload, disclosures, all
}

func TestOnlyWhatThePayloadCommitsToIsDisclosed(t *testing.T) {
	files, s := vectors(t), vectorSigner(t)
	first, _, _ := strings.Cut(files["disclosures"], "\n")
	for rule, disclosures := range map[string][][]byte{
		"a disclosure of another revision": {[]byte(first + "A")},
		"a disclosure twice":               {[]byte(first), []byte(first)},
		"no disclosure":                    {nil},
	} {
		if got, err := s.SDJWT([]byte(files["payload"]), disclosures...); err == nil {
			t.Errorf("%s: %s", rule, got)
		}
	}
}

func TestASignerServesSeveralAtOnce(t *testing.T) {
	files, s := vectors(t), vectorSigner(t)
	first, _, _ := strings.Cut(files["disclosures"], "\n")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			signed, err := s.SDJWT([]byte(files["payload"]), []byte(first))
			if err != nil || !strings.HasPrefix(files["sdjwt"], string(signed)) {
				t.Errorf("signed %s, %v", signed, err)
			}
			if _, err := s.SignCheckpoint(9, Hash{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

type outsideAnswer struct {
	Error  string
	Header map[string]string
	Claims map[string]any
}

// askOutside has the npm package verify SD-JWTs of the signer of the vectors.
func askOutside(t *testing.T, jwts []string) []outsideAnswer {
	t.Helper()
	installed := installOutside(t)
	public := vectorSigner(t).key.Public().(ed25519.PublicKey)
	input, err := json.Marshal(map[string]any{"key": base64.RawURLEncoding.EncodeToString(public), "jwts": jwts})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", filepath.Join("testdata", "outside", "sdjwt.mjs"), installed)
	node.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	node.Stderr = &stderr
	output, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, stderr.String(), installHint)
	}
	var answers []outsideAnswer
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(jwts) {
		t.Fatalf("the script answered %d of %d: %v", len(answers), len(jwts), err)
	}
	return answers
}

// installOutside installs what the committed lock file pins into the ignored
// .build/ledger-npm of the module, unless it lies there already, and returns
// that folder.
func installOutside(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: %s", tool, installHint)
		}
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module's folder is not where it was: %v", err)
	}
	folder := filepath.Join(root, ".build", "ledger-npm")
	// Written last, so that an interrupted installation is repeated.
	stamp := filepath.Join(folder, "installed.json")
	lock := readFile(t, "package-lock.json")
	if have, err := os.ReadFile(stamp); err == nil && bytes.Equal(have, lock) {
		return folder
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path string, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(folder, "package.json"), readFile(t, "package.json"))
	write(filepath.Join(folder, "package-lock.json"), lock)
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
	npm.Dir = folder
	if output, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s\n%s", err, output, installHint)
	}
	write(stamp, lock)
	return folder
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "outside", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
