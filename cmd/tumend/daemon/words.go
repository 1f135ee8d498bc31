package daemon

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// word is an enum's value as the command line has it: ROLE_CASE_WORKER is
// case-worker.
func word(value protoreflect.EnumValueDescriptor, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(string(value.Name()), prefix), "_", "-"))
}

// numberOf finds the value of an enum by its word. The error lists the words.
func numberOf(enum protoreflect.EnumDescriptor, prefix, s string) (protoreflect.EnumNumber, error) {
	var words []string
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		if value.Number() == 0 {
			continue
		}
		if w := word(value, prefix); w == s {
			return value.Number(), nil
		} else {
			words = append(words, w)
		}
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
}

func roleOf(s string) (tumenv1.Role, error) {
	n, err := numberOf(tumenv1.Role(0).Descriptor(), "ROLE_", s)
	return tumenv1.Role(n), err
}

func markingOf(s string) (tumenv1.Marking, error) {
	n, err := numberOf(tumenv1.Marking(0).Descriptor(), "MARKING_", s)
	return tumenv1.Marking(n), err
}

func rolesInWords(roles []tumenv1.Role) string {
	var words []string
	for _, role := range roles {
		if value := role.Descriptor().Values().ByNumber(role.Number()); value != nil {
			words = append(words, word(value, "ROLE_"))
		}
	}
	return strings.Join(words, ",")
}
