// Command printprotos reads a binary google.protobuf.FileDescriptorSet from
// standard input and writes its files as .proto sources into a folder, which it
// replaces:
//
//	printprotos .build/imports <set
//
// Descriptors in Go modules carry no comments, so the sources have none.
// google/protobuf/*.proto are left out: every protobuf compiler has its own.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: printprotos FOLDER <DESCRIPTOR_SET")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "printprotos:", err)
		os.Exit(1)
	}
}

// run prints beside the folder first and then renames, so that an interrupted
// run leaves no half-written sources behind.
func run(folder string, in io.Reader) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	files, err := decode(raw)
	if err != nil {
		return err
	}
	parent := filepath.Dir(folder)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, ".printing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	printer := protoprint.Printer{Compact: true}
	if err := printer.PrintProtosToFileSystem(files, fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(fresh, folder)
}

// decode reads the set twice: the second time with the extensions that the
// first one found, so that custom options are printed by name and none is lost
// as an unknown field.
func decode(raw []byte) ([]protoreflect.FileDescriptor, error) {
	known, err := registry(raw, protoregistry.GlobalTypes)
	if err != nil {
		return nil, err
	}
	resolved, err := registry(raw, dynamicpb.NewTypes(known))
	if err != nil {
		return nil, err
	}
	var files []protoreflect.FileDescriptor
	resolved.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(file.Path(), "google/protobuf/") {
			files = append(files, file)
		}
		return true
	})
	if len(files) == 0 {
		return nil, fmt.Errorf("no files in the descriptor set")
	}
	return files, nil
}

type extensionResolver interface {
	FindExtensionByName(protoreflect.FullName) (protoreflect.ExtensionType, error)
	FindExtensionByNumber(protoreflect.FullName, protoreflect.FieldNumber) (protoreflect.ExtensionType, error)
}

func registry(raw []byte, extensions extensionResolver) (*protoregistry.Files, error) {
	set := &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{Resolver: extensions}).Unmarshal(raw, set); err != nil {
		return nil, fmt.Errorf("not a descriptor set: %w", err)
	}
	return protodesc.NewFiles(set)
}
