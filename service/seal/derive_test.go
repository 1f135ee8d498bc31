package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/seal"
)

// hkdfByHand is RFC 5869 with SHA-256, from HMAC alone: the first 32 bytes.
func hkdfByHand(secret, salt []byte, info string) []byte {
	mac := func(key []byte, message string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(message))
		return h.Sum(nil)
	}
	if salt == nil {
		salt = make([]byte, sha256.Size)
	}
	return mac(mac(salt, string(secret)), info+"\x01")
}

// openGCM opens a sealed value with the standard library.
func openGCM(key, sealed, ad []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, sealed[1:13], sealed[13:], ad)
}

// keystream computes the first n bytes that a revision derives, from HMAC and AES
// alone.
func keystream(key [32]byte, revision uint64, n int) []byte {
	info := binary.BigEndian.AppendUint64([]byte("tumen revision 1"), revision)
	block, err := aes.NewCipher(hkdfByHand(key[:], nil, string(info)))
	if err != nil {
		panic(err)
	}
	stream := make([]byte, n)
	cipher.NewCTR(block, make([]byte, 16)).XORKeyStream(stream, stream)
	return stream
}

func TestTheKeyOfARevisionIsTheFirstHalfOfHKDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		revision := rapid.Uint64().Draw(t, "revision")
		info := string(binary.BigEndian.AppendUint64([]byte("tumen revision 1"), revision))
		all := must(hkdf.Key(sha256.New, key[:], nil, info, 64))
		if got := seal.RevisionKey(key, revision); !bytes.Equal(got[:], all[:32]) || !bytes.Equal(got[:], hkdfByHand(key[:], nil, info)) {
			t.Fatalf("%x, by the standard library %x", got, all)
		}
	})
}

func TestWhatARevisionDerivesStandsInTheKeystream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		revision := rapid.Uint64().Draw(t, "revision")
		decoy := rapid.IntRange(0, 300).Draw(t, "decoy")
		want := keystream(key, revision, 4096+32*301)
		d := seal.FixedDataKey(key).Derive(revision)
		for n := 1; n <= seal.MaxField; n++ {
			if salt := d.FieldSalt(n); !bytes.Equal(salt[:], want[16*n:16*n+16]) {
				t.Fatalf("field %d: %x", n, salt)
			}
		}
		leaf, time, member, digest := d.LeafSalt(), d.TimeSalt(), d.MemberSalt(), d.Decoy(decoy)
		day, subject := d.DaySalt(), d.SubjectSalt()
		for _, tc := range []struct {
			name string
			got  []byte
			at   int
		}{{"leaf", leaf[:], 2048}, {"time", time[:], 2080}, {"member", member[:], 2096}, {"day", day[:], 2112}, {"subject", subject[:], 2128}, {"decoy", digest[:], 4096 + 32*decoy}} {
			if !bytes.Equal(tc.got, want[tc.at:tc.at+len(tc.got)]) {
				t.Fatalf("%s: %x", tc.name, tc.got)
			}
		}
		if got := d.AppendDecoys([]byte("before"), decoy); !bytes.Equal(got[6:], want[4096:4096+32*decoy]) || string(got[:6]) != "before" {
			t.Fatalf("%d decoys: %x", decoy, got)
		}
	})
}

func TestDerivationVectors(t *testing.T) {
	var lines strings.Builder
	for _, key := range [][32]byte{{}, counting(0), counting(0xe0)} {
		for _, revision := range []uint64{1, 2, 1<<64 - 1} {
			d := seal.FixedDataKey(key).Derive(revision)
			fmt.Fprintf(&lines, "key=%x revision=%d\n", key, revision)
			for _, n := range []int{1, 2, seal.MaxField} {
				fmt.Fprintf(&lines, "\tfield %d %x\n", n, d.FieldSalt(n))
			}
			fmt.Fprintf(&lines, "\tleaf %x\n\ttime %x\n\tmember %x\n", d.LeafSalt(), d.TimeSalt(), d.MemberSalt())
			fmt.Fprintf(&lines, "\tday %x\n\tsubject %x\n", d.DaySalt(), d.SubjectSalt())
			for _, i := range []int{0, 1, 40} {
				fmt.Fprintf(&lines, "\tdecoy %d %x\n", i, d.Decoy(i))
			}
		}
	}
	golden(t, "derived.txt", lines.String())
}

func TestNothingIsDerivedBeyondTheFormat(t *testing.T) {
	d := seal.NewDataKey().Derive(1)
	for name, derive := range map[string]func(){
		"field 0":        func() { d.FieldSalt(0) },
		"field 128":      func() { d.FieldSalt(seal.MaxField + 1) },
		"negative field": func() { d.FieldSalt(-1) },
		"negative decoy": func() { d.Decoy(-1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			derive()
		})
	}
}
