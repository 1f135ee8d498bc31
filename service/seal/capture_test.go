package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tumen/service/seal"
)

func sealCapture(t testing.TB, key *seal.DataKey, name string, content []byte) []byte {
	t.Helper()
	var sealed bytes.Buffer
	w, err := key.SealCapture(&sealed, name)
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

func openCapture(key *seal.DataKey, name string, sealed []byte) (*seal.Capture, error) {
	return key.OpenCapture(bytes.NewReader(sealed), int64(len(sealed)), name)
}

// patterned gives content in which every place can be told from the others.
func patterned(n int) []byte {
	content := make([]byte, n)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return content
}

func TestACaptureIsReadFromAnyOffset(t *testing.T) {
	key := seal.NewDataKey()
	for _, size := range []int{0, 1, 7, 8, 1000, 65528, 65536, 65537, 131064, 300000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			content := patterned(size)
			sealed := sealCapture(t, key, "captures/x", content)
			if want := seal.CaptureSize(int64(size)); int64(len(sealed)) != want {
				t.Errorf("%d bytes, said to be %d", len(sealed), want)
			}
			c, err := openCapture(key, "captures/x", sealed)
			if err != nil || c.Size() != int64(size) {
				t.Fatal(c, err)
			}
			all, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
			if err != nil || !bytes.Equal(all, content) {
				t.Errorf("read whole: %d bytes, %v", len(all), err)
			}
			rapid.Check(t, func(t *rapid.T) {
				off := rapid.IntRange(0, size+10).Draw(t, "offset")
				p := make([]byte, rapid.IntRange(0, 70000).Draw(t, "length"))
				n, err := c.ReadAt(p, int64(off))
				want := content[min(off, size):min(off+len(p), size)]
				if !bytes.Equal(p[:n], want) {
					t.Fatalf("%d bytes, want %d", n, len(want))
				}
				if short := n < len(p) || off >= size; short != (err == io.EOF) || !short && err != nil {
					t.Fatalf("%d of %d bytes from %d: %v", n, len(p), off, err)
				}
			})
			if _, err := c.ReadAt(nil, -1); err == nil || err == io.EOF {
				t.Errorf("before the beginning: %v", err)
			}
		})
	}
}

func TestASealedCaptureTellsLittleOfItsSize(t *testing.T) {
	sizes := map[int64]bool{}
	for n := range int64(1 << 20) {
		sizes[seal.CaptureSize(n)] = true
	}
	if len(sizes) > 320 {
		t.Errorf("a million sizes become %d", len(sizes))
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(2, seal.MaxCapture).Draw(t, "n")
		// As the paper has it, in floating point.
		e := math.Floor(math.Log2(float64(n)))
		if e != float64(bits.Len64(uint64(n))-1) {
			t.Skip("beyond floating point")
		}
		lastBits := e - math.Floor(math.Log2(e)) - 1
		unit := math.Exp2(lastBits)
		want := int64(math.Ceil(float64(n)/unit) * unit)
		if got := seal.Padme(n); n >= 4 && got != want {
			t.Fatalf("%d is padded to %d, want %d", n, got, want)
		}
		if got := seal.Padme(n); got < n || float64(got) > 1.12*float64(n) && n > 9 || seal.Padme(got) != got {
			t.Fatalf("%d is padded to %d", n, got)
		}
	})
}

func TestAChangedCaptureIsRefused(t *testing.T) {
	const name, chunk = "captures/x", 64<<10 + 16
	key := seal.NewDataKey()
	content := patterned(200000)
	sealed := sealCapture(t, key, name, content)
	header := len(sealed) - 3*chunk - (len(sealed)-160)%chunk
	if header != 160 {
		t.Fatalf("the header has %d bytes", header)
	}
	swapped := bytes.Clone(sealed)
	copy(swapped[header:], sealed[header+chunk:header+2*chunk])
	copy(swapped[header+chunk:], sealed[header:header+chunk])
	other := sealCapture(t, key, name, content)
	transplanted := append(bytes.Clone(sealed[:header]), other[header:]...)
	for label, changed := range map[string][]byte{
		"nothing":              nil,
		"half a header":        sealed[:80],
		"header alone":         sealed[:header],
		"one byte less":        sealed[:len(sealed)-1],
		"last chunk gone":      sealed[:header+3*chunk],
		"one chunk left":       sealed[:header+chunk],
		"one byte more":        append(bytes.Clone(sealed), 0),
		"a chunk gone":         append(bytes.Clone(sealed[:header+chunk]), sealed[header+2*chunk:]...),
		"a chunk twice":        append(bytes.Clone(sealed[:header+chunk]), sealed[header:]...),
		"two chunks swapped":   swapped,
		"of another sealing":   transplanted,
		"another kind of file": content,
	} {
		if err := readCapture(key, name, changed); err != seal.ErrSealed {
			t.Errorf("%s: %v", label, err)
		}
	}
	for label, err := range map[string]error{
		"another name": readCapture(key, "captures/y", sealed),
		"another key":  readCapture(seal.NewDataKey(), name, sealed),
	} {
		if err != seal.ErrSealed {
			t.Errorf("%s: %v", label, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bit := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
		if err := readCapture(key, name, flipped(sealed, bit)); err != seal.ErrSealed {
			t.Fatal(err)
		}
	})
}

func readCapture(key *seal.DataKey, name string, sealed []byte) error {
	c, err := openCapture(key, name, sealed)
	if err != nil {
		return err
	}
	_, err = io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	return err
}

// failing is a source that fails, or a destination.
type failing struct {
	io.ReaderAt
	from int64
}

var errDisk = errors.New("the disk fails")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from && f.from >= 0 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, off)
}

func (f failing) Write(p []byte) (int, error) { return 0, errDisk }

func TestAFailingDiskIsToldFromDamage(t *testing.T) {
	key := seal.NewDataKey()
	sealed := sealCapture(t, key, "x", patterned(200000))
	size := int64(len(sealed))
	for _, from := range []int64{0, 100, 160, size - 1} {
		if _, err := key.OpenCapture(failing{bytes.NewReader(sealed), from}, size, "x"); err != errDisk {
			t.Errorf("opening, failing from %d: %v", from, err)
		}
	}
	src := &failing{bytes.NewReader(sealed), -1}
	c := must(key.OpenCapture(src, size, "x"))
	src.from = 0
	if _, err := c.ReadAt(make([]byte, 10), 0); err != errDisk {
		t.Errorf("reading: %v", err)
	}
	if _, err := key.SealCapture(failing{}, "x"); !errors.Is(err, errDisk) {
		t.Errorf("sealing: %v", err)
	}
}

func TestACaptureEndsOnce(t *testing.T) {
	w := must(seal.NewDataKey().SealCapture(io.Discard, "x"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("written after the end")
	}
	if err := w.Close(); err == nil {
		t.Error("ended twice")
	}
}

func TestACaptureHasALargestSize(t *testing.T) {
	w := must(seal.NewDataKey().SealCapture(io.Discard, "x"))
	if _, err := w.Write(make([]byte, seal.MaxCapture+1)); err != seal.ErrTooLarge {
		t.Errorf("written: %v", err)
	}
	if err := w.Close(); err != seal.ErrTooLarge {
		t.Errorf("ended: %v", err)
	}
}

func TestAnUnendedCaptureDoesNotOpen(t *testing.T) {
	key := seal.NewDataKey()
	var sealed strings.Builder
	w := must(key.SealCapture(&sealed, "x"))
	w.Write(patterned(200000))
	if err := readCapture(key, "x", []byte(sealed.String())); err != seal.ErrSealed {
		t.Error(err)
	}
}

func FuzzOpenCapture(f *testing.F) {
	key := seal.FixedDataKey(counting(0))
	f.Add(sealCapture(f, key, "x", []byte("a capture")))
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if err := readCapture(key, "x", sealed); err != nil && err != seal.ErrSealed {
			t.Fatal(err)
		}
	})
}

func BenchmarkReadCaptureAt(b *testing.B) {
	key := seal.NewDataKey()
	sealed := sealCapture(b, key, "x", make([]byte, 16<<20))
	c := must(openCapture(key, "x", sealed))
	p := make([]byte, 64<<10)
	b.SetBytes(int64(len(p)))
	for off := int64(0); b.Loop(); off = (off + 7<<16) % (16<<20 - 64<<10) {
		if _, err := c.ReadAt(p, off); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealCapture16MB(b *testing.B) {
	key, content := seal.NewDataKey(), make([]byte, 16<<20)
	b.SetBytes(16 << 20)
	for b.Loop() {
		w := must(key.SealCapture(io.Discard, "x"))
		w.Write(content)
		w.Close()
	}
}
