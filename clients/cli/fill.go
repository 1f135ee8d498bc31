package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// recordFlag names a file that holds a record, for what has no flag of its own.
const recordFlag = "record"

// declareRecord adds the flags of a record's fields, and --record.
func (s *session) declareRecord(cmd *cobra.Command, n *noun) {
	cmd.Flags().String(recordFlag, "", "read fields from `@FILE` or @-: YAML or JSON with the contract's names; flags go on top")
	s.declare(cmd, n.flags, client.NewMessage(n.message).Descriptor())
}

// fill sets a record's fields from --record and the flags, and returns the
// paths for an update mask.
func (s *session) fill(cmd *cobra.Command, n *noun, m protoreflect.Message) ([]string, error) {
	var mask []string
	if given, _ := cmd.Flags().GetString(recordFlag); given != "" {
		fields, err := s.readRecord(cmd, given, m)
		if err != nil {
			return nil, err
		}
		mask = fields
	}
	in := &input{ctx: cmd.Context(), s: s, message: m, aspect: func() tumenv1.Aspect {
		if claim, ok := m.Interface().(*tumenv1.Claim); ok {
			return claim.GetAspect()
		}
		return tumenv1.Aspect_ASPECT_UNSPECIFIED
	}}
	flags, err := in.apply(cmd.Flags(), n.flags)
	for _, path := range flags {
		if !slices.Contains(mask, path) {
			mask = append(mask, path)
		}
	}
	return mask, err
}

// readRecord reads fields from a file on top of m.
func (s *session) readRecord(cmd *cobra.Command, given string, m protoreflect.Message) ([]string, error) {
	name, r := "standard input", s.in
	if given == "@-" {
		if s.inUsed != "" {
			return nil, usagef("standard input was already read for --%s", s.inUsed)
		}
		s.inUsed = recordFlag
	} else {
		name = strings.TrimPrefix(given, "@")
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, err
	}
	read := m.New()
	empty, faults := readFields(raw, read)
	if len(faults) > 0 {
		var lines []string
		for _, f := range faults {
			lines = append(lines, f.at(name))
		}
		return nil, fmt.Errorf("%s", strings.Join(lines, "\n"))
	}
	in := &input{ctx: cmd.Context(), s: s}
	if err := in.resolveReferences(read); err != nil {
		return nil, err
	}
	mask := empty
	for _, name := range empty {
		m.Clear(field(m, name))
	}
	read.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		mask = append(mask, string(fd.Name()))
		m.Set(fd, v)
		return true
	})
	return mask, nil
}

// resolveReferences turns every issuer:id in a message into a name.
func (in *input) resolveReferences(m protoreflect.Message) error {
	var failed error
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		_, refers := labels.Referenced(fd)
		switch {
		case fd.IsMap():
		case fd.IsList():
			list := v.List()
			for i := range list.Len() {
				if fd.Message() != nil {
					failed = in.resolveReferences(list.Get(i).Message())
				} else if refers {
					var value protoreflect.Value
					value, failed = in.scalar(string(fd.Name()), fd, list.Get(i).String())
					list.Set(i, value)
				}
				if failed != nil {
					return false
				}
			}
		case fd.Message() != nil:
			failed = in.resolveReferences(v.Message())
		case refers:
			var value protoreflect.Value
			value, failed = in.scalar(string(fd.Name()), fd, v.String())
			m.Set(fd, value)
		}
		return failed == nil
	})
	return failed
}
