package encoding

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestEachValueHasOneForm(t *testing.T) {
	claim := func(c *tumenv1.Claim) proto.Message { return c }
	count := func(c *tumenv1.Count) proto.Message {
		return &tumenv1.Claim{Value: &tumenv1.Value{Kind: &tumenv1.Value_Count{Count: c}}}
	}
	at := func(x float64) proto.Message {
		return &tumenv1.Place{Location: &tumenv1.Location{Latitude: x}}
	}
	for _, tc := range []struct {
		name string
		m    proto.Message
		want string
	}{
		{"nothing set", claim(&tumenv1.Claim{}), `[]`},
		{"text as it is", claim(&tumenv1.Claim{Notes: "두만강 <&> \u2028\x7f😀"}), `[["notes","두만강 <&> ` + "\u2028\x7f😀" + `"]]`},
		{"the escapes", claim(&tumenv1.Claim{Notes: "\"\\\b\t\n\f\r\x00\x1f/"}), `[["notes","\"\\\b\t\n\f\r\u0000\u001f/"]]`},
		{"enum by name", claim(&tumenv1.Claim{Stance: tumenv1.Stance_STANCE_DENIES}), `[["stance","STANCE_DENIES"]]`},
		{"fields by number, not by name", claim(&tumenv1.Claim{Name: "n", Subjects: []string{"b", "a"}, Source: "s"}), `[["name","n"],["source","s"],["subjects",["b","a"]]]`},
		{"optional zero is kept", count(&tumenv1.Count{Low: proto.Int64(0)}), `[["value",{"count":{"low":0}}]]`},
		{"a message without fields is kept", count(&tumenv1.Count{}), `[["value",{"count":{}}]]`},
		{"greatest exact integer", claim(&tumenv1.Claim{Revision: maxExact}), `[["revision",9007199254740991]]`},
		{"beyond it in quotes", claim(&tumenv1.Claim{Revision: maxExact + 1}), `[["revision","9007199254740992"]]`},
		{"least integer", claim(&tumenv1.Claim{Revision: math.MinInt64}), `[["revision","-9223372036854775808"]]`},
		{"map by key", claim(&tumenv1.Claim{Labels: map[string]string{"b": "1", "a": "2", "가": "3", "B": "4"}}), `[["labels",{"B":"4","a":"2","b":"1","가":"3"}]]`},
		{"bytes", &tumenv1.Credential{TokenHash: []byte{0xfb, 0xff, 0x00}}, `[["token_hash","-_8A"]]`},
		{"bytes without padding", &tumenv1.Credential{TokenHash: []byte{0xfb}}, `[["token_hash","-w"]]`},
		{"list of enums", &tumenv1.Credential{Scope: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR, tumenv1.Role_ROLE_UNSPECIFIED}}, `[["scope",["ROLE_AUDITOR","ROLE_UNSPECIFIED"]]]`},
		{"time", claim(&tumenv1.Claim{CreateTime: &timestamppb.Timestamp{Seconds: 1696856400}}), `[["create_time","2023-10-09T13:00:00Z"]]`},
		{"time with decimals", claim(&tumenv1.Claim{CreateTime: &timestamppb.Timestamp{Seconds: -1, Nanos: 120_000_000}}), `[["create_time","1969-12-31T23:59:59.12Z"]]`},
		{"first and last time", &tumenv1.Credential{CreateTime: &timestamppb.Timestamp{Seconds: minTimestamp}, ExpireTime: &timestamppb.Timestamp{Seconds: maxTimestamp, Nanos: 999_999_999}}, `[["create_time","0001-01-01T00:00:00Z"],["expire_time","9999-12-31T23:59:59.999999999Z"]]`},
		{"duration", &tumenv1.CreateTokenRequest{Lifetime: &durationpb.Duration{Seconds: 90}}, `[["lifetime","90s"]]`},
		{"duration below zero", &tumenv1.CreateTokenRequest{Lifetime: &durationpb.Duration{Nanos: -500_000_000}}, `[["lifetime","-0.5s"]]`},
		{"no duration", &tumenv1.CreateTokenRequest{Lifetime: &durationpb.Duration{}}, `[["lifetime","0s"]]`},
		{"whole double", at(42), `[["location",{"latitude":42}]]`},
		{"double", at(42.8659), `[["location",{"latitude":42.8659}]]`},
		{"small double", at(0.000001), `[["location",{"latitude":0.000001}]]`},
		{"smaller double", at(-1e-7), `[["location",{"latitude":-1e-7}]]`},
		{"big double", at(1e20), `[["location",{"latitude":100000000000000000000}]]`},
		{"bigger double", at(1e21), `[["location",{"latitude":1e+21}]]`},
		{"negative zero", at(math.Copysign(0, -1)), `[["location",{"latitude":-0}]]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Append(nil, tc.m)
			if err != nil || string(got) != "\x01"+tc.want {
				t.Fatalf("%q, %v\nwant %q", got, err, "\x01"+tc.want)
			}
			back := tc.m.ProtoReflect().New().Interface()
			if err := Decode(got, back); err != nil || !proto.Equal(back, tc.m) {
				t.Errorf("read back as %v, %v", back, err)
			}
		})
	}
}

func TestWhatHasNoFaithfulFormIsRefused(t *testing.T) {
	unknown := &tumenv1.Claim{Quote: &tumenv1.Quote{}}
	unknown.Quote.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
	deep := structpb.NewNullValue()
	for range 2 * maxDepth {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	for _, tc := range []struct {
		name string
		m    proto.Message
		says string // the field at fault
	}{
		{"no record", nil, "no record"},
		{"no record of a kind", (*tumenv1.Claim)(nil), "no record"},
		{"text that is not UTF-8", &tumenv1.Claim{Quote: &tumenv1.Quote{Text: "secret\xff"}}, "quote: text:"},
		{"a key that is not UTF-8", &tumenv1.Claim{Labels: map[string]string{"secret\xff": ""}}, "labels:"},
		{"a value of a map that is not UTF-8", &tumenv1.Claim{Labels: map[string]string{"a": "secret\xff"}}, "labels:"},
		{"an undefined enum number", &tumenv1.Claim{Stance: 77}, "stance:"},
		{"an undefined enum number in a list", &tumenv1.Member{Roles: []tumenv1.Role{1, -1}}, "roles: [1]:"},
		{"a time out of range", &tumenv1.Claim{CreateTime: &timestamppb.Timestamp{Seconds: maxTimestamp + 1}}, "create_time:"},
		{"a time with too many nanoseconds", &tumenv1.Claim{CreateTime: &timestamppb.Timestamp{Nanos: second}}, "create_time:"},
		{"a duration with two signs", &tumenv1.CreateTokenRequest{Lifetime: &durationpb.Duration{Seconds: 1, Nanos: -1}}, "lifetime:"},
		{"no number", &tumenv1.Place{Location: &tumenv1.Location{Latitude: math.NaN()}}, "location: latitude:"},
		{"infinity", &tumenv1.Place{Location: &tumenv1.Location{Longitude: math.Inf(-1)}}, "location: longitude:"},
		{"fields from a later release", unknown, "quote:"},
		{"nesting without end", deep, "nest too deep"},
		{"a bare time", timestamppb.Now(), "no record"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Append([]byte("before"), tc.m)
			if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("says %v; should name %q and tell nothing", err, tc.says)
			}
			if string(got) != "before" {
				t.Errorf("left %q behind", got)
			}
		})
	}
}

func TestDecodeTakesNothingElse(t *testing.T) {
	for _, tc := range []struct{ name, encoded string }{
		{"nothing", ""},
		{"no version", `[]`},
		{"another version", "\x02[]"},
		{"version alone", "\x01"},
		{"an object", "\x01{}"},
		{"open", "\x01["},
		{"cut off", "\x01[[\"name\",\"n\""},
		{"bytes after the end", "\x01[]\n"},
		{"a second record", "\x01[][]"},
		{"white space", "\x01[[\"name\", \"n\"]]"},
		{"a trailing comma", "\x01[[\"name\",\"n\"],]"},
		{"a triple", "\x01[[\"name\",\"n\",1]]"},
		{"an unknown field", "\x01[[\"nome\",\"n\"]]"},
		{"a JSON name", "\x01[[\"externalIds\",[]]]"},
		{"a field twice", "\x01[[\"name\",\"n\"],[\"name\",\"n\"]]"},
		{"fields out of order", "\x01[[\"etag\",\"e\"],[\"name\",\"n\"]]"},
		{"null", "\x01[[\"name\",null]]"},
		{"an unset text", "\x01[[\"name\",\"\"]]"},
		{"an unset number", "\x01[[\"revision\",0]]"},
		{"an unset enum", "\x01[[\"marking\",\"MARKING_UNSPECIFIED\"]]"},
		{"an empty list", "\x01[[\"subjects\",[]]]"},
		{"an empty map", "\x01[[\"labels\",{}]]"},
		{"a number for a text", "\x01[[\"name\",1]]"},
		{"a text for a number", "\x01[[\"revision\",\"1\"]]"},
		{"a big number without quotes", "\x01[[\"revision\",9007199254740992]]"},
		{"a number beyond 64 bits", "\x01[[\"revision\",\"9223372036854775808\"]]"},
		{"a leading zero", "\x01[[\"revision\",01]]"},
		{"a sign too many", "\x01[[\"revision\",+1]]"},
		{"a fraction", "\x01[[\"revision\",1.0]]"},
		{"an exponent", "\x01[[\"revision\",1e3]]"},
		{"an enum's number", "\x01[[\"marking\",1]]"},
		{"an unknown enum", "\x01[[\"marking\",\"MARKING_PINK\"]]"},
		{"text that is not UTF-8", "\x01[[\"name\",\"\xff\"]]"},
		{"text that is not UTF-8 beside an escape", "\x01[[\"name\",\"\\n\xff\"]]"},
		{"a raw control character", "\x01[[\"name\",\"\n\"]]"},
		{"an escaped letter", "\x01[[\"name\",\"\\u0041\"]]"},
		{"an escaped slash", "\x01[[\"name\",\"\\/\"]]"},
		{"another escape for a line end", "\x01[[\"name\",\"\\u000a\"]]"},
		{"an upper-case escape", "\x01[[\"name\",\"\\u001F\"]]"},
		{"half an escape", "\x01[[\"name\",\"\\u00"},
		{"a time with an offset", "\x01[[\"create_time\",\"2023-10-09T13:00:00+08:00\"]]"},
		{"a time with needless decimals", "\x01[[\"create_time\",\"2023-10-09T13:00:00.10Z\"]]"},
		{"a day that is not there", "\x01[[\"create_time\",\"2023-02-30T13:00:00Z\"]]"},
		{"a time as an object", "\x01[[\"create_time\",{\"seconds\":1}]]"},
		{"a nested unknown field", "\x01[[\"quote\",{\"txt\":\"t\"}]]"},
		{"a nested field twice", "\x01[[\"quote\",{\"text\":\"t\",\"text\":\"t\"}]]"},
		{"nested fields out of order", "\x01[[\"quote\",{\"language\":\"ko\",\"text\":\"t\"}]]"},
		{"two of a oneof", "\x01[[\"value\",{\"time\":{},\"count\":{}}]]"},
		{"keys out of order", "\x01[[\"labels\",{\"b\":\"\",\"a\":\"\"}]]"},
		{"a key twice", "\x01[[\"labels\",{\"a\":\"\",\"a\":\"\"}]]"},
		{"a needless decimal", "\x01[[\"value\",{\"composition\":{\"low_percent\":70.0}}]]"},
		{"not quite a number", "\x01[[\"value\",{\"composition\":{\"low_percent\":.5}}]]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := &tumenv1.Claim{Name: "before"}
			if err := Decode([]byte(tc.encoded), c); err == nil {
				t.Errorf("took it for %v", c)
			}
			if !proto.Equal(c, &tumenv1.Claim{}) {
				t.Errorf("left %v behind", c)
			}
		})
	}
	if err := Decode([]byte("\x01[[\"token_hash\",\"-w==\"]]"), &tumenv1.Credential{}); err == nil {
		t.Error("took padded bytes")
	}
	if err := Decode([]byte("\x01[[\"token_hash\",\"-\\nw\"]]"), &tumenv1.Credential{}); err == nil {
		t.Error("took bytes over two lines")
	}
	if err := Decode([]byte("\x01[]"), nil); err == nil {
		t.Error("decoded into nothing")
	}
}
