package entry

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MaxRows is how many rows a list may be typed in.
const MaxRows = 50

// step is one part of a path: a field, and the row where it is a list of messages.
type step struct {
	name string
	row  int // -1: no row is given
}

func (s step) key() string {
	if s.row < 0 {
		return s.name
	}
	return s.name + "[" + strconv.Itoa(s.row) + "]"
}

var stepForm = regexp.MustCompile(`^([a-z][a-z0-9_]*)(?:\[([0-9]{1,2})\])?$`)

// steps are the parts of a path; nil if it is none.
func steps(path string) []step {
	var all []step
	for part := range strings.SplitSeq(path, ".") {
		found := stepForm.FindStringSubmatch(part)
		if found == nil {
			return nil
		}
		s := step{found[1], -1}
		if found[2] != "" {
			s.row, _ = strconv.Atoi(found[2]) // two digits
			if s.row >= MaxRows {
				return nil
			}
		}
		all = append(all, s)
	}
	return all
}

func join(path []step) string {
	var keys []string
	for _, s := range path {
		keys = append(keys, s.key())
	}
	return strings.Join(keys, ".")
}

// Leaf is the field that a path leads to: a scalar, or a list of them; nil if there is none.
func Leaf(md protoreflect.MessageDescriptor, path string) protoreflect.FieldDescriptor {
	all := steps(path)
	for i, s := range all {
		fd := md.Fields().ByName(protoreflect.Name(s.name))
		last := i == len(all)-1
		switch {
		case fd == nil, fd.IsMap(), last != (fd.Message() == nil):
			return nil
		case (s.row >= 0) != (fd.IsList() && fd.Message() != nil):
			return nil
		case last:
			return fd
		}
		md = fd.Message()
	}
	return nil
}

// Plain is a path without its rows: what its field is called in every row.
func Plain(path string) string { return rows.ReplaceAllString(path, "") }

var rows = regexp.MustCompile(`\[[0-9]+\]`)

// walk is the message that holds the field of a path that there is, and the field. Messages
// and rows on the way are made if they have to be; else the field is nil where one is not
// there.
func walk(m protoreflect.Message, path []step, make bool) (protoreflect.Message, protoreflect.FieldDescriptor) {
	for _, s := range path[:len(path)-1] {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(s.name))
		switch {
		case s.row >= 0:
			if !make && m.Get(fd).List().Len() <= s.row {
				return nil, nil
			}
			list := m.Mutable(fd).List()
			for list.Len() <= s.row {
				list.AppendMutable()
			}
			m = list.Get(s.row).Message()
		case !make && !m.Has(fd):
			return nil, nil
		default:
			m = m.Mutable(fd).Message()
		}
	}
	return m, m.Descriptor().Fields().ByName(protoreflect.Name(path[len(path)-1].name))
}

// prune takes out messages and rows along a path that hold nothing.
func prune(m protoreflect.Message, path []step) {
	if len(path) < 2 {
		return
	}
	fd := m.Descriptor().Fields().ByName(protoreflect.Name(path[0].name))
	if fd == nil || fd.Message() == nil || !m.Has(fd) {
		return
	}
	if !fd.IsList() {
		prune(m.Mutable(fd).Message(), path[1:])
		if empty(m.Get(fd).Message()) {
			m.Clear(fd)
		}
		return
	}
	list := m.Mutable(fd).List()
	for i := range list.Len() {
		prune(list.Get(i).Message(), path[1:])
	}
	kept := slices.DeleteFunc(all(list), func(v protoreflect.Value) bool { return empty(v.Message()) })
	for i, v := range kept {
		list.Set(i, v)
	}
	list.Truncate(len(kept))
}

func empty(m protoreflect.Message) bool { return proto.Size(m.Interface()) == 0 }

func all(list protoreflect.List) []protoreflect.Value {
	var values []protoreflect.Value
	for i := range list.Len() {
		values = append(values, list.Get(i))
	}
	return values
}
