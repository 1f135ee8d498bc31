package gate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The contract's rules are for programs: bounds, patterns, numbers of enum
// values. What a case worker reads about a broken one is put into words here,
// and nowhere else. It follows the path of the field, and shows no content.

// ownRules are the contract's own rules, by their ids.
var ownRules = map[string]string{
	"count.order":       "low, best and high contradict each other: low is at most best, and best at most high",
	"composition.order": "low_percent is above high_percent",
}

// sentenceOf says what is wrong with a field of a message. Of a rule that nobody
// has put into words yet, worded is false and the sentence a general one.
func sentenceOf(message protoreflect.MessageDescriptor, v *protovalidate.Violation) (sentence string, worded bool) {
	id := v.Proto.GetRuleId()
	if sentence, ok := ownRules[id]; ok {
		return sentence, true
	}
	kind, rule, _ := strings.Cut(id, ".")
	field := fieldAt(message, v.Proto.GetField())
	rules := rulesAround(field, v.Proto.GetRule())
	switch kind {
	case "required":
		if field == nil { // a oneof
			return "must be given, in one of its forms", true
		}
		return "must be given", true
	case "string", "bytes":
		sentence = textSentence(rule, rules)
		if sent, ok := v.FieldValue.Interface().(string); ok && rule == "pattern" && strings.HasPrefix(sentence, "must be the name of") {
			if kind := mistaken(sent, sentence); kind != "" {
				sentence = "names " + kind + ", but " + sentence
			}
		}
	case "enum":
		sentence = choiceSentence(rule, field, rules)
	case "repeated", "map":
		sentence = numberSentence(rule, rules)
	case "int32", "int64", "double", "duration":
		sentence = rangeSentence(rules)
	}
	if sentence == "" {
		return "is not what the contract has here (" + id + ")", false
	}
	return sentence, true
}

// fieldAt is the field that a path leads to; nil where it leads to none. (The
// validator gives it for plain fields only, not for what lists and maps hold.)
func fieldAt(message protoreflect.MessageDescriptor, path *validate.FieldPath) (field protoreflect.FieldDescriptor) {
	for _, step := range path.GetElements() {
		if message == nil {
			return nil
		}
		field = message.Fields().ByName(protoreflect.Name(step.GetFieldName()))
		switch {
		case field == nil:
			return nil
		case field.IsMap():
			message = field.MapValue().Message()
		default:
			message = field.Message()
		}
	}
	return field
}

// rulesAround is the message of rules that the broken one stands in, like the
// StringRules of a list's items; nil where there is none.
func rulesAround(field protoreflect.FieldDescriptor, path *validate.FieldPath) protoreflect.Message {
	if field == nil {
		return nil
	}
	stated, ok := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if !ok || stated == nil {
		return nil
	}
	rules := stated.ProtoReflect()
	steps := path.GetElements()
	for _, step := range steps[:max(len(steps)-1, 0)] {
		fd := rules.Descriptor().Fields().ByName(protoreflect.Name(step.GetFieldName()))
		if fd == nil || fd.Message() == nil || fd.IsList() {
			return nil
		}
		rules = rules.Get(fd).Message()
	}
	return rules
}

// limit gives a number that a rule states.
func limit(rules protoreflect.Message, rule string) (protoreflect.Value, protoreflect.FieldDescriptor) {
	if rules == nil {
		return protoreflect.Value{}, nil
	}
	fd := rules.Descriptor().Fields().ByName(protoreflect.Name(rule))
	if fd == nil || !rules.Has(fd) {
		return protoreflect.Value{}, nil
	}
	return rules.Get(fd), fd
}

func textSentence(rule string, rules protoreflect.Message) string {
	stated, fd := limit(rules, rule)
	switch rule {
	case "min_len":
		if fd != nil && stated.Uint() > 1 {
			return fmt.Sprintf("must have at least %d characters", stated.Uint())
		}
		return "must not be empty"
	case "max_len":
		if fd == nil {
			return ""
		}
		unit := "characters"
		if rules.Descriptor().Name() == "BytesRules" {
			unit = "bytes"
		}
		return fmt.Sprintf("has more than %d %s", stated.Uint(), unit)
	case "pattern":
		if fd == nil {
			return ""
		}
		return patternSentence(stated.String())
	case "uuid", "uuid_empty":
		return "must be a UUID, like 6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a11"
	}
	return ""
}

func numberSentence(rule string, rules protoreflect.Message) string {
	stated, fd := limit(rules, rule)
	switch {
	case fd == nil:
	case rule == "unique":
		return "has the same entry twice"
	case rule == "min_items", rule == "min_pairs":
		return "must have at least " + entries(stated.Uint())
	case rule == "max_items", rule == "max_pairs":
		return "has more than " + entries(stated.Uint())
	}
	return ""
}

func entries(n uint64) string {
	if n == 1 {
		return "one entry"
	}
	return strconv.FormatUint(n, 10) + " entries"
}

// rangeSentence speaks of both bounds, whichever was broken.
func rangeSentence(rules protoreflect.Message) string {
	bound := func(rule string) string {
		stated, fd := limit(rules, rule)
		if fd == nil {
			return ""
		}
		return quantity(stated)
	}
	from, above, to, below := bound("gte"), bound("gt"), bound("lte"), bound("lt")
	var parts []string
	switch {
	case from != "" && to != "":
		return "must be from " + from + " to " + to
	case from != "":
		parts = append(parts, "at least "+from)
	case above != "":
		parts = append(parts, "above "+above)
	}
	switch {
	case to != "":
		parts = append(parts, "at most "+to)
	case below != "":
		parts = append(parts, "below "+below)
	}
	if len(parts) == 0 {
		return ""
	}
	return "must be " + strings.Join(parts, " and ")
}

// quantity is a number or a duration in words.
func quantity(v protoreflect.Value) string {
	switch n := v.Interface().(type) {
	case protoreflect.Message:
		lasting, ok := n.Interface().(*durationpb.Duration)
		if !ok {
			return ""
		}
		const day = 24 * time.Hour
		if d := lasting.AsDuration(); d != 0 && d%day == 0 {
			return fmt.Sprintf("%d days", d/day)
		} else if d != 0 {
			return d.String()
		}
		return "0"
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return v.String()
}

// maxChoices bounds a list of choices, in bytes; a longer one helps nobody.
const maxChoices = 200

func choiceSentence(rule string, field protoreflect.FieldDescriptor, rules protoreflect.Message) string {
	if field == nil || field.Enum() == nil || rules == nil {
		return ""
	}
	stated, ok := rules.Interface().(*validate.EnumRules)
	if !ok {
		return ""
	}
	var head string
	switch {
	case rule == "not_in" && slices.Equal(stated.GetNotIn(), []int32{0}):
		head = "choose a value other than unspecified"
	case rule == "not_in", rule == "in", rule == "defined_only":
		head = "is none of the values to choose from"
	default:
		return ""
	}
	if list := choices(field.Enum(), stated); list != "" && len(list) <= maxChoices {
		return head + ": " + list
	}
	return head
}

// choices lists the values that a field may have, as they are written in short.
func choices(enum protoreflect.EnumDescriptor, rules *validate.EnumRules) string {
	prefix := strings.TrimSuffix(string(enum.Values().Get(0).Name()), "UNSPECIFIED")
	var words []string
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		number := int32(value.Number())
		if number == 0 || slices.Contains(rules.GetNotIn(), number) || len(rules.GetIn()) > 0 && !slices.Contains(rules.GetIn(), number) {
			continue
		}
		word := strings.TrimPrefix(string(value.Name()), prefix)
		if len(word) > 1 { // a grade is a capital letter
			word = strings.ReplaceAll(strings.ToLower(word), "_", "-")
		}
		words = append(words, word)
	}
	return either(words)
}

// either joins what one has to choose from.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
