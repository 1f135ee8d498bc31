package seal_test

import (
	"testing"

	"tumen/service/seal"
)

func BenchmarkSeal1KB(b *testing.B) {
	key, plaintext, ad := seal.NewDataKey(), make([]byte, 1024), make([]byte, 48)
	dst := make([]byte, 0, len(plaintext)+seal.Overhead)
	b.ReportAllocs()
	b.SetBytes(int64(len(plaintext)))
	for b.Loop() {
		key.Seal(dst, plaintext, ad)
	}
}

func BenchmarkOpen1KB(b *testing.B) {
	key, ad := seal.NewDataKey(), make([]byte, 48)
	sealed := key.Seal(nil, make([]byte, 1024), ad)
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	b.SetBytes(1024)
	for b.Loop() {
		if _, err := key.Open(dst, sealed, ad); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive20Salts(b *testing.B) {
	key := seal.NewDataKey()
	b.ReportAllocs()
	var sum byte
	for revision := uint64(1); b.Loop(); revision++ {
		d := key.Derive(revision)
		for n := 1; n <= 20; n++ {
			sum += d.FieldSalt(n)[0]
		}
	}
	_ = sum
}

func BenchmarkDecoy(b *testing.B) {
	d := seal.NewDataKey().Derive(1)
	b.ReportAllocs()
	for b.Loop() {
		d.Decoy(7)
	}
}
