package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// parse sets a claim from flags that need no server.
func parse(t *testing.T, stdin string, args ...string) (*tumenv1.Claim, []string, error) {
	t.Helper()
	s := newSession(strings.NewReader(stdin), &strings.Builder{}, &strings.Builder{})
	n := nounOf("Claim")
	cmd := &cobra.Command{}
	cmd.SetContext(context.Background())
	s.declareRecord(cmd, n)
	try(t, cmd.ParseFlags(args))
	claim := &tumenv1.Claim{}
	mask, err := s.fill(cmd, n, claim.ProtoReflect())
	return claim, mask, err
}

func TestFlagsOfAClaim(t *testing.T) {
	tests := []struct {
		args string // separated by spaces; _ is one
		want string // in text format; or an error, after "!"
		mask string
	}{
		{"--aspect count --low 501 --words more_than_500", `aspect: ASPECT_COUNT value {count {low: 501 words: "more than 500"}}`, "aspect value"},
		{"--aspect count --about 600", `aspect: ASPECT_COUNT value {count {low: 540 best: 600 high: 660 tolerance_percent: 10}}`, "aspect value"},
		{"--aspect count --about 600 --tolerance 5", `aspect: ASPECT_COUNT value {count {low: 570 best: 600 high: 630 tolerance_percent: 5}}`, "aspect value"},
		{"--aspect count --about 33", `aspect: ASPECT_COUNT value {count {low: 30 best: 33 high: 36 tolerance_percent: 10}}`, "aspect value"},
		{"--aspect count --about 3", `aspect: ASPECT_COUNT value {count {low: 3 best: 3 high: 3 tolerance_percent: 10}}`, "aspect value"},
		{"--aspect count --exactly 80", `aspect: ASPECT_COUNT value {count {low: 80 best: 80 high: 80}}`, "aspect value"},
		{"--aspect count --words hundreds", `aspect: ASPECT_COUNT value {count {words: "hundreds"}}`, "aspect value"},
		{"--aspect count --tolerance 5", `!--tolerance needs --about`, ""},
		{"--aspect count --about many", `!--about: "many" is no whole number`, ""},
		{"--aspect count --low -", `!--low: "-" is no whole number`, ""},
		{"--aspect place --at places/tumen --words there", `aspect: ASPECT_PLACE value {places {places {place: "places/tumen" part: PLACE_PART_AT words: "there"}}}`, "aspect value"},
		{"--aspect place --via places/tumen --via places/hunchun", `aspect: ASPECT_PLACE value {places {places {place: "places/tumen" part: PLACE_PART_VIA} places {place: "places/hunchun" part: PLACE_PART_VIA}}}`, "aspect value"},
		{"--aspect place --words five_crossings", `aspect: ASPECT_PLACE value {places {places {words: "five crossings"}}}`, "aspect value"},
		{"--aspect time --time 2023-10-09 --night", `aspect: ASPECT_TIME value {time {edtf: "2023-10-09" night: true}}`, "aspect value"},
		{"--aspect custody-status --custody-status held --whereabouts not-disclosed", `aspect: ASPECT_CUSTODY_STATUS value {custody {status: "held" whereabouts: WHEREABOUTS_NOT_DISCLOSED}}`, "aspect value"},
		{"--aspect name --says @-", `aspect: ASPECT_NAME protected_value {name {text: "from stdin"}}`, "aspect protected_value"},
		{"--aspect birth --says @-", `aspect: ASPECT_BIRTH protected_value {birth {edtf: "from stdin"}}`, "aspect protected_value"},
		{"--aspect time --low 5", `!--low does not belong to the aspect time`, ""},
		{"--low 5", `!--low needs --aspect`, ""},
		{"--aspect occurrence --words indeed", `!--words does not belong to the aspect occurrence`, ""},
		{"--quote @- --locator p._4 --credibility 2", `quote {text: "from stdin" locator: "p. 4"} credibility: CREDIBILITY_PROBABLY_TRUE`, "quote credibility"},
		{"--credibility 7", `!--credibility: "7" is none of 1, 2, 3, 4, 5, 6`, ""},
		{"--label region=jilin --label a=b=c --external-id un:A:1", `labels {key: "region" value: "jilin"} labels {key: "a" value: "b=c"} external_ids {issuer: "un" id: "A:1"}`, "labels external_ids"},
		{"--label region", `!--label: "region" is not NAME=VALUE`, ""},
		{"--external-id 12", `!--external-id: "12" is not ISSUER:ID`, ""},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			var args []string
			for arg := range strings.FieldsSeq(test.args) {
				args = append(args, strings.ReplaceAll(arg, "_", " "))
			}
			claim, mask, err := parse(t, "from stdin\n", args...)
			if want, wrong := strings.CutPrefix(test.want, "!"); wrong {
				if err == nil || !strings.Contains(err.Error(), want) || exitCode(runError{err}) != exitUsage {
					t.Errorf("got %v, want usage error %s", err, want)
				}
				return
			}
			try(t, err)
			want := &tumenv1.Claim{}
			try(t, prototext.Unmarshal([]byte(test.want), want))
			if !proto.Equal(claim, want) {
				t.Errorf("got  %v\nwant %v", claim, want)
			}
			if got := strings.Join(sortedMask(mask), " "); got != strings.Join(sortedMask(strings.Fields(test.mask)), " ") {
				t.Errorf("mask %s, want %s", got, test.mask)
			}
		})
	}
}

func sortedMask(mask []string) []string { return sorted(mask, func(s string) string { return s }) }

func TestSensitiveTextGivenAsAnArgumentIsNotRepeated(t *testing.T) {
	for _, args := range [][]string{
		{"claim", "add", "x", "--quote", "a secret"},
		{"person", "add", "--names=a secret"},
		{"finding", "propose", "x", "--denial", "S7=a secret"},
		{"finding", "propose", "x", "--denial", "a secret"},
		{"case", "add", "--summary", ""},
		{"case", "add", "--summary", "@"},
	} {
		var out, err strings.Builder
		code := Run(t.Context(), args, strings.NewReader(""), &out, &err)
		if code != exitUsage || strings.Contains(err.String(), "secret") || !strings.Contains(err.String(), "never given as an argument") {
			t.Errorf("%q: exit %d, %s", args, code, err.String())
		}
	}
}

func TestCompareKeys(t *testing.T) {
	order := []string{"", "C-S2", "C-S10", "C-S10-E1", "E1", "E2", "E10", "E010", "a"}
	for i := range order {
		for j := range order {
			got := labels.Compare(order[i], order[j])
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("labels.Compare(%q, %q) = %d", order[i], order[j], got)
			}
		}
	}
}
