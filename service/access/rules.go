package access

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
)

// contractPackage is the package whose methods must all have a rule.
const contractPackage = "tumen.v1"

// A Rule is who may call one method.
type Rule struct {
	Roles []tumenv1.Role // holders of any of these
	Local bool           // over the local admin socket only, by whoever holds that
	Open  bool           // over the network, by whoever reaches it: nobody is asked who they are
}

// A Table holds the rule of each method under its full path,
// "/tumen.v1.CaseService/GetCase". What doesn't stand in it, nobody may call.
type Table map[string]Rule

// Rules reads the table from the options of the contract's methods. A method
// without a rule, or with one that names no defined role, is an error: the
// server must not start.
func Rules(files *protoregistry.Files) (Table, error) {
	table := Table{}
	var faulty []string
	files.RangeFilesByPackage(contractPackage, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				rule, ok := ruleOf(method)
				if !ok {
					faulty = append(faulty, string(method.FullName()))
				}
				table[fmt.Sprintf("/%s/%s", service.FullName(), method.Name())] = rule
			}
		}
		return true
	})
	if len(faulty) > 0 {
		slices.Sort(faulty)
		return nil, fmt.Errorf("access: no rule says who may call %s", strings.Join(faulty, ", "))
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("access: package %s has no methods", contractPackage)
	}
	return table, nil
}

func ruleOf(method protoreflect.MethodDescriptor) (Rule, bool) {
	stated, ok := proto.GetExtension(method.Options(), tumenv1.E_Access).(*tumenv1.Access)
	if !ok || stated == nil {
		return Rule{}, false
	}
	for _, role := range stated.GetRoles() {
		if _, known := tumenv1.Role_name[int32(role)]; !known || role == tumenv1.Role_ROLE_UNSPECIFIED {
			return Rule{}, false
		}
	}
	rule := Rule{Roles: stated.GetRoles(), Local: stated.GetLocal(), Open: stated.GetOpen()}
	// One of the three: a method that is two would be open to the wrong door.
	ways := 0
	for _, stated := range []bool{len(rule.Roles) > 0, rule.Local, rule.Open} {
		if stated {
			ways++
		}
	}
	if ways != 1 || rule.Open && !safeForAnybody(method) {
		return Rule{}, false
	}
	return rule, true
}

// safeForAnybody says whether a method can be opened to whoever reaches the server:
// what it holds of the server is bounded, and nothing that has to be accounted for is in
// its answer.
func safeForAnybody(method protoreflect.MethodDescriptor) bool {
	return !method.IsStreamingClient() && !method.IsStreamingServer() && !MayDisclose(method.Output())
}

// Open says whether a method is one for which nobody is asked who they are.
func (t Table) Open(fullMethod string) bool { return t[fullMethod].Open }

// MayCall returns nil if the reader may call the method at all, over the
// network. fullMethod is the path as gRPC gives it; one that isn't in the
// table letter for letter, its leading slash included, is refused.
func (t Table) MayCall(r Reader, fullMethod string) error {
	rule, ok := t[fullMethod]
	if !ok {
		return unknownMethod()
	}
	if rule.Local {
		return fault.New(fault.Denied, "LOCAL_ONLY", "this can be called only on the server itself, over its admin socket")
	}
	if rule.Open {
		return nil
	}
	for _, role := range r.Roles {
		if slices.Contains(rule.Roles, role) {
			return nil
		}
	}
	return fault.New(fault.Denied, "ROLE_NOT_ALLOWED", "none of your roles may call this")
}

// MayCallLocally returns nil if the method may be called over the local admin
// socket, where roles play no part.
func (t Table) MayCallLocally(fullMethod string) error {
	rule, ok := t[fullMethod]
	if !ok {
		return unknownMethod()
	}
	if !rule.Local {
		return fault.New(fault.Denied, "NOT_LOCAL", "this can't be called over the admin socket: call it as a member")
	}
	return nil
}

func unknownMethod() error {
	return fault.New(fault.Denied, "UNKNOWN_METHOD", "there is no such method, or nobody may call it")
}
