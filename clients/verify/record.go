package verify

import (
	"errors"
	"fmt"
	"strings"
)

// record is one line of records.jsonl.
type record struct {
	name, kind string
	erased     bool
	revisions  []revision
	last       map[string][]byte // what is disclosed of the last revision, by field
	cells      []cell            // the same, for tables
}

// revision is one revision of a record, as the line has it. Of an erased record
// only number and proof are left, and the commitment where the export gives it.
type revision struct {
	number                                    int64
	fields                                    []field
	leaf                                      uint64 // its place in the log, once its proof was read
	sdJWT, entry, proof, time, day, member    string
	salt, commitment                          [32]byte
	hasTime, hasDay, hasMember, hasCommitment bool
	withheld                                  []withheldFields
}

// field is a field in the clear: its value as it stands.
type field struct {
	name  string
	value []byte
}

// withheldFields says that so many fields of a class are withheld by a rule.
type withheldFields struct {
	class, rule string
	number      int64
}

// parseRecord reads a line. What it could read of it is returned with an error,
// too, so that the record can be named.
func parseRecord(line []byte) (*record, error) {
	rec := &record{}
	if err := strict(line); err != nil {
		return rec, err
	}
	var revisions []byte
	err := readers{
		"record": intoText(&rec.name), "kind": intoText(&rec.kind),
		"erased": func(raw []byte) error {
			rec.erased = true
			return exactly("true")(raw)
		},
		"revisions": func(raw []byte) error { revisions = raw; return nil },
	}.read(line, "record", "kind", "revisions")
	if err != nil {
		return rec, err
	}
	err = list(revisions, func(raw []byte) error {
		v, err := parseRevision(raw, rec.erased)
		if err != nil {
			return fmt.Errorf("has a revision (the %s) that %w", ordinal(len(rec.revisions)+1), err)
		}
		rec.revisions = append(rec.revisions, v)
		return nil
	})
	if err == nil && len(rec.revisions) == 0 {
		err = errors.New("has no revisions")
	}
	if err == nil {
		rec.show()
	}
	return rec, err
}

func parseRevision(raw []byte, erased bool) (revision, error) {
	var v revision
	known := readers{"revision": intoWhole(&v.number), "proof": intoText(&v.proof)}
	if erased {
		known["commitment"] = noting(&v.hasCommitment, intoDigest(&v.commitment))
		return v, known.read(raw, "revision", "proof")
	}
	known["fields"] = func(raw []byte) error {
		v.fields = make([]field, 0, digestsPerPayload/2)
		return object(raw, func(name string, raw []byte) error {
			v.fields = append(v.fields, field{name, raw})
			return nil
		})
	}
	known["sd_jwt"], known["entry"], known["salt"] = intoText(&v.sdJWT), intoText(&v.entry), intoDigest(&v.salt)
	known["time"] = noting(&v.hasTime, intoText(&v.time))
	known["member"] = noting(&v.hasMember, intoText(&v.member))
	known["day"] = noting(&v.hasDay, intoText(&v.day))
	known["withheld"] = func(raw []byte) error {
		return list(raw, func(raw []byte) error {
			w, err := readWithheldFields(raw)
			v.withheld = append(v.withheld, w)
			return err
		})
	}
	return v, known.read(raw, "revision", "fields", "sd_jwt", "entry", "salt", "proof")
}

var errWithheld = errors.New("has something withheld that is not a class and a rule in plain words, and a number of fields from 1")

func readWithheldFields(raw []byte) (withheldFields, error) {
	var w withheldFields
	err := readers{"class": intoText(&w.class), "rule": intoText(&w.rule), "fields": intoWhole(&w.number)}.read(raw, "class", "rule", "fields")
	if err == nil && (!plainWords(w.class) || !plainWords(w.rule) || w.number < 1) {
		err = errWithheld
	}
	return w, err
}

// plainWords says whether a text has only letters, spaces and low lines.
func plainWords(t string) bool {
	return t != "" && strings.Trim(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ ") == ""
}

// noting notes that a member was there.
func noting(there *bool, read func([]byte) error) func([]byte) error {
	return func(raw []byte) error {
		*there = true
		return read(raw)
	}
}
