package seal_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/seal"
)

func TestASealedValueOpensAsItWas(t *testing.T) {
	key := seal.NewDataKey()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOf(rapid.Byte()).Draw(t, "before")
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		ad := rapid.SliceOf(rapid.Byte()).Draw(t, "ad")
		sealed := key.Seal(slices.Clone(before), plaintext, ad)
		if !bytes.HasPrefix(sealed, before) {
			t.Fatal("what was there before is lost")
		}
		sealed = sealed[len(before):]
		if len(sealed) != len(plaintext)+seal.Overhead {
			t.Fatalf("%d bytes became %d", len(plaintext), len(sealed))
		}
		opened, err := key.Open(slices.Clone(before), sealed, ad)
		if err != nil || !bytes.Equal(opened, append(before, plaintext...)) {
			t.Fatalf("opened %x, %v", opened, err)
		}
	})
}

func TestAChangedValueIsRefused(t *testing.T) {
	key := seal.NewDataKey()
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		ad := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "ad")
		sealed := key.Seal(nil, plaintext, ad)
		bit := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
		adBit := rapid.IntRange(0, 8*len(ad)-1).Draw(t, "bit of ad")
		cut := rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")
		for name, open := range map[string]func() ([]byte, error){
			"a flipped bit":         func() ([]byte, error) { return key.Open(nil, flipped(sealed, bit), ad) },
			"other associated data": func() ([]byte, error) { return key.Open(nil, sealed, flipped(ad, adBit)) },
			"a cut value":           func() ([]byte, error) { return key.Open(nil, sealed[:cut], ad) },
			"a longer value":        func() ([]byte, error) { return key.Open(nil, append(slices.Clone(sealed), 0), ad) },
			"another key":           func() ([]byte, error) { return seal.NewDataKey().Open(nil, sealed, ad) },
		} {
			if opened, err := open(); err != seal.ErrSealed || opened != nil {
				t.Fatalf("%s: opened %x, %v", name, opened, err)
			}
		}
	})
}

func TestSealedValueVectors(t *testing.T) {
	key, nonce := counting(0), []byte("twelve bytes")
	var lines strings.Builder
	for _, plaintext := range []string{"", "x", "a claim", strings.Repeat("0123456789", 10)} {
		for _, ad := range []string{"", "tumen revision 1 some record"} {
			sealed := seal.FixedDataKey(key).SealWith(nonce, []byte(plaintext), []byte(ad))
			fmt.Fprintf(&lines, "key=%x nonce=%x ad=%q plaintext=%q\n\t%x\n", key, nonce, ad, plaintext, sealed)
			block, _ := aes.NewCipher(key[:])
			gcm, _ := cipher.NewGCM(block)
			want := gcm.Seal(append([]byte{1}, nonce...), nonce, []byte(plaintext), []byte(ad))
			if !bytes.Equal(sealed, want) {
				t.Errorf("%q: %x, by the standard library %x", plaintext, sealed, want)
			}
			if opened, err := seal.FixedDataKey(key).Open(nil, sealed, []byte(ad)); err != nil || string(opened) != plaintext {
				t.Errorf("%q opens as %q, %v", plaintext, opened, err)
			}
		}
	}
	golden(t, "sealed.txt", lines.String())
}

func TestNoncesDiffer(t *testing.T) {
	key, seen := seal.NewDataKey(), map[string]bool{}
	for range 1000 {
		seen[string(key.Seal(nil, nil, nil))] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 values have %d nonces", len(seen))
	}
}

func TestSealingIntoRoomAllocatesNothing(t *testing.T) {
	key, plaintext, ad := seal.NewDataKey(), make([]byte, 1024), make([]byte, 48)
	sealed, opened := make([]byte, 0, 1024+seal.Overhead), make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { key.Seal(sealed, plaintext, ad) }); n != 0 {
		t.Errorf("sealing: %v allocations", n)
	}
	value := key.Seal(nil, plaintext, ad)
	if n := testing.AllocsPerRun(100, func() { key.Open(opened, value, ad) }); n != 0 {
		t.Errorf("opening: %v allocations", n)
	}
}

func TestOneKeyServesManyGoroutines(t *testing.T) {
	key := seal.NewDataKey()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			ad := []byte{byte(i)}
			for revision := range uint64(50) {
				if opened, err := key.Open(nil, key.Seal(nil, ad, ad), ad); err != nil || !bytes.Equal(opened, ad) {
					t.Errorf("opened %x, %v", opened, err)
				}
				key.Derive(revision).Decoy(i)
			}
		})
	}
	group.Wait()
}

func TestKeysStayOutOfLogs(t *testing.T) {
	key := seal.FixedDataKey(counting(0xa0))
	derived := key.Derive(1)
	raw := counting(0xa0)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, shown := range []string{fmt.Sprintf(verb, key), fmt.Sprintf(verb, derived)} {
			if !strings.HasPrefix(shown, "seal.") || strings.Contains(shown, hex.EncodeToString(raw[:4])) {
				t.Errorf("%s shows %s", verb, shown)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := seal.FixedDataKey(counting(0))
	f.Add(key.Seal(nil, []byte("a claim"), []byte("ad")), []byte("ad"))
	f.Add([]byte{1}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, ad []byte) {
		opened, err := key.Open(nil, sealed, ad)
		if err != nil {
			if !errors.Is(err, seal.ErrSealed) || opened != nil {
				t.Fatalf("%x, %v", opened, err)
			}
			return
		}
		if again := key.SealWith(sealed[1:13], opened, ad); !bytes.Equal(again, sealed) {
			t.Fatalf("%x opens and seals as %x", sealed, again)
		}
	})
}
