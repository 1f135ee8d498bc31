package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestTheOctoberMatterReadsWithoutAFault(t *testing.T) {
	f, err := os.Open("../../demo/october-2023.yaml")
	try(t, err)
	defer f.Close()
	documents, faults, err := readMatter(f)
	try(t, err)
	if len(faults) > 0 {
		t.Errorf("%v", faults)
	}
	kinds := map[string]int{}
	for _, d := range documents {
		kinds[d.kind]++
	}
	if kinds["Case"] != 1 || kinds["Event"] != 5 || kinds["Source"] != 14 || kinds["Tie"] != 1 {
		t.Errorf("%v", kinds)
	}
}

func TestReadMatterTakesEveryWayOfWriting(t *testing.T) {
	const plain = `
kind: Claim
key: C1
case: c
record:
  source: S1
  subjects: [E1, E2]
  aspect: COUNT
  stance: DOES_NOT_CONFIRM
  value:
    count:
      low: 501
      words: more than 500
  saidOn: 2023-10-11
  credibility: PROBABLY_TRUE
  labels:
    year: "2023"
  quote:
    text: |
      first line
      second line
`
	const other = "\ufeff# a comment first\r\n--- # the only one\r\n" + `{"kind": "claim", "key": "C1", "case": "c", "record": {
  "source": "S1", "subjects": ["E1", "E2"], "aspect": "ASPECT_COUNT", "stance": "does-not-confirm",
  "value": {"count": {"low": "501", "words": "more than 500", "best": null}},
  "said_on": "2023-10-11", "credibility": 2, "labels": {year: 2023}, "notes": ,
  "quote": {"text": "first line\nsecond line\n"}}}` + "\r\n---\r\n# nothing more\r\n"
	want := one(t, plain)
	want.Clear = []string{"notes"} // which stand there, and are empty
	if got := one(t, other); !proto.Equal(got, want) {
		t.Errorf("\n%v\n%v", got, want)
	}
	claim := want.GetRecord().GetClaim()
	if claim.GetValue().GetCount().GetLow() != 501 || claim.GetSaidOn() != "2023-10-11" || claim.GetStance() != tumenv1.Stance_STANCE_DOES_NOT_CONFIRM || want.GetCase() != "c" {
		t.Errorf("%v", want)
	}
}

func one(t *testing.T, text string) *tumenv1.MatterDocument {
	t.Helper()
	documents, faults, err := readMatter(strings.NewReader(text))
	try(t, err)
	if len(faults) > 0 || len(documents) != 1 {
		t.Fatalf("%d documents, %v", len(documents), faults)
	}
	return documents[0].MatterDocument
}

func TestReadMatterFaults(t *testing.T) {
	head := "kind: Event\nkey: e\nrecord:\n"
	tests := []struct{ name, text, want string }{
		{"empty", "# nothing\n", "f: there is no document in it"},
		{"a list", "- a\n", "f:1: a document is a mapping: kind, key and record"},
		{"text", "---\nhello\n", "f:2: a document is a mapping: kind, key and record"},
		{"no kind", "key: a\nrecord: {}\n", "f:1: kind: the kind is missing: one of "},
		{"no key", "kind: Case\nrecord: {title: A}\n", "f:1: key: a key is missing: what this file calls the record"},
		{"no record", "kind: Case\nkey: a\ntitle: A\n", "f:3: title: a document has kind, key, case and record"},
		{"finding", "kind: Finding\nkey: a\nrecord: {}\n", "f:1: kind: Finding is no kind of record in a matter"},
		{"unknown in depth", head + "  time:\n    edt: 2023\n", "f:5: time.edt: Time has no such field"},
		{"both spellings", head + "  partOf: a\n  part_of: b\n", "f:5: part_of: stands here twice"},
		{"etag", head + "  etag: x\n", "f:4: etag: is set by the server: leave it out"},
		{"list of lists", head + "  follows: [[a]]\n", "f:4: follows[0]: a single value is expected"},
		{"mapping for text", head + "  title: {a: b}\n", "f:4: title: a single value is expected"},
		{"text for mapping", head + "  time: 2023-10-09\n", "f:4: time: a mapping of fields is expected"},
		{"fraction", head + "  people: {low: 1.5}\n", "f:4: people.low: a whole number is expected"},
		{"huge", head + "  people: {low: 9223372036854775808}\n", "f:4: people.low: a whole number is expected"},
		{"unspecified", head + "  marking: MARKING_UNSPECIFIED\n", "f:4: marking: MARKING_UNSPECIFIED is none of RED, AMBER_STRICT"},
		{"place in list", head + "  places:\n    - {place: a}\n    - {plaec: b}\n", "f:6: places[1].plaec: PlaceValue has no such field"},
		{"merge key", head + "  <<: {title: a}\n", "f:4: <<: Event has no such field"},
		{"alias", head + "  title: &t A\n  description: *t\n", "f:5: description: aliases are not read: write the value out"},
		{"binary", head + "  title: !!binary aGVsbG8=\n", "f:4: title: text is expected"},
		{"key of a list", head + "  [a]: b\n", "f:4: a field's name is plain text"},
		{"infinite", "kind: Place\nkey: p\nrecord: {location: {latitude: .inf}}\n", "f:3: location.latitude: a number is expected"},
		{"control characters", head + "  title: \x01\n", "f:1: not valid YAML: control characters are not allowed"},
		{"end marker", head + "  title: a\n...\nmore: b\n", "f:1: not valid YAML: there is something after the end of the document"},
		{"hidden text", head + "  marking: \u202egreen\n", "f:4: marking: ‹U+202E›green is none of "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, faults, err := readMatter(strings.NewReader(test.text))
			try(t, err)
			if len(faults) == 0 || !strings.HasPrefix(faults[0].at("f"), test.want) {
				t.Errorf("got %v, want %s", faults, test.want)
			}
		})
	}
}

func TestOneBadDocumentHidesNoOther(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "---\nkind: Case\nkey: c%d\nrecord: {title: [}\n", i)
	}
	_, faults, err := readMatter(strings.NewReader(b.String()))
	try(t, err)
	if len(faults) != 50 || faults[49].line < 49*4+1 {
		t.Errorf("%d faults, the last at line %d", len(faults), faults[len(faults)-1].line)
	}
}

func TestLimitsOfAMatterFile(t *testing.T) {
	many := strings.Repeat("---\n{kind: Case, key: a, record: {title: A}}\n", maxDocuments+1)
	_, faults, err := readMatter(strings.NewReader(many))
	try(t, err)
	if last := faults[len(faults)-1]; !strings.Contains(last.message, "at most 10000 documents") {
		t.Errorf("%v", last)
	}
	large := "kind: Case\nkey: a\nrecord: {title: " + strings.Repeat("x", maxDocument) + "}\n"
	if _, faults, _ = readMatter(strings.NewReader(large)); len(faults) != 1 || !strings.Contains(faults[0].message, "at most 4 MiB") {
		t.Errorf("%v", faults)
	}
	if _, _, err := readMatter(strings.NewReader(strings.Repeat("#\n", maxMatter/2+1))); err == nil {
		t.Error("a file over the limit was read")
	}
}

func TestLinesOfFieldsThatTheServerNames(t *testing.T) {
	documents, _, err := readMatter(strings.NewReader("# one\nkind: Source\nkey: S3\nrecord:\n  kind: news\n  relays:\n    - source: S1\n      kind: QUOTES\n  publishedd: x\n"))
	try(t, err)
	for path, want := range map[string]int{
		"relays[0].kind": 8, "source.relays[0].source": 7, "record.source.relays": 6, "relays[1].source": 6,
		"kind": 5, "key": 3, "": 2, "title": 2, "relays[0].unheard.of": 7, "...": 2, "[": 2,
	} {
		if got := documents[0].lineOf(path); got != want {
			t.Errorf("%q stands in line %d, want %d", path, got, want)
		}
	}
}

// anyRecord draws a record of a kind with any of the fields that clients set.
func anyRecord(t *rapid.T, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if labels.SetByServer(fd) || fd.Name() == "etag" || !rapid.Bool().Draw(t, string(fd.Name())) {
			continue
		}
		oneof := fd.ContainingOneof()
		if oneof != nil && !oneof.IsSynthetic() && m.WhichOneof(oneof) != nil {
			continue
		}
		switch {
		case fd.IsMap():
			for range rapid.IntRange(0, 3).Draw(t, "labels") {
				m.Mutable(fd).Map().Set(anyText(t).MapKey(), anyText(t))
			}
		case fd.IsList():
			for range rapid.IntRange(0, 3).Draw(t, "items") {
				list := m.Mutable(fd).List()
				if fd.Message() != nil {
					item := list.NewElement()
					anyRecord(t, item.Message())
					list.Append(item)
				} else if v := anyScalar(t, fd); v.IsValid() {
					list.Append(v)
				}
			}
		case fd.Message() != nil:
			anyRecord(t, m.Mutable(fd).Message())
		default:
			if v := anyScalar(t, fd); v.IsValid() {
				m.Set(fd, v)
			}
		}
	}
}

func anyText(t *rapid.T) protoreflect.Value {
	awkward := []string{"", "null", "~", "true", "2023-10-09", "2023", "- a", "a: b", "#a", "a #b", " a ", "a\n", "\na", "a\n\n b\n", "a \nb", "*a", "&a", "!a", "%a", "@-", "'", "\"", "---\n", "훈춘\n珲春", "a\u2028b", "\ufeff", "\x1b", "\u0085", "0o7", "1_000", "=", "<<", "[a", "{a", "a\tb\nc", "\t\n", "\ta\n\tb", "a\r\nb", "|", ">"}
	text := rapid.OneOf(rapid.SampledFrom(awkward), rapid.String(), rapid.StringMatching(`[a-z \n#:-]{0,20}`)).Draw(t, "text")
	return protoreflect.ValueOfString(strings.ToValidUTF8(text, ""))
}

func anyScalar(t *rapid.T, fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return anyText(t)
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(rapid.IntRange(1, values.Len()-1).Draw(t, "enum")).Number())
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int"))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int"))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.Float64Range(-180, 180).Draw(t, "float"))
	}
	return protoreflect.Value{}
}

func TestMattersReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(matterKinds).Draw(t, "kind")
		record := client.NewMessage(kind)
		anyRecord(t, record)
		want := &tumenv1.MatterDocument{Key: "k" + anyText(t).String(), Case: anyText(t).String(), Record: &tumenv1.Record{}}
		setMessage(want.Record.ProtoReflect(), strings.ToLower(kind), record)
		var b bytes.Buffer
		if err := writeMatter(&b, []*tumenv1.MatterDocument{want}); err != nil {
			t.Fatal(err)
		}
		documents, faults, err := readMatter(&b)
		if err != nil || len(faults) > 0 || len(documents) != 1 {
			t.Fatalf("%v %v\n%s", err, faults, b.String())
		}
		if !proto.Equal(documents[0].MatterDocument, want) {
			t.Fatalf("\n%v\n%v\n%s", documents[0].MatterDocument, want, b.String())
		}
	})
}

func TestMattersAreWrittenInOneOrder(t *testing.T) {
	document := func(key string, r *tumenv1.Record) *tumenv1.MatterDocument {
		return &tumenv1.MatterDocument{Key: key, Record: r}
	}
	source := &tumenv1.Record{Record: &tumenv1.Record_Source{Source: &tumenv1.Source{Kind: "news"}}}
	c := &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "A", Name: "cases/x", Etag: "e", Reference: "r"}}}
	all := []*tumenv1.MatterDocument{document("S10", source), document("S2", source), document("c", c)}
	var b bytes.Buffer
	try(t, writeMatter(&b, all))
	want := "---\nkind: Case\nkey: c\nrecord:\n  title: A\n---\nkind: Source\nkey: S2\nrecord:\n  kind: news\n---\nkind: Source\nkey: S10\nrecord:\n  kind: news\n"
	if b.String() != want {
		t.Errorf("\n%s", b.String())
	}
}

func FuzzReadMatter(f *testing.F) {
	if october, err := os.ReadFile("../../demo/october-2023.yaml"); err == nil {
		for _, part := range splitDocuments(october)[1:12] {
			f.Add(part.text)
		}
	}
	f.Add([]byte("kind: Case\nkey: a\nrecord: {title: &a [*a]}\n---\n- - - [\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		documents, faults, err := readMatter(bytes.NewReader(raw))
		if err != nil {
			return
		}
		lines := bytes.Count(raw, []byte("\n")) + bytes.Count(raw, []byte("\r")) + 2
		for _, fault := range faults {
			if fault.line < 0 || fault.line > lines {
				t.Fatalf("line %d of %d: %s", fault.line, lines, fault.message)
			}
			if strings.Contains(fault.at("f"), "\n") {
				t.Fatalf("a fault takes one line: %q", fault.at("f"))
			}
		}
		if len(faults) > 0 {
			return
		}
		var plain []*tumenv1.MatterDocument
		for _, d := range documents {
			plain = append(plain, d.MatterDocument)
		}
		var b bytes.Buffer
		if err := writeMatter(&b, plain); err != nil {
			t.Fatal(err)
		}
		again, faults, err := readMatter(&b)
		if err != nil || len(faults) > 0 || len(again) != len(documents) {
			t.Fatalf("what was read is not read again: %v %v\n%s", err, faults, b.String())
		}
	})
}
