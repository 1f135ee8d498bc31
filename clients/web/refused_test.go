package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/client"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// english are four words of Latin letters and more in a row: a sentence, no code and no name.
var english = regexp.MustCompile(`[A-Za-z]+( [A-Za-z’']+){3,}`)

// refused are the texts of a page that say what is wrong. What is marked as English and
// folded away is no part of them.
func (b *browser) refused() string {
	b.t.Helper()
	root, err := html.Parse(strings.NewReader(b.page))
	ok(b.t, err)
	var said strings.Builder
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, in bool) {
		if n.DataAtom == atom.Details {
			return
		}
		in = in || n.DataAtom == atom.Main || attr(n, "id") == "faults" || strings.Contains(attr(n, "class"), "fault")
		if in && n.Type == html.TextNode {
			said.WriteString(n.Data + "\n")
		}
		for child := range n.ChildNodes() {
			walk(child, in)
		}
	}
	walk(root, false)
	return said.String()
}

// sees has a member see no higher marking.
func (p *place) sees(member string, highest tumenv1.Marking) {
	p.t.Helper()
	self, err := p.as(member).Access.GetSelf(p.t.Context(), &tumenv1.GetSelfRequest{})
	ok(p.t, err)
	m := self.GetMember()
	m.HighestMarking = highest
	_, err = p.as("administrator").Access.UpdateMember(p.t.Context(), &tumenv1.UpdateMemberRequest{Member: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"highest_marking"}}, Reason: "x"})
	ok(p.t, err)
}

func TestARefusedFormSpeaksTheReadersLanguage(t *testing.T) {
	p := start(t)
	name := p.matter("밤의 버스", "위원회")
	p.sees("case-worker", tumenv1.Marking_MARKING_AMBER_STRICT)
	long := strings.Repeat("ㄱ", 301)
	for language, want := range map[string]struct{ long, date, day, marking, reference, code string }{
		"ko":      {"300자까지 쓸 수 있습니다", "‘13’부터 날짜로 읽을 수 없습니다", "달력에 있는 정확한 날짜", "볼 수 있는 최고 등급보다 높은", "목록에서 고르거나", "KP처럼"},
		"zh-Hans": {"最多可写300个字符", "从“13”起无法识别为日期", "日历上的确切日期", "高于您可查看的最高级别", "请从列表选择", "如KP"},
	} {
		t.Run(language, func(t *testing.T) {
			b := p.signedIn("case-worker", language)
			for path, typed := range map[string]map[string]string{
				"/new/case":                     {"f.title": long, "f.follow_up_date": "2023-10-09"},
				"/new/event?case=" + name:       {"f.act": "refoulement", "f.time.edtf": "2023-13"},
				"/new/case?day":                 {"f.title": "x", "f.follow_up_date": "2023-02-30"},
				"/new/case?marking":             {"f.title": "x", "f.marking": "red"},
				"/new/claim?case=" + name:       {"f.aspect": "occurrence", "f.stance": "asserts", "f.subjects": "nowhere", "f.source": "nobody"},
				"/new/person":                   {"f.nationalities": "korea"},
				"/new/event?case=" + name + "&": {"f.act": "no-such-act"},
			} {
				typed["do"], typed["reason"] = "save", "x"
				b.get(path)
				status(t, b.post(path, b.form(typed)), http.StatusUnprocessableEntity)
				if found := english.FindString(b.refused()); found != "" {
					t.Errorf("%s: says %q", path, found)
				}
				switch {
				case typed["f.title"] == long:
					b.shows(want.long)
				case typed["f.time.edtf"] != "":
					b.shows(want.date)
				case typed["f.follow_up_date"] != "":
					b.shows(want.day)
				case typed["f.marking"] != "":
					b.shows(want.marking)
				case typed["f.subjects"] != "":
					b.shows(want.reference)
				case typed["f.nationalities"] != "":
					b.shows(want.code)
				}
			}
			t.Run("the etag has changed", func(t *testing.T) {
				b.get("/edit/" + name)
				late := b.form(map[string]string{"do": "save", "f.title": "낡음 " + language, "reason": "x"})
				other := p.signedIn("case-worker", language)
				other.get("/edit/" + name)
				status(t, other.post("/edit/"+name, other.form(map[string]string{"do": "save", "f.title": "새것 " + language, "reason": "x"})), http.StatusSeeOther)
				status(t, b.post("/edit/"+name, late), http.StatusConflict)
				if found := english.FindString(b.refused()); found != "" {
					t.Errorf("says %q", found)
				}
			})
			t.Run("a page that is refused", func(t *testing.T) {
				status(t, b.get("/cases?within=tomorrow"), http.StatusUnprocessableEntity)
				if found := english.FindString(b.refused()); found != "" {
					t.Errorf("says %q", found)
				}
				b.shows(wording.In(wording.Language(language)).Say("work.within")+": ", `<details><summary>`)
			})
		})
	}
}

// What a guard misses is told at once, and for each of it there is a sentence.
func TestGuardsRefuseInTheReadersLanguage(t *testing.T) {
	p := start(t)
	name := p.matter("Busses at night", "The committee")
	ctx := t.Context()
	conn := p.as("reviewer")
	findings, err := conn.Verification.ListFindings(ctx, &tumenv1.ListFindingsRequest{Parent: name})
	ok(t, err)
	finding := findings.GetFindings()[0]
	opened, err := conn.Verification.OpenFinding(ctx, &tumenv1.OpenFindingRequest{Name: finding.GetName(), Etag: finding.GetEtag(), Reason: "x"})
	ok(t, err)
	propose := func(outcome tumenv1.FindingState, rationale string) (*tumenv1.ProposeFindingResponse, error) {
		return conn.Verification.ProposeFinding(ctx, &tumenv1.ProposeFindingRequest{Name: finding.GetName(), Etag: opened.GetFinding().GetEtag(), Reason: "x", Conclusion: &tumenv1.Conclusion{Outcome: outcome, Rationale: rationale, Confidence: tumenv1.Confidence_CONFIDENCE_LOW}})
	}
	_, thin := propose(tumenv1.FindingState_FINDING_STATE_CORROBORATED, "both say so")
	proposed, err := propose(tumenv1.FindingState_FINDING_STATE_DISPUTED, "one says so, one denies it")
	ok(t, err)
	_, own := conn.Verification.ApproveFinding(ctx, &tumenv1.ApproveFindingRequest{Name: finding.GetName(), Etag: proposed.GetFinding().GetEtag(), Reason: "x"})
	for reason, err := range map[string]error{"ORIGINS_TOO_FEW": thin, "DENIAL_NOT_ADDRESSED": thin, "APPROVER_PROPOSED": own} {
		e := client.AsError(err)
		if e == nil || !strings.Contains(","+e.Metadata["missing"]+",", ","+reason+",") {
			t.Fatalf("%s: %v", reason, err)
		}
		for _, l := range wording.Languages() {
			for _, missing := range strings.Split(e.Metadata["missing"], ",") {
				if said, ok := wording.In(l).Refusal(missing, e.Metadata); !ok || l != wording.English && english.MatchString(said) {
					t.Errorf("%s: %s is %q", l, missing, said)
				}
			}
		}
	}
}
