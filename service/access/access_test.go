package access

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
)

var (
	ours      = "organisations/00000000000000000000000001"
	theirs    = "organisations/00000000000000000000000002"
	worker    = []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}
	author    = Reader{Member: ours + "/members/00000000000000000000000001", Organisation: ours, Roles: worker}
	colleague = Reader{Member: ours + "/members/00000000000000000000000002", Organisation: ours, Roles: worker}
	outsider  = Reader{Member: theirs + "/members/00000000000000000000000003", Organisation: theirs, Roles: worker}
)

func TestWhoSeesARecord(t *testing.T) {
	evidence := func(r Reader) Reader {
		r.Evidence = func(proto.Message) bool { return true }
		return r
	}
	with := func(r Reader, highest tumenv1.Marking, roles ...tumenv1.Role) Reader {
		r.HighestMarking, r.Roles = highest, roles
		return r
	}
	const (
		unset, red, strict, amber, green, clear = tumenv1.Marking(0), tumenv1.Marking_MARKING_RED,
			tumenv1.Marking_MARKING_AMBER_STRICT, tumenv1.Marking_MARKING_AMBER, tumenv1.Marking_MARKING_GREEN, tumenv1.Marking_MARKING_CLEAR
		caseWorker, auditor = tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_AUDITOR
	)
	owned := func(m tumenv1.Marking) proto.Message { return &tumenv1.Case{Owner: ours, Marking: m} }
	for _, tc := range []struct {
		name      string
		r         Reader
		record    proto.Message
		sees, may bool
	}{
		{"a colleague", colleague, owned(amber), true, true},
		{"an outsider", outsider, owned(clear), false, false},
		{"nobody", Reader{}, owned(clear), false, false},
		{"nobody, of a record without owner", Reader{}, &tumenv1.Case{}, false, false},
		{"a reviewer", with(colleague, unset, tumenv1.Role_ROLE_REVIEWER), owned(amber), true, true},
		{"an auditor, of what has not been decided", with(colleague, unset, auditor), owned(amber), false, false},
		{"an auditor, of evidence", evidence(with(colleague, unset, auditor)), owned(amber), true, true},
		{"an auditor who works here, too", with(colleague, unset, auditor, caseWorker), owned(amber), true, true},
		{"a partner", with(colleague, unset, tumenv1.Role_ROLE_PARTNER), owned(clear), false, false},
		{"an administrator", with(colleague, unset, tumenv1.Role_ROLE_ADMINISTRATOR), owned(clear), false, false},
		{"one role among others", with(colleague, unset, tumenv1.Role_ROLE_ADMINISTRATOR, caseWorker), owned(clear), true, true},
		{"no limit", with(colleague, unset, caseWorker), owned(strict), true, true},
		{"RED, for others", with(colleague, unset, caseWorker, tumenv1.Role_ROLE_REVIEWER, auditor), owned(red), false, false},
		{"at the limit", with(colleague, amber, caseWorker), owned(amber), true, true},
		{"below the limit", with(colleague, amber, caseWorker), owned(green), true, true},
		{"above the limit", with(colleague, amber, caseWorker), owned(strict), false, false},
		{"without a marking it is AMBER+STRICT", with(colleague, amber, caseWorker), owned(unset), false, false},
		{"which one may reach", with(colleague, strict, caseWorker), owned(unset), true, true},
		{"a marking of a later release", colleague, owned(6), false, false},
		{"a marking below all", colleague, owned(-1), false, false},
		{"a limit of a later release", with(colleague, 6, caseWorker), owned(clear), false, false},
		{"deleted", colleague, &tumenv1.Case{Owner: ours, DeleteTime: timestamppb.Now()}, true, true},
		{"a built-in place", outsider, &tumenv1.Place{Name: "places/hunchun"}, true, false},
		{"a built-in place, with the lowest limit", with(outsider, clear, caseWorker), &tumenv1.Place{}, true, false},
		{"a built-in term", outsider, &tumenv1.Term{}, true, false},
		{"an owned place", outsider, &tumenv1.Place{Owner: ours}, false, false},
		{"a person without owner", colleague, &tumenv1.Person{}, false, false},
		{"what is no record", colleague, &tumenv1.Quote{}, false, false},
		{"a request", colleague, &tumenv1.GetCaseRequest{}, false, false},
		{"nothing of a kind", colleague, (*tumenv1.Case)(nil), false, false},
		{"nothing", colleague, nil, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.r.Standing = func(record proto.Message) Standing {
				c, ok := record.(*tumenv1.Case)
				return Standing{InCase: ok, Marking: cmp.Or(c.GetMarking(), strict), Opened: true}
			}
			if got := Visible(tc.r, tc.record); got != tc.sees {
				t.Errorf("sees it: %v", got)
			}
			if got := Editable(tc.r, tc.record); got != tc.may {
				t.Errorf("may change it: %v", got)
			}
		})
	}
}

// TestWhatLiesInACase: how the reader stands to the case decides, whatever the record
// says; and RED stays with those who work on it.
func TestWhatLiesInACase(t *testing.T) {
	const (
		red, strict, amber = tumenv1.Marking_MARKING_RED, tumenv1.Marking_MARKING_AMBER_STRICT, tumenv1.Marking_MARKING_AMBER
		auditor            = tumenv1.Role_ROLE_AUDITOR
	)
	wrote := &tumenv1.Claim{Owner: ours, Marking: amber, Creator: colleague.Member}
	claim := func(m tumenv1.Marking) *tumenv1.Claim {
		return &tumenv1.Claim{Owner: ours, Marking: m, Creator: author.Member}
	}
	in := func(m tumenv1.Marking, opened, assigned bool) Standing {
		return Standing{InCase: true, Marking: m, Opened: opened, Assigned: assigned}
	}
	for _, tc := range []struct {
		name    string
		highest tumenv1.Marking
		roles   []tumenv1.Role
		s       Standing
		record  proto.Message
		sees    bool
	}{
		{"opened to all", 0, worker, in(amber, true, false), claim(amber), true},
		{"to the assigned alone", 0, worker, in(amber, false, false), claim(amber), false},
		{"one of these", 0, worker, in(amber, false, true), claim(amber), true},
		{"to the assigned alone, and a reviewer", 0, []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}, in(amber, false, false), claim(amber), false},
		{"to the assigned alone, and an auditor", 0, []tumenv1.Role{auditor}, in(amber, false, false), claim(amber), true},
		{"a RED case", 0, worker, in(red, true, false), claim(amber), false},
		{"a RED case, and an auditor", 0, []tumenv1.Role{auditor}, in(red, true, false), claim(amber), false},
		{"a RED case, and one of the assigned", 0, worker, in(red, true, true), claim(amber), true},
		{"what is RED in it", 0, worker, in(amber, true, false), claim(red), false},
		{"what is RED in it, and one of the assigned", 0, worker, in(amber, true, true), claim(red), true},
		{"the case is above the limit", amber, worker, in(strict, true, true), claim(amber), false},
		{"the record is above the limit", amber, worker, in(amber, true, true), claim(strict), false},
		{"recorded oneself, in a case of others", 0, worker, in(amber, false, false), wrote, false},
		{"assigned, without a role that reads", 0, []tumenv1.Role{tumenv1.Role_ROLE_ADMINISTRATOR}, in(amber, true, true), claim(amber), false},
		{"a RED source of others", 0, worker, Standing{}, &tumenv1.Source{Owner: ours, Marking: red, Creator: author.Member}, false},
		{"a RED source of one's own", 0, worker, Standing{}, &tumenv1.Source{Owner: ours, Marking: red, Creator: colleague.Member}, true},
		{"a RED source in a case of one's own", 0, worker, Standing{Assigned: true}, &tumenv1.Source{Owner: ours, Marking: red, Creator: author.Member}, true},
	} {
		r := colleague
		r.HighestMarking, r.Roles, r.Standing = tc.highest, tc.roles, func(proto.Message) Standing { return tc.s }
		r.Evidence = func(proto.Message) bool { return true }
		if got := Visible(r, tc.record); got != tc.sees {
			t.Errorf("%s: sees it: %v", tc.name, got)
		}
	}
	lost := colleague // nobody said how they stand to anything
	if Visible(lost, &tumenv1.Source{Owner: ours, Marking: red, Creator: author.Member}) {
		t.Error("without a standing, a RED source is shown")
	}
}

// fill sets fields of a message at random, deep inside too.
func fill(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if depth > 3 || !rapid.Bool().Draw(t, string(f.Name())) {
			continue
		}
		switch {
		case f.IsMap():
			m.Mutable(f).Map().Set(protoreflect.ValueOfString("key").MapKey(), protoreflect.ValueOfString("value"))
		case f.IsList() && f.Message() != nil:
			fill(t, m.Mutable(f).List().AppendMutable().Message(), depth+1)
		case f.IsList():
			m.Mutable(f).List().Append(scalar(f))
		case f.Message() != nil:
			fill(t, m.Mutable(f).Message(), depth+1)
		default:
			m.Set(f, scalar(f))
		}
	}
}

func scalar(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("text of " + string(f.Name()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("bytes"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(7)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(7)
	default:
		return protoreflect.ValueOfInt64(7)
	}
}

func TestRedactionKeepsAndWithholdsByClass(t *testing.T) {
	for _, kind := range records(t) {
		t.Run(string(kind.Descriptor().Name()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				record := kind.New()
				fill(t, record, 0)
				record.Set(kind.Descriptor().Fields().ByName("creator"), protoreflect.ValueOfString(author.Member))
				if proposer := kind.Descriptor().Fields().ByName("proposer"); proposer != nil { // who wrote the value of a finding
					record.Set(kind.Descriptor().Fields().ByName("creator"), protoreflect.ValueOfString(colleague.Member))
					record.Set(proposer, protoreflect.ValueOfString(author.Member))
				}
				record.Set(kind.Descriptor().Fields().ByName("owner"), protoreflect.ValueOfString(ours))
				if rapid.Bool().Draw(t, "later release") {
					record.SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
				}
				if taken := kind.Descriptor().Fields().ByName("submission"); taken != nil && rapid.Bool().Draw(t, "written here") {
					record.Clear(taken)
				}
				drawReleases(t, record)
				basis := rapid.SampledFrom([]Basis{None, Given, Refused}).Draw(t, "basis of others")
				cleared, forgetful, half := colleague, colleague, colleague
				cleared.Clearances, cleared.Purpose = []tumenv1.Protection{tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY}, true
				forgetful.Clearances = cleared.Clearances
				half.Clearances, half.Purpose = cleared.Clearances[:1], true
				before := proto.Clone(record.Interface())
				partner := cleared
				partner.Member, partner.Organisation = outsider.Member, theirs
				level := tumenv1.GrantLevel(rapid.IntRange(0, 3).Draw(t, "level"))
				partner.Standing = func(proto.Message) Standing { return Standing{Granted: level} }
				uncleared := partner
				uncleared.Purpose = false
				for _, r := range []Reader{author, colleague, outsider, {}, cleared, forgetful, half, partner, uncleared} {
					checkRedacted(t, r, record, termsOf(record))
					r.Basis = func(proto.Message) Basis { return basis }
					checkRedacted(t, r, record, basis)
					if !proto.Equal(before, record.Interface()) {
						t.Fatal("the record itself changed")
					}
				}
			})
		})
	}
}

// drawReleases gives a record of a person or source some terms.
func drawReleases(t *rapid.T, record protoreflect.Message) {
	f := record.Descriptor().Fields().ByName("releases")
	if f == nil {
		return
	}
	record.Clear(f)
	for range rapid.IntRange(0, 3).Draw(t, "releases") {
		r := &tumenv1.Release{
			Purpose: tumenv1.ReleasePurpose(rapid.IntRange(1, 6).Draw(t, "purpose")),
			Basis:   tumenv1.ReleaseBasis(rapid.IntRange(1, 6).Draw(t, "basis")),
			GivenBy: "a sister",
		}
		record.Mutable(f).List().Append(protoreflect.ValueOfMessage(r.ProtoReflect()))
	}
}

// termsOf says what a person's or source's own terms are for its being recorded.
func termsOf(record protoreflect.Message) Basis {
	f := record.Descriptor().Fields().ByName("releases")
	if f == nil {
		return None
	}
	given := None
	for i := range record.Get(f).List().Len() {
		r := record.Get(f).List().Get(i).Message().Interface().(*tumenv1.Release)
		switch {
		case r.GetPurpose() != 1:
		case r.GetBasis() > 3:
			return Refused
		default:
			given = Given
		}
	}
	return given
}

// bareTerms is what is left of the terms of who has refused: no texts.
func bareTerms(record protoreflect.Message, f protoreflect.FieldDescriptor, terms Basis) protoreflect.Value {
	if f.Name() != "releases" || terms != Refused {
		return record.Get(f)
	}
	bare := record.NewField(f)
	for i := range record.Get(f).List().Len() {
		r := record.Get(f).List().Get(i).Message().Interface().(*tumenv1.Release)
		bare.List().Append(protoreflect.ValueOfMessage((&tumenv1.Release{Purpose: r.GetPurpose(), Basis: r.GetBasis()}).ProtoReflect()))
	}
	return bare
}

// checkRedacted states the rule once more, field by field, from the options.
func checkRedacted(t *rapid.T, r Reader, record protoreflect.Message, terms Basis) {
	out := Redact(r, record.Interface()).ProtoReflect()
	if len(out.GetUnknown()) > 0 {
		t.Fatal("fields of a later release are shown")
	}
	want := map[tumenv1.Protection]int32{}
	outside, level := r.Organisation != ours, tumenv1.GrantLevel(0)
	if r.Standing != nil {
		level = r.Standing(record.Interface()).Granted
	}
	fields := record.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Name() == "withheld" {
			continue
		}
		class := proto.GetExtension(f.Options(), tumenv1.E_Protection).(tumenv1.Protection)
		kept := class == tumenv1.Protection_PROTECTION_OPEN || class == tumenv1.Protection_PROTECTION_CONTENT
		if class == tumenv1.Protection_PROTECTION_IDENTITY || class == tumenv1.Protection_PROTECTION_SOURCE_IDENTITY {
			taken := fields.ByName("submission")
			wrote, cleared := r.Member == author.Member && (taken == nil || !record.Has(taken)), r.Purpose && slices.Contains(r.Clearances, class)
			kept = (wrote || cleared && (terms == Given || f.Name() == "releases")) && (terms != Refused || f.Name() == "releases")
			kept = kept && (!outside || level == 3)
		}
		value := bareTerms(record, f, terms)
		if outside {
			kept = kept && (class != tumenv1.Protection_PROTECTION_CONTENT || level >= 2 || f.Name() == "headline")
			if names := proto.GetExtension(f.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference); names.GetType() == "tumen/Member" || slices.Contains([]string{"change_reason", "labels", "external_ids", "submission", "results"}, string(f.Name())) {
				class, kept = tumenv1.Protection_PROTECTION_INTERNAL, false
			}
			if proto.GetExtension(f.Options(), tumenv1.E_FreeText).(bool) {
				free := record.Descriptor().Fields().ByName("free_of_identities")
				class, kept = tumenv1.Protection_PROTECTION_IDENTITY, kept && free != nil && record.Get(free).Bool()
			}
			if f.Message() != nil && f.Message().FullName() == "google.protobuf.Timestamp" && slices.Contains(behaviors(f), "OUTPUT_ONLY") && record.Has(f) {
				moment := value.Message().Interface().(*timestamppb.Timestamp).AsTime()
				value = protoreflect.ValueOfMessage(timestamppb.New(time.Date(moment.Year(), moment.Month(), moment.Day(), 0, 0, 0, 0, time.UTC)).ProtoReflect())
			}
		}
		if !kept && record.Has(f) {
			want[class]++
		}
		if out.Has(f) != (kept && record.Has(f)) || kept && !out.Get(f).Equal(value) {
			t.Fatalf("%s (%v) is not as %q may see it", f.FullName(), class, r.Member)
		}
	}
	list := out.Get(fields.ByName("withheld")).List()
	if list.Len() != len(want) {
		t.Fatalf("says %d classes withheld, %d are", list.Len(), len(want))
	}
	for i := range list.Len() {
		w := list.Get(i).Message().Interface().(*tumenv1.Withheld)
		number := want[w.Protection]
		if number == 0 {
			t.Fatalf("says that %v is withheld, and none is", w.Protection)
		}
		if r.Organisation != ours {
			number = 0
		}
		if w.Fields != number {
			t.Fatalf("tells %q of %d fields, should be %d", r.Organisation, w.Fields, number)
		}
	}
}

func TestRedactCopiesOnlyWhatItMust(t *testing.T) {
	claim := &tumenv1.Claim{Name: "n", Owner: ours, Creator: author.Member, Quote: &tumenv1.Quote{Text: "t"}}
	if Redact(colleague, claim) != claim {
		t.Error("nothing to withhold, and yet a copy")
	}
	claim.ProtectedValue = &tumenv1.ProtectedValue{}
	if Redact(author, claim) != claim {
		t.Error("nothing to withhold from the author, and yet a copy")
	}
	shown := Redact(colleague, claim)
	if shown == claim || shown.ProtectedValue != nil || shown.Quote != claim.Quote {
		t.Errorf("shown as %v", shown)
	}
	claim = &tumenv1.Claim{Withheld: []*tumenv1.Withheld{{Fields: 3}}}
	if shown := Redact(colleague, claim); shown.Withheld != nil || claim.Withheld == nil {
		t.Error("what was once withheld is still said to be")
	}
	nobody := &tumenv1.Person{Owner: ours, Names: []*tumenv1.PersonName{{Text: "secret"}}}
	if shown := Redact(Reader{}, nobody); shown.Names != nil {
		t.Error("without an author, nobody is the author")
	}
	if Redact(author, (*tumenv1.Claim)(nil)) != nil || Redact[proto.Message](author, nil) != nil {
		t.Error("nothing became something")
	}
	quote := Redact(author, &tumenv1.Quote{Text: "secret"})
	if quote.Text != "" {
		t.Error("a message without classes is shown")
	}
}

func TestShowsAsRedactDoes(t *testing.T) {
	person := &tumenv1.Person{Creator: author.Member}
	for _, tc := range []struct {
		r     Reader
		field protoreflect.Name
		shown bool
	}{
		{author, "names", true}, {colleague, "names", false}, {colleague, "sex", true}, {author, "nonsense", false}, {author, "", false},
	} {
		if Shows(tc.r, person, tc.field) != tc.shown {
			t.Errorf("%s to %s: %v", tc.field, tc.r.Member, !tc.shown)
		}
	}
	if Shows(author, nil, "name") || Shows(author, (*tumenv1.Person)(nil), "name") {
		t.Error("shows what is not there")
	}
}

func BenchmarkRedactNothing(b *testing.B) {
	claim := &tumenv1.Claim{Name: "n", Owner: ours, Creator: author.Member, Source: "s", Quote: &tumenv1.Quote{Text: "t"}}
	b.ReportAllocs()
	for b.Loop() {
		Redact(colleague, claim)
	}
}

func BenchmarkETag(b *testing.B) {
	claim := &tumenv1.Claim{Name: "n", Owner: ours, Creator: author.Member, Source: "s", Quote: &tumenv1.Quote{Text: "t"}}
	b.ReportAllocs()
	for b.Loop() {
		ETag([]byte("key"), claim)
	}
}

func TestSeesAllOnlyWhoSeesEveryMarking(t *testing.T) {
	for _, c := range []struct {
		name   string
		reader Reader
		want   bool
	}{
		{"without a limit", Reader{Organisation: "organisations/a", Roles: worker}, true},
		{"up to RED", Reader{Organisation: "organisations/a", Roles: worker, HighestMarking: tumenv1.Marking_MARKING_RED}, true},
		{"up to AMBER+STRICT", Reader{Organisation: "organisations/a", Roles: worker, HighestMarking: tumenv1.Marking_MARKING_AMBER_STRICT}, false},
		{"up to an undefined marking", Reader{Organisation: "organisations/a", Roles: worker, HighestMarking: 99}, false},
		{"in a role that reads no record", Reader{Organisation: "organisations/a", Roles: []tumenv1.Role{tumenv1.Role_ROLE_PARTNER}}, false},
		{"nobody", Reader{}, false},
	} {
		if got := SeesAll(c.reader); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
