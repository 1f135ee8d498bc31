package gate

import (
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"tumen/service/access"
	"tumen/service/fault"
)

const (
	// An error travels in HTTP/2 trailers, which some clients bound at 8 KiB
	// once they are in base64.
	maxViolations  = 50
	maxDetailBytes = 4 << 10
	maxDescription = 300
)

// examine lets a request pass to its handler or says what is wrong with it. It
// clears what only the server sets.
func (g *Gate) examine(method string, request any) error {
	m, ok := request.(proto.Message)
	if !ok {
		return fmt.Errorf("gate: a request is a %T, which is no message", request)
	}
	if panicked, ok := g.undecoded.LoadAndDelete(m); ok {
		return panicked.(error)
	}
	if err := undecodable(m); err != nil {
		return err
	}
	if open[method] {
		return nil
	}
	names := access.DropNames
	if g.updates[method] {
		names = access.KeepNames
	}
	access.ClearOutputOnly(m, names)
	return broken(m, g.validator.Validate(m))
}

// broken turns what the validator found in a message into a fault with a violation for each
// field; what isn't about the request stays as it is.
func broken(m proto.Message, err error) error {
	if err == nil {
		return nil
	}
	var found *protovalidate.ValidationError
	if !errors.As(err, &found) || len(found.Violations) == 0 {
		return fmt.Errorf("gate: validating: %w", err)
	}
	var violations []fault.Violation
	size := 0
	for i, v := range found.Violations {
		sentence, _ := sentenceOf(m.ProtoReflect().Descriptor(), v)
		violation := fault.Violation{
			Field:       shorten(protovalidate.FieldPathString(v.Proto.GetField()), maxDescription),
			Reason:      reasonOf(v.Proto.GetRuleId()),
			Description: shorten(sentence, maxDescription),
		}
		size += len(violation.Field) + len(violation.Reason) + len(violation.Description)
		if i == maxViolations || i > 0 && size > maxDetailBytes {
			violations = append(violations, fault.Violation{
				Reason:      "MORE_VIOLATIONS",
				Description: fmt.Sprintf("and %d more", len(found.Violations)-i),
			})
			break
		}
		violations = append(violations, violation)
	}
	return fault.Fields(violations...)
}

// reasonOf turns the id of a rule ("string.max_len") into a reason.
func reasonOf(rule string) string {
	if rule == "" {
		return "INVALID"
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, rule)
}

func shorten(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
