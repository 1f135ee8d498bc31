package labels

import (
	"regexp"
	"strings"
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
)

// patterns say what the names of each kind of record look like, as the contract has it.
var patterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	protoregistry.GlobalFiles.RangeFilesByPackage("tumen.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			md := file.Messages().Get(i)
			if resource, ok := proto.GetExtension(md.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor); ok && len(resource.GetPattern()) > 0 {
				pattern := nameVariable.ReplaceAllString(resource.GetPattern()[0], `[^/]+`)
				all[string(md.Name())] = regexp.MustCompile("^" + pattern + "$")
			}
		}
		return true
	})
	return all
})

var nameVariable = regexp.MustCompile(`\{[a-z_]+\}`)

// KindOf is the kind of record that a name belongs to, "Case"; empty for none.
func KindOf(name string) string {
	for kind, pattern := range patterns() {
		if pattern.MatchString(name) {
			return kind
		}
	}
	return ""
}

// reference is what people call a case (2026-K7QF4) or a person (P-K7QF4).
var reference = regexp.MustCompile(`^([0-9]{4}|P)-[0-9A-HJKMNP-TV-Z]{5}$`)

// CalledSo is the question of which records are called so: by a reference, by issuer:id,
// or by an id that an organisation itself gave. nil where the text is none of these.
func CalledSo(organisation, text string) *tumenv1.FindRecordRequest {
	if upper := strings.ToUpper(text); reference.MatchString(upper) {
		return &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_Reference{Reference: upper}}
	}
	issuer, id, found := strings.Cut(text, ":")
	if !found {
		issuer, id = organisation, text
	}
	if issuer == "" || id == "" {
		return nil
	}
	return &tumenv1.FindRecordRequest{By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: issuer, Id: id}}}
}
