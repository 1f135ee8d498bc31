package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a payload is, as plainly as it can be said.
func plainPayload(disclosures []string, total int, decoys Decoys) string {
	var digests []string
	for _, d := range disclosures {
		h := sha256.Sum256([]byte(d))
		digests = append(digests, base64.RawURLEncoding.EncodeToString(h[:]))
	}
	for i := 0; len(digests) < total; i++ {
		h := decoys(i)
		digests = append(digests, base64.RawURLEncoding.EncodeToString(h[:]))
	}
	slices.Sort(digests)
	return `{"_sd":["` + strings.Join(digests, `","`) + `"],"_sd_alg":"sha-256"}`
}

func drawFields(t *rapid.T, least int) (fields []Field) {
	for i := range rapid.IntRange(least, 20).Draw(t, "fields") {
		value, err := json.Marshal(rapid.String().Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		salt := Salt(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt"))
		fields = append(fields, Field{salt, fmt.Sprintf("field_%d", i), value})
	}
	return fields
}

func TestPayloadCommitsToEveryField(t *testing.T) {
	var p Payload // one for all, as where changes are written
	rapid.Check(t, func(t *rapid.T) {
		fields := drawFields(t, 1)
		total := len(fields) + rapid.IntRange(0, 80).Draw(t, "decoys")
		p.Reset()
		var disclosures []string
		for _, f := range fields {
			d, err := p.Disclose(nil, f)
			if err != nil {
				t.Fatal(err)
			}
			disclosures = append(disclosures, string(d))
		}
		got, err := p.AppendTo(nil, total, decoy)
		if err != nil {
			t.Fatal(err)
		}
		if want := plainPayload(disclosures, total, decoy); string(got) != want {
			t.Fatalf("the payload is\n%s\ninstead of\n%s", got, want)
		}
		again, err := p.Hash(total+1, decoy)
		if want := plainPayload(disclosures, total+1, decoy); err != nil || again != sha256.Sum256([]byte(want)) {
			t.Fatalf("with another decoy the hash differs: %v", err)
		}
		changed := fields[rapid.IntRange(0, len(fields)-1).Draw(t, "changed")]
		changed.Salt[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		d, err := AppendDisclosure(nil, changed)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.Sum256(d)
		if strings.Contains(string(got), base64.RawURLEncoding.EncodeToString(h[:])) {
			t.Fatal("the payload commits to what was not in it")
		}
	})
}

func TestPayloadRefuses(t *testing.T) {
	name, other := Field{saltOf(1), "name", []byte("1")}, Field{saltOf(2), "other", []byte("2")}
	for _, tc := range []struct {
		rule   string
		fields []Field
		total  int
		decoys Decoys
	}{
		{"more fields than digests", []Field{name, other}, 1, decoy},
		{"the same decoy twice", []Field{name}, 3, func(int) Hash { return Hash{1} }},
		{"a decoy that is a digest", []Field{name}, 2, func(int) Hash { h, _ := Digest(name); return h }},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			var p Payload
			for _, f := range tc.fields {
				if err := p.Add(f); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := p.AppendTo([]byte("before"), tc.total, tc.decoys); err == nil || string(got) != "before" {
				t.Errorf("gives %q, %v", got, err)
			}
			if h, err := p.Hash(tc.total, tc.decoys); err == nil {
				t.Errorf("has the hash %s", h)
			}
		})
	}
	var p Payload
	if err := p.Add(name); err != nil {
		t.Fatal(err)
	}
	twice := Field{saltOf(9), "name", []byte("2")}
	if got, err := p.Disclose([]byte("before"), twice); err == nil || string(got) != "before" {
		t.Errorf("a field twice gives %q, %v", got, err)
	}
	p.Reset()
	if err := p.Add(twice); err != nil {
		t.Errorf("after Reset: %v", err)
	}
}

// typicalFields are those of a claim: fifteen, two of them of 512 bytes.
func typicalFields() (fields []Field) {
	for i := range 15 {
		size := 30
		if i%10 == 3 {
			size = 512
		}
		value := `"` + strings.Repeat("v", size-2) + `"`
		fields = append(fields, Field{saltOf(byte(i)), fmt.Sprintf("field_%d", i), []byte(value)})
	}
	return fields
}

func BenchmarkPayloadHash(b *testing.B) {
	fields, p := typicalFields(), Payload{}
	decoys := make([]Hash, 30)
	for i := range decoys {
		decoys[i] = decoy(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Reset()
		for _, f := range fields {
			if err := p.Add(f); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := p.Hash(45, func(i int) Hash { return decoys[i] }); err != nil {
			b.Fatal(err)
		}
	}
}

// What must not creep up unseen is counted: every write passes here.
func TestAllocationsOfAPayload(t *testing.T) {
	fields, p := typicalFields(), Payload{}
	allocations := testing.AllocsPerRun(100, func() {
		p.Reset()
		for _, f := range fields {
			_ = p.Add(f)
		}
		_, _ = p.Hash(45, func(i int) Hash { return Hash{byte(i)} })
	})
	if allocations > 0 {
		t.Errorf("a payload allocates %v times", allocations)
	}
}
