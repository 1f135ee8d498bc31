// Command importedprotos writes a binary google.protobuf.FileDescriptorSet to
// standard output: the files that the contract may import and that are not
// written here. They come from the Go modules that go.mod pins, so that what
// the contract is compiled against is what the server is linked with.
//
// tools/printprotos turns the set into .proto files for buf.
package main

import (
	"fmt"
	"os"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
)

func main() {
	out, err := encode(
		validate.File_buf_validate_validate_proto,
		annotations.File_google_api_field_behavior_proto,
		annotations.File_google_api_field_info_proto,
		annotations.File_google_api_resource_proto,
		errdetails.File_google_rpc_error_details_proto,
		status.File_google_rpc_status_proto,
	)
	if err == nil {
		_, err = os.Stdout.Write(out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "importedprotos:", err)
		os.Exit(1)
	}
}

// encode gives the deterministic encoding of a set with the files and all that
// they import, each after what it imports. google/protobuf/*.proto are in it
// too, since the set must be complete to be read.
func encode(files ...protoreflect.FileDescriptor) ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(protoreflect.FileDescriptor) error
	add = func(file protoreflect.FileDescriptor) error {
		if seen[file.Path()] {
			return nil
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			imported := file.Imports().Get(i)
			if imported.IsPlaceholder() {
				return fmt.Errorf("%s imports %s, which is not linked in", file.Path(), imported.Path())
			}
			if err := add(imported.FileDescriptor); err != nil {
				return err
			}
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return nil
	}
	for _, file := range files {
		if strings.HasPrefix(file.Path(), "google/protobuf/") {
			return nil, fmt.Errorf("%s is built into buf", file.Path())
		}
		if err := add(file); err != nil {
			return nil, err
		}
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(set)
}
