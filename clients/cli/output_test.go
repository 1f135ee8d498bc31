package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestVisible(t *testing.T) {
	tests := map[string]string{
		"훈춘 Hunchun 珲春":   "훈춘 Hunchun 珲春",
		"a\x1b[2Jb":       "a␛[2Jb",
		"a\nb\tc\rd":      "a␊b␉c␍d",
		"a\u202eb":        "a‹U+202E›b",
		"a\u2066b\u200bc": "a‹U+2066›b‹U+200B›c",
		"a\u0085b\x7fc":   "a‹U+0085›b‹U+007F›c",
		"a\xffb":          "a\uFFFDb",
		"👩\u200d👧":        "👩\u200d👧", // joins, hides nothing
		"x\U000E0041":     "x‹U+E0041›",
		"":                "",
	}
	for text, want := range tests {
		if got := visible(text); got != want {
			t.Errorf("visible(%q) = %q, want %q", text, got, want)
		}
	}
	if got := visibleLines("a\r\n\tb\x1b"); got != "a\n    b␛" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := visible(rapid.String().Draw(t, "text"))
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || labels.Hidden(r) }) {
			t.Fatalf("%q", text)
		}
	})
}

func TestFoldKeepsEverythingWithinTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringOfN(rapid.SampledFrom([]rune("ab 훈춘珲 é—")), 0, 60, -1).Draw(t, "line")
		room := rapid.IntRange(2, 30).Draw(t, "room")
		parts := fold(line, room)
		for _, part := range parts {
			if displayWidth(part) > room {
				t.Fatalf("%q is wider than %d", part, room)
			}
		}
		plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if plain(strings.Join(parts, "")) != plain(line) {
			t.Fatalf("%q became %q", line, parts)
		}
	})
}

func TestColumnsStandInLine(t *testing.T) {
	var b bytes.Buffer
	table := (&output{w: &b}).table([]int{1}, "KEY", "TITLE", "NAME")
	table.add("E1", "훈춘 송환", "cases/a")
	table.add("E10", "Return", "cases/b")
	table.add("E2", "遣返", "cases/c")
	table.flush()
	table.add("E3", "x", "cases/d") // a later page keeps the columns
	table.flush()
	want := "" +
		"KEY  TITLE      NAME\n" +
		"E1   훈춘 송환  cases/a\n" +
		"E10  Return     cases/b\n" +
		"E2   遣返       cases/c\n" +
		"E3   x          cases/d\n"
	if b.String() != want {
		t.Errorf("\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	narrow := (&output{w: &b, width: 40}).table([]int{1}, "KEY", "TITLE", "NAME")
	narrow.add("E1", "훈춘에서 강제로 송환된 북한 사람들의 명단", "cases/a")
	narrow.flush()
	if want := "KEY  TITLE                       NAME\nE1   훈춘에서 강제로 송환된 북…  cases/a\n"; b.String() != want {
		t.Errorf("\n%s\nwant\n%s", b.String(), want)
	}
}

func TestOnlyTextIsCutOnANarrowTerminal(t *testing.T) {
	name := "cases/" + strings.Repeat("a", 26) + "/findings/" + strings.Repeat("b", 26)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z ]{0,80}`)
		var b bytes.Buffer
		o := &output{w: &b, width: rapid.IntRange(1, 300).Draw(t, "width")}
		table := o.table([]int{1, 2}, "KEY", "WHY", "REASON", "NAME")
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			table.add("E1", text.Draw(t, "why"), text.Draw(t, "reason"), name)
		}
		table.flush()
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "E1") && !strings.HasSuffix(line, name) {
				t.Fatalf("the name was cut: %s", line)
			}
			if needed := len("KEY") + 2*narrowest + len(name) + 3*len(gap); displayWidth(line) > max(o.width, needed) {
				t.Fatalf("%d wide on a terminal of %d: %s", displayWidth(line), o.width, line)
			}
		}
	})
}

func TestJSONIsTheContractsAndSafeToShow(t *testing.T) {
	c := &tumenv1.Case{Title: "훈춘 \u202e\u0085\x1b \U000E0041", Labels: map[string]string{"b": "2", "a": "1"}, FollowUpDate: "2026-01-01"}
	text, err := jsonText(c, "")
	try(t, err)
	if strings.ContainsFunc(text, escaped) || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
	if !strings.Contains(text, `"followUpDate": "2026-01-01"`) || !strings.Contains(text, "훈춘") {
		t.Error(text)
	}
	back := &tumenv1.Case{}
	try(t, protojson.Unmarshal([]byte(text), back))
	if !proto.Equal(back, c) {
		t.Errorf("%v read back as %v", c, back)
	}
}

func TestJSONListsAreOneObject(t *testing.T) {
	for count := range 3 {
		var b bytes.Buffer
		list := (&output{w: &b}).jsonList("matches")
		for range count {
			try(t, list.add(&tumenv1.CaseMatch{Case: &tumenv1.Case{Title: "A"}}))
		}
		list.end()
		read := &tumenv1.ListCasesResponse{}
		if err := protojson.Unmarshal(b.Bytes(), read); err != nil || len(read.GetMatches()) != count || !json.Valid(b.Bytes()) {
			t.Errorf("%d: %v\n%s", count, err, b.String())
		}
	}
}

func TestAJSONListThatFailsAtOnceLeavesNothing(t *testing.T) {
	var b bytes.Buffer
	(&output{w: &b}).jsonList("matches")
	if b.Len() > 0 {
		t.Errorf("%q", b.String())
	}
}

func TestColourNeedsATerminalThatWantsIt(t *testing.T) {
	var b bytes.Buffer
	s := newSession(strings.NewReader(""), &b, &b)
	s.out.heading("Events")
	if b.String() != "Events\n" {
		t.Errorf("%q", b.String())
	}
}

func try(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
