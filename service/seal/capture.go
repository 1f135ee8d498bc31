package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"filippo.io/age"
)

// MaxCapture is the largest size of a capture, in bytes: 256 MiB.
const MaxCapture = 256 << 20

const (
	captureLabel  = "tumen capture 1"
	captureHeader = 160 // of the age file with its payload nonce, in bytes
	captureChunk  = 64 << 10
	lengthSize    = 8
)

// padme gives the length to which a length is padded, at most 12 % more, so that
// few lengths are told apart.
func padme(length int64) int64 {
	if length < 2 {
		return length
	}
	exponent := bits.Len64(uint64(length)) - 1
	mask := int64(1)<<(exponent-bits.Len64(uint64(exponent))) - 1
	return (length + mask) &^ mask
}

// CaptureSize gives the size that a capture of n bytes has when it is sealed.
func CaptureSize(n int64) int64 {
	padded := padme(n + lengthSize)
	chunks := (padded + captureChunk - 1) / captureChunk
	return captureHeader + padded + chunks*tagSize
}

// SealCapture writes a capture to dst, sealed under the data key and bound to a
// name. What is written to the writer that it gives reaches dst in pieces of 64
// KiB; only Close, which pads and ends it and leaves dst open, makes it one that
// opens. Writing more than MaxCapture bytes is refused with ErrTooLarge.
func (k *DataKey) SealCapture(dst io.Writer, name string) (io.WriteCloser, error) {
	w, err := age.Encrypt(dst, k.captureKey(name))
	if err != nil {
		return nil, err
	}
	return &captureWriter{age: w}, nil
}

func (k *DataKey) captureKey(name string) keyed {
	return keyed{key: k, ad: []byte(captureLabel + name)}
}

type captureWriter struct {
	age  io.WriteCloser
	size int64
	err  error // every later call's
}

func (w *captureWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if int64(len(p)) > MaxCapture-w.size {
		w.err = ErrTooLarge
		return 0, w.err
	}
	n, err := w.age.Write(p)
	w.size += int64(n)
	w.err = err
	return n, err
}

var errCaptureEnded = errors.New("seal: the capture is ended already")

func (w *captureWriter) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = errCaptureEnded
	var zeros [4096]byte
	for pad := padme(w.size+lengthSize) - w.size - lengthSize; pad > 0; {
		n, err := w.age.Write(zeros[:min(pad, int64(len(zeros)))])
		if err != nil {
			return err
		}
		pad -= int64(n)
	}
	if _, err := w.age.Write(binary.BigEndian.AppendUint64(nil, uint64(w.size))); err != nil {
		return err
	}
	return w.age.Close()
}

// Capture is a sealed capture that is being read. ReadAt may be called by any
// number of goroutines at once.
type Capture struct {
	plaintext io.ReaderAt
	size      int64
}

// OpenCapture opens a sealed capture of size bytes. It reads the header and the
// last chunk, which proves that nothing is missing at the end. The error is
// ErrSealed if the capture was cut, changed, or sealed under another key or name;
// what src itself fails with is given as it is.
func (k *DataKey) OpenCapture(src io.ReaderAt, size int64, name string) (*Capture, error) {
	plaintext, padded, err := age.DecryptReaderAt(source{src}, size, k.captureKey(name))
	if err != nil {
		return nil, captureError(err)
	}
	if padded < lengthSize {
		return nil, ErrSealed
	}
	var length [lengthSize]byte
	if _, err := plaintext.ReadAt(length[:], padded-lengthSize); err != nil && err != io.EOF {
		return nil, captureError(err)
	}
	n := binary.BigEndian.Uint64(length[:])
	if n > MaxCapture || padme(int64(n)+lengthSize) != padded {
		return nil, ErrSealed
	}
	return &Capture{plaintext: plaintext, size: int64(n)}, nil
}

// Size gives the number of bytes of the content.
func (c *Capture) Size() int64 { return c.size }

// ReadAt reads content as io.ReaderAt says, without reading what is before off.
// It gives only bytes that were authenticated; the error is ErrSealed for others,
// and what the source fails with is given as it is.
func (c *Capture) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("seal: no capture has a byte %d", off)
	}
	if off >= c.size {
		return 0, io.EOF
	}
	left := c.size - off
	n, err := c.plaintext.ReadAt(p[:min(int64(len(p)), left)], off)
	switch {
	case err != nil && err != io.EOF:
		return n, captureError(err)
	case int64(len(p)) > left:
		return n, io.EOF
	}
	return n, nil
}

// source marks what the bytes' source fails with, to tell it from damage.
type source struct{ io.ReaderAt }

type sourceError struct{ error }

func (s source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = sourceError{err}
	}
	return n, err
}

func captureError(err error) error {
	if failed, ok := errors.AsType[sourceError](err); ok {
		return failed.error
	}
	return ErrSealed
}
