package bag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// sample is a line with all that a line can have.
const sample = `{"record":"cases/a","kind":"Case","revisions":[{"revision":1,"fields":{"old":1}},` +
	`{"revision":2,"fields":{"title":"a \"b\" \u00e9 두만강","n":-1.5e3,"list":[{"x":"]"},[],{}],"yes":true,"none":null},` +
	`"sd_jwt":"e30.e30.~","entry":"{\"v\":1}","withheld":[{"class":"OPEN","rule":"day","fields":2}]}]}`

func TestALineIsReadAsItStands(t *testing.T) {
	r, err := parseRecord([]byte(sample))
	try(t, err)
	got := fmt.Sprintf("%s %s %+v", r.name, r.kind, r.revisions)
	for _, c := range r.cells {
		got += fmt.Sprintf("\n%s %s %s", c.field, c.raw, c.text)
	}
	want := `cases/a Case [{number:1 withheld:[]} {number:2 withheld:[{class:OPEN rule:day fields:2}]}]
list [{"x":"]"},[],{}] [{"x":"]"},[],{}]
n -1.5e3 -1.5e3
none null null
title "a \"b\" \u00e9 두만강" a "b" é 두만강
yes true true`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestWhatIsNoJSONIsNoLine: a line cut off or damaged on disk is not taken for one.
func TestWhatIsNoJSONIsNoLine(t *testing.T) {
	check := func(line []byte) {
		t.Helper()
		if _, err := parseRecord(line); err == nil && !json.Valid(line) {
			t.Errorf("taken: %q", line)
		}
	}
	for i := range len(sample) {
		check([]byte(sample[:i]))
		check([]byte(sample[i:]))
		for _, c := range []byte("\x00\x1f \"\\{}[]:,0a") {
			line := bytes.Clone([]byte(sample))
			line[i] = c
			check(line)
			check(append(append(bytes.Clone([]byte(sample[:i])), c), sample[i:]...))
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, line []byte) {
		if _, err := parseRecord(line); err == nil && !json.Valid(line) {
			t.Errorf("taken: %q", line)
		}
	})
}
