package service

import "testing"

// TestHasWord: part of a longer word is another word, where words have spaces
// between them.
func TestHasWord(t *testing.T) {
	for _, tc := range []struct {
		text, word string
		want       bool
	}{
		{"the family of kim waits", "kim", true},
		{"kim", "kim", true},
		{"kimchi", "kim", false},
		{"joakim", "kim", false},
		{"joakim and kim", "kim", true},
		{"case s9.", "s9", true},
		{"q59s9na", "s9", false},
		{"홍길동이 있었다", "홍길동", true},
		{"王小明被捕", "小明", true},
		{"", "kim", false},
		{"id 4711-b", "4711", true},
		{"id 47112", "4711", false},
	} {
		if got := hasWord(tc.text, tc.word); got != tc.want {
			t.Errorf("%q in %q: %v", tc.word, tc.text, got)
		}
	}
}
