package daemontest_test

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

// written sends bytes as they are, as a client that checks nothing does.
type written struct{}

func (written) Name() string                  { return "proto" }
func (written) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (written) Unmarshal([]byte, any) error   { return nil }

// The Go client refuses some messages itself, and the server refuses them of
// any other client: both have to say the same.
func TestClientAndServerRefuseAMessageAlike(t *testing.T) {
	conn := daemontest.Start(t, daemontest.Options{}).Connect("case-worker")
	text := func(number protowire.Number, content string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), content)
	}
	request := new(tumenv1.CreateCaseRequest).ProtoReflect().Descriptor().Fields()
	record := func(content []byte) []byte { return text(request.ByName("case").Number(), string(content)) }
	fields := new(tumenv1.Case).ProtoReflect().Descriptor().Fields()
	title, languages := fields.ByName("title").Number(), fields.ByName("languages").Number()
	long := strings.Repeat("a", 5<<20)
	for _, tc := range []struct {
		name    string
		request *tumenv1.CreateCaseRequest
		wire    []byte
	}{
		{"a text that is not UTF-8", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "\xff"}}, record(text(title, "\xff"))},
		{"one in a list", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Languages: []string{"ko", "\xff"}}}, record(append(text(languages, "ko"), text(languages, "\xff")...))},
		{"more than 4 MiB", &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: long}}, record(text(title, long))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := conn.Cases.CreateCase(t.Context(), tc.request)
			here := client.AsError(err)
			there := client.AsError(conn.Invoker().Invoke(t.Context(), tumenv1.CaseService_CreateCase_FullMethodName, tc.wire, new(tumenv1.CreateCaseResponse),
				grpc.ForceCodec(written{}), grpc.MaxCallSendMsgSize(6<<20)))
			if here == nil || there == nil || !reflect.DeepEqual(here, there) {
				t.Errorf("the client says\n%+v\nthe server says\n%+v", here, there)
			}
		})
	}
}
