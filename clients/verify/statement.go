package verify

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// statement is what an export says of itself in data/export.json, and what its
// entry in the log commits to:
//
//	{"v":1,"query":{…},"disclose":[…],"origin":…,"made":…,"redacted":…,"records":[…],"withheld":[…]}
//
// The lists are kept as digests of names, so that a large export fits; what claims say
// is noted beside them (see [facts]).
type statement struct {
	origin, made string
	redacted     [32]byte // SHA-256 of what is withheld from the records
	listed       map[[32]byte]*listing
	withheld     map[[32]byte]string // the reason, by record
	hidden       map[[32]byte]int64  // how many are withheld without their names, by finding
}

// listing is a record that the export lists.
type listing struct {
	revisions int64
	last      [32]byte           // SHA-256 of the last entry
	erased    bool               // there is no last entry any more
	seen      bool               // in records.jsonl
	claim     history[claimFact] // if it is one
}

var (
	errOrder   = errors.New("has other members, or another order, than v, query, disclose, origin, made, redacted, records, withheld")
	errCompact = errors.New("has white space, or no single line end after it")
	errSorted  = errors.New("is not in ascending order, or there twice")
)

func nameKey(name string) [32]byte { return sha256.Sum256([]byte(name)) }

// readStatement reads data/export.json as a stream.
func readStatement(fsys fs.FS) (*statement, error) {
	s := &statement{listed: map[[32]byte]*listing{}, withheld: map[[32]byte]string{}, hidden: map[[32]byte]int64{}}
	last := ""
	return s, eachStatement(fsys, s.head(), func(raw []byte) error {
		name, l, err := readListing(raw)
		if err != nil {
			return err
		}
		if name <= last {
			return fmt.Errorf("%s %w", name, errSorted)
		}
		last, s.listed[nameKey(name)] = name, l
		return nil
	}, s.readWithheld)
}

// head reads the members before the lists.
func (s *statement) head() readers {
	var disclose []string
	return readers{
		"v": exactly("1"),
		"query": func(raw []byte) error {
			return object(raw, func(string, []byte) error { return nil })
		},
		"disclose": intoTexts(&disclose), "origin": intoText(&s.origin), "made": intoDay(&s.made), "redacted": intoDigest(&s.redacted),
	}
}

func intoDay(to *string) func([]byte) error {
	return func(raw []byte) error {
		t, err := text(raw)
		if err == nil {
			_, err = time.Parse(time.DateOnly, t)
		}
		if err != nil {
			return errors.New("is not a day, like 2023-10-09")
		}
		*to = t
		return nil
	}
}

func readListing(raw []byte) (string, *listing, error) {
	var name string
	l := &listing{erased: true}
	err := readers{
		"record": intoText(&name), "revisions": intoWhole(&l.revisions),
		"last": func(raw []byte) error { l.erased = false; return intoDigest(&l.last)(raw) },
	}.read(raw, "record", "revisions")
	if err == nil && (l.revisions < 1 || kindOf(name) == "") {
		err = fmt.Errorf("lists %q with %d revisions, which can't be", name, l.revisions)
	}
	return name, l, err
}

func (s *statement) readWithheld(raw []byte) error {
	var record, of, reason string
	number := int64(-1)
	err := readers{
		"record": intoText(&record), "of": intoText(&of), "number": intoWhole(&number), "reason": intoText(&reason),
	}.read(raw, "reason")
	switch {
	case err != nil:
		return err
	case record != "" && of == "" && number < 0:
		s.withheld[nameKey(record)] = reason
	case record == "" && of != "" && number > 0:
		s.hidden[nameKey(of)] += number
	default:
		return errors.New("has something withheld that is neither a record nor a number of a finding's")
	}
	return nil
}

// eachStatement reads the parts of data/export.json in their order.
func eachStatement(fsys fs.FS, head readers, record, withheld func(raw []byte) error) error {
	f, err := fsys.Open(fileExport)
	if err != nil {
		return readError{err}
	}
	defer f.Close()
	c := &compact{r: f}
	d := json.NewDecoder(c)
	if err := isToken(d, json.Delim('{')); err != nil {
		return c.explain(err)
	}
	for _, name := range []string{"v", "query", "disclose", "origin", "made", "redacted"} {
		if err := isToken(d, name); err != nil {
			return c.explain(err)
		}
		raw, err := nextRaw(d)
		if err == nil {
			err = head[name](raw)
		}
		if err != nil {
			return c.explain(memberError(name, err))
		}
	}
	for _, l := range []struct {
		name string
		each func([]byte) error
	}{{"records", record}, {"withheld", withheld}} {
		if err := eachItem(d, l.name, l.each); err != nil {
			return c.explain(err)
		}
	}
	if err := isToken(d, json.Delim('}')); err != nil {
		return c.explain(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return c.explain(errCompact)
	}
	return c.explain(nil)
}

func isToken(d *json.Decoder, want json.Token) error {
	if t, err := d.Token(); err != nil || t != want {
		return errOrder
	}
	return nil
}

func nextRaw(d *json.Decoder) ([]byte, error) {
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return nil, errJSON
	}
	return raw, strict(raw)
}

func eachItem(d *json.Decoder, name string, each func([]byte) error) error {
	if err := isToken(d, name); err != nil {
		return err
	}
	if err := isToken(d, json.Delim('[')); err != nil {
		return err
	}
	for d.More() {
		raw, err := nextRaw(d)
		if err == nil {
			err = each(raw)
		}
		if err != nil {
			return memberError(name, err)
		}
	}
	return isToken(d, json.Delim(']'))
}

// compact lets JSON through that has no white space outside texts but one line
// end after it.
type compact struct {
	r              io.Reader
	quoted, escape bool
	last           byte
	err            error // of the form
	failed         error // of reading
}

func (c *compact) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	for _, b := range p[:n] {
		if c.last == '\n' && !c.quoted || !c.quoted && (b == ' ' || b == '\t' || b == '\r') {
			c.err = errCompact
		}
		switch {
		case c.escape:
			c.escape = false
		case c.quoted && b == '\\':
			c.escape = true
		case b == '"':
			c.quoted = !c.quoted
		}
		c.last = b
	}
	switch {
	case err == io.EOF && c.last != '\n':
		c.err = errCompact
	case err != nil && err != io.EOF:
		c.failed = err
	}
	if c.err != nil {
		return 0, c.err
	}
	return n, err
}

// explain gives the first cause of what went wrong while reading.
func (c *compact) explain(err error) error {
	switch {
	case c.failed != nil:
		return readError{c.failed}
	case c.err != nil:
		return c.err
	}
	return err
}
