package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// binding ties a flag to a part of a message.
type binding struct {
	flag    string
	path    string // in the contract's names, "quote.text"; its first part goes into update masks
	help    string // for people; a `WORD` in it names the value
	list    bool   // may be given several times
	bare    bool   // takes no value
	secret  bool   // its text never stands on the command line
	keyed   bool   // likewise, behind WHAT=
	aspects []tumenv1.Aspect
	set     func(in *input, b *binding, values []string) error // nil: the scalar or list of scalars at path
}

// field is the field of the record that the path lies in.
func (b *binding) field() string {
	top, _, _ := strings.Cut(b.path, ".")
	return top
}

// input is a message under construction.
type input struct {
	ctx     context.Context
	s       *session
	message protoreflect.Message
	aspect  func() tumenv1.Aspect // of the claim or finding; nil elsewhere
}

// declare adds the flags of bindings to a command, with their completion. The
// message is what the bindings' paths lead into.
func (s *session) declare(cmd *cobra.Command, bindings []binding, message protoreflect.MessageDescriptor) {
	flags := cmd.Flags()
	for _, b := range bindings {
		fd := leaf(message, b.path)
		help := b.help
		if fd != nil && fd.Enum() != nil && b.set == nil {
			help += ": " + strings.Join(choices(fd), ", ")
		}
		if b.list {
			help += " (repeatable)"
		}
		switch {
		case b.secret:
			flags.Var(&secretValue{list: b.list}, b.flag, help)
		case b.keyed:
			flags.Var(&secretValue{list: b.list, keyed: true}, b.flag, help)
		case b.bare:
			flags.Bool(b.flag, false, help)
		case b.list:
			flags.StringArray(b.flag, nil, help)
		default:
			flags.String(b.flag, "", help)
		}
		if complete := s.completion(b, fd); complete != nil {
			_ = cmd.RegisterFlagCompletionFunc(b.flag, complete) // fails only for flags that are not declared
		}
	}
}

// apply sets what the flags say and returns the paths for an update mask. The
// flags of a list replace what it held.
func (in *input) apply(flags *pflag.FlagSet, bindings []binding) ([]string, error) {
	if err := in.s.checkInput(flags, bindings); err != nil {
		return nil, err
	}
	var mask []string
	cleared := map[string]bool{}
	for i := range bindings {
		b := &bindings[i]
		if !flags.Changed(b.flag) {
			continue
		}
		if err := in.fits(b); err != nil {
			return nil, err
		}
		values, err := in.values(flags, b)
		if err != nil {
			return nil, err
		}
		if !b.secret && slices.Contains(values, "") { // what is sensitive is told by itself
			return nil, usagef("--%s: there is nothing in it; leave it out", b.flag)
		}
		if b.list && !cleared[b.path] {
			cleared[b.path] = true
			in.clear(b.path)
		}
		set := b.set
		if set == nil {
			set = setScalar
		}
		if err := set(in, b, values); err != nil {
			return nil, err
		}
		if top := b.field(); !slices.Contains(mask, top) {
			mask = append(mask, top)
		}
	}
	return mask, nil
}

// fits refuses a value that does not belong to the aspect spoken of.
func (in *input) fits(b *binding) error {
	if len(b.aspects) == 0 {
		return nil
	}
	aspect := in.aspect()
	if aspect == tumenv1.Aspect_ASPECT_UNSPECIFIED {
		return usagef("--%s needs --aspect", b.flag)
	}
	if !slices.Contains(b.aspects, aspect) {
		return usagef("--%s does not belong to the aspect %s", b.flag, word(aspect))
	}
	return nil
}

// values are what a flag was given, sensitive text read from where it is.
func (in *input) values(flags *pflag.FlagSet, b *binding) ([]string, error) {
	given := flags.Lookup(b.flag).Value
	values := []string{given.String()}
	if list, ok := given.(pflag.SliceValue); ok {
		values = list.GetSlice()
	}
	if b.secret {
		for i, v := range values {
			text, err := in.s.sensitive(in.ctx, b.flag, v)
			var none *noTextError
			if errors.As(err, &none) && flags.Lookup("clear") != nil {
				return nil, fmt.Errorf("%w (--clear %s empties the field)", err, b.field())
			}
			if err != nil {
				return nil, err
			}
			values[i] = text
		}
	}
	return values, nil
}

// clear empties the list at a path.
func (in *input) clear(path string) {
	if holder, fd := in.at(path); fd != nil {
		holder.Clear(fd)
	}
}

// at is the message and field of a path; messages on the way are made.
func (in *input) at(path string) (protoreflect.Message, protoreflect.FieldDescriptor) {
	m := in.message
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		m = m.Mutable(field(m, part)).Message()
	}
	return m, field(m, parts[len(parts)-1])
}

// setScalar sets a scalar or a list of scalars.
func setScalar(in *input, b *binding, values []string) error {
	m, fd := in.at(b.path)
	for _, text := range values {
		value, err := in.scalar(b.flag, fd, text)
		if err != nil {
			return err
		}
		if fd.IsList() {
			m.Mutable(fd).List().Append(value)
		} else {
			m.Set(fd, value)
		}
	}
	return nil
}

// scalar reads text as a field's type has it; names of records are resolved.
func (in *input) scalar(flag string, fd protoreflect.FieldDescriptor, text string) (protoreflect.Value, error) {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		n, ok := labels.EnumNumber(fd.Enum(), text)
		if allowed := choices(fd); !ok || !slices.Contains(allowed, labels.EnumWord(fd.Enum(), n)) {
			return protoreflect.Value{}, usagef("--%s: %q is none of %s", flag, visible(text), strings.Join(allowed, ", "))
		}
		return protoreflect.ValueOfEnum(n), nil
	case protoreflect.BoolKind:
		yes, err := strconv.ParseBool(text)
		if err != nil {
			return protoreflect.Value{}, usagef("--%s: %q is neither true nor false", flag, visible(text))
		}
		return protoreflect.ValueOfBool(yes), nil
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		n, err := wholeNumber(flag, text, fd.Kind())
		if fd.Kind() == protoreflect.Int32Kind {
			return protoreflect.ValueOfInt32(int32(n)), err
		}
		return protoreflect.ValueOfInt64(n), err
	case protoreflect.DoubleKind:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return protoreflect.Value{}, usagef("--%s: %q is no number", flag, visible(text))
		}
		return protoreflect.ValueOfFloat64(f), nil
	case protoreflect.StringKind:
		if kinds, refers := labels.Referenced(fd); refers {
			name, err := in.s.resolve(in.ctx, text, kinds...)
			if err != nil {
				return protoreflect.Value{}, fmt.Errorf("--%s: %w", flag, err)
			}
			text = name
		}
		return protoreflect.ValueOfString(text), nil
	}
	return protoreflect.Value{}, fmt.Errorf("--%s cannot be set by a flag", flag)
}

func wholeNumber(flag, text string, kind protoreflect.Kind) (int64, error) {
	bits := 64
	if kind == protoreflect.Int32Kind {
		bits = 32
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return 0, usagef("--%s: %q is no whole number", flag, visible(text))
	}
	return n, nil
}
