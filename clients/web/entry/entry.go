// Package entry is the form in which people type records: texts, each under the path of
// the field that it becomes, "title", "people.low", "places[0].place". Forms, drafts and
// tables of rows hold such texts, and what a server says about a field is said about the
// text under the same path.
//
//	claim := &tumenv1.Claim{}
//	faults := entry.Fill(claim, entry.Texts{"aspect": "count", "value.count.low": "500"}, resolve)
package entry

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
)

// Texts are what was typed, by path.
type Texts map[string]string

// Trimmed are the texts without spaces around them, and without those that are empty.
func (t Texts) Trimmed() Texts {
	kept := Texts{}
	for path, text := range t {
		if text = strings.TrimSpace(text); text != "" {
			kept[path] = text
		}
	}
	return kept
}

// Problem is what is wrong with a text before any server is asked.
type Problem string

// The problems that there are.
const (
	NoNumber  Problem = "number"  // digits are expected
	NoChoice  Problem = "choice"  // none of the values that there are
	NoYesOrNo Problem = "yes_no"  // neither yes nor no
	Either    Problem = "either"  // another field that excludes this one is filled in, too
	NoRecord  Problem = "record"  // nothing that the reader sees is called so
	Ambiguous Problem = "several" // more than one record is called so
	NoField   Problem = "field"   // there is no such field: a table's column, or a form that is not ours
	Missing   Problem = "missing" // something has to stand here
	Refused   Problem = "server"  // the server refuses it: see Words
)

// Fault is what is wrong with the text of one field.
type Fault struct {
	Path    string // empty: with the whole
	Problem Problem
	Words   string // of what is Refused: why, in the reader's language
}

// Resolve gives the name of the record that a text stands for. kinds are those that may
// stand there ("Event"); none means any.
type Resolve func(path string, kinds []string, text string) (name string, problem Problem)

// AsNamed takes a text for the name, or the key, that it is.
func AsNamed(_ string, _ []string, text string) (string, Problem) { return text, "" }

// filling is a record while its texts are set.
type filling struct {
	resolve Resolve
	chosen  map[protoreflect.FullName]string // the path by which each union was chosen
	faults  []Fault
}

// Fill sets the fields of a record from texts. A text that is empty, or but spaces,
// empties its field; fields without a text stay as they are. A list of messages has a
// text for each part of each row, and rows that stay empty are left out; a list of words
// has a line for each. What can't be read is a fault, and leaves its field as it was.
func Fill(record proto.Message, texts Texts, resolve Resolve) []Fault {
	f := &filling{resolve: resolve, chosen: map[protoreflect.FullName]string{}}
	paths := slices.SortedFunc(maps.Keys(texts), compare)
	m := record.ProtoReflect()
	for _, filled := range []bool{false, true} { // what is emptied first makes room in a union
		for _, path := range paths {
			if text := strings.TrimSpace(texts[path]); (text != "") == filled {
				f.set(m, path, text)
			}
		}
	}
	for _, path := range paths {
		prune(m, steps(path))
	}
	slices.SortStableFunc(f.faults, func(a, b Fault) int { return compare(a.Path, b.Path) })
	return f.faults
}

// compare has rows in the order of their numbers.
func compare(a, b string) int { return cmp.Or(labels.Compare(a, b), cmp.Compare(a, b)) }

func (f *filling) fail(path string, problem Problem) {
	f.faults = append(f.faults, Fault{Path: path, Problem: problem})
}

// set sets one field.
func (f *filling) set(m protoreflect.Message, path, text string) {
	if Leaf(m.Descriptor(), path) == nil {
		f.fail(path, NoField)
		return
	}
	if text != "" && !f.choose(m.Descriptor(), path) {
		return
	}
	holder, fd := walk(m, steps(path), text != "")
	switch {
	case fd == nil: // and nothing to empty
	case text == "":
		holder.Clear(fd)
	case fd.IsList():
		f.lines(holder, fd, path, text)
	default:
		if value, ok := f.scalar(fd, path, text); ok {
			holder.Set(fd, value)
		}
	}
}

// lines sets a list of words from lines.
func (f *filling) lines(holder protoreflect.Message, fd protoreflect.FieldDescriptor, path, text string) {
	list := holder.NewField(fd).List()
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		value, ok := f.scalar(fd, path, line)
		if !ok {
			return
		}
		list.Append(value)
	}
	holder.Set(fd, protoreflect.ValueOfList(list))
}

// choose refuses a second alternative of a union in the same texts.
func (f *filling) choose(md protoreflect.MessageDescriptor, path string) bool {
	at := ""
	for _, s := range steps(path) {
		fd := md.Fields().ByName(protoreflect.Name(s.name))
		if at += "." + s.key(); fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
			union := fd.ContainingOneof().FullName() + protoreflect.FullName(strings.TrimSuffix(at, s.key()))
			if before, ok := f.chosen[union]; ok && before != at {
				f.fail(path, Either)
				return false
			}
			f.chosen[union] = at
		}
		md = fd.Message()
	}
	return true
}
