package verify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

var (
	errObject = errors.New("is not an object")
	errArray  = errors.New("is not a list")
	errString = errors.New("is not a text")
	errNumber = errors.New("is not a whole number from 0")
	errDigest = errors.New("is not 32 bytes in base64url without padding")
)

// object calls each for the members of an object that strict has let through,
// with the bytes of their values.
func object(raw []byte, each func(name string, raw []byte) error) error {
	return members(raw, func(name, raw []byte) error { return each(string(name), raw) })
}

// members is object for names that are not kept.
func members(raw []byte, each func(name, raw []byte) error) error {
	s := scanner{text: raw}
	if s.space(); s.peek() != '{' {
		return errObject
	}
	return s.members(func(name []byte) error {
		start := s.at
		s.over()
		return each(name, raw[start:s.at])
	})
}

// list calls each for the items of a list that strict has let through.
func list(raw []byte, each func(raw []byte) error) error {
	s := scanner{text: raw}
	if s.space(); s.peek() != '[' {
		return errArray
	}
	return s.items(func() error {
		start := s.at
		s.over()
		return each(raw[start:s.at])
	})
}

// text reads a string.
func text(raw []byte) (string, error) {
	s := scanner{text: raw}
	t, err := s.str()
	if err != nil || s.at != len(raw) {
		return "", errString
	}
	return string(t), nil
}

// unescaped reads a string in which nothing is escaped; anything else is not ok.
func (s *scanner) unescaped(ok *bool) []byte {
	from := s.at + 1
	t, err := s.str()
	if *ok = *ok && err == nil && s.at == from+len(t)+1; !*ok {
		return nil
	}
	return t
}

// whole reads a whole number from 0, in its one form.
func whole(raw []byte) (int64, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != string(raw) {
		return 0, errNumber
	}
	return n, nil
}

// base64url takes bits beyond the last byte for nothing but zeros.
var base64url = base64.RawURLEncoding.Strict()

// digest reads 32 bytes in base64url.
func digest(t string) ([32]byte, error) {
	var text [43]byte
	var b [33]byte // the decoder may ask for more room than it needs
	if len(t) != len(text) {
		return [32]byte{}, errDigest
	}
	copy(text[:], t)
	n, err := base64url.Decode(b[:], text[:])
	if err != nil || n != 32 { // the decoder skips line ends
		return [32]byte{}, errDigest
	}
	return [32]byte(b[:n]), nil
}

// memberError names a member that is wrong.
func memberError(name string, err error) error {
	return fmt.Errorf("its %q %w", name, err)
}

// readers are what an object may have, by name.
type readers map[string]func(raw []byte) error

// read reads an object of exactly known members, of which some must be there.
func (r readers) read(raw []byte, required ...string) error {
	var seen names
	err := members(raw, func(name, raw []byte) error {
		reader := r[string(name)]
		if reader == nil {
			return fmt.Errorf("has a member %q, which the format does not know", name)
		}
		if !seen.add(name) {
			return errRepeated
		}
		if err := reader(raw); err != nil {
			return memberError(string(name), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range required {
		if seen.add([]byte(name)) {
			return fmt.Errorf("has no member %q", name)
		}
	}
	return nil
}

func intoText(to *string) func([]byte) error {
	return func(raw []byte) (err error) { *to, err = text(raw); return err }
}

func intoWhole(to *int64) func([]byte) error {
	return func(raw []byte) (err error) { *to, err = whole(raw); return err }
}

func intoDigest(to *[32]byte) func([]byte) error {
	return func(raw []byte) error {
		t, err := text(raw)
		if err == nil {
			*to, err = digest(t)
		}
		return err
	}
}

func intoTexts(to *[]string) func([]byte) error {
	return func(raw []byte) error {
		return list(raw, func(raw []byte) error {
			t, err := text(raw)
			*to = append(*to, t)
			return err
		})
	}
}

// exactly is for a member that has one value only.
func exactly(value string) func([]byte) error {
	return func(raw []byte) error {
		if string(raw) != value {
			return fmt.Errorf("is not %s", value)
		}
		return nil
	}
}
