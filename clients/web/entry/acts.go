package entry

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// acts are what is typed to do something with a record rather than to make or change one,
// beside the reason that each asks for.
var acts = []*Kind{
	{Name: "reason", new: made[tumenv1.CloseCaseRequest]},
	{Name: "conclusion", new: made[tumenv1.Conclusion], Sections: slices.Concat(
		[]Section{{Fields: []Field{{Path: "outcome", Required: true}, {Path: "confidence"}, {Path: "likelihood"}, {Path: "standard"}, {Path: "rationale", Required: true, Long: true}}}},
		values(1), protectedValues(),
		[]Section{
			{Name: "denials", Rows: 1, Fields: []Field{{Path: "addressed_denials[].origin"}, {Path: "addressed_denials[].rationale", Long: true}}},
			{Name: "independence", Rows: 1, Fields: []Field{{Path: "independence[].a"}, {Path: "independence[].b"}, {Path: "independence[].why", Long: true}}},
			{Name: "otherwise", Fields: []Field{{Path: "tried", Long: true}, {Path: "contrary"}}},
		})},
	{Name: "capture", new: made[tumenv1.Capture], Sections: []Section{
		{Fields: []Field{{Path: "kind", Required: true}, {Path: "original"}, {Path: "captured_on", Date: true}, {Path: "captured_by"}, {Path: "address"}}},
	}},
	{Name: "acceptance", new: made[tumenv1.AcceptSubmissionRequest], Sections: []Section{
		{Fields: []Field{{Path: "into_case"}, {Path: "into_event"}, {Path: "into_source"}, {Path: "answer", Long: true}}},
	}},
	{Name: "answer", new: made[tumenv1.ReturnSubmissionRequest], Sections: []Section{
		{Fields: []Field{{Path: "answer", Required: true, Long: true}}},
	}},
	{Name: "grant", new: made[tumenv1.Grant], Sections: []Section{
		{Fields: []Field{{Path: "grantee", Required: true}, {Path: "level", Required: true}, {Path: "purpose", Required: true}}},
	}},
	{Name: "member", new: made[tumenv1.Member], Sections: []Section{
		{Fields: []Field{{Path: "display_name"}, {Path: "roles"}, {Path: "clearances", Only: clearances}, {Path: "highest_marking"}, {Path: "identity_budget"}}},
	}},
	{Name: "invitation", new: made[tumenv1.Member], Sections: []Section{
		{Fields: []Field{{Path: "handle", Required: true}, {Path: "display_name"}, {Path: "roles", Required: true}, {Path: "clearances", Only: clearances}, {Path: "highest_marking"}, {Path: "identity_budget"}}},
	}},
	{Name: "own_token", new: made[tumenv1.IssueTokenRequest], Sections: []Section{
		{Fields: []Field{{Path: "scope"}}},
	}},
	{Name: "withdrawal", new: made[tumenv1.Withdrawal], Sections: []Section{
		{Fields: []Field{{Path: "purposes"}, {Path: "basis", Required: true}, {Path: "given_on", Date: true}, {Path: "given_by"}, {Path: "explanation", Long: true}}},
	}},
}

// clearances are the classes that somebody may be cleared for.
var clearances = []string{"identity", "source-identity"}

// ActOf is what is typed to do something; nil if there is no such form.
func ActOf(name string) *Kind {
	for _, k := range acts {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Acts are all of them.
func Acts() []*Kind { return slices.Clone(acts) }

// values are the sections for the value that a claim states, or a finding determines.
func values(places int) []Section {
	return []Section{
		{Name: "when", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_TIME}, Fields: times("value.time.")},
		{Name: "where", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_PLACE}, Rows: places, Fields: placesIn("value.places.places[].")},
		{Name: "how_many", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_COUNT}, Fields: counts("value.count.")},
		{Name: "composition", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_COMPOSITION}, Fields: []Field{{Path: "value.composition.group"}, {Path: "value.composition.low_percent"}, {Path: "value.composition.high_percent"}, {Path: "value.composition.words"}, {Path: "value.composition.words_language"}}},
		{Name: "responsibility", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_RESPONSIBILITY}, Fields: []Field{{Path: "value.responsibility.authority"}, {Path: "value.responsibility.attitude"}}},
		{Name: "custody", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_CUSTODY_STATUS}, Fields: []Field{{Path: "value.custody.status", Vocabulary: "custody-statuses"}, {Path: "value.custody.whereabouts"}, {Path: "value.custody.words"}, {Path: "value.custody.words_language"}}},
		{Name: "participation", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_PARTICIPATION}, Fields: []Field{{Path: "value.participation.role"}}},
	}
}

// protectedValues are those for values that tell who somebody is.
func protectedValues() []Section {
	return []Section{
		{Name: "name", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_NAME}, Fields: names("protected_value.name.")},
		{Name: "birth", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_BIRTH}, Fields: births("protected_value.birth.")},
		{Name: "identity", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_IDENTITY}, Fields: []Field{{Path: "protected_value.identity.same_as"}, {Path: "protected_value.identity.words", Long: true}}},
		{Name: "relation", Aspects: []tumenv1.Aspect{tumenv1.Aspect_ASPECT_RELATION}, Fields: relations("protected_value.relation.")},
	}
}

// Without is a kind without the fields of which a test says so, and without sections that
// lose all of theirs.
func (k *Kind) Without(drop func(Field) bool) *Kind {
	of := *k
	of.Sections = nil
	for _, s := range k.Sections {
		s.Fields = slices.DeleteFunc(slices.Clone(s.Fields), drop)
		if len(s.Fields) > 0 {
			of.Sections = append(of.Sections, s)
		}
	}
	return &of
}

// Asks says whether a kind has a field for a path.
func (k *Kind) Asks(path string) bool {
	plain := Plain(path)
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			if strings.ReplaceAll(f.Path, "[]", "") == plain {
				return true
			}
		}
	}
	return false
}

// Changed are the top-level fields in which two records differ, among those that a kind
// asks for.
func (k *Kind) Changed(before, after proto.Message) []string {
	a, b := before.ProtoReflect(), after.ProtoReflect()
	var changed []string
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			top, _, _ := strings.Cut(strings.ReplaceAll(f.Path, "[]", ""), ".")
			fd := a.Descriptor().Fields().ByTextName(top)
			if fd != nil && (a.Has(fd) != b.Has(fd) || !a.Get(fd).Equal(b.Get(fd))) && !slices.Contains(changed, top) {
				changed = append(changed, top)
			}
		}
	}
	slices.Sort(changed)
	return changed
}
