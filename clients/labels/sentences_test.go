package labels

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

// names are what records are called.
type names map[string]string

func (n names) of(name string) string { return n[name] }

// opaque makes a name out of a letter.
func opaque(kind string, letter byte) string {
	return kind + "/" + strings.Repeat(string(letter), 26)
}

func TestSentencesCallRecordsWhatTheyAreCalled(t *testing.T) {
	a, b, c := opaque("sources", 'a'), opaque("sources", 'b'), opaque("cases", 'x')+"/claims/"+strings.Repeat("c", 26)
	known := names{a: "S10", b: "S2", c: "C1", opaque("organisations", 'o') + "/members/" + strings.Repeat("m", 26): "Kim", "places/hunchun": "Hunchun"}
	for text, want := range map[string]string{
		"supporting: grouped otherwise: " + a + ", " + b:                             "supporting: grouped otherwise: S2, S10",
		"between " + a + " and " + b:                                                 "between S2 and S10",
		c + " is new (denies); so is " + a:                                           "C1 is new (denies); so is S10",
		"via places/hunchun: independent origins 1 to 2":                             "via Hunchun: independent origins 1 to 2",
		"by " + opaque("organisations", 'o') + "/members/" + strings.Repeat("m", 26): "by Kim",
		"no name": "no name",
	} {
		if got := InWords(text, known.of); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhyAFindingIsStaleInShort(t *testing.T) {
	known := names{opaque("sources", 'a'): "S2", opaque("sources", 'b'): "S1", opaque("sources", 'c'): "S10"}
	tests := map[string][]string{
		"": nil,
		"what agrees: 1 that were not approved, 0 gone": {"what agrees: 1 that were not approved, 0 gone"},
		"denying: independent origins 1 to 1, approved at 0 to 0 (+9 more)": {
			"supporting: other claims go back to " + opaque("sources", 'a'), opaque("sources", 'b') + " was deleted",
			"denying: independent origins 1 to 1, approved at 0 to 0", "and 7 more",
		},
		"S1 was deleted (+2 more)": {opaque("sources", 'c') + " was deleted", opaque("sources", 'a') + " was deleted", opaque("sources", 'b') + " was deleted"},
	}
	rapid.Check(t, func(t *rapid.T) {
		for want, reasons := range tests {
			f := &tumenv1.Finding{}
			if len(reasons) > 0 {
				f.StaleReasons = rapid.Permutation(slices.Clone(reasons)).Draw(t, "reasons")
			}
			if got := WhyInShort(f, known.of); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	})
}
