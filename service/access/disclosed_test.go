package access

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// TestWhateverTellsAnIdentityIsFound: every protected field of every kind of
// record, alone in a record, in a list and in what holds a record of any kind.
func TestWhateverTellsAnIdentityIsFound(t *testing.T) {
	found := 0
	for _, kind := range records(t) {
		for _, f := range planOf(kind.Descriptor()).fields {
			m := kind.New()
			setSome(m, f.desc)
			m.Set(m.Descriptor().Fields().ByName("name"), protoreflect.ValueOfString("a/name"))
			m.Set(m.Descriptor().Fields().ByName("revision"), protoreflect.ValueOfInt64(4))
			holder := &tumenv1.Record{}
			held := holder.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(fieldOfKind(t, kind.Descriptor())))
			holder.ProtoReflect().Set(held, protoreflect.ValueOfMessage(m))
			for _, answer := range []proto.Message{m.Interface(), holder, &tumenv1.GetRecordResponse{Record: holder}, &tumenv1.ExportMatterResponse{Document: &tumenv1.MatterDocument{Record: holder}}} {
				got := Disclosures(answer)
				if !Identifies(f.class) {
					if len(got) > 0 {
						t.Errorf("%s is taken for an identity", f.desc.FullName())
					}
					continue
				}
				if len(got) != 1 || got[0].Record != "a/name" || got[0].Revision != 4 || len(got[0].Classes) != 1 || got[0].Classes[0] != f.class {
					t.Errorf("%s in a %T: %+v", f.desc.FullName(), answer, got)
				}
				if sent := Disclosures(answer, m.Interface()); len(sent) > 0 {
					t.Errorf("%s in a %T was sent, and yet: %+v", f.desc.FullName(), answer, sent)
				}
				found++
			}
		}
	}
	if found < 4*14 {
		t.Errorf("only %d were looked for", found)
	}
}

// setSome gives a field some value that is not its default.
func setSome(m protoreflect.Message, f protoreflect.FieldDescriptor) {
	switch {
	case f.IsList():
		m.Mutable(f).List().Append(some(m.NewField(f).List().NewElement(), f))
	case f.IsMap():
		m.Mutable(f).Map().Set(protoreflect.ValueOfString("k").MapKey(), some(m.NewField(f).Map().NewValue(), f.MapValue()))
	default:
		m.Set(f, some(m.NewField(f), f))
	}
}

func some(v protoreflect.Value, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("x")
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("x"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(1)
	}
	return v // a message, which is there though empty
}

func fieldOfKind(t *testing.T, kind protoreflect.MessageDescriptor) string {
	t.Helper()
	fields := (&tumenv1.Record{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if fields.Get(i).Message().FullName() == kind.FullName() {
			return string(fields.Get(i).Name())
		}
	}
	t.Fatalf("no record holds a %s", kind.FullName())
	return ""
}

func TestWhatWasSentIsToldByItsValue(t *testing.T) {
	sent := &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{Notes: "sent", LastSeen: "sent"}}
	answer := func(p *tumenv1.Person) *tumenv1.CreatePersonResponse {
		p.Name = "persons/a"
		return &tumenv1.CreatePersonResponse{Person: p}
	}
	for name, tc := range map[string]struct {
		answer *tumenv1.Person
		news   bool
	}{
		"the same":           {&tumenv1.Person{Notes: "sent", LastSeen: "sent"}, false},
		"less":               {&tumenv1.Person{Notes: "sent"}, false},
		"another value":      {&tumenv1.Person{Notes: "other"}, true},
		"another field":      {&tumenv1.Person{SafeContact: "sent"}, true},
		"one more beside it": {&tumenv1.Person{Notes: "sent", Documents: []string{"x"}}, true},
	} {
		if got := Disclosures(answer(tc.answer), sent); len(got) > 0 != tc.news {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if Disclosures(nil) != nil || Disclosures((*tumenv1.CreatePersonResponse)(nil)) != nil || MayDisclose((&tumenv1.GetCheckpointResponse{}).ProtoReflect().Descriptor()) {
		t.Error("what shows nothing is said to")
	}
	two := &tumenv1.ListPersonsResponse{Persons: []*tumenv1.Person{{Name: "persons/a", Notes: "x"}, {Name: "persons/b"}, {Name: "persons/c", Notes: "x", SafeContact: "y"}}}
	if got := Disclosures(two); len(got) != 2 || got[0].Record != "persons/a" || got[1].Record != "persons/c" || len(got[1].Classes) != 1 {
		t.Errorf("%+v", got)
	}
}

// BenchmarkDisclosures: what the gate costs an answer that tells nobody's identity.
func BenchmarkDisclosures(b *testing.B) {
	claims := new(tumenv1.ListClaimsResponse)
	for range 50 {
		claims.Matches = append(claims.Matches, &tumenv1.ClaimMatch{Claim: &tumenv1.Claim{Name: "cases/a/claims/b", Quote: &tumenv1.Quote{Text: "x"}}})
	}
	for name, answer := range map[string]proto.Message{"a page of claims": claims, "an event": &tumenv1.GetEventResponse{Event: new(tumenv1.Event)}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(Disclosures(answer)) > 0 {
					b.Fatal("something was found")
				}
			}
		})
	}
}
