package verify

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/gazetteer"
)

// fill sets every field of a message, the first of those of which one may be set.
func fill(m protoreflect.Message, depth int) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		if oneof := f.ContainingOneof(); depth == 0 || oneof != nil && !oneof.IsSynthetic() && m.WhichOneof(oneof) != nil {
			continue
		}
		switch {
		case f.IsList() && f.Message() != nil:
			fill(m.Mutable(f).List().AppendMutable().Message(), depth-1)
		case f.Message() != nil:
			fill(m.Mutable(f).Message(), depth-1)
		case f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfString("sources/s"))
		case f.Kind() == protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(1))
		case f.Kind() == protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("sources/s"))
		case f.Kind() == protoreflect.DoubleKind:
			m.Set(f, protoreflect.ValueOfFloat64(1))
		case f.Kind() == protoreflect.Int32Kind:
			m.Set(f, protoreflect.ValueOfInt32(1))
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(1))
		}
	}
}

// TestASupportIsReadAsTheContractHasIt: a member that is not read would be refused
// in an honest bag, and one that is passed over could say anything.
func TestASupportIsReadAsTheContractHasIt(t *testing.T) {
	s := &tumenv1.Support{}
	fill(s.ProtoReflect(), 12)
	if read := stored(t, s); len(read.Values) != 1 || len(read.Supporting.Groups[0].Joints[0].Ties) != 1 || !read.Supporting.Unresolved[0].Counted {
		t.Errorf("%+v", read)
	}
	for _, kinds := range []struct {
		of   proto.Message
		read func([]byte) error
	}{
		{&tumenv1.Value{}, func(raw []byte) error { _, err := readValue(raw); return err }},
		{&tumenv1.ProtectedValue{}, func(raw []byte) error { _, err := readProtectedValue(raw); return err }},
	} {
		fields := kinds.of.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			m := kinds.of.ProtoReflect().New()
			fill(m.Mutable(fields.Get(i)).Message(), 6)
			c := &tumenv1.Claim{}
			name := "value"
			switch v := m.Interface().(type) {
			case *tumenv1.Value:
				c.Value = v
			case *tumenv1.ProtectedValue:
				c.ProtectedValue, name = v, "protected_value"
			}
			if err := kinds.read(encodedFields(c).fields[name]); err != nil {
				t.Errorf("%s: %v", fields.Get(i).FullName(), err)
			}
		}
	}
}

// TestWordsAreThoseOfTheContract: and in its order, which the rules go by. Two flags
// are for readers of the server alone.
func TestWordsAreThoseOfTheContract(t *testing.T) {
	for _, tc := range []struct {
		of    protoreflect.EnumDescriptor
		words []string
		not   string
	}{
		{tumenv1.Aspect(0).Descriptor(), aspectWords, ""},
		{tumenv1.Stance(0).Descriptor(), stanceWords, ""},
		{tumenv1.Basis(0).Descriptor(), basisWords, ""},
		{tumenv1.TieKind(0).Descriptor(), tieWords, ""},
		{tumenv1.Reliability(0).Descriptor(), reliabilityWords, ""},
		{tumenv1.Credibility(0).Descriptor(), credibilityWords, ""},
		{tumenv1.LeftOutReason(0).Descriptor(), reasonWords, "LEFT_OUT_REASON_VALUE_WITHHELD"},
		{tumenv1.FindingState(0).Descriptor(), append([]string{""}, outcomeWords...), "FINDING_STATE_REPORTED FINDING_STATE_UNDER_REVIEW FINDING_STATE_PROPOSED"},
		{tumenv1.FlagKind(0).Descriptor(), flagWords, "FLAG_KIND_OUTSIDE_RECORDED_TIME FLAG_KIND_VALUES_WITHHELD"},
	} {
		want := []string{""}
		for i := range tc.of.Values().Len() {
			if v := tc.of.Values().Get(i); v.Number() != 0 && !strings.Contains(tc.not, string(v.Name())) {
				want = append(want, string(v.Name()))
			}
		}
		if strings.Join(want, " ") != strings.Join(tc.words, " ") {
			t.Errorf("%s has %q, and here %q", tc.of.FullName(), want, tc.words)
		}
	}
}

// TestWhatComesWithTheProgramIsListed: here, and in the document.
func TestWhatComesWithTheProgramIsListed(t *testing.T) {
	document, err := os.ReadFile("../../docs/export-format.md")
	if err != nil {
		t.Fatal(err)
	}
	contained := map[string]string{}
	for line := range strings.Lines(string(document)) {
		outer, inner, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if _, known := builtInPlaces[outer]; !known && outer != "nothing" {
			continue
		}
		for _, name := range strings.Fields(inner) {
			contained[name] = strings.TrimPrefix(outer, "nothing")
		}
	}
	places := gazetteer.Places()
	for _, p := range places {
		name, outer := strings.TrimPrefix(p.GetName(), "places/"), strings.TrimPrefix(p.GetContainedIn(), "places/")
		if here, there := builtInPlaces[name]; !there || here != outer || contained[name] != outer {
			t.Errorf("%s lies in %q; here in %q, and in the document in %q", name, outer, here, contained[name])
		}
	}
	acts := 0
	for _, term := range gazetteer.Terms() {
		if term.GetVocabulary() != tumenv1.Vocabulary_VOCABULARY_ACTS {
			continue
		}
		acts++
		if lasts, there := builtInActs[term.GetCode()]; !there || lasts != term.GetLasting() || !strings.Contains(string(document), "`"+term.GetCode()+"`") {
			t.Errorf("%s is not as it is here, or not in the document", term.GetCode())
		}
	}
	if len(places) != len(builtInPlaces) || acts != len(builtInActs) {
		t.Errorf("%d places and %d acts come with the program; here are %d and %d", len(places), acts, len(builtInPlaces), len(builtInActs))
	}
}
