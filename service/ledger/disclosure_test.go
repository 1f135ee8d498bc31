package ledger

import (
	"strings"
	"testing"
	"time"
)

func TestWhatIsNoDisclosureIsRefused(t *testing.T) {
	for _, tc := range []struct{ rule, name, value string }{
		{"a field has a name", "", "1"},
		{"a name is not long", strings.Repeat("n", 65), "1"},
		{"a name needs no escape", `a"b`, "1"},
		{"a name is ASCII", "ñ", "1"},
		{"_sd is the payload's", "_sd", "1"},
		{"_sd_alg is the payload's", "_sd_alg", "1"},
		{"... is no name", "...", "1"},
		{"a field has a value", "name", ""},
		{"no digests inside of a value", "labels", `{"_sd":["x"]}`},
		{"no digests deeper inside", "labels", `{"a":[{"b":1,"_sd":[]}]}`},
		{"no digests of array elements", "labels", `[{"...":"x"}]`},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			f := Field{Name: tc.name, Value: []byte(tc.value)}
			if got, err := AppendDisclosure([]byte("before"), f); err == nil || string(got) != "before" {
				t.Errorf("gives %q, %v", got, err)
			}
			if _, err := Digest(f); err == nil {
				t.Error("has a digest")
			}
			var p Payload
			if err := p.Add(f); err == nil || len(p.digests) != 0 {
				t.Error("is taken up")
			}
		})
	}
}

func TestWhatOnlyLooksReservedIsDisclosed(t *testing.T) {
	for _, value := range []string{`"..."`, `["...","_sd"]`, `{"a":"_sd"}`, `{"a":"\"_sd\":"}`, `{"a":"{\"_sd\":1"}`, `{"x_sd":1}`, `{"a\"...":1}`} {
		if _, err := AppendDisclosure(nil, Field{Name: "value", Value: []byte(value)}); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestFieldsOfEntries(t *testing.T) {
	f, err := TimeField(Salt{}, time.Date(2023, 10, 10, 7, 0, 0, 120_000_000, time.FixedZone("", 9*3600)))
	if err != nil || f.Name != "time" || string(f.Value) != `"2023-10-09T22:00:00.12Z"` {
		t.Errorf("the time is %s %s, %v", f.Name, f.Value, err)
	}
	if _, err := TimeField(Salt{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("the year 10000 has a form")
	}
	if _, err := TimeField(Salt{}, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("the year 0 has a form")
	}
	for _, member := range []string{"", `a"b`, `a\b`, "a b", "ñ", strings.Repeat("m", 513)} {
		if _, err := MemberField(Salt{}, member); err == nil {
			t.Errorf("%q is a member", member)
		}
	}
	for _, statement := range []string{"", "{", `{"a":1}{}`} {
		if _, err := SubjectField(Salt{}, []byte(statement)); err == nil {
			t.Errorf("%q is a statement", statement)
		}
	}
}
