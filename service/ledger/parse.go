package ledger

import (
	"errors"
	"fmt"
	"strconv"
)

var (
	errForm    = errors.New("not in the form in which entries are written")
	errVersion = errors.New("of a version that this release does not know")
)

// ParseEntry reads an entry as AppendEntry writes it, and nothing else: another
// version, an unknown, missing or repeated member, another order, white space,
// escapes and anything after the end are errors, as is an unknown kind. So
// whatever it takes has exactly one reading.
func ParseEntry(entry []byte) (Entry, error) {
	e, err := parseEntry(entry)
	if err == nil {
		err = e.check()
	}
	if err != nil {
		return Entry{}, fmt.Errorf("ledger: entry: %w", err)
	}
	return e, nil
}

func parseEntry(entry []byte) (e Entry, err error) {
	r := reader{rest: entry}
	if !r.word(`{"v":1,`) {
		if r.word(`{"v":`) {
			return e, errVersion
		}
		return e, errForm
	}
	r.want(`"method":"`)
	e.Method = r.text()
	if r.word(`,"kind":"`) {
		e.Kind = Kind(r.text())
		r.want(`,"subject":"`)
		e.Subject = r.hash()
	} else {
		r.want(`,"record":"`)
		e.Record = r.text()
		r.want(`,"revision":`)
		e.Revision = r.number()
		if r.word(`,"previous":"`) {
			e.Previous = r.hash()
		}
		r.want(`,"payload":"`)
		e.Payload = r.hash()
	}
	r.want(`,"time":"`)
	e.Time = r.hash()
	r.want(`,"member":"`)
	e.Member = r.hash()
	r.want(`}`)
	if r.failed || len(r.rest) > 0 {
		return e, errForm
	}
	return e, nil
}

// A reader takes one piece after another; once one isn't there, it has failed
// and takes nothing more.
type reader struct {
	rest   []byte
	failed bool
}

// word takes a word if it comes next.
func (r *reader) word(w string) bool {
	if r.failed || len(r.rest) < len(w) || string(r.rest[:len(w)]) != w {
		return false
	}
	r.rest = r.rest[len(w):]
	return true
}

func (r *reader) want(w string) { r.failed = !r.word(w) }

// text takes a string whose first quotation mark has been taken.
func (r *reader) text() string {
	if r.failed {
		return ""
	}
	n := 0
	for n < len(r.rest) && entryByte(r.rest[n]) {
		n++
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	r.want(`"`)
	return s
}

// hash takes the hash in a string whose first quotation mark has been taken.
func (r *reader) hash() Hash {
	if r.failed || len(r.rest) < digestSize {
		r.failed = true
		return Hash{}
	}
	h, ok := parseHash(r.rest[:digestSize])
	if !ok {
		r.failed = true
		return Hash{}
	}
	r.rest = r.rest[digestSize:]
	r.want(`"`)
	return h
}

// number takes a positive number without leading zeros.
func (r *reader) number() int64 {
	n := 0
	for n < len(r.rest) && '0' <= r.rest[n] && r.rest[n] <= '9' {
		n++
	}
	number, err := strconv.ParseInt(string(r.rest[:n]), 10, 64)
	if r.failed || err != nil || r.rest[0] == '0' {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return number
}
