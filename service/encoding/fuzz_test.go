package encoding

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// FuzzDecode: whatever Decode takes is what Append writes, and Fields walks it;
// what it doesn't take leaves nothing.
func FuzzDecode(f *testing.F) {
	for _, content := range vectors(f) {
		f.Add(byte(255), append([]byte{Version}, content...))
	}
	all := kinds(f)
	all = append(all, everyScalar(f), (&structpb.Value{}).ProtoReflect().Type())
	f.Fuzz(func(t *testing.T, which byte, encoded []byte) {
		for range Fields(encoded) {
		}
		// 255 tries every kind.
		for i := range all {
			if which != 255 && i != int(which)%len(all) {
				continue
			}
			m := all[i].New().Interface()
			if err := Decode(encoded, m); err != nil {
				if proto.Size(m) != 0 {
					t.Fatalf("left %v behind", m)
				}
				continue
			}
			again, err := Append(nil, m)
			if err != nil || !bytes.Equal(again, encoded) {
				t.Fatalf("took %q\nwrites %q, %v", encoded, again, err)
			}
			walked := 0
			for range Fields(encoded) {
				walked++
			}
			set := 0
			fields := m.ProtoReflect().Descriptor().Fields()
			for j := range fields.Len() {
				if m.ProtoReflect().Has(fields.Get(j)) {
					set++
				}
			}
			if walked != set {
				t.Fatalf("%d fields walked, %d set: %q", walked, set, encoded)
			}
		}
	})
}
