package daemontest_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"

	"tumen/clients/cli"
	"tumen/cmd/tumend/daemon"
	"tumen/cmd/tumend/daemontest"
	"tumen/demo"
	tumenv1 "tumen/proto/tumen/v1"
)

// TestADiskTellsNothingOfTheMatter: no text, name or place of it, and no hash that
// a guess could be compared with, is in any file that lies without the keys, in a
// backup that its keeper has decrypted, or in what outsiders see of the ledger.
func TestADiskTellsNothingOfTheMatter(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{Settings: func(s *daemon.Settings) { s.Tiles = "127.0.0.1:0" }})
	var complaint bytes.Buffer
	code := cli.Run(context.Background(), []string{"--profile", r.Profiles["case-worker"], "apply", "-f", "-", "--reason", "loaded for the record"},
		bytes.NewReader(demo.October2023), io.Discard, &complaint)
	if code != 0 {
		t.Fatal(complaint.String())
	}
	const page = "the page of the ministry, as it was on that day"
	preserve(t, r, page)
	if _, err := publish(t, r); err != nil {
		t.Fatal(err)
	}
	outside := published(t, r.TilesAddress())
	r.Stop()
	guesses := map[string]string{}
	for text := range texts(t) {
		plain, sum := []byte(text), sha256.Sum256([]byte(text))
		guesses[string(plain)] = text
		guesses[string(wide(text, false))] = text + " (UTF-16, little-endian)"
		guesses[string(wide(text, true))] = text + " (UTF-16, big-endian)"
		guesses[string(sum[:])] = text + " (SHA-256)"
		guesses[hex.EncodeToString(sum[:])] = text + " (SHA-256, hexadecimal)"
		guesses[base64.RawURLEncoding.EncodeToString(sum[:])] = text + " (SHA-256, base64url)"
	}
	if len(guesses) < 600 {
		t.Fatalf("only %d guesses", len(guesses))
	}
	looked := 0
	look := func(name string, content []byte) {
		looked += len(content)
		for guess, what := range guesses {
			if bytes.Contains(content, []byte(guess)) || strings.Contains(name, guess) {
				t.Errorf("%s tells %q", filepath.Base(name), what)
			}
		}
	}
	for name, content := range outside {
		look(name, content)
	}
	backedUp(t, r, look)
	err := filepath.WalkDir(r.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == r.Settings.KeysDir {
			return leftOut(err)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		look(path, content)
		return nil
	})
	if err != nil || looked < 100<<10 {
		t.Errorf("%d bytes were looked at: %v", looked, err)
	}
}

// published is all that outsiders can see of a small ledger.
func published(t *testing.T, address string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	fetch := func(path string) []byte {
		t.Helper()
		reply, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		content, err := io.ReadAll(reply.Body)
		if err != nil || reply.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, reply.Status, err)
		}
		all[path] = content
		return content
	}
	size := strings.Split(string(fetch("/checkpoint")), "\n")[1]
	fetch("/tile/0/000.p/" + size)
	fetch("/tile/entries/000.p/" + size)
	return all
}

// backedUp gives the files in a backup, decrypted.
func backedUp(t *testing.T, r *daemontest.Running, look func(name string, content []byte)) {
	t.Helper()
	keeper, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kept.age")
	var said bytes.Buffer
	if code := daemon.Run(t.Context(), []string{"backup", "--data-dir", r.Dir, "--recipient", keeper.Recipient().String(), "--out", path}, &said, &said); code != 0 {
		t.Fatal(said.String())
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	look(path, sealed)
	plain, err := age.Decrypt(bytes.NewReader(sealed), keeper)
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for files := tar.NewReader(plain); ; parts++ {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(files)
		}
		if err != nil {
			t.Fatal(err)
		}
		look(h.Name, content)
	}
	if parts != 3 {
		t.Errorf("%d files are in the backup, not the store, a capture and the manifest", parts)
	}
}

// preserve uploads a copy of a page.
func preserve(t *testing.T, r *daemontest.Running, page string) {
	t.Helper()
	conn := r.Connect("case-worker")
	source, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Source: &tumenv1.Source{Kind: "news", Title: "A paper", Basis: tumenv1.Basis_BASIS_NOT_STATED}, Reason: "first report"})
	if err != nil {
		t.Fatal(err)
	}
	header := &tumenv1.CaptureHeader{Parent: source.GetSource().GetName(), Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL}, Reason: "preserved"}
	if _, err := conn.UploadCapture(t.Context(), header, strings.NewReader(page), nil); err != nil {
		t.Fatal(err)
	}
}

// leftOut leaves a folder out, unless the walk has failed there.
func leftOut(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// texts gives what the matter says, and the names of the organisation and places:
// everything that is too long to be there by chance.
func texts(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{"loaded for the record": true, "the page of the ministry, as it was on that day": true, "preserved": true, "A paper": true, "hunchun": true, "Hunchun": true, "places/tumen": true, "refoulement": true, "An organisation": true}
	var node yaml.Node
	for d := yaml.NewDecoder(bytes.NewReader(demo.October2023)); ; {
		if err := d.Decode(&node); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		collect(&node, all)
	}
}

func collect(node *yaml.Node, all map[string]bool) {
	if text := strings.TrimSpace(node.Value); node.Kind == yaml.ScalarNode && len(text) >= 6 && strings.ContainsAny(text, " -~/<>") {
		all[text] = true
	}
	for _, child := range node.Content {
		collect(child, all)
	}
}

// wide is a text in UTF-16.
func wide(text string, bigEndian bool) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit)
		if bigEndian {
			b = append(b, high, low)
		} else {
			b = append(b, low, high)
		}
	}
	return b
}
