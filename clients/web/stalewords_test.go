package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tumen/clients/web/wording"
)

// samples are sentences that the server's forms give.
var (
	aClaim  = "cases/0123456789abcdefghjkmnpqrs/claims/0123456789abcdefghjkmnpqrs"
	aSource = "sources/0123456789abcdefghjkmnpqrs"
)

func TestWhyAFindingIsStaleIsSaidInTheReadersLanguage(t *testing.T) {
	for reason, want := range map[string][3]string{
		aClaim + " is new (does not confirm)":                                    {"New: ", "새 기록: ", "新增："},
		aClaim + " is retracted":                                                 {": retracted", "철회", "撤回"},
		aClaim + " was changed: revision 3, approved at 2":                       {"revision 3", "3판", "第3版"},
		aClaim + " was changed: stance, value":                                   {"Changed: ", "바뀜: ", "已更改："},
		"credibility of " + aClaim + " is 2, approved at not graded":             {"approved at not graded", "등급 없음", "未评级"},
		"supporting: independent origins 1 to 3, approved at 2 to 4":             {"Supporting: independent origins 1–3", "뒷받침: 독립 출처 1–3", "支持：独立源头 1–3"},
		"not confirming: " + aSource + " is a new origin":                        {"Not confirming: new origin", "확인하지 않음: ", "不予证实："},
		"denying: basis of " + aSource + " is relayed, approved as own contacts": {"own contacts", "부인: ", "否认："},
		"501–: independent origins 1 to 1, approved at 2 to 2":                   {"501–: independent", "501–: 독립", "501–：独立"},
		"and 7 more": {"And 7 more", "7건", "7项"},
	} {
		for i, language := range wording.Languages() {
			s := &shelf{words: wording.In(language)}
			if said := s.staleReason(reason); said.English || !strings.Contains(said.Text, want[i]) {
				t.Errorf("%s: %q is said %+v, want %q in it", language, reason, said, want[i])
			}
		}
	}
	if said := (&shelf{words: wording.In(wording.Korean)}).staleReason("something that only a newer server says"); !said.English {
		t.Errorf("what is not known is said %+v", said)
	}
}

// Every form in which the server says why is one that pages know.
func TestEveryReasonWhyAFindingIsStaleIsKnown(t *testing.T) {
	forms := 0
	for _, file := range []string{"stale.go", "evidence.go"} {
		code, err := os.ReadFile(filepath.Join("../../service/verification", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reasonText.FindAllStringSubmatch(string(code), -1) {
			reason := m[1] + m[2] + m[3]
			if m[2] != "" {
				reason = aClaim + reason
			}
			forms++
			if said := (&shelf{words: wording.In(wording.English)}).staleReason(sample(reason)); said.English {
				t.Errorf("%s: %q is not known", file, reason)
			}
		}
	}
	if forms < 20 {
		t.Errorf("only %d forms were found", forms)
	}
}

// reasonText finds the texts of reasons: of Sprintf, after a name, and alone.
var reasonText = regexp.MustCompile(`Sprintf\("([^"]*(?:%s|%d)[^"]* [^"]*)"|name \+ "( [^"]+)"|append\(reasons, "([^"]+)"\)`)

// sample fills in a form: records where names stand, numbers, and words elsewhere.
func sample(form string) string {
	form = strings.ReplaceAll(form, "%d", "2")
	for _, r := range [][2]string{
		{"%s: basis of %s is %s, approved as %s", "denying: basis of " + aSource + " is relayed, approved as own contacts"},
		{"%s: independent origins %s, approved at %s", "denying: independent origins 1 to 2, approved at 1 to 1"},
		{"%s: 2 that were not approved, 2 gone", "flags: 2 that were not approved, 2 gone"},
		{"%s is new (%s)", aClaim + " is new (asserts)"},
		{"%s is %s", aClaim + " is retracted"},
		{"%s was changed: %s", aClaim + " was changed: stance"},
		{"%s: grouped otherwise: %s", "denying: grouped otherwise: " + aSource},
	} {
		if form == r[0] {
			return r[1]
		}
	}
	if side, found := strings.CutPrefix(form, "%s: "); found {
		form = "denying: " + side
	}
	form = strings.Replace(form, "%s", aSource, 1)
	return strings.ReplaceAll(form, "%s", "1")
}
