package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// A matter file is a sequence of YAML documents, one record each:
//
//	kind: Claim
//	key: C1
//	case: october-2023   # needless where the file has one case
//	name: cases/…        # of a record without a key, as an export gives it
//	record:
//	  source: S1
//	  subjects: [E1]
//	  …
//
// Fields have the contract's names, in camelCase or snake_case; enum values have
// theirs, with or without the prefix of their type. Wherever the contract wants
// the name of a record, a key of the file or issuer:id may stand. A field that is
// null is to be empty; one that is not there stays as it is.

// Limits of a matter file; the server has the same for a whole matter.
const (
	maxMatter    = 64 << 20 // bytes
	maxDocument  = 4 << 20  // bytes of one document
	maxDocuments = 10_000
)

// matterKinds are the kinds of record that a matter holds.
var matterKinds = []string{"Case", "Person", "Source", "Tie", "Event", "Involvement", "Claim", "Intervention", "Place", "Term"}

// fault is a mistake in a file.
type fault struct {
	line    int    // from 1; 0 where it is not about a place
	field   string // in the contract's names; empty for a whole document
	message string
}

// at is the fault as one line for people: file:line: field: message.
func (f fault) at(file string) string {
	var b strings.Builder
	b.WriteString(visible(file))
	if f.line > 0 {
		fmt.Fprintf(&b, ":%d", f.line)
	}
	if f.field != "" {
		b.WriteString(": " + visible(f.field))
	}
	return b.String() + ": " + visible(f.message)
}

// matterDocument is one record of a file, and where its fields stand.
type matterDocument struct {
	*tumenv1.MatterDocument
	kind   string
	lines  map[string]int // of the fields, by path in the contract's names; "" is the document
	faulty []string       // fields that could not be read
}

// readMatter reads a file. It goes on after a mistake, so that all of them are
// known at once; a document with one is incomplete.
func readMatter(r io.Reader) ([]*matterDocument, []fault, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxMatter+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > maxMatter {
		return nil, nil, fmt.Errorf("a matter file has at most %d MiB; apply it in parts", maxMatter>>20)
	}
	var documents []*matterDocument
	var faults []fault
	keys := map[string]int{}
	count := 0 // with those whose key stands twice
	for _, part := range splitDocuments(raw) {
		d, found := readDocument(part.text, part.line)
		faults = append(faults, found...)
		if d == nil && len(found) == 0 {
			continue
		}
		d = marked(d, found)
		documents = append(documents, d)
		if count++; count > maxDocuments {
			return nil, append(faults, fault{line: part.line, message: fmt.Sprintf("a matter has at most %d documents; apply it in parts", maxDocuments)}), nil
		}
		if first, taken := keys[d.GetKey()]; taken {
			faults = append(faults, fault{d.lines["key"], "key", fmt.Sprintf("%s is the key of the document in line %d already", d.GetKey(), first)})
			documents = documents[:len(documents)-1]
			continue
		}
		keys[d.GetKey()] = d.lines[""]
	}
	if len(documents) == 0 && len(faults) == 0 {
		faults = append(faults, fault{message: "there is no document in it"})
	}
	return documents, faults, nil
}

// marked is a document with what was found wrong in it. One that can't be called
// by its key gets one that nothing refers to.
func marked(d *matterDocument, found []fault) *matterDocument {
	if len(found) == 0 {
		return d
	}
	if d == nil {
		d = &matterDocument{MatterDocument: &tumenv1.MatterDocument{}, lines: map[string]int{"": found[0].line}}
	}
	d.Incomplete = true
	for _, f := range found {
		d.faulty = append(d.faulty, f.field)
	}
	if d.Key == "" {
		d.Key, d.Record = fmt.Sprintf("(line %d)", d.lines[""]), nil
	}
	return d
}

// filePart is the text of one document and the line that it begins in.
type filePart struct {
	text []byte
	line int
}

// splitDocuments cuts a file at its document markers. A line that begins with
// --- is one wherever it stands, block text included, so this needs no parser;
// a mistake in one document then does not hide those in the next.
func splitDocuments(raw []byte) []filePart {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	var parts []filePart
	current := filePart{line: 1}
	start, line := 0, 1
	for at := 0; at < len(raw); line++ {
		end := len(raw)
		if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if at > start && isMarker(raw[at:end]) {
			current.text = raw[start:at]
			parts = append(parts, current)
			current, start = filePart{line: line}, at
		}
		at = end
	}
	current.text = raw[start:]
	return append(parts, current)
}

func isMarker(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	return found && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n"))
}

// readDocument reads one document; nil if there is nothing but comments.
func readDocument(text []byte, line int) (*matterDocument, []fault) {
	root, bad := parseYAML(text, line)
	if bad != nil || root == nil {
		return nil, bad
	}
	r := &nodeReader{offset: line - 1, lines: map[string]int{"": line}}
	d := &matterDocument{MatterDocument: &tumenv1.MatterDocument{}, lines: r.lines}
	if root.Kind != yaml.MappingNode {
		r.fail(root, "", "a document is a mapping: kind, key and record")
		return d, r.faults
	}
	r.lines[""] = root.Line + r.offset
	var body *yaml.Node
	r.pairs(root, "", func(name, value *yaml.Node) {
		r.lines[name.Value] = name.Line + r.offset
		switch name.Value {
		case "kind":
			d.kind = r.text(value, "kind")
		case "key":
			d.Key = r.text(value, "key")
		case "case":
			d.Case = r.text(value, "case")
		case "name":
			d.Name = r.text(value, "name")
		case "record":
			body = value
		default:
			r.fail(name, name.Value, "a document has kind, key, case and record, and a name where an export gives one; the fields of the record belong below record")
		}
	})
	d.finish(r, root, body)
	return d, r.faults
}

// finish reads the record itself, once its kind is known.
func (d *matterDocument) finish(r *nodeReader, root, body *yaml.Node) {
	if d.Key == "" {
		r.fail(root, "key", "a key is missing: what this file calls the record")
	}
	at := slices.IndexFunc(matterKinds, func(k string) bool { return strings.EqualFold(k, d.kind) })
	switch {
	case d.kind == "":
		r.fail(root, "kind", "the kind is missing: one of "+strings.Join(matterKinds, ", "))
		return
	case at < 0:
		r.fail(root, "kind", fmt.Sprintf("%s is no kind of record in a matter: one of %s", d.kind, strings.Join(matterKinds, ", ")))
		return
	case body == nil:
		r.fail(root, "record", "the record is missing: its fields belong below record")
		return
	}
	d.kind = matterKinds[at]
	record := client.NewMessage(d.kind)
	r.message(body, record, "")
	d.Clear = r.empty
	d.Record = &tumenv1.Record{}
	setMessage(d.Record.ProtoReflect(), strings.ToLower(d.kind), record)
}

// readFields reads a mapping of fields, such as the record of a document, into m.
// It returns those that are said to be empty.
func readFields(text []byte, m protoreflect.Message) ([]string, []fault) {
	root, bad := parseYAML(text, 1)
	if bad != nil {
		return nil, bad
	}
	if root == nil {
		return nil, []fault{{message: "there is nothing in it"}}
	}
	r := &nodeReader{lines: map[string]int{}}
	r.message(root, m, "")
	return r.empty, r.faults
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// parseYAML parses the one document that begins in a line of a file; nil if it
// is empty.
func parseYAML(text []byte, line int) (root *yaml.Node, faults []fault) {
	if len(text) > maxDocument {
		return nil, []fault{{line: line, message: fmt.Sprintf("a document has at most %d MiB", maxDocument>>20)}}
	}
	defer func() {
		if r := recover(); r != nil { // a parser's slip over input that nobody should have written
			root, faults = nil, []fault{{line: line, message: "not valid YAML"}}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var node yaml.Node
	err := decoder.Decode(&node)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil && !errors.Is(decoder.Decode(new(yaml.Node)), io.EOF) {
		return nil, []fault{{line: line, message: "not valid YAML: there is something after the end of the document"}}
	}
	if err != nil {
		message := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			n, _ := strconv.Atoi(m[1])
			line += n - 1
			message = strings.Replace(message, m[0], "", 1)
			if strings.HasPrefix(message, "did not find expected") {
				line++ // the parser, unlike the scanner beneath it, counts lines from 0
			}
		}
		return nil, []fault{{line: line, message: "not valid YAML: " + message}}
	}
	if len(node.Content) == 0 || node.Content[0].Tag == "!!null" {
		return nil, nil
	}
	return node.Content[0], nil
}

// lineOf is where a field stands that the server names: its own line, or that of
// the nearest part above it.
func (d *matterDocument) lineOf(path string) int {
	path = d.inFile(path)
	for {
		if line, found := d.lines[path]; found {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// inFile is the path of a field that the server names, as it stands in the file.
func (d *matterDocument) inFile(path string) string {
	path = strings.TrimPrefix(path, "document.")
	path = strings.TrimPrefix(path, "record.")
	path = strings.TrimPrefix(path, strings.ToLower(d.kind)+".")
	for i, name := range d.GetClear() {
		if path == fmt.Sprintf("clear[%d]", i) {
			return name
		}
	}
	return path
}

// knows says whether what the server has found is known from the file already:
// it is about a field that could not be read, or about what holds it or lies in
// it.
func (d *matterDocument) knows(path string) bool {
	path = d.inFile(path)
	return slices.ContainsFunc(d.faulty, func(bad string) bool { return within(path, bad) || within(bad, path) })
}

// within says whether a path is another one or leads further into it.
func within(path, outer string) bool {
	rest, found := strings.CutPrefix(path, outer)
	return found && outer != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
