package service

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
)

// Whatever is registered needs a rule, what is not the contract's too.
func TestAServerWithAMethodThatNoRuleSpeaksOfIsRefused(t *testing.T) {
	contract, err := access.Rules(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	lacking := describable(contract)
	delete(lacking, tumenv1.CaseService_GetCase_FullMethodName)
	for _, tc := range []struct {
		name    string
		table   access.Table
		reflect bool
		lacks   string
	}{
		{"the contract alone", contract, false, ""},
		{"reflection with a rule", describable(contract), true, ""},
		{"reflection without one", contract, true, "/grpc.reflection.v1"},
		{"a method of the contract without one", lacking, true, tumenv1.CaseService_GetCase_FullMethodName},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := grpc.NewServer()
			tumenv1.RegisterCaseServiceServer(server, tumenv1.UnimplementedCaseServiceServer{})
			if tc.reflect {
				reflection.Register(server)
			}
			err := covers(server, tc.table)
			if (err == nil) != (tc.lacks == "") || err != nil && !strings.Contains(err.Error(), "no rule says who may call "+tc.lacks) {
				t.Errorf("got %v", err)
			}
		})
	}
	for path := range describable(contract) {
		if _, ok := contract[path]; !ok && !strings.HasPrefix(path, "/grpc.reflection.") {
			t.Errorf("%s was opened as well", path)
		}
	}
}
