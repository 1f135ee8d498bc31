package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tumen/clients/cli"
	tumenv1 "tumen/proto/tumen/v1"
)

// tumen runs the command as the case worker and returns what it printed.
func tumen(t *testing.T, profiles string, args ...string) string {
	t.Helper()
	var out, err strings.Builder
	args = append([]string{"--profile", filepath.Join(profiles, "case-worker.yaml")}, args...)
	if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &err); code != 0 {
		t.Fatalf("tumen %s: exit %d\n%s", strings.Join(args[2:], " "), code, err.String())
	}
	return out.String()
}

func read[T proto.Message](t *testing.T, text string, into T) T {
	t.Helper()
	if err := protojson.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return into
}

// inside is one member of a JSON object.
func inside(t *testing.T, text, member string) string {
	t.Helper()
	var object map[string]json.RawMessage
	try(t, json.Unmarshal([]byte(text), &object))
	return string(object[member])
}

// What a person is shown of a case and of a finding is there as JSON, too.
func TestWhatIsShownIsThereAsJSON(t *testing.T) {
	profiles := startServer(t, "")
	tumen(t, profiles, "apply", "-f", "../../demo/october-2023.yaml")
	for _, c := range []struct {
		show []string
		want map[string]int
	}{
		{[]string{"case", "show", "october-2023"}, map[string]int{"events": 5, "involvements": 0, "claims": 34, "findings": 15, "interventions": 2, "sources": 12, "persons": 0, "ties": 1, "places": 9, "terms": 2, "members": 0}},
		{[]string{"finding", "show", "E1/occurrence"}, map[string]int{"events": 1, "claims": 6, "sources": 6, "ties": 1, "places": 0, "terms": 1}},
		{[]string{"show", "E1/occurrence"}, map[string]int{"events": 1, "claims": 6}},
	} {
		text := tumen(t, profiles, append(c.show, "--json")...)
		for member, want := range c.want {
			var all []json.RawMessage
			try(t, json.Unmarshal([]byte(inside(t, text, member)), &all))
			if len(all) != want {
				t.Errorf("%v: %d %s, want %d", c.show, len(all), member, want)
			}
		}
	}
	shown := tumen(t, profiles, "case", "show", "october-2023", "--json")
	if read(t, inside(t, shown, "case"), &tumenv1.Case{}).GetTitle() == "" {
		t.Errorf("no case in %s", shown)
	}
}

// What a careful reader concludes from the October 2023 sources, through the
// command line and back.
func TestTheOctoberMatterByItsFindings(t *testing.T) {
	profiles := startServer(t, "")
	tumen(t, profiles, "apply", "-f", "../../demo/october-2023.yaml")
	e1 := read(t, tumen(t, profiles, "event", "show", "E1", "--json"), &tumenv1.Event{}).GetName()
	all := read(t, tumen(t, profiles, "finding", "list", "ngo:october-2023", "--subject", "ngo:E1", "--json"), &tumenv1.ListFindingsResponse{})
	findings := map[tumenv1.Aspect]*tumenv1.Support{}
	for _, f := range all.GetFindings() {
		if f.GetSubject() != e1 {
			t.Errorf("%s is about %s", f.GetName(), f.GetSubject())
		}
		findings[f.GetAspect()] = f.GetSupport()
	}
	bounds := func(what string, s *tumenv1.StanceSupport, least, most int32) {
		t.Helper()
		if s.GetAtLeast() != least || s.GetAtMost() != most {
			t.Errorf("%s: %d to %d, want %d to %d", what, s.GetAtLeast(), s.GetAtMost(), least, most)
		}
	}
	value := func(s *tumenv1.Support, label string) *tumenv1.StanceSupport {
		for _, v := range s.GetValues() {
			if v.GetLabel() == label || strings.HasPrefix(label, "via ") && strings.HasSuffix(v.GetLabel(), strings.TrimPrefix(label, "via ")) {
				return v.GetSupport()
			}
		}
		t.Errorf("no value %q", label)
		return nil
	}
	occurrence, count, place := findings[tumenv1.Aspect_ASPECT_OCCURRENCE], findings[tumenv1.Aspect_ASPECT_COUNT], findings[tumenv1.Aspect_ASPECT_PLACE]
	bounds("occurrence", occurrence.GetSupporting(), 2, 4)
	bounds("its denial", occurrence.GetDenying(), 1, 1)
	bounds("its non-confirmation", occurrence.GetNotConfirming(), 1, 1)
	bounds("count, speaking to it", count.GetSupporting(), 2, 5)
	bounds("at least 501", value(count, "at least 501"), 2, 4)
	bounds("at most 600", value(count, "at most 600"), 1, 1)
	bounds("Hunchun", value(place, "via places/hunchun"), 2, 2)
	bounds("Tumen", value(place, "via places/tumen"), 1, 1)
	if a := count.GetAgreement(); len(a) == 0 || a[0].GetLabel() != "540-600" {
		t.Errorf("what agrees: %v", a)
	}
	s3 := read(t, tumen(t, profiles, "source", "show", "S3", "--json"), &tumenv1.Source{}).GetName()
	if f := count.GetFlags(); len(f) != 1 || f[0].GetSource() != s3 || f[0].GetKind() != tumenv1.FlagKind_FLAG_KIND_RELAY_DIFFERS {
		t.Errorf("flags: %v", f)
	}

	// An article that quotes everybody raises nothing and makes nobody a supporter.
	tumen(t, profiles, "claim", "add", "october-2023", "--event", "E1", "--source", "S11", "--aspect", "occurrence", "--stance", "asserts")
	after := read(t, inside(t, tumen(t, profiles, "finding", "show", "E1/occurrence", "--json"), "finding"), &tumenv1.Finding{}).GetSupport()
	bounds("occurrence with S11", after.GetSupporting(), 2, 4)
	bounds("its denial with S11", after.GetDenying(), 1, 1)
}

func TestListsOfManyPagesAreMerged(t *testing.T) {
	profiles := startServer(t, "")
	var matter strings.Builder
	matter.WriteString("{kind: Case, key: c, record: {title: A}}\n")
	for i := range 450 {
		matter.WriteString("---\n{kind: Event, key: e" + strconv.Itoa(i) + ", record: {act: arrest, title: 훈춘}}\n")
	}
	var out, errs strings.Builder
	code := cli.Run(t.Context(), []string{"--profile", filepath.Join(profiles, "case-worker.yaml"), "apply", "-f", "-"}, strings.NewReader(matter.String()), &out, &errs)
	if code != 0 || !strings.Contains(out.String(), "created 451") {
		t.Fatalf("%d %s %s", code, out.String(), errs.String())
	}
	list := read(t, tumen(t, profiles, "event", "list", "c", "--json"), &tumenv1.ListEventsResponse{})
	if len(list.GetMatches()) != 450 || list.GetNextPageToken() != "" {
		t.Errorf("%d events", len(list.GetMatches()))
	}
	seen := map[string]bool{}
	for _, m := range list.GetMatches() {
		seen[m.GetEvent().GetName()] = true
	}
	if len(seen) != 450 {
		t.Errorf("%d different events", len(seen))
	}
	for limit, want := range map[string]int{"0": 450, "1": 1, "200": 200, "201": 201, "1000": 450} {
		rows := strings.Count(tumen(t, profiles, "event", "list", "c", "--limit", limit), "\n") - 1
		if rows != want {
			t.Errorf("--limit %s: %d rows", limit, rows)
		}
	}
	width := 0
	for line := range strings.Lines(tumen(t, profiles, "event", "list")) {
		at := strings.Index(line, "cases/")
		if at < 0 {
			continue
		}
		if w := runewidth.StringWidth(line[:at]); width == 0 {
			width = w
		} else if w != width {
			t.Fatalf("the columns do not stand in line: %s", line)
		}
	}
}
