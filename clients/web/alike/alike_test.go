package alike_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tumen/clients/web/alike"
	"tumen/service/edtf"
)

func TestTitlesThatDifferInSignsAreTheSame(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"Statement of 11 October", "STATEMENT  of 11 October.", true},
		{"“A return”", "A return", true},
		{"ＫＢＳ World 24", "KBS World 24", true},
		{"Straße", "STRASSE", true},
		{"강제 북송", "강제북송", true},
		{"가", "\u1100\u1161", true}, // composed and not
		{"关于遣返的报告（二）", "关于遣返的报告(二)", true},
		{"Statement of 11 October", "Statement of 12 October", false},
		{"북송", "북한", false},
	} {
		if same := alike.Title(tc.a) == alike.Title(tc.b); same != tc.same {
			t.Errorf("%q and %q: %v, want %v", tc.a, tc.b, same, tc.same)
		}
	}
	if got := alike.Title(" — … "); got != "" {
		t.Errorf("signs alone become %q", got)
	}
}

func TestAddressesOfOnePageAreTheSame(t *testing.T) {
	const page = "https://example.org/news/1"
	for address, same := range map[string]bool{
		"http://www.example.org/news/1/":                   true,
		" https://EXAMPLE.org:443/news/1#top ":             true,
		"https://example.org/news/1?utm_source=x&fbclid=y": true,
		"https://example.org./news/1":                      true,
		"https://example.org/news/1?page=2":                false,
		"https://example.org/News/1":                       false, // paths may differ in case
		"https://example.org:8080/news/1":                  false,
		"https://other.org/news/1":                         false,
		"example.org/news/1":                               false, // no address
		"javascript:alert(1)":                              false,
		"https://example.org/news/1%2f":                    false,
		"https://example.org@other.org/news/1":             false,
	} {
		if got := alike.Address(address) == alike.Address(page); got != same {
			t.Errorf("%q: %v, want %v", address, got, same)
		}
	}
	if alike.Address("https://e.org/?b=2&a=1") != alike.Address("https://e.org?a=1&b=2") {
		t.Error("the order of parameters makes a difference")
	}
	for _, none := range []string{"", "mailto:a@b", "https://", "ftp://e.org/a", "https://[", "%"} {
		if got := alike.Address(none); got != "" {
			t.Errorf("%q became %q", none, got)
		}
	}
}

func TestDaysInCommon(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"2023-10-09", "2023-10", true},
		{"2023-10-09", "2023-10-10", false},
		{"2020~/2023-10", "2023-10-09", true},
		{"2023-10-09", "", false},
		{"in autumn", "2023", false},
	} {
		if got := alike.Overlap(tc.a, tc.b); got != tc.want || alike.Overlap(tc.b, tc.a) != got {
			t.Errorf("%q and %q: %v, want %v both ways", tc.a, tc.b, got, tc.want)
		}
	}
	for date, want := range map[string]string{"2023-10-09": "2023-10-09/2023-10-09", "2023-10": "2023-10-01/2023-10-31", "": "", "2023/..": "", "autumn": ""} {
		if got := alike.Period(date); got != want {
			t.Errorf("%q is in %q, want %q", date, got, want)
		}
	}
}

// TestWhatIsNormalStays: comparing is an equivalence only if nothing changes at a second time.
func TestWhatIsNormalStays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		title := rapid.String().Draw(r, "title")
		if once := alike.Title(title); alike.Title(once) != once {
			r.Errorf("%q became %q and then %q", title, once, alike.Title(once))
		}
		path := rapid.StringMatching(`(/[a-z0-9]{0,3}){0,3}`).Draw(r, "path")
		query := rapid.StringMatching(`([a-z]=[0-9]&){0,3}`).Draw(r, "query")
		address := "https://www.example.org" + path + "?" + query
		if once := alike.Address(address); alike.Address("http://"+once) != once {
			r.Errorf("%q became %q and then %q", address, once, alike.Address("http://"+once))
		}
	})
}

func FuzzAlike(f *testing.F) {
	f.Add("https://www.example.org/a/?utm_source=b#c", "2023-10~/..")
	f.Add("Title: “x”", "2023-W40")
	f.Fuzz(func(t *testing.T, text, date string) {
		if a := alike.Address(text); strings.Contains(a, "#") {
			t.Errorf("%q keeps its fragment: %q", text, a)
		}
		alike.Title(text)
		if p := alike.Period(date); p != "" {
			if _, err := edtf.Parse(p); err != nil {
				t.Errorf("%q is in %q, which is no period: %v", date, p, err)
			}
		}
		alike.Overlap(date, "2023")
	})
}
