package demo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/demo"
	tumenv1 "tumen/proto/tumen/v1"
)

// document is one document of the matter as written.
type document struct {
	Kind   string         `yaml:"kind"`
	Key    string         `yaml:"key"`
	Record map[string]any `yaml:"record"`
}

// documents reads the matter as plain YAML.
func documents(t *testing.T) []document {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(demo.October2023))
	decoder.KnownFields(true)
	var all []document
	for {
		var d document
		if err := decoder.Decode(&d); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
}

// empty gives a new record of each kind that the matter has.
var empty = map[string]func() proto.Message{
	"Case":         func() proto.Message { return &tumenv1.Case{} },
	"Event":        func() proto.Message { return &tumenv1.Event{} },
	"Source":       func() proto.Message { return &tumenv1.Source{} },
	"Tie":          func() proto.Message { return &tumenv1.Tie{} },
	"Claim":        func() proto.Message { return &tumenv1.Claim{} },
	"Intervention": func() proto.Message { return &tumenv1.Intervention{} },
}

// record turns a document into the contract's message; references stay keys.
func record(t *testing.T, d document) proto.Message {
	t.Helper()
	if empty[d.Kind] == nil {
		t.Fatalf("%s: unknown kind %q", d.Key, d.Kind)
	}
	m := empty[d.Kind]()
	lengthen(m.ProtoReflect().Descriptor(), d.Record)
	raw, err := json.Marshal(d.Record)
	if err != nil {
		t.Fatalf("%s: %v", d.Key, err)
	}
	if err := protojson.Unmarshal(raw, m); err != nil {
		t.Fatalf("%s: %v", d.Key, err)
	}
	return m
}

// lengthen turns the short forms of enum values into the contract's names.
func lengthen(md protoreflect.MessageDescriptor, fields map[string]any) {
	for name, value := range fields {
		fd := md.Fields().ByJSONName(name)
		if fd == nil {
			continue // protojson says so
		}
		items, isList := value.([]any)
		if !isList {
			items = []any{value}
		}
		for _, item := range items {
			if nested, ok := item.(map[string]any); ok && fd.Message() != nil {
				lengthen(fd.Message(), nested)
			}
		}
		if short, ok := value.(string); ok && fd.Enum() != nil {
			prefix := strings.TrimSuffix(string(fd.Enum().Values().Get(0).Name()), "UNSPECIFIED")
			fields[name] = prefix + short
		}
	}
}

// resolve puts a name in the place of every key that a message refers to.
func resolve(t *testing.T, key string, m protoreflect.Message, names map[string]string) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsList() && fd.Message() != nil:
			for i := range v.List().Len() {
				resolve(t, key, v.List().Get(i).Message(), names)
			}
		case fd.Message() != nil && !fd.IsMap():
			resolve(t, key, v.Message(), names)
		case fd.IsList() && refers(fd):
			for i := range v.List().Len() {
				v.List().Set(i, protoreflect.ValueOfString(named(t, key, v.List().Get(i).String(), names)))
			}
		case refers(fd):
			m.Set(fd, protoreflect.ValueOfString(named(t, key, v.String(), names)))
		}
		return true
	})
}

// matter reads the whole file into records with names, by key.
func matter(t *testing.T) map[string]proto.Message {
	t.Helper()
	collections := map[string]string{
		"Case": "cases", "Event": "cases/%026d/events", "Claim": "cases/%026d/claims",
		"Intervention": "cases/%026d/interventions", "Source": "sources", "Tie": "ties",
	}
	names := map[string]string{}
	records := map[string]proto.Message{}
	for i, d := range documents(t) {
		if d.Key == "" || names[d.Key] != "" {
			t.Fatalf("document %d: its key %q is missing or taken", i, d.Key)
		}
		collection := collections[d.Kind]
		if strings.Contains(collection, "%") {
			collection = fmt.Sprintf(collection, 0)
		}
		names[d.Key] = fmt.Sprintf("%s/%026d", collection, i)
		records[d.Key] = record(t, d)
	}
	for key, m := range records {
		resolve(t, key, m.ProtoReflect(), names)
		m.ProtoReflect().Set(m.ProtoReflect().Descriptor().Fields().ByName("name"), protoreflect.ValueOfString(names[key]))
	}
	return records
}
