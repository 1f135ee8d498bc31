package access

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// records lists the contract's record kinds: the messages that are resources.
func records(t testing.TB) []protoreflect.MessageType {
	t.Helper()
	var found []protoreflect.MessageType
	protoregistry.GlobalTypes.RangeMessages(func(kind protoreflect.MessageType) bool {
		if kind.Descriptor().ParentFile().Package() == contractPackage && planOf(kind.Descriptor()).resource {
			found = append(found, kind)
		}
		return true
	})
	if len(found) < 14 {
		t.Fatalf("found only %d kinds of records", len(found))
	}
	return found
}

func TestEveryFieldOfEveryRecordHasAClass(t *testing.T) {
	for _, kind := range records(t) {
		desc := kind.Descriptor()
		p := planOf(desc)
		if !p.isRecord() || p.author == nil || p.withheld == nil {
			t.Errorf("%s lacks owner, marking, creator or withheld", desc.FullName())
		}
		for _, f := range p.fields {
			if classOf(f.desc) == tumenv1.Protection_PROTECTION_UNSPECIFIED {
				t.Errorf("%s has no class", f.desc.FullName())
			}
			if f.class != classOf(f.desc) {
				t.Errorf("%s holds a field with a stricter class than its own", f.desc.FullName())
			}
		}
	}
	credential := (&tumenv1.Credential{}).ProtoReflect().Descriptor()
	if class := classOf(credential.Fields().ByName("token_hash")); class != tumenv1.Protection_PROTECTION_INTERNAL {
		t.Errorf("a token's hash is %v", class)
	}
}

// planted builds a record kind as a later release of the contract might have
// it, by changing Case before it is built.
func planted(t testing.TB, change func(*descriptorpb.DescriptorProto)) protoreflect.MessageType {
	t.Helper()
	file := protodesc.ToFileDescriptorProto(tumenv1.File_tumen_v1_case_service_proto)
	file.Name, file.Service = proto.String("planted.proto"), nil
	file.Package = proto.String("planted")
	file.Dependency = append(file.Dependency, "tumen/v1/protection.proto")
	for _, m := range file.MessageType {
		if m.GetName() == "Case" {
			change(m)
		}
	}
	// What the messages of this file say about each other moves with them.
	var move func(ms []*descriptorpb.DescriptorProto)
	move = func(ms []*descriptorpb.DescriptorProto) {
		for _, m := range ms {
			for _, f := range m.Field {
				name := strings.TrimPrefix(f.GetTypeName(), ".tumen.v1.")
				for _, local := range file.MessageType {
					if top, _, _ := strings.Cut(name, "."); f.TypeName != nil && top == local.GetName() && !strings.HasPrefix(name, ".") {
						f.TypeName = proto.String(".planted." + name)
					}
				}
			}
			move(m.NestedType)
		}
	}
	move(file.MessageType)
	dependencies := file.Dependency[:0]
	seen := map[string]bool{}
	for _, d := range file.Dependency {
		if !seen[d] {
			dependencies, seen[d] = append(dependencies, d), true
		}
	}
	file.Dependency = dependencies
	made, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return dynamicpb.NewMessageType(made.Messages().ByName("Case"))
}

// withClass gives a field's options; nil for none.
func withClass(class tumenv1.Protection) *descriptorpb.FieldOptions {
	o := &descriptorpb.FieldOptions{}
	proto.SetExtension(o, tumenv1.E_Protection, class)
	return o
}

func TestANewFieldIsClosedUntilTheContractOpensIt(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options *descriptorpb.FieldOptions
		shown   bool
	}{
		{"no class", nil, false},
		{"unspecified", withClass(tumenv1.Protection_PROTECTION_UNSPECIFIED), false},
		{"a class of a later release", withClass(6), false},
		{"below all classes", withClass(-1), false},
		{"internal", withClass(tumenv1.Protection_PROTECTION_INTERNAL), false},
		{"open", withClass(tumenv1.Protection_PROTECTION_OPEN), true},
		{"content", withClass(tumenv1.Protection_PROTECTION_CONTENT), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kind := planted(t, func(m *descriptorpb.DescriptorProto) {
				m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
					Name: proto.String("informant"), Number: proto.Int32(99), Options: tc.options,
					Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
				})
			})
			record := kind.New()
			set := func(name, value string) {
				record.Set(kind.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(value))
			}
			set("informant", "secret")
			set("creator", author.Member)
			set("owner", author.Organisation)
			out := Redact(author, record.Interface()).ProtoReflect()
			if out.Has(kind.Descriptor().Fields().ByName("informant")) != tc.shown {
				t.Errorf("shown is %v even to the author", !tc.shown)
			}
			if Shows(author, record.Interface(), "informant") != tc.shown {
				t.Errorf("Shows says %v", !tc.shown)
			}
			if said := out.Has(kind.Descriptor().Fields().ByName("withheld")); said == tc.shown {
				t.Errorf("withheld is said: %v", said)
			}
		})
	}
}

func TestAStricterClassInsideClosesWhatHoldsIt(t *testing.T) {
	for _, tc := range []struct {
		name          string
		outer, inner  tumenv1.Protection
		author, other bool // what is shown to whom
	}{
		{"stricter", tumenv1.Protection_PROTECTION_CONTENT, tumenv1.Protection_PROTECTION_IDENTITY, true, false},
		{"internal", tumenv1.Protection_PROTECTION_OPEN, tumenv1.Protection_PROTECTION_INTERNAL, false, false},
		{"looser", tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_OPEN, true, false},
		{"the same", tumenv1.Protection_PROTECTION_CONTENT, tumenv1.Protection_PROTECTION_CONTENT, true, true},
		{"unknown", tumenv1.Protection_PROTECTION_OPEN, 6, false, false},
		{"of two kinds of people", tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kind := planted(t, func(m *descriptorpb.DescriptorProto) {
				// It holds itself too: the walk must end.
				m.NestedType = append(m.NestedType, &descriptorpb.DescriptorProto{Name: proto.String("Inner"), Field: []*descriptorpb.FieldDescriptorProto{{
					Name: proto.String("who"), Number: proto.Int32(1), Options: withClass(tc.inner),
					Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
				}, {
					Name: proto.String("again"), Number: proto.Int32(2), TypeName: proto.String(".planted.Case.Inner"),
					Label: descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
				}}})
				m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
					Name: proto.String("inner"), Number: proto.Int32(99), Options: withClass(tc.outer), TypeName: proto.String(".planted.Case.Inner"),
					Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(),
				})
			})
			record := kind.New()
			record.Set(kind.Descriptor().Fields().ByName("creator"), protoreflect.ValueOfString(author.Member))
			record.Mutable(kind.Descriptor().Fields().ByName("inner"))
			if got := Shows(author, record.Interface(), "inner"); got != tc.author {
				t.Errorf("shown to the author: %v", got)
			}
			if got := Shows(colleague, record.Interface(), "inner"); got != tc.other {
				t.Errorf("shown to a colleague: %v", got)
			}
		})
	}
}

func TestEveryMethodHasARule(t *testing.T) {
	table, err := Rules(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	worker := Reader{Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}}
	auditor := Reader{Roles: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}}
	administrator := Reader{Roles: []tumenv1.Role{tumenv1.Role_ROLE_ADMINISTRATOR}}
	for _, tc := range []struct {
		name    string
		r       Reader
		method  string
		allowed bool
		local   bool
	}{
		{"a worker records", worker, "/tumen.v1.ClaimService/CreateClaim", true, false},
		{"a worker reads", worker, "/tumen.v1.ClaimService/GetClaim", true, false},
		{"a worker decides", worker, "/tumen.v1.VerificationService/ApproveFinding", false, false},
		{"an auditor reads", auditor, "/tumen.v1.ClaimService/GetClaim", true, false},
		{"an auditor records", auditor, "/tumen.v1.ClaimService/CreateClaim", false, false},
		{"an administrator reads", administrator, "/tumen.v1.CaseService/GetCase", false, false},
		{"nobody reads", Reader{}, "/tumen.v1.CaseService/GetCase", false, false},
		{"no role at all", Reader{Roles: []tumenv1.Role{0}}, "/tumen.v1.CaseService/GetCase", false, false},
		{"a local method from outside", administrator, "/tumen.v1.AdminService/CreateToken", false, true},
		{"without its leading slash", worker, "tumen.v1.ClaimService/GetClaim", false, false},
		{"in other letters", worker, "/tumen.v1.claimservice/getclaim", false, false},
		{"with more after it", worker, "/tumen.v1.ClaimService/GetClaim/", false, false},
		{"twice the slash", worker, "//tumen.v1.ClaimService/GetClaim", false, false},
		{"of another package", worker, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", false, false},
		{"nothing", worker, "", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := table.MayCall(tc.r, tc.method); (err == nil) != tc.allowed {
				t.Errorf("answer: %v", err)
			}
			if err := table.MayCallLocally(tc.method); (err == nil) != tc.local {
				t.Errorf("answer over the admin socket: %v", err)
			}
		})
	}
}

// plantedMethod builds a file of the contract's package with one method.
func plantedMethod(t *testing.T, rule *tumenv1.Access, change ...func(*descriptorpb.MethodDescriptorProto)) *protoregistry.Files {
	t.Helper()
	var options *descriptorpb.MethodOptions
	if rule != nil {
		options = &descriptorpb.MethodOptions{}
		proto.SetExtension(options, tumenv1.E_Access, rule)
	}
	method := &descriptorpb.MethodDescriptorProto{
		Name: proto.String("Do"), InputType: proto.String(".tumen.v1.Nothing"), OutputType: proto.String(".tumen.v1.Nothing"), Options: options,
	}
	for _, f := range change {
		f(method)
	}
	made, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("planted.proto"), Package: proto.String("tumen.v1"), Syntax: proto.String("proto3"), Dependency: []string{"tumen/v1/person_service.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Nothing")}},
		Service:     []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("NewService"), Method: []*descriptorpb.MethodDescriptorProto{method}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	files := &protoregistry.Files{}
	if err := files.RegisterFile(made); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheServerDoesNotStartWithoutARule(t *testing.T) {
	role := func(roles ...tumenv1.Role) []tumenv1.Role { return roles }
	for _, tc := range []struct {
		name  string
		rule  *tumenv1.Access
		valid bool
	}{
		{"no rule", nil, false},
		{"an empty rule", &tumenv1.Access{}, false},
		{"no role", &tumenv1.Access{Roles: role(0)}, false},
		{"a role of a later release", &tumenv1.Access{Roles: role(1, 17)}, false},
		{"both doors", &tumenv1.Access{Roles: role(1), Local: true}, false},
		{"a role, and nobody at all", &tumenv1.Access{Roles: role(1), Open: true}, false},
		{"the socket, and nobody at all", &tumenv1.Access{Local: true, Open: true}, false},
		{"open", &tumenv1.Access{Open: true}, true},
		{"a role", &tumenv1.Access{Roles: role(1)}, true},
		{"local", &tumenv1.Access{Local: true}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			table, err := Rules(plantedMethod(t, tc.rule))
			if (err == nil) != tc.valid || (table == nil) == tc.valid {
				t.Errorf("%v, %v", table, err)
			}
			if !tc.valid && !strings.Contains(err.Error(), "tumen.v1.NewService.Do") {
				t.Errorf("does not say which: %v", err)
			}
		})
	}
	if _, err := Rules(&protoregistry.Files{}); err == nil {
		t.Error("an empty contract has rules")
	}
}

// What is open to whoever comes holds little of the server, and shows nothing that has
// to be accounted for.
func TestWhatIsOpenToAnybodyIsHarmless(t *testing.T) {
	for name, change := range map[string]func(*descriptorpb.MethodDescriptorProto){
		"it streams in":            func(m *descriptorpb.MethodDescriptorProto) { m.ClientStreaming = proto.Bool(true) },
		"it streams out":           func(m *descriptorpb.MethodDescriptorProto) { m.ServerStreaming = proto.Bool(true) },
		"it shows who somebody is": func(m *descriptorpb.MethodDescriptorProto) { m.OutputType = proto.String(".tumen.v1.Person") },
	} {
		if table, err := Rules(plantedMethod(t, &tumenv1.Access{Open: true}, change)); err == nil {
			t.Errorf("%s: %v", name, table)
		}
	}
	table, err := Rules(plantedMethod(t, &tumenv1.Access{Open: true}))
	if err != nil {
		t.Fatal(err)
	}
	const method = "/tumen.v1.NewService/Do"
	if err := table.MayCall(Reader{}, method); err != nil || !table.Open(method) {
		t.Errorf("nobody may not: %v", err)
	}
	if table.MayCallLocally(method) == nil {
		t.Error("it can be called over the admin socket")
	}
	for _, other := range []string{"tumen.v1.NewService/Do", method + "/", "/tumen.v1.NewService/Other", ""} {
		if table.Open(other) || table.MayCall(Reader{}, other) == nil {
			t.Errorf("%q is open", other)
		}
	}
}
