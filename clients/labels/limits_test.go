package labels

import (
	"maps"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		of            proto.Message
		field, reason string
		want          map[string]string
	}{
		{&tumenv1.Case{}, "title", "STRING_MAX_LEN", map[string]string{"limit": "300", "form": "blank"}},
		{&tumenv1.Case{}, "languages", "REPEATED_MAX_ITEMS", map[string]string{"limit": "20"}},
		{&tumenv1.Composition{}, "low_percent", "DOUBLE_GTE_LTE", map[string]string{"low": "0", "high": "100"}},
		{&tumenv1.Case{}, "title", "ETAG_STALE", map[string]string{"form": "blank"}},
		{&tumenv1.Case{}, "title", "", map[string]string{"form": "blank"}},
		{&tumenv1.Case{}, "languages", "STRING_PATTERN", map[string]string{"form": "language"}},
		{&tumenv1.Case{}, "follow_up_date", "INVALID_DATE", map[string]string{"form": "day"}},
		{&tumenv1.Claim{}, "source", "STRING_PATTERN", map[string]string{"form": "record"}},
		{&tumenv1.Case{}, "create_time", "REQUIRED", nil},
	} {
		fd := c.of.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(c.field))
		if got := Limits(fd, c.reason); !maps.Equal(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.field, c.reason, got, c.want)
		}
	}
}

// A pattern that the contract has no more is no form that anybody types.
func TestFormsAreOfTheContract(t *testing.T) {
	found := map[string]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			fields := f.Messages().Get(i).Fields()
			for j := range fields.Len() {
				rules, _ := proto.GetExtension(fields.Get(j).Options(), validate.E_Field).(*validate.FieldRules)
				found[rules.GetString().GetPattern()] = true
				found[rules.GetRepeated().GetItems().GetString().GetPattern()] = true
			}
		}
		return true
	})
	for pattern, form := range forms {
		if !found[pattern] {
			t.Errorf("%s: the contract has no %s", form, pattern)
		}
	}
}
