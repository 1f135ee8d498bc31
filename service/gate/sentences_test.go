package gate

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// raw finds what is not for people: the texts of the validator, and patterns.
var raw = regexp.MustCompile(`(?i)\bvalue (is|must|does|length)|does not match|list \[|regex|pattern|expression|proto|\bcel\b|[\^$\[\]{}\\|<>]|must be in|\d:\d.*UTC`)

// breaks says whether a violation is of a rule: one of both bounds of a number
// goes by the two.
func breaks(v *protovalidate.Violation, rule string) bool {
	id := v.Proto.GetRuleId()
	if id == rule {
		return true
	}
	kind, name, _ := strings.Cut(rule, ".")
	return strings.HasPrefix(id, kind+".") && slices.Contains(strings.Split(strings.TrimPrefix(id, kind+"."), "_"), name)
}

func TestEveryConstraintOfTheContractIsPutIntoWords(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	all := constraints(t)
	if len(all) < 500 {
		t.Errorf("only %d constraints were found", len(all))
	}
	said := map[string]bool{}
	for _, c := range all {
		found := false
		for _, m := range c.broken {
			var invalid *protovalidate.ValidationError
			if err := validator.Validate(m); err == nil {
				continue
			} else if !errors.As(err, &invalid) {
				t.Errorf("%s: %v", c.where, err)
				continue
			}
			for _, v := range invalid.Violations {
				sentence, worded := sentenceOf(m.ProtoReflect().Descriptor(), v)
				said[sentence] = true
				found = found || breaks(v, c.rule)
				if !worded || raw.MatchString(sentence) || sentence == v.Proto.GetMessage() || strings.Contains(sentence, "secret") || len(sentence) > maxDescription {
					t.Errorf("%s: %s reads as %q", c.where, v.Proto.GetRuleId(), sentence)
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing here breaks it, so how it reads is not known", c.where)
		}
	}
	for _, sentence := range slices.Sorted(maps.Keys(said)) {
		t.Log(sentence)
	}
}

func TestARuleThatNobodyPutIntoWordsStaysPlain(t *testing.T) {
	v := &protovalidate.Violation{Proto: &validate.Violation{RuleId: proto.String("string.email"), Message: proto.String("value must be an email address")}}
	sentence, worded := sentenceOf((&tumenv1.Case{}).ProtoReflect().Descriptor(), v)
	if worded || sentence != "is not what the contract has here (string.email)" {
		t.Errorf("%q, %v", sentence, worded)
	}
	for _, pattern := range []string{"^[A-Z]{3}$", "^(cases/[0-9]+)$", "^(boxes/[0-9a-hjkmnp-tv-z]{26})$", "^(", "^a|(b$"} {
		if got := patternSentence(pattern); got != "" {
			t.Errorf("%s reads as %q", pattern, got)
		}
	}
}

func TestHowABrokenRuleReads(t *testing.T) {
	claim := func(change func(*tumenv1.Claim)) proto.Message {
		c := validCreate().Claim
		change(c)
		return c
	}
	for _, tc := range []struct {
		name    string
		request proto.Message
		want    string
	}{
		{"an enum left out", claim(func(c *tumenv1.Claim) { c.Stance = 0 }), "stance: choose a value other than unspecified: asserts, denies or does-not-confirm"},
		{"an unknown number", claim(func(c *tumenv1.Claim) { c.Stance = 77 }), "stance: is none of the values to choose from: asserts, denies or does-not-confirm"},
		{"a name", claim(func(c *tumenv1.Claim) { c.Source = "S1" }), "source: must be the name of a source: sources/…"},
		{"one of several names", claim(func(c *tumenv1.Claim) { c.Subjects[0] = "E1" }), "subjects[0]: must be the name of an event, an involvement or a person: cases/…/events/…, cases/…/involvements/… or persons/…"},
		{"a name or a wildcard", &tumenv1.ListEventsRequest{Parent: "x"}, "parent: must be the name of a case: cases/… or cases/-"},
		{"any name", &tumenv1.GetRecordRequest{Name: "x"}, "name: must be the name of a record, like cases/…"},
		{"a day", &tumenv1.Case{Title: "A", FollowUpDate: "tomorrow"}, "follow_up_date: must be a day, like 2023-10-09"},
		{"a text too long", claim(func(c *tumenv1.Claim) { c.Notes = strings.Repeat("a", 20001) }), "notes: has more than 20000 characters"},
		{"bounds the wrong way round", claim(func(c *tumenv1.Claim) { c.GetValue().GetCount().High = proto.Int64(1) }), "value.count: low, best and high contradict each other: low is at most best, and best at most high"},
		{"a number out of its range", &tumenv1.ListMembersRequest{PageSize: -1}, "page_size: must be from 0 to 1000"},
		{"a degree out of its range", &tumenv1.Location{Latitude: 91, RadiusM: 1}, "latitude: must be from -90 to 90"},
		{"a duration out of its range", &tumenv1.CreateTokenRequest{Organisation: "a", Member: "b", Lifetime: durationpb.New(0)}, "lifetime: must be above 0 and at most 366 days"},
		{"what must be there", &tumenv1.CreateMemberRequest{Organisation: "a"}, "member: must be given"},
		{"an empty reason", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A"}}, "reason: must not be empty"},
		{"a request id", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A"}, Reason: "r", RequestId: "1"}, "request_id: must be a UUID, like 6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a11"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := fault.Of(ValidateRecord(tc.request, ""))
			if f == nil || len(f.Violations) == 0 || f.Violations[0].Field+": "+f.Violations[0].Description != tc.want {
				t.Errorf("%+v\nwant %s", f, tc.want)
			}
		})
	}
}
