package encoding

import (
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The vectors stand for good: a record stored by any release must read the
// same in all later ones. A new kind of record or a new field gets a new
// vector; those that are there never change.
func TestVectors(t *testing.T) {
	files := vectors(t)
	covered := map[protoreflect.Name]map[string]bool{}
	for _, kind := range kinds(t) {
		covered[kind.Descriptor().Name()] = map[string]bool{}
		for name, record := range files {
			folder, vector, _ := strings.Cut(name, "/")
			if folder != string(kind.Descriptor().Name()) || !strings.HasSuffix(vector, ".json") {
				continue
			}
			t.Run(name, func(t *testing.T) {
				m := kind.New().Interface()
				if err := protojson.Unmarshal([]byte(record), m); err != nil {
					t.Fatal(err)
				}
				got, err := Append(nil, m)
				if err != nil {
					t.Fatal(err)
				}
				want := "\x01" + files[strings.TrimSuffix(name, ".json")+".v1"]
				if string(got) != want {
					t.Errorf("is written\n%s\ninstead of\n%s", got, want)
				}
				back := kind.New().Interface()
				if err := Decode([]byte(want), back); err != nil || !proto.Equal(m, back) {
					t.Errorf("reads as %v, %v", back, err)
				}
				for field := range Fields([]byte(want)) {
					covered[kind.Descriptor().Name()][field] = true
				}
			})
		}
	}
	for _, kind := range kinds(t) {
		fields := kind.Descriptor().Fields()
		for i := range fields.Len() {
			if f := fields.Get(i); !covered[kind.Descriptor().Name()][string(f.Name())] {
				t.Errorf("no vector has %s: add one", f.FullName())
			}
		}
	}
}

// vectors reads the archive (txtar): a line "-- name --", then the file.
func vectors(t testing.TB) map[string]string {
	t.Helper()
	archive, err := os.ReadFile("testdata/v1.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, part := range strings.Split("\n"+string(archive), "\n-- ")[1:] {
		name, content, ok := strings.Cut(part, " --\n")
		if !ok {
			t.Fatalf("testdata/v1.txtar: %q has no end", name)
		}
		files[name] = strings.TrimSuffix(content, "\n")
	}
	return files
}

func TestFieldsGivesTheBytesAsTheyStand(t *testing.T) {
	const encoded = "\x01[[\"name\",\"n\"],[\"labels\",{\"a\":\"]}\\\"\"}],[\"value\",{\"count\":{\"low\":-0}}],[\"b\",[true,false,\"x\"]]]"
	var got []string
	for name, value := range Fields([]byte(encoded)) {
		got = append(got, name+" "+string(value))
	}
	want := []string{`name "n"`, `labels {"a":"]}\""}`, `value {"count":{"low":-0}}`, `b [true,false,"x"]`}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	for range Fields([]byte(encoded)) {
		break // leaving early must not fail
	}
	for _, broken := range []string{"", "[]", "\x01", "\x01[]", "\x01[[", "\x01[[\"a\"", "\x01[[\"a\",", "\x01[[\"a\",[", "\x01[[\"a\",{1", "\x01[[\"a\",1", "\x01" + strings.Repeat("[", 1000)} {
		for name, value := range Fields([]byte(broken)) {
			t.Errorf("%q gives %s %s", broken, name, value)
		}
	}
}
