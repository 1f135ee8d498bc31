package verify

import (
	"errors"
	"fmt"
)

// record is one line of records.jsonl.
type record struct {
	name, kind string
	erased     bool
	revisions  []revision
}

// revision is one revision of a record, as the line has it. Of an erased record
// only number and proof are left, and the commitment where the export gives it.
type revision struct {
	number                                    int64
	fields                                    []byte // a JSON object
	sdJWT, entry, proof, time, day, member    string
	salt, commitment                          [32]byte
	hasTime, hasDay, hasMember, hasCommitment bool
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
		v.fields = raw
		return object(raw, func(string, []byte) error { return nil })
	}
	known["sd_jwt"], known["entry"], known["salt"] = intoText(&v.sdJWT), intoText(&v.entry), intoDigest(&v.salt)
	known["time"] = noting(&v.hasTime, intoText(&v.time))
	known["member"] = noting(&v.hasMember, intoText(&v.member))
	known["day"] = noting(&v.hasDay, intoText(&v.day))
	return v, known.read(raw, "revision", "fields", "sd_jwt", "entry", "salt", "proof")
}

// noting notes that a member was there.
func noting(there *bool, read func([]byte) error) func([]byte) error {
	return func(raw []byte) error {
		*there = true
		return read(raw)
	}
}
