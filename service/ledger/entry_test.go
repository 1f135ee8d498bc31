package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawHash(t *rapid.T, label string) Hash {
	h := Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
	h[0] |= 1 // none is zero
	return h
}

func drawEntry(t *rapid.T) Entry {
	names := rapid.StringMatching(`[!#-\[\]-~]{1,60}`)
	e := Entry{Method: names.Draw(t, "method"), Time: drawHash(t, "time"), Member: drawHash(t, "member")}
	if rapid.Bool().Draw(t, "without a record") {
		e.Kind = rapid.SampledFrom([]Kind{KindExport, KindDisclosure, KindDenial, KindErased, KindLocal, KindRestored}).Draw(t, "kind")
		e.Subject = drawHash(t, "subject")
		return e
	}
	e.Record, e.Payload = names.Draw(t, "record"), drawHash(t, "payload")
	if e.Revision = rapid.Int64Min(1).Draw(t, "revision"); e.Revision > 1 {
		e.Previous = drawHash(t, "previous")
	}
	return e
}

func TestAnEntryHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		text, err := AppendEntry(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseEntry(text); err != nil || back != e {
			t.Fatalf("%s reads as %+v, %v", text, back, err)
		}
		cut := rapid.IntRange(0, len(text)-1).Draw(t, "cut")
		if _, err := ParseEntry(text[:cut]); err == nil {
			t.Fatalf("a part is taken for the whole: %s", text[:cut])
		}
		altered := append([]byte(nil), text...)
		altered[cut] ^= rapid.ByteMin(1).Draw(t, "change")
		if back, err := ParseEntry(altered); err == nil && back == e {
			t.Fatalf("%s reads the same as %s", altered, text)
		}
	})
}

func TestWhatIsNoEntryIsNotWritten(t *testing.T) {
	h := Hash{1}
	revision := Entry{Method: "m", Record: "r", Revision: 2, Previous: h, Payload: h, Time: h, Member: h}
	other := Entry{Method: "m", Kind: KindExport, Subject: h, Time: h, Member: h}
	for _, tc := range []struct {
		rule   string
		from   Entry
		change func(*Entry)
	}{
		{"a method is named", revision, func(e *Entry) { e.Method = "" }},
		{"a method needs no escape", revision, func(e *Entry) { e.Method = `a"` }},
		{"a record needs no escape", revision, func(e *Entry) { e.Record = `a\` }},
		{"a record's name has no white space", revision, func(e *Entry) { e.Record = "a b" }},
		{"a record's name is not long", revision, func(e *Entry) { e.Record = strings.Repeat("r", 513) }},
		{"an entry is about something", revision, func(e *Entry) { e.Record = "" }},
		{"an entry is about one thing", revision, func(e *Entry) { e.Kind = KindExport }},
		{"revisions begin with 1", revision, func(e *Entry) { e.Revision = 0 }},
		{"revision 1 has none before", revision, func(e *Entry) { e.Revision = 1 }},
		{"revision 2 has one before", revision, func(e *Entry) { e.Previous = Hash{} }},
		{"a revision has a payload", revision, func(e *Entry) { e.Payload = Hash{} }},
		{"a revision has no subject", revision, func(e *Entry) { e.Subject = Hash{1} }},
		{"there is a time", revision, func(e *Entry) { e.Time = Hash{} }},
		{"there is a member", revision, func(e *Entry) { e.Member = Hash{} }},
		{"a kind is known", other, func(e *Entry) { e.Kind = "rumour" }},
		{"what is no revision has no record", other, func(e *Entry) { e.Record = "r" }},
		{"what is no revision has no number", other, func(e *Entry) { e.Revision = 1 }},
		{"what is no revision has none before", other, func(e *Entry) { e.Previous = Hash{1} }},
		{"what is no revision has no payload", other, func(e *Entry) { e.Payload = Hash{1} }},
		{"what is no revision has a subject", other, func(e *Entry) { e.Subject = Hash{} }},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if _, err := AppendEntry(nil, tc.from); err != nil {
				t.Fatal(err)
			}
			tc.change(&tc.from)
			if got, err := AppendEntry([]byte("before"), tc.from); err == nil || string(got) != "before" {
				t.Errorf("gives %s, %v", got, err)
			}
		})
	}
}

func TestWhatIsNoEntryIsNotRead(t *testing.T) {
	const hash = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	good := `{"v":1,"method":"m","record":"r","revision":2,"previous":"` + hash + `","payload":"` + hash + `","time":"` + hash + `","member":"` + hash + `"}`
	if _, err := ParseEntry([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ rule, from, to string }{
		{"another version", `"v":1`, `"v":2`},
		{"no version", `"v":1,`, ``},
		{"an unknown member", `,"time"`, `,"note":"x","time"`},
		{"an unknown member at the end", `"}`, `","note":"x"}`},
		{"a missing member", `,"payload":"` + hash + `"`, ``},
		{"a member twice", `"record":"r"`, `"record":"r","record":"r"`},
		{"another order", `"method":"m","record":"r"`, `"record":"r","method":"m"`},
		{"white space", `"record":`, `"record": `},
		{"white space before", `{"v"`, ` {"v"`},
		{"something after the end", `"}`, "\"}\n"},
		{"an escape", `"record":"r"`, `"record":"\u0072"`},
		{"an unknown kind", `"record":"r","revision":2,"previous":"` + hash + `","payload"`, `"kind":"rumour","subject"`},
		{"a leading zero", `"revision":2`, `"revision":02`},
		{"a sign", `"revision":2`, `"revision":+2`},
		{"an exponent", `"revision":2`, `"revision":2e0`},
		{"no number", `"revision":2`, `"revision":`},
		{"too big a number", `"revision":2`, `"revision":9223372036854775808`},
		{"a hash with other last bits", `AAA","payload`, `AAB","payload`},
		{"a hash in other base64", `"AQ`, `"+Q`},
		{"a hash with a line end", `"AQA`, "\"AQ\n"},
		{"a hash too short", `"AQ`, `"A`},
		{"a hash with padding", `","member`, `=","member`},
		{"a previous entry at revision 1", `"revision":2`, `"revision":1`},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			bad := strings.Replace(good, tc.from, tc.to, 1)
			if bad == good {
				t.Fatal("nothing was changed")
			}
			if e, err := ParseEntry([]byte(bad)); err == nil {
				t.Errorf("%s reads as %+v", bad, e)
			}
		})
	}
}

func TestTheChainOfARecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var chain [][]byte
		for i := range rapid.IntRange(2, 8).Draw(t, "revisions") {
			e := Entry{Method: "m", Record: "r", Revision: int64(i + 1), Time: Hash{1}, Member: Hash{1},
				Payload: sha256.Sum256(fmt.Appendf(nil, "payload %d", i))}
			var previous []byte
			if i > 0 {
				previous = chain[i-1]
				e.Previous = EntryHash(previous)
			}
			if err := e.Follows(previous); err != nil {
				t.Fatal(err)
			}
			text, err := AppendEntry(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			chain = append(chain, text)
		}
		at := rapid.IntRange(1, len(chain)-1).Draw(t, "at")
		e, err := ParseEntry(chain[at])
		if err != nil {
			t.Fatal(err)
		}
		before := rapid.IntRange(0, len(chain)-1).Draw(t, "before")
		if err := e.Follows(chain[before]); (err == nil) != (before == at-1) {
			t.Fatalf("revision %d after revision %d: %v", at+1, before+1, err)
		}
		changed, err := ParseEntry(chain[at-1])
		if err != nil {
			t.Fatal(err)
		}
		changed.Member[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 0x10
		text, err := AppendEntry(nil, changed)
		if err != nil {
			t.Fatal(err)
		}
		if e.Follows(text) == nil {
			t.Fatal("the previous entry was changed, and the chain is whole")
		}
	})
}

func TestWhatIsInNoChain(t *testing.T) {
	h := Hash{1}
	write := func(e Entry) []byte {
		text, err := AppendEntry(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := Entry{Method: "m", Record: "r", Revision: 1, Payload: h, Time: h, Member: h}
	export := Entry{Method: "m", Kind: KindExport, Subject: h, Time: h, Member: h}
	second := Entry{Method: "m", Record: "r", Revision: 2, Previous: EntryHash(write(first)), Payload: h, Time: h, Member: h}
	other := second
	other.Record = "another"
	for _, tc := range []struct {
		rule     string
		e        Entry
		previous []byte
	}{
		{"a chain does not begin with revision 2", second, nil},
		{"a chain does not begin without a record", export, nil},
		{"an entry without a record follows none", export, write(first)},
		{"a revision does not follow an entry without a record", second, write(export)},
		{"records are not mixed", other, write(first)},
		{"the previous entry is one", second, []byte("{}")},
	} {
		if tc.e.Follows(tc.previous) == nil {
			t.Error(tc.rule)
		}
	}
}
