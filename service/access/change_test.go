package access

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

func TestClearOutputOnly(t *testing.T) {
	claim := func() *tumenv1.Claim {
		return &tumenv1.Claim{
			Name: "cases/1/claims/2", Etag: "e", Owner: theirs, Creator: "somebody", Revision: 9, CreateTime: timestamppb.Now(),
			State: tumenv1.ClaimState_CLAIM_STATE_RETRACTED, Withheld: []*tumenv1.Withheld{{}},
			Speaker: "kept", Quote: &tumenv1.Quote{Text: "kept"}, Labels: map[string]string{"kept": "kept"},
		}
	}
	cleared := func(named bool) *tumenv1.Claim {
		c := &tumenv1.Claim{Speaker: "kept", Quote: &tumenv1.Quote{Text: "kept"}, Labels: map[string]string{"kept": "kept"}}
		if named {
			c.Name, c.Etag = "cases/1/claims/2", "e"
		}
		return c
	}
	for _, tc := range []struct {
		name  string
		m     proto.Message
		names Names
		want  proto.Message
	}{
		{"in a create", &tumenv1.CreateClaimRequest{Parent: "cases/1", Claim: claim()}, DropNames, &tumenv1.CreateClaimRequest{Parent: "cases/1", Claim: cleared(false)}},
		{"in an update", &tumenv1.UpdateClaimRequest{Claim: claim(), UpdateMask: mask("speaker")}, KeepNames, &tumenv1.UpdateClaimRequest{Claim: cleared(true), UpdateMask: mask("speaker")}},
		{"beside the name of another record", &tumenv1.SupersedeClaimRequest{Name: "n", Etag: "e", Replacement: claim()}, DropNames, &tumenv1.SupersedeClaimRequest{Name: "n", Etag: "e", Replacement: cleared(false)}},
		{"three messages down", &tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: &tumenv1.MatterDocument{Key: "k", Record: &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: claim()}}}}}, DropNames,
			&tumenv1.ApplyMatterRequest{Piece: &tumenv1.ApplyMatterRequest_Document{Document: &tumenv1.MatterDocument{Key: "k", Record: &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: cleared(false)}}}}}},
		{"in a list", &tumenv1.ListClaimsResponse{Matches: []*tumenv1.ClaimMatch{{Claim: claim()}, {Claim: claim()}}}, DropNames, &tumenv1.ListClaimsResponse{Matches: []*tumenv1.ClaimMatch{{Claim: cleared(false)}, {Claim: cleared(false)}}}},
		{"where there is none", &tumenv1.GetClaimRequest{Name: "n"}, DropNames, &tumenv1.GetClaimRequest{Name: "n"}},
		{"nothing of a kind", (*tumenv1.Claim)(nil), DropNames, (*tumenv1.Claim)(nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ClearOutputOnly(tc.m, tc.names)
			if !proto.Equal(tc.m, tc.want) {
				t.Errorf("left %v\nwant %v", tc.m, tc.want)
			}
		})
	}
	ClearOutputOnly(nil, DropNames)
}

func TestETagMovesWithWhatIsShownAndNothingElse(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	record := func(change func(*tumenv1.Person)) *tumenv1.Person {
		p := &tumenv1.Person{Name: "persons/1", Owner: ours, Creator: author.Member, Revision: 1, Sex: tumenv1.Sex_SEX_FEMALE, Names: []*tumenv1.PersonName{{Text: "one"}}}
		if change != nil {
			change(p)
		}
		return p
	}
	first := record(nil)
	for _, tc := range []struct {
		name            string
		change          func(*tumenv1.Person)
		author, another bool // whose etag moves
		outside         bool // of who is outside and granted nothing, too
	}{
		{"nothing", nil, false, false, false},
		{"the etag itself", func(p *tumenv1.Person) { p.Etag = "e" }, false, false, false},
		{"a shown field", func(p *tumenv1.Person) { p.Sex = tumenv1.Sex_SEX_MALE }, true, true, false},
		{"a deletion", func(p *tumenv1.Person) { p.DeleteTime = timestamppb.Now() }, true, true, true},
		{"a hidden field", func(p *tumenv1.Person) {
			p.Names[0].Text, p.Revision, p.UpdateTime, p.Updater, p.ChangeReason = "two", 2, timestamppb.Now(), author.Member, "corrected"
		}, true, false, false},
		{"one more hidden field", func(p *tumenv1.Person) { p.LastSeen = "Tumen" }, true, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			second := record(tc.change)
			for _, who := range []struct {
				r     Reader
				moves bool
			}{{author, tc.author}, {colleague, tc.another}, {outsider, tc.outside}} {
				before, after := ETag(key, Redact(who.r, first)), ETag(key, Redact(who.r, second))
				if (before != after) != who.moves || len(before) != 22 || len(after) != 22 {
					t.Errorf("for %s: %s, then %s", who.r.Member, before, after)
				}
			}
		})
	}
	if ETag(key, first) == ETag([]byte("another key"), first) {
		t.Error("the key plays no part")
	}
	if ETag(key, &tumenv1.Case{Name: "n"}) == ETag(key, &tumenv1.Event{Name: "n"}) {
		t.Error("the kind plays no part")
	}
	if got := ETag(key, &tumenv1.Claim{Notes: "\xff"}); got != "" {
		t.Errorf("a record without an encoding has the etag %q", got)
	}
}

func TestApplyMask(t *testing.T) {
	stored := func() *tumenv1.Claim {
		return &tumenv1.Claim{Name: "n", Etag: "e", Revision: 3, Speaker: "old", Notes: "old", Subjects: []string{"a"},
			Quote: &tumenv1.Quote{Text: "old", Locator: "p. 1"},
			Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(1), Words: "old"}}}}
	}
	sent := &tumenv1.Claim{Name: "other", Speaker: "new", Subjects: []string{"b", "c"}, Quote: &tumenv1.Quote{Text: "new"},
		Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(0)}}}}
	for _, tc := range []struct {
		name   string
		mask   *fieldmaskpb.FieldMask
		change func(*tumenv1.Claim)
	}{
		{"a field", mask("speaker"), func(c *tumenv1.Claim) { c.Speaker = "new" }},
		{"two fields, one twice", mask("speaker", "subjects", "speaker"), func(c *tumenv1.Claim) { c.Speaker, c.Subjects = "new", []string{"b", "c"} }},
		{"a field that is not sent is cleared", mask("notes"), func(c *tumenv1.Claim) { c.Notes = "" }},
		{"a message as a whole", mask("quote"), func(c *tumenv1.Claim) { c.Quote = &tumenv1.Quote{Text: "new"} }},
		{"a field inside", mask("quote.text"), func(c *tumenv1.Claim) { c.Quote.Text = "new" }},
		{"a field inside that is not sent", mask("quote.locator"), func(c *tumenv1.Claim) { c.Quote.Locator = "" }},
		{"a zero that is set", mask("value.count.low"), func(c *tumenv1.Claim) { c.GetValue().GetCount().Low = proto.Int64(0) }},
		{"a whole and its part", mask("quote", "quote.text"), func(c *tumenv1.Claim) { c.Quote = &tumenv1.Quote{Text: "new"} }},
		{"another of a oneof, not sent", mask("value.time"), nil},
		{"inside what neither has", mask("examination.method"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dst, want := stored(), stored()
			if tc.change != nil {
				tc.change(want)
			}
			if err := ApplyMask(dst, sent, tc.mask); err != nil || !proto.Equal(dst, want) {
				t.Errorf("%v, %v\nwant %v", dst, err, want)
			}
		})
	}
	dst := stored()
	if err := ApplyMask(dst, sent, mask("quote", "subjects")); err != nil {
		t.Fatal(err)
	}
	dst.Quote.Text, dst.Subjects[0] = "changed later", "changed later"
	if sent.Quote.Text != "new" || sent.Subjects[0] != "b" {
		t.Error("the record shares something with the request")
	}
	if err := ApplyMask(dst, &tumenv1.Case{}, mask("speaker")); fault.Of(err).Kind != fault.Internal {
		t.Errorf("another kind: %v", err)
	}
}

func TestFaultyMasksAreRefusedAndChangeNothing(t *testing.T) {
	for _, tc := range []struct {
		name    string
		mask    *fieldmaskpb.FieldMask
		reasons []string
	}{
		{"no mask", nil, []string{"MASK_EMPTY"}},
		{"no paths", mask(), []string{"MASK_EMPTY"}},
		{"everything", mask("*"), []string{"MASK_WILDCARD"}},
		{"an unknown field", mask("speeker"), []string{"MASK_UNKNOWN_PATH"}},
		{"a JSON name", mask("saidOn"), []string{"MASK_UNKNOWN_PATH"}},
		{"an empty path", mask(""), []string{"MASK_UNKNOWN_PATH"}},
		{"an unknown field inside", mask("quote.txt"), []string{"MASK_UNKNOWN_PATH"}},
		{"nothing inside", mask("quote."), []string{"MASK_UNKNOWN_PATH"}},
		{"inside a text", mask("speaker.text"), []string{"MASK_UNKNOWN_PATH"}},
		{"inside a list", mask("quote.translations.text"), []string{"MASK_INSIDE_LIST"}},
		{"inside a map", mask("labels.a"), []string{"MASK_INSIDE_LIST"}},
		{"inside a time of the server's", mask("create_time.seconds"), []string{"MASK_OUTPUT_ONLY"}},
		{"the name", mask("name"), []string{"MASK_OUTPUT_ONLY"}},
		{"the etag", mask("etag"), []string{"MASK_OUTPUT_ONLY"}},
		{"the state", mask("state"), []string{"MASK_OUTPUT_ONLY"}},
		{"all that is wrong at once", mask("speaker", "nonsense", "owner", "*"), []string{"MASK_UNKNOWN_PATH", "MASK_OUTPUT_ONLY", "MASK_WILDCARD"}},
		{"a long one", mask(strings.Repeat("두", 1000)), []string{"MASK_UNKNOWN_PATH"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dst := &tumenv1.Claim{Speaker: "old"}
			f := fault.Of(ApplyMask(dst, &tumenv1.Claim{Speaker: "new"}, tc.mask))
			if f == nil || f.Kind != fault.Invalid {
				t.Fatalf("answer: %v", f)
			}
			var reasons []string
			for _, v := range f.Violations {
				reasons = append(reasons, v.Reason)
				if v.Field != "update_mask" || len(v.Description) > 300 {
					t.Errorf("%+v", v)
				}
			}
			if !slices.Equal(reasons, tc.reasons) {
				t.Errorf("reasons %q", reasons)
			}
			if dst.Speaker != "old" {
				t.Error("changed all the same")
			}
		})
	}
	if f := fault.Of(CheckMask(&tumenv1.Term{}, mask("code"))); f == nil || f.Reason != "MASK_IMMUTABLE" {
		t.Errorf("an immutable field: %v", f)
	}
	if CheckMask(nil, mask("code")) == nil {
		t.Error("nothing can be changed")
	}
}

func TestNobodyOverwritesWhatTheyCanNotSee(t *testing.T) {
	person := &tumenv1.Person{Owner: ours, Creator: author.Member}
	for _, tc := range []struct {
		name  string
		r     Reader
		paths []string
		want  fault.Kind
		may   bool
	}{
		{"the author", author, []string{"names", "sex"}, 0, true},
		{"a colleague, what is shown", colleague, []string{"sex"}, 0, true},
		{"a colleague, what is hidden and empty", colleague, []string{"sex", "names"}, fault.Denied, false},
		{"a colleague, inside what is hidden", colleague, []string{"birth.edtf"}, fault.Denied, false},
		{"what does not exist", author, []string{"nonsense"}, fault.Invalid, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := fault.Of(MayChange(tc.r, person, mask(tc.paths...)))
			if tc.may != (f == nil) || f != nil && f.Kind != tc.want {
				t.Errorf("answer: %v", f)
			}
		})
	}
}
