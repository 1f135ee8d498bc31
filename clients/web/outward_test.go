package web

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
)

// What a file was called comes from strangers, too: kept on a disk it neither leads
// elsewhere nor runs at a click.
func TestAFileIsCalledNothingThatDeceives(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf":             "report.pdf",
		"보고서.pdf":                "보고서.pdf",
		"../../etc/passwd":       "passwd",
		`C:\Users\kim\photo.JPG`: "photo.JPG",
		"page.HTML":              "page.HTML.bin",
		"picture.svg":            "picture.svg.bin",
		"appeal.docm":            "appeal.docm.bin",
		"picture.svgz":           "picture.svgz.bin",
		"list.vbs":               "list.vbs.bin",
		"gnp\u202egpj.exe":       "gnp_gpj.exe.bin",
		"a\r\nX: y\x00.txt":      "a__X_ y_.txt",
		`"quoted".txt`:           "_quoted_.txt",
		"...":                    "capture-k",
		"":                       "capture-k",
		"/":                      "capture-k",
	} {
		if got := captureFile(&tumenv1.Capture{Name: "sources/s/captures/k", FileName: given}); strings.Trim(got, "_") != strings.Trim(want, "_") {
			t.Errorf("%q is called %q, want %q", given, got, want)
		}
	}
	long := captureFile(&tumenv1.Capture{Name: "sources/s/captures/k", FileName: strings.Repeat("긴", 500) + ".pdf"})
	if len(long) > longestName || !strings.HasSuffix(long, ".pdf") {
		t.Errorf("a long name became %q", long)
	}
}

func TestACheckpointSaysByWhomItWasSignedAndWhen(t *testing.T) {
	when := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	witness := make([]byte, 4+8+64)
	binary.BigEndian.PutUint64(witness[4:], uint64(when.Unix()))
	text := "ledger.example/1\n42\nroot=\n\n— ledger.example/1 " + base64.StdEncoding.EncodeToString(make([]byte, 68)) +
		"\n— witness.example " + base64.StdEncoding.EncodeToString(witness) + "\n"
	c := readCheckpoint(text)
	if c.Origin != "ledger.example/1" || c.Entries != 42 || c.Root != "root=" || len(c.Signatures) != 2 {
		t.Fatalf("%+v", c)
	}
	if !c.Signatures[0].Time.IsZero() || !c.Signatures[1].Time.Equal(when) {
		t.Errorf("signed at %v", c.Signatures)
	}
	for _, broken := range []string{"", "\n\n", "x\ny\nz", "— \n\n— a b\n"} {
		readCheckpoint(broken) // whatever comes, a page can be made of it
	}
}

func TestLongTextsAreShownFromWhereTheyPart(t *testing.T) {
	alike := strings.Repeat("가", 4000)
	a, b := excerpts(alike+"one", alike+"another")
	if !strings.Contains(a.Text, "one") || !strings.Contains(b.Text, "another") || a.LeftOut == 0 || len([]rune(b.Text)) > longText+10 {
		t.Errorf("%q (%d left out), %q", a.Text, a.LeftOut, b.Text)
	}
	if a, b := excerpts("short", "shorter"); a.Text != "short" || b.Text != "shorter" || a.LeftOut+b.LeftOut != 0 {
		t.Errorf("%v, %v", a, b)
	}
}
