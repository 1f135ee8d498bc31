package labels

import (
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Limits are the numbers that the contract states for a field, of the rule that a server
// gives as its reason: "limit" of STRING_MAX_LEN, "low" and "high" of INT64_GTE_LTE. The
// "form" is how its text is written, whatever the reason: "day", "language", "record".
// What the contract does not state is left out.
func Limits(fd protoreflect.FieldDescriptor, reason string) map[string]string {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	kind, rule, _ := strings.Cut(strings.ToLower(reason), "_")
	if items := rules.GetRepeated().GetItems(); items != nil && kind != "repeated" {
		rules = items
	}
	stated := rulesOf(rules, kind)
	limits := map[string]string{}
	put := func(key, rule string) {
		if stated == nil {
			return
		}
		of := stated.Descriptor().Fields().ByName(protoreflect.Name(rule))
		if of != nil && of.Message() == nil && !of.IsList() && of.Kind() != protoreflect.BoolKind && stated.Has(of) {
			limits[key] = stated.Get(of).String()
		}
	}
	if form := formOf(fd, rules); form != "" {
		limits["form"] = form
	}
	switch rule {
	case "min_len", "max_len", "min_items", "max_items", "min_pairs", "max_pairs":
		put("limit", rule)
	default:
		put("low", "gte")
		put("high", "lte")
	}
	return limits
}

// rulesOf are the rules for one kind of value, StringRules say; nil where there are none.
func rulesOf(rules *validate.FieldRules, kind string) protoreflect.Message {
	m := rules.ProtoReflect()
	fd := m.Descriptor().Fields().ByName(protoreflect.Name(kind))
	if fd == nil || fd.Message() == nil || !m.Has(fd) {
		return nil
	}
	return m.Get(fd).Message()
}

// forms are how texts are written that people type, by the contract's patterns.
var forms = map[string]string{
	`^$|[^\s\p{Z}\p{C}]`:                      "blank",
	`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,4}$`: "language",
	`^[A-Z][a-z]{3}$`:                         "script",
	`^[A-Z]{2}$`:                              "country",
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:            "day",
	`^([01][0-9]|2[0-3]):[0-5][0-9]$`:         "clock",
	`^[+-](0[0-9]|1[0-4]):[0-5][0-9]$`:        "offset",
	`^[a-z0-9][a-z0-9-]{0,38}$`:               "handle",
	`^[a-z0-9][a-z0-9.-]{0,62}$`:              "handle",
	`^[a-z0-9][a-z0-9-]{0,62}$`:               "code",
	`^[0-9]{6}$`:                              "digits",
	`^([0-9]{4}|P)-[0-9A-HJKMNP-TV-Z]{5}$`:    "reference",
}

func formOf(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) string {
	if _, refers := Referenced(fd); refers {
		return "record"
	}
	return forms[rules.GetString().GetPattern()]
}
