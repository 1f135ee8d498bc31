package wording

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

// Every value of every enum of the contract has a word in every language, and
// no word is left of a value that is gone.
func TestEnumWords(t *testing.T) {
	expected := map[string]bool{"enum.unspecified": true, "enum.unknown": true}
	for _, e := range contractEnums(t) {
		for i := range e.Values().Len() {
			expected[enumID(e.Values().Get(i))] = true
		}
	}
	for _, l := range Languages() {
		found := area(t, l, "enum")
		for _, id := range slices.Sorted(maps.Keys(expected)) {
			if !slices.Contains(found, id) {
				t.Errorf("%s: no word for %s", l, id)
			}
		}
		for _, id := range found {
			if !expected[id] {
				t.Errorf("%s: %s is the word of no value", l, id)
			}
		}
	}
}

// Two values of an enum are never said alike: a reader could not tell them apart.
func TestEnumWordsDiffer(t *testing.T) {
	for _, l := range Languages() {
		for _, e := range contractEnums(t) {
			said := map[string]protoreflect.Name{}
			for i := range e.Values().Len() {
				value := e.Values().Get(i)
				word := In(l).Say(enumID(value))
				if other, twice := said[word]; twice {
					t.Errorf("%s: %s and %s are both %q", l, other, value.Name(), word)
				}
				said[word] = value.Name()
			}
		}
	}
}

func TestEnum(t *testing.T) {
	for _, c := range []struct {
		value   protoreflect.Enum
		en, ko  string
		chinese string
	}{
		{tumenv1.Stance_STANCE_DOES_NOT_CONFIRM, "does not confirm", "확인하지 않음", "未予证实"},
		{tumenv1.FindingState_FINDING_STATE_CORROBORATED, "corroborated", "교차 확인됨", "已获佐证"},
		{tumenv1.Marking_MARKING_AMBER_STRICT, "TLP:AMBER+STRICT", "TLP:AMBER+STRICT", "TLP:AMBER+STRICT"},
		{tumenv1.Urgency_URGENCY_UNSPECIFIED, "not stated", "명시되지 않음", "未说明"},
		{tumenv1.Urgency(77), "value 77, not known to this program", "값 77(이 프로그램이 모르는 값)", "值 77（本程序不识别）"},
	} {
		for l, want := range map[Language]string{English: c.en, Korean: c.ko, Chinese: c.chinese} {
			if got := In(l).Enum(c.value); got != want {
				t.Errorf("%s: %v is %q, want %q", l, c.value, got, want)
			}
		}
	}
}

func contractEnums(t *testing.T) []protoreflect.EnumDescriptor {
	t.Helper()
	var found []protoreflect.EnumDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(f protoreflect.FileDescriptor) bool {
		found = append(found, enumsIn(f)...)
		return true
	})
	if len(found) == 0 {
		t.Fatal("the contract has no enums")
	}
	return found
}

// holder is a file or a message, which may have enums of its own.
type holder interface {
	Enums() protoreflect.EnumDescriptors
	Messages() protoreflect.MessageDescriptors
}

func enumsIn(h holder) []protoreflect.EnumDescriptor {
	var found []protoreflect.EnumDescriptor
	for i := range h.Enums().Len() {
		found = append(found, h.Enums().Get(i))
	}
	for i := range h.Messages().Len() {
		found = append(found, enumsIn(h.Messages().Get(i))...)
	}
	return found
}

// area are the ids of an area of a language's catalogue, sorted.
func area(t *testing.T, l Language, name string) []string {
	t.Helper()
	var ids []string
	for id := range catalogueOf(t, l) {
		if strings.HasPrefix(id, name+".") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
