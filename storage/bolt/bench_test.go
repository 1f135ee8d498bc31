package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tumen/storage"
)

// recordRows puts what one record costs: rows at the end of their kind, and
// index rows in the middle of theirs. random must be the writer's own.
func recordRows(w storage.Writer, n uint64, random *rand.Rand) error {
	value := make([]byte, 600)
	for i := range value {
		value[i] = byte(random.Uint32())
	}
	for _, kind := range []struct {
		name string
		size int
	}{{"record", 600}, {"history", 300}, {"ledger", 100}, {"hash", 32}} {
		if err := w.Put(binary.BigEndian.AppendUint64([]byte(kind.name), n), value[:kind.size]); err != nil {
			return err
		}
	}
	for _, index := range []string{"by case", "by source", "by date"} {
		key := binary.BigEndian.AppendUint16([]byte(index), uint16(random.IntN(1000)))
		if err := w.Put(binary.BigEndian.AppendUint64(key, n), nil); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkUpdate is one record a turn, in commits of one and of many.
func BenchmarkUpdate(b *testing.B) {
	for _, group := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("records_per_commit=%d", group), func(b *testing.B) {
			s := opened(b)
			random := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for n := 0; n < b.N; n += group {
				if err := s.Update(context.Background(), func(w storage.Writer) error {
					for i := range min(group, b.N-n) {
						if err := recordRows(w, uint64(n+i), random); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchmarkStore(b *testing.B, records int) *Store {
	s := opened(b)
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; n < records; n += 1000 {
		if err := s.Update(context.Background(), func(w storage.Writer) error {
			for i := range 1000 {
				if err := recordRows(w, uint64(n+i), random); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkGet is one View with one Get.
func BenchmarkGet(b *testing.B) {
	s := benchmarkStore(b, 20_000)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for n := uint64(0); p.Next(); n++ {
			if err := s.View(context.Background(), func(r storage.Reader) error {
				_, err := r.Get(binary.BigEndian.AppendUint64([]byte("record"), n*7919%20_000))
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScan is one row of a scan a turn.
func BenchmarkScan(b *testing.B) {
	s := benchmarkStore(b, 20_000)
	for _, reverse := range []bool{false, true} {
		b.Run(fmt.Sprintf("reverse=%v", reverse), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; {
				if err := s.View(context.Background(), func(r storage.Reader) error {
					for _, err := range r.Scan(storage.Range{Reverse: reverse}) {
						if err != nil {
							return err
						}
						if n++; n >= b.N {
							break
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFill compares how full pages are left: the time and the room that a
// record takes in commits of 64.
func BenchmarkFill(b *testing.B) {
	for _, fill := range []float64{0.5, 0.7, 0.8, 0.9, 0.95, 1} {
		b.Run(fmt.Sprintf("fill=%v", fill), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "store")
			s, err := Open(path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			random := rand.New(rand.NewPCG(1, 2))
			for n := 0; n < b.N; n += 64 {
				if err := s.Update(context.Background(), func(w storage.Writer) error {
					w.(writer).rows.FillPercent = fill
					for i := range min(64, b.N-n) {
						if err := recordRows(w, uint64(n+i), random); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			stats, err := s.Stats()
			if err != nil {
				b.Fatal(err)
			}
			copied, err := os.Create(path + ".backup") // without the part never written
			if err != nil {
				b.Fatal(err)
			}
			defer copied.Close()
			if err := s.Backup(context.Background(), copied); err != nil {
				b.Fatal(err)
			}
			info, err := copied.Stat()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size()-stats.FreeBytes)/float64(b.N), "B/record")
		})
	}
}
