package project

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate" // so that its options are compared by value
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

func TestGeneratedCodeIsCurrent(t *testing.T) {
	root := projectFolder(t)
	run(t, root, "make", "--silent", "imports")
	fresh := t.TempDir()
	run(t, root, filepath.Join(root, ".build/bin/buf"), "generate", "--output", fresh)

	want, have := generated(t, filepath.Join(fresh, "proto")), generated(t, filepath.Join(root, "proto"))
	if len(want) == 0 {
		t.Fatal("buf generate wrote no Go")
	}
	for path, code := range want {
		switch committed, ok := have[path]; {
		case !ok:
			t.Errorf("proto/%s is missing: run `make generate`", path)
		case !bytes.Equal(committed, code):
			t.Errorf("proto/%s is not what its .proto gives: run `make generate`", path)
		}
	}
	for path := range have {
		if _, ok := want[path]; !ok {
			t.Errorf("proto/%s comes from no .proto any more: run `make generate`", path)
		}
	}
}

// generated reads all generated Go below a folder, by slash-separated path.
func generated(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".pb.go") {
			return err
		}
		code, err := fs.ReadFile(tree, path)
		files[path] = code
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The contract is compiled against printed sources and the server is linked
// with Go packages; both must say the same about every message and option.
func TestPrintedImportsAreWhatIsLinked(t *testing.T) {
	root := projectFolder(t)
	run(t, root, "make", "--silent", "imports")
	linked := descriptors(t, run(t, root, "go", "run", "./internal/project/importedprotos"))
	printed := descriptors(t, run(t, root, filepath.Join(root, ".build/bin/buf"), "build", ".build/imports",
		"--exclude-source-info", "--output", "-#format=binpb"))
	compared := 0
	for path, want := range linked {
		if strings.HasPrefix(path, "google/protobuf/") {
			continue // buf's own
		}
		compared++
		got := printed[path]
		if got == nil {
			t.Errorf("%s was not printed", path)
			continue
		}
		got.ProtoReflect().SetUnknown(nil) // buf's notes on the file
		if !proto.Equal(want, got) {
			t.Errorf("%s reads differently once printed\nlinked:  %v\nprinted: %v", path, want, got)
		}
	}
	if compared == 0 {
		t.Fatal("no imported files")
	}
}

func descriptors(t *testing.T, raw []byte) map[string]*descriptorpb.FileDescriptorProto {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(raw, set); err != nil {
		t.Fatal(err)
	}
	files := map[string]*descriptorpb.FileDescriptorProto{}
	for _, file := range set.File {
		files[file.GetName()] = file
	}
	return files
}
