package verify

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// revisionCheck is the check of one revision of one record.
type revisionCheck struct {
	*run
	record   *record
	revision *revision
	entry    entry
}

func (c *revisionCheck) failed(check, field, reason string) {
	c.fail(Failure{Check: check, Record: c.record.name, Revision: c.revision.number, Field: field, Reason: reason})
}

// check makes all checks of a revision: number is the one that is due, and before
// the SHA-256 of the previous entry. Each is made even where another failed, as
// far as there is something to check.
func (c *revisionCheck) check(number int64, before [32]byte) {
	v := c.revision
	if v.number != number {
		c.failed(CheckChains, "", fmt.Sprintf("stands where revision %d should", number))
	}
	e, err := parseEntry(v.entry)
	if err != nil || e.record == "" {
		c.failed(CheckRecords, "entry", "is not an entry about a record in its one form")
		return
	}
	c.entry = e
	if e.record != c.record.name {
		c.failed(CheckRecords, "entry", "is the entry of another record: "+e.record)
	}
	if e.revision != v.number {
		c.failed(CheckRecords, "entry", fmt.Sprintf("is the entry of revision %d", e.revision))
	}
	if j, err := parseSDJWT(v.sdJWT); err != nil {
		check, field := CheckSignatures, "sd_jwt"
		var of *fieldError
		if errors.As(err, &of) {
			check, field = CheckDisclosures, of.field
		}
		c.failed(check, field, err.Error())
	} else {
		c.signed(j)
		c.fields(j)
		c.contents(j)
	}
	c.sealed()
	c.proof()
	if e.previous != before {
		c.failed(CheckChains, "entry", "does not cite the entry of the revision before")
	}
}

// withheld adds what is said to be withheld to what the export commits to.
func (c *revisionCheck) withheld() {
	shown := int64(len(c.revision.fields))
	for _, w := range c.revision.withheld {
		fmt.Fprintf(c.redacted, "%s\t%d\t%s\t%s\t%d\n", c.record.name, c.revision.number, w.class, w.rule, w.number)
		shown += w.number
	}
	if shown > digestsPerPayload {
		c.failed(CheckDisclosures, "withheld", fmt.Sprintf("shows and withholds %d fields, more than a payload has", shown))
	}
}

func (c *revisionCheck) signed(j *sdJWT) {
	if err := j.verify(c.policy); err != nil {
		c.failed(CheckSignatures, "sd_jwt", err.Error())
	}
	if sha256.Sum256(j.payload) != c.entry.payload {
		c.failed(CheckSignatures, "sd_jwt", "has a payload that is not the one that the entry commits to")
	}
}

// fields compares what stands in the clear with what was disclosed.
func (c *revisionCheck) fields(j *sdJWT) {
	disclosed := make(map[string][]byte, len(j.disclosures))
	for _, d := range j.disclosures {
		c.tally.disclosures++
		disclosed[d.name] = d.value
	}
	for name, want := range map[string]string{"name": `"` + c.record.name + `"`, "revision": fmt.Sprint(c.revision.number)} {
		switch value, there := disclosed[name]; {
		case !there:
			c.failed(CheckDisclosures, name, "is not disclosed, and always must be")
		case string(value) != want:
			c.failed(CheckDisclosures, name, fmt.Sprintf("was disclosed as %s, and should be %s", shortened(value), want))
		}
	}
	for _, f := range c.revision.fields {
		switch want, there := disclosed[f.name]; {
		case !there:
			c.failed(CheckDisclosures, f.name, "stands among the fields and has no disclosure")
		case !bytes.Equal(f.value, want):
			c.failed(CheckDisclosures, f.name, fmt.Sprintf("reads %s, and was disclosed as %s", shortened(f.value), shortened(want)))
		}
		delete(disclosed, f.name)
	}
	for _, name := range sortedKeys(disclosed) {
		c.failed(CheckDisclosures, name, "is disclosed and does not stand among the fields")
	}
}

// shortened keeps a long value from filling a report.
func shortened(value []byte) string {
	if r := []rune(string(value)); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(value)
}

// contents looks at what other checks need of the fields.
func (c *revisionCheck) contents(j *sdJWT) {
	supported := false
	for _, d := range j.disclosures {
		if c.record.kind == "Finding" && d.name == "approved_support" {
			supported = true
			c.support(d.value)
		}
	}
	if c.record.kind == "Finding" && !supported {
		c.tally.undisclosed++
		if s := c.revision.shows(); slices.Contains(outcomeWords, says(s.fields, "state")) && !s.withheld["CONTENT"] {
			c.failed(CheckFindings, "approved_support", "is not there, nor said to be withheld, and the finding is decided")
		}
	}
}

// sealed checks the disclosures of when and by whom.
func (c *revisionCheck) sealed() {
	v := c.revision
	opened := func(there bool, name, encoded string, committed [32]byte) string {
		if !there {
			return ""
		}
		said, err := sealed(name, encoded, committed)
		if err != nil {
			c.failed(CheckDisclosures, name, err.Error())
		}
		return said
	}
	at := opened(v.hasTime, "time", v.time, c.entry.time)
	day := opened(v.hasDay, "day", v.day, c.entry.day)
	opened(v.hasMember, "member", v.member, c.entry.member)
	if at != "" && day != "" && !inDay(at, day) {
		c.failed(CheckDisclosures, "time", fmt.Sprintf("is %s, which is not on the day that is disclosed: %s", at, day))
	}
	if !v.hasTime && !v.hasDay {
		c.tally.undated++
	}
}

// inDay says whether a time in UTC is on a day.
func inDay(at, day string) bool { return strings.HasPrefix(at, day+"T") }

func (c *revisionCheck) proof() {
	c.tally.proofs++
	p, err := parseProof(c.revision.proof)
	if err == nil {
		c.revision.leaf = p.index
		err = p.shows(commitment(c.revision.salt, c.revision.entry), c.top)
	}
	if err != nil {
		c.failed(CheckProofs, "proof", err.Error())
	}
}
