package service

import (
	"fmt"
	"strings"

	"tumen/service/fault"
)

// An error travels in HTTP/2 trailers, which some clients bound at 8 KiB once
// they are in base64: what it tells is bounded in number and in bytes.
const (
	mostViolations = 50
	mostBytes      = 4 << 10
	mostText       = 300
	mostName       = 200
)

// invalid makes one fault of what is wrong with a request; nil without any.
func invalid(all []fault.Violation) error {
	if len(all) == 0 {
		return nil
	}
	return fault.Fields(tellable(all)...)
}

// tellable bounds violations to what an error can carry; how many are left out
// is said in a last one.
func tellable(all []fault.Violation) []fault.Violation {
	var out []fault.Violation
	size := 0
	for i, v := range all {
		v.Field, v.Description = cut(v.Field, mostText), cut(v.Description, mostText)
		size += len(v.Field) + len(v.Reason) + len(v.Description)
		if i == mostViolations || i > 0 && size > mostBytes {
			return append(out, fault.Violation{Reason: "MORE_VIOLATIONS", Description: fmt.Sprintf("and %d more", len(all)-i)})
		}
		out = append(out, v)
	}
	return out
}

// shortened is a name or key that a client sent, as far as an error repeats it.
func shortened(name string) string { return cut(name, mostName) }

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
