package service

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestATextOfALineIsAsMarshalWritesIt: whatever is in it.
func TestATextOfALineIsAsMarshalWritesIt(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching("[a-z\"\n—한]{0,20}"), rapid.StringMatching(`[ -~]{0,20}`),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	check := func(fail func(string, ...any), text string) {
		want, _ := json.Marshal(text)
		if got := appendText([]byte("before"), text); string(got) != "before"+string(want) {
			fail("%q is written %s and should be %s", text, got, want)
		}
	}
	for _, text := range []string{"", "\u2028", "a\u2029", "<&>", "\\", "\x7f", "\xff", "\x00", "— a\n\"b\""} {
		check(t.Errorf, text)
	}
	rapid.Check(t, func(t *rapid.T) { check(t.Fatalf, texts.Draw(t, "text")) })
}
