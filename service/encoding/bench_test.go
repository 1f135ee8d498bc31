package encoding

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// typicalClaim has fifteen fields and about 1 KB.
func typicalClaim() *tumenv1.Claim {
	name := strings.Repeat("0123456789abcdefghjkmnpqrs", 2)
	return &tumenv1.Claim{
		Name: "cases/" + name[:26] + "/claims/" + name[26:], Owner: "organisations/" + name[:26],
		Marking: tumenv1.Marking_MARKING_AMBER_STRICT, Revision: 1,
		CreateTime:   &timestamppb.Timestamp{Seconds: 1696856400, Nanos: 123456789},
		UpdateTime:   &timestamppb.Timestamp{Seconds: 1696856400, Nanos: 123456789},
		Creator:      "organisations/" + name[:26] + "/members/" + name[26:],
		Updater:      "organisations/" + name[:26] + "/members/" + name[26:],
		ChangeReason: "recorded from the statement", Source: "sources/" + name[:26],
		Subjects: []string{"cases/" + name[:26] + "/events/" + name[26:]},
		Aspect:   tumenv1.Aspect_ASPECT_COUNT, Stance: tumenv1.Stance_STANCE_ASSERTS,
		Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: &tumenv1.Count{Low: proto.Int64(501), Words: "more than 500"}}},
		Quote: &tumenv1.Quote{Text: strings.Repeat("They were \"taken\" across the river at night. ", 8), Language: "en"},
	}
}

func BenchmarkAppend(b *testing.B) {
	claim, room := typicalClaim(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		encoded, err := Append(room, claim)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(encoded)))
	}
}

func BenchmarkDecode(b *testing.B) {
	encoded, err := Append(nil, typicalClaim())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(encoded)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Decode(encoded, &tumenv1.Claim{}); err != nil {
			b.Fatal(err)
		}
	}
}

// What must not creep up unseen is counted: every write encodes, every read
// decodes.
func TestAllocations(t *testing.T) {
	claim, room := typicalClaim(), make([]byte, 0, 4096)
	encoded, err := Append(room, claim)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = Append(room, claim) }); n > 4 {
		t.Errorf("Append allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Decode(encoded, &tumenv1.Claim{}) }); n > 24 {
		t.Errorf("Decode allocates %v times", n)
	}
}
