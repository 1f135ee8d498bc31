// Package labels says what records are called and which others they name: what every
// client for people needs of them, whatever it prints on. Names themselves are opaque.
package labels

import (
	"cmp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// Record is what every top-level record of the contract is.
type Record interface {
	proto.Message
	GetName() string
	GetExternalIds() []*tumenv1.ExternalId
}

// Key is what an organisation calls a record; where it has no key for it, but
// somebody else has, that one's key with its issuer, which serves as a name too.
func Key(organisation string, r Record) string {
	for _, id := range r.GetExternalIds() {
		if id.GetIssuer() == organisation {
			return id.GetId()
		}
	}
	if ids := r.GetExternalIds(); len(ids) > 0 {
		return ids[0].GetIssuer() + ":" + ids[0].GetId()
	}
	return ""
}

// Short is the last part of a name, cut where it is an opaque id.
func Short(name string) string {
	last := name[strings.LastIndexByte(name, '/')+1:]
	if len(last) == 26 {
		return last[:8] + "…"
	}
	return last
}

// Compare orders S2 before S10.
func Compare(a, b string) int {
	for a != "" && b != "" {
		na, resta := leadingNumber(a)
		nb, restb := leadingNumber(b)
		if na != "" && nb != "" {
			ta, tb := strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
			if c := cmp.Or(cmp.Compare(len(ta), len(tb)), cmp.Compare(ta, tb), cmp.Compare(len(na), len(nb))); c != 0 {
				return c
			}
			a, b = resta, restb
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// leadingNumber cuts the digits off that text begins with.
func leadingNumber(s string) (digits, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(rest)], rest
}

// Referenced says which kinds of record a text field names ("Case"); none for "any".
func Referenced(fd protoreflect.FieldDescriptor) ([]string, bool) {
	reference, ok := proto.GetExtension(fd.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
	if !ok || reference.GetType() == "" {
		return nil, false
	}
	if reference.GetType() == "*" {
		return nil, true
	}
	return []string{strings.TrimPrefix(reference.GetType(), "tumen/")}, true
}

// NamesIn collects the names that a message's reference fields hold.
func NamesIn(m protoreflect.Message, names map[string]bool) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		_, refers := Referenced(fd)
		switch {
		case fd.IsMap():
		case fd.IsList():
			for i := range v.List().Len() {
				if fd.Message() != nil {
					NamesIn(v.List().Get(i).Message(), names)
				} else if refers {
					names[v.List().Get(i).String()] = true
				}
			}
		case fd.Message() != nil:
			NamesIn(v.Message(), names)
		case refers:
			names[v.String()] = true
		}
		return true
	})
}

// Unwrap takes the record out of a message that holds one of any kind.
func Unwrap(r *tumenv1.Record) proto.Message {
	m := r.ProtoReflect()
	which := m.WhichOneof(m.Descriptor().Oneofs().ByName("record"))
	if which == nil {
		return nil
	}
	return m.Get(which).Message().Interface()
}

// CaseOf is the case that a record lies in: cases/{case}.
func CaseOf(name string) string {
	slashes := 0
	for i, r := range name {
		if r == '/' {
			if slashes++; slashes == 2 {
				return name[:i]
			}
		}
	}
	return name
}

// Earliest is the first day on which an event may have been, by the time that is used
// for it: what events are put in order by. One without a time comes last.
func Earliest(e *tumenv1.Event) edtf.Day {
	text := cmp.Or(e.GetUsedTime().GetTime().GetEdtf(), e.GetTime().GetEdtf())
	date, err := edtf.Parse(text)
	if err != nil || date.IsZero() {
		return edtf.Max
	}
	return date.Interval().Earliest
}
