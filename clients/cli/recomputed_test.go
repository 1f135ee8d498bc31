package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTheSupportOfARealExportIsRecomputed: of every aspect that was decided, dates
// and places among them, as the evidence stood when it was.
func TestTheSupportOfARealExportIsRecomputed(t *testing.T) {
	o := newOffice(t)
	o.write("village.yaml", "names: [{text: A village, language: en}]\nkind: PLACE_KIND_CITY\ncontained_in: places/tumen\n")
	o.as("case-worker", 0, "place", "add", "--record", "@"+o.path("village.yaml"), "--external-id", "ngo:village")
	o.as("case-worker", 0, "claim", "add", "october-2023", "--event", "E1", "--source", "S13", "--aspect", "place", "--stance", "asserts", "--via", "ngo:village")
	o.as("case-worker", 0, "claim", "add", "october-2023", "--event", "E2", "--source", "S1", "--aspect", "time", "--stance", "asserts", "--time", "2021/2023-10")
	o.as("case-worker", 0, "claim", "add", "october-2023", "--event", "E2", "--source", "S4", "--aspect", "time", "--stance", "asserts", "--time", "2021-03~/..")
	o.decide()
	for _, aspect := range []string{"E1/occurrence", "E1/time", "E1/place", "E2/time"} {
		value := map[string][]string{"E1/time": {"--time", "2023-10"}, "E1/place": {"--via", "Yanbian"}, "E2/time": {"--time", "2021/2023"}}[aspect]
		o.as("reviewer", 0, "finding", "open", aspect)
		o.as("reviewer", 0, append([]string{"finding", "propose", aspect, "--outcome", "unverifiable", "--rationale", "@" + o.path("why.txt"), "--tried", "@" + o.path("why.txt")}, value...)...)
		o.as("reviewer-2", 0, "finding", "approve", aspect)
	}
	o.as("reviewer", 0, "export", "--out", o.path("then"), "--case", "ngo:october-2023")
	const all = "support: 5 approvals of findings recomputed from what is shown, and as stored; 0 not fully disclosed"
	if report := o.unwrapped("then", 0); !strings.Contains(report, all) {
		t.Error(report)
	}
	// Later the evidence changes: a denial more, another basis, a tie taken back. The
	// findings are stale, and what they rested on is what it was.
	o.as("case-worker", 0, "claim", "add", "october-2023", "--event", "E1", "--source", "S12", "--aspect", "count", "--stance", "denies")
	o.as("case-worker", 0, "source", "update", "S6", "--basis", "relayed")
	o.as("case-worker", 0, "tie", "add", "--kind", "separated", "--a", "S4", "--b", "S6")
	o.as("reviewer", 0, "export", "--out", o.path("later"), "--case", "ngo:october-2023")
	if report := o.unwrapped("later", 0); !strings.Contains(report, all) {
		t.Error(report)
	}
	var told struct {
		Checks []struct {
			Name  string
			OK    bool
			Count int
		}
	}
	report := o.as("reviewer", 0, "verify", o.path("later"), "--policy", o.path("policy"), "--json")
	try(t, json.Unmarshal([]byte(report), &told))
	if last := told.Checks[len(told.Checks)-1]; last.Name != "support" || !last.OK || last.Count != 5 {
		t.Errorf("%+v", told)
	}
}

// unwrapped is the report on a bag, each line of it in one.
func (o *office) unwrapped(bag string, code int) string {
	o.t.Helper()
	return strings.Join(strings.Fields(o.verified(bag, code)), " ")
}
