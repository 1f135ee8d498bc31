package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

var update = flag.Bool("update", false, "write the golden bag anew")

const goldenFolder = "testdata/golden"

// goldenDraft has all that a bag can have: redactions, days, an erased record,
// something withheld, a capture's bytes and a witness, and of two findings one whose
// support can be recomputed.
func goldenDraft() (*draft, []byte) {
	capture := []byte("They were put on buses after dark.\n")
	d := newDraft()
	d.witnesses = []signingKey{newKey("witness.example/one", "w1", keyCosignature)}
	d.hide["title"], d.erase[claimTwo] = true, true
	d.withheld = []string{`{"record":"` + denial + `","reason":"marking"}`}
	d.add(claimOne, []string{"stance", `"STANCE_ASSERTS"`, "title", `"five hundred"`}, []string{"stance", `"STANCE_ASSERTS"`, "note", `"두만강"`})
	d.add(claimTwo, []string{"stance", `"STANCE_ASSERTS"`})
	d.days = true
	d.add(finding, []string{"state", `"FINDING_STATE_CONFIRMED"`, "approved_support", supportOf})
	d.add("sources/s", []string{"title", `"A statement"`})
	d.addMatter(october(), nil)
	d.add("sources/s/captures/c", []string{"sha256", `"` + hexSum(capture) + `"`})
	return d, capture
}

// TestTheGoldenBag: what a stranger's verifier can be tried with is what this one takes.
func TestTheGoldenBag(t *testing.T) {
	d, capture := goldenDraft()
	want := d.files()
	want["data/captures/c"] = capture
	want.rebuild()
	policy := "log " + d.key.verifier() + "\nwitness one " + d.witnesses[0].verifier() + "\nquorum 1\n"
	if *update {
		write(t, filepath.Join(goldenFolder, "policy.txt"), []byte(policy))
		for path, content := range want {
			write(t, filepath.Join(goldenFolder, "bag", path), content)
		}
	}
	stored, err := os.ReadFile(filepath.Join(goldenFolder, "policy.txt"))
	if err != nil || string(stored) != policy {
		t.Fatalf("the policy: %s %v", stored, err)
	}
	root, err := os.OpenRoot(filepath.Join(goldenFolder, "bag"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	r := verified(t, root.FS(), mustPolicy(t, policy))
	if r.Refused() || r.Cosigned != 1 || len(r.Checks) != 12 || checked(t, r).Count != 1 {
		t.Errorf("%+v", r)
	}
	for path, content := range want {
		if got, err := root.ReadFile(path); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s is not what the records give: run with -update", path)
		}
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTheFormatIsWhatIsRead: every example in the document is one that is taken.
func TestTheFormatIsWhatIsRead(t *testing.T) {
	document, err := os.ReadFile("../../docs/export-format.md")
	if err != nil {
		t.Fatal(err)
	}
	bag := func(path string) string {
		content, err := os.ReadFile(filepath.Join(goldenFolder, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	v := (files{fileRecords: []byte(bag("bag/" + fileRecords))}).records()[0].Revisions[0]
	jws := strings.Split(strings.Split(v.SDJWT, "~")[0], ".")
	header, _ := decode(jws[0])
	shown, _ := decode(strings.Split(v.SDJWT, "~")[1])
	examples := map[string]string{
		"policy": bag("policy.txt"), "bagit.txt": bag("bag/bagit.txt"), "bag-info.txt": bag("bag/bag-info.txt"),
		"tagmanifest-sha512.txt": bag("bag/tagmanifest-sha512.txt"),
		"data/export.json":       bag("bag/" + fileExport), "data/checkpoint": bag("bag/" + fileCheckpoint),
		"entry": v.Entry + "\n", "tlog-proof": v.Proof, "header": string(header) + "\n",
		"disclosure": strings.Split(v.SDJWT, "~")[1] + "\n", "disclosure, decoded": string(shown) + "\n", "digest": hashText(strings.Split(v.SDJWT, "~")[1]) + "\n",
		"commitment": "salt " + v.Salt + "\ncommitment " + b64(commitmentOf(t, v)) + "\n",
	}
	blocks := strings.Split(string(document), "\n```")
	found := 0
	for i := 1; i+1 < len(blocks); i += 2 {
		title, text, _ := strings.Cut(blocks[i], "\n")
		title = strings.TrimPrefix(title, "text ")
		want, known := examples[title]
		if title == "form" {
			continue
		}
		found++
		if *update {
			blocks[i] = strings.TrimSuffix(strings.Replace(blocks[i], text, want, 1), "\n")
			continue
		}
		if !known || text+"\n" != want {
			t.Errorf("the example %q should read\n%s", title, want)
		}
	}
	if *update {
		write(t, "../../docs/export-format.md", []byte(strings.Join(blocks, "\n```")))
	}
	if found != len(examples) {
		t.Errorf("%d examples, want %d", found, len(examples))
	}
}

func commitmentOf(t *testing.T, v *revisionLine) []byte {
	salt, err := digest(v.Salt)
	if err != nil {
		t.Fatal(err)
	}
	c := commitment(salt, v.Entry)
	return c[:]
}

// TestKindsAreThoseOfTheContract: every resource of the contract has its kind here.
func TestKindsAreThoseOfTheContract(t *testing.T) {
	_ = tumenv1.File_tumen_v1_common_proto // the contract is linked
	seen := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			resource, ok := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
			if !ok || resource == nil {
				continue
			}
			name := resource.Pattern[0]
			for strings.Contains(name, "{") {
				before, rest, _ := strings.Cut(name, "{")
				_, after, _ := strings.Cut(rest, "}")
				name = before + "x" + after
			}
			if seen++; kindOf(name) != string(m.Name()) {
				t.Errorf("%s is a %s, and %q here", name, m.Name(), kindOf(name))
			}
		}
		return true
	})
	if seen != len(kinds) {
		t.Errorf("%d kinds in the contract, %d here", seen, len(kinds))
	}
}

// TestNamesInASupportAreThoseOfTheContract: a member that names claims or sources
// and is not looked at would let a denial go.
func TestNamesInASupportAreThoseOfTheContract(t *testing.T) {
	visited := map[protoreflect.FullName]bool{}
	var visit func(m protoreflect.MessageDescriptor)
	visit = func(m protoreflect.MessageDescriptor) {
		if visited[m.FullName()] {
			return
		}
		visited[m.FullName()] = true
		for i := range m.Fields().Len() {
			f := m.Fields().Get(i)
			if f.Name() == "value" {
				continue
			}
			if f.Message() != nil {
				visit(f.Message())
				continue
			}
			to, _ := proto.GetExtension(f.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
			if kind := to.GetType(); (kind == "tumen/Claim" || kind == "tumen/Source") != references[string(f.Name())] {
				t.Errorf("%s names %q", f.FullName(), kind)
			}
		}
	}
	visit((&tumenv1.Support{}).ProtoReflect().Descriptor())
	if len(visited) < 8 {
		t.Errorf("only %d messages were visited", len(visited))
	}
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
