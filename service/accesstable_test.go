package service_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// setting is how the case of a scene is kept.
type setting struct {
	audience tumenv1.CaseAudience
	assigned bool // those are assigned to it who stand so
	decided  bool // its finding is
}

var settings = map[string]setting{
	"open to all":      {audience: tumenv1.CaseAudience_CASE_AUDIENCE_ALL_WORKERS},
	"for the assigned": {audience: tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED, assigned: true},
	"decided":          {audience: tumenv1.CaseAudience_CASE_AUDIENCE_ASSIGNED, assigned: true, decided: true},
}

// standings are the ways in which a member stands to a case: which case it is, and who
// asks; in which roles, where not in all.
var standings = []struct {
	word, setting, who string
	roles              []string
}{
	{"recorded", "for the assigned", "recorder", nil},
	{"assigned", "for the assigned", "assigned", nil},
	{"opened", "open to all", "ngo", nil},
	{"closed", "for the assigned", "ngo", nil},
	{"limited", "for the assigned", "limited", nil},
	{"decided", "decided", "ngo", []string{"auditor"}},
	{"own decided", "decided", "assigned", []string{"auditor"}},
	{"foreign", "open to all", "other", nil},
	{"headline", "open to all", "headline", []string{"case-worker", "partner"}},
	{"content", "open to all", "content", nil},
	{"identity", "open to all", "identity", []string{"case-worker", "partner"}},
}

// grantLevels are how much is granted to the organisations of that name.
var grantLevels = map[string]tumenv1.GrantLevel{"headline": headline, "content": content, "identity": identities_}

var roleWords = []string{"case-worker", "reviewer", "partner", "auditor", "administrator", "nobody"}

var markingWords = []string{"RED", "AMBER_STRICT", "AMBER", "GREEN", "CLEAR"}

// rule is a line of the page of rules.
type rule struct {
	who, asks, stands, marked []string
	answer                    string
	line                      int
}

// sorted is a pattern of calls, and of what sort they are.
type sorted struct{ calls, sort string }

// rulebook is the page of rules: which calls there are of each sort, and who is answered what.
type rulebook struct {
	sorts []sorted
	rules []rule
}

const rulesPage, goldenTable = "testdata/access/rules.txt", "testdata/access/table.txt"

func readRules(t *testing.T) rulebook {
	t.Helper()
	page, err := os.ReadFile(rulesPage)
	ok(t, err)
	var b rulebook
	for i, line := range strings.Split(string(page), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if sort, patterns, is := strings.Cut(line, "="); is {
			for p := range strings.SplitSeq(patterns, ",") {
				b.sorts = append(b.sorts, sorted{strings.TrimSpace(p), strings.TrimSpace(sort)})
			}
			continue
		}
		left, answer, is := strings.Cut(line, ":")
		columns := strings.Split(left, "|")
		if !is || len(columns) != 4 || !slices.Contains([]string{allowed, denied, hidden}, strings.TrimSpace(answer)) {
			t.Fatalf("%s:%d: not a rule: %s", rulesPage, i+1, line)
		}
		r := rule{answer: strings.TrimSpace(answer), line: i + 1}
		for c, into := range []*[]string{&r.who, &r.asks, &r.stands, &r.marked} {
			for word := range strings.SplitSeq(columns[c], ",") {
				*into = append(*into, strings.TrimSpace(word))
			}
		}
		b.rules = append(b.rules, r)
	}
	return b
}

// sortOf gives the sort of a call: the first that it fits.
func (b rulebook) sortOf(call string) string {
	for _, s := range b.sorts {
		if fits, _ := path.Match(s.calls, call); fits {
			return s.sort
		}
	}
	return ""
}

// answer is what the first rule that fits says.
func (b rulebook) answer(who, sort, stands, marked string) (string, int) {
	has := func(list []string, word string) bool {
		in := slices.ContainsFunc(list, func(pattern string) bool { fits, _ := path.Match(pattern, word); return fits })
		if list[0] == "any but" {
			return !in
		}
		return list[0] == "any" || in
	}
	for _, r := range b.rules {
		if has(r.who, who) && has(r.asks, sort) && has(r.stands, stands) && has(r.marked, marked) {
			return r.answer, r.line
		}
	}
	return "no rule", 0
}

// stage is a server with the scenes of the table and everybody who asks.
type stage struct {
	*world
	members map[string]map[string]*member // by standing and role
	people  map[string]map[string]string  // by organisation: somebody, somebody suspended, somebody's token and draft
	scenes  map[string]*scene
}

func setStage(t *testing.T) *stage {
	w := start(t, nil)
	s := &stage{world: w, members: map[string]map[string]*member{}, scenes: map[string]*scene{}, people: map[string]map[string]string{}}
	for _, org := range []string{"other", "strangers", "headline", "content", "identity"} {
		_, err := w.admin.CreateOrganisation(w.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: org, DisplayName: org}})
		ok(t, err)
	}
	stranger := organisationOf(w.memberOf("strangers", "somebody", partnerRole))
	for _, org := range []string{"ngo", "other"} {
		s.people[org] = somebody(w, org)
	}
	nobody := w.connect("")
	for who, highest := range map[string]tumenv1.Marking{"ngo": 0, "assigned": 0, "limited": tumenv1.Marking_MARKING_AMBER, "other": 0, "headline": 0, "content": 0, "identity": 0} {
		s.members[who] = map[string]*member{}
		org := who
		if who == "assigned" || who == "limited" {
			org = "ngo"
		}
		for _, role := range roleWords[:5] {
			s.members[who][role] = w.enrol(org, &tumenv1.Member{Handle: who + "-" + role, Roles: []tumenv1.Role{tumenv1.Role(tumenv1.Role_value["ROLE_"+strings.ToUpper(strings.ReplaceAll(role, "-", "_"))])}, HighestMarking: highest})
		}
	}
	s.members["ngo"]["nobody"] = nobody
	recorder := w.enrol("ngo", &tumenv1.Member{Handle: "recorder", Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}, Clearances: []tumenv1.Protection{identity, sourceIdentity}})
	s.members["recorder"] = map[string]*member{"case-worker": recorder}
	second := w.member("second", tumenv1.Role_ROLE_REVIEWER)
	assigned := []*member{second}
	for _, who := range []string{"assigned", "limited"} {
		for _, role := range roleWords[:5] {
			assigned = append(assigned, s.members[who][role])
		}
	}
	for i, marking := range markingWords {
		for name, set := range settings {
			var work []*member
			if set.assigned {
				work = assigned
			}
			sc := sceneOf(w, recorder, fmt.Sprintf("%s-%d-%v", marking, set.audience, set.decided), tumenv1.Marking(i+1), set.audience, work)
			sc.names["recorder"], sc.names["owner"], sc.names["stranger"] = recorder.name, organisationOf(recorder), stranger
			sc.shared(recorder, tumenv1.Marking(i+1), s.members)
			if set.decided {
				sc.decide(recorder, s.members["assigned"]["reviewer"], second, tumenv1.Marking(i+1))
			}
			s.scenes[marking+" "+name] = sc
		}
	}
	return s
}

// somebody makes members of an organisation whom others ask about.
func somebody(w *world, org string) map[string]string {
	w.t.Helper()
	first, second := w.memberOf(org, "somebody", tumenv1.Role_ROLE_CASE_WORKER), w.memberOf(org, "suspended", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := tumenv1.NewAccessServiceClient(second.conn).SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: second.name, Reason: "lost it"})
	ok(w.t, err)
	tokens, err := tumenv1.NewAccessServiceClient(first.conn).ListTokens(w.ctx, &tumenv1.ListTokensRequest{})
	ok(w.t, err)
	draft, err := tumenv1.NewDraftServiceClient(first.conn).CreateDraft(w.ctx, &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: "intake"}})
	ok(w.t, err)
	return map[string]string{"draft": draft.GetDraft().GetName(), "organisation": organisationOf(first), "colleague": first.name, "suspended": second.name, "replaced": w.memberOf(org, "replaced", tumenv1.Role_ROLE_CASE_WORKER).name, "token": tokens.GetTokens()[0].GetName()}
}

// cell is one question of the table and its answer.
type cell struct{ who, stands, marked string }

// TestWhoIsAnsweredWhat makes every call of the contract in every role, of records to
// which the caller stands in every way and that are marked in every way, and compares
// the answers with the page of rules, testdata/access/rules.txt, which is written by hand.
func TestWhoIsAnsweredWhat(t *testing.T) {
	book, calls := readRules(t), askings()
	if raceDetector {
		t.Skip("some twenty thousand calls take minutes under the race detector; make test runs it by itself")
	}
	covered := map[string]bool{}
	for name := range calls {
		covered[methodOfAsking(name)] = true
	}
	for _, m := range methods() {
		if name := string(m.Parent().Name()) + "/" + string(m.Name()); !covered[name] {
			t.Errorf("there is no call of %s: give one in accesscalls_test.go, and say in %s who may make it", name, rulesPage)
		}
	}
	s := setStage(t)
	got := map[string]map[cell]string{}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if strings.HasPrefix(name, "undo") {
			continue
		}
		sort := book.sortOf(name)
		if sort == "" {
			t.Errorf("%s does not say what sort of call %s is", rulesPage, name)
			continue
		}
		got[name] = s.answers(name, calls[name])
		for c, answer := range got[name] {
			if want, line := book.answer(c.who, sort, c.stands, c.marked); answer != want {
				t.Errorf("%s | %s | %s | %s: got %s, want %s (%s:%d)", c.who, name, c.stands, c.marked, answer, want, rulesPage, line)
			}
		}
	}
	if table := tabulate(got); *update && !t.Failed() {
		ok(t, os.WriteFile(goldenTable, []byte(table), 0o644))
	} else if want, err := os.ReadFile(goldenTable); err != nil || string(want) != table {
		if !t.Failed() {
			t.Errorf("the table is not %s any more; look at what changed, and write it anew with -update:\n%s", goldenTable, table)
		}
	}
}

// answers makes a call in every way that makes a difference to it. Who shows no
// credential is asked about one case of each marking.
func (s *stage) answers(name string, a asking) map[cell]string {
	got := map[cell]string{}
	if of := s.elsewhere(a.about); of != nil {
		for stands, names := range of {
			for _, role := range roleWords {
				sc := &scene{world: s.world, names: names}
				got[cell{role, stands, "-"}] = sc.answerTo(s.members["ngo"][role], name, a)
			}
		}
		return got
	}
	for _, st := range standings {
		for _, role := range roleWords {
			m := s.members[st.who][role]
			if m == nil || st.roles != nil && !slices.Contains(st.roles, role) || role == "nobody" && st.word != "opened" {
				continue
			}
			for _, marking := range markingWords {
				got[cell{role, st.word, marking}] = s.scenes[marking+" "+st.setting].as(st.word).answerTo(m, name, a)
			}
		}
	}
	return got
}

// elsewhere gives what a call is about that is about no record of a case: nothing, or a
// member of one's own or of another organisation; nil for any other.
func (s *stage) elsewhere(about string) map[string]map[string]string {
	switch about {
	case "":
		return map[string]map[string]string{"-": {}}
	case "colleague", "suspended", "replaced", "token", "draft", "organisation":
		return map[string]map[string]string{"colleague": s.people["ngo"], "foreign": s.people["other"]}
	}
	return nil
}

// tabulate writes the answers so that a person can read them: calls that are answered
// alike stand together; then a line for each role, a column for each way to stand to
// the record, and in it a letter for each marking.
func tabulate(got map[string]map[cell]string) string {
	alike := map[string][]string{}
	for name, answers := range got {
		alike[matrix(answers)] = append(alike[matrix(answers)], name)
	}
	var blocks []string
	for m, names := range alike {
		slices.Sort(names)
		blocks = append(blocks, strings.Join(names, "\n")+"\n"+m)
	}
	slices.Sort(blocks)
	return "# " + strings.Join(markingWords, ", ") + ": A allowed, D denied, h hidden; made by TestWhoIsAnsweredWhat.\n\n" + strings.Join(blocks, "\n")
}

func matrix(answers map[cell]string) string {
	var b strings.Builder
	var stands []string
	for c := range answers {
		if !slices.Contains(stands, c.stands) {
			stands = append(stands, c.stands)
		}
	}
	slices.SortFunc(stands, func(a, b string) int { return place(a) - place(b) })
	fmt.Fprintf(&b, "%16s", "")
	for _, s := range stands {
		fmt.Fprintf(&b, "  %-8s", s)
	}
	for _, role := range roleWords {
		fmt.Fprintf(&b, "\n%16s", role)
		for _, s := range stands {
			letters := ""
			for _, marking := range append([]string{"-"}, markingWords...) {
				switch answers[cell{role, s, marking}] {
				case allowed:
					letters += "A"
				case denied:
					letters += "D"
				case hidden:
					letters += "h"
				case "":
				default:
					letters += "?"
				}
			}
			fmt.Fprintf(&b, "  %-*s", max(8, len(s)), letters)
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func place(stands string) int {
	for i, s := range standings {
		if s.word == stands {
			return i
		}
	}
	return -1
}
