package verify

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strings"
)

// provenance is data/prov.json. It tells by sections what the records tell by
// record, so that of each section the SHA-256 and the length are worked out, to be
// compared at the end.
type provenance struct {
	fs.File
	sections map[string]*section
	members  map[string]bool
}

type section struct {
	hash.Hash
	length int64
	lines  int
}

// sectionNames are the sections in their order.
var sectionNames = []string{"entity", "activity", "wasAttributedTo", "wasDerivedFrom", "wasGeneratedBy", "wasAssociatedWith", "agent"}

func newProvenance(f fs.File) *provenance {
	p := &provenance{File: f, sections: map[string]*section{}, members: map[string]bool{}}
	for _, name := range sectionNames {
		p.sections[name] = &section{Hash: sha256.New()}
	}
	return p
}

// line is one more line of a section.
func (s *section) line(format string, args ...any) {
	comma := ","
	if s.lines++; s.lines == 1 {
		comma = ""
	}
	n, _ := fmt.Fprintf(s, comma+"\n"+format, args...) // a hash takes everything
	s.length += int64(n)
}

func (p *provenance) record(rec *record) error {
	fields := rec.shown()
	p.sections["entity"].line(`"tumen:%s":{"prov:type":"tumen:%s"}`, rec.name, rec.kind)
	if creator := says(fields, "creator"); isName(creator) {
		p.members[creator] = true
		s := p.sections["wasAttributedTo"]
		s.line(`"_:a%d":{"prov:agent":"tumen:%s","prov:entity":"tumen:%s"}`, s.lines+1, creator, rec.name)
	}
	from, err := origins(rec.kind, fields)
	if err != nil {
		return err
	}
	for _, name := range from {
		s := p.sections["wasDerivedFrom"]
		s.line(`"_:d%d":{"prov:generatedEntity":"tumen:%s","prov:usedEntity":"tumen:%s"}`, s.lines+1, rec.name, name)
	}
	if rec.kind == "Finding" {
		p.review(rec.name, says(fields, "proposer"), says(fields, "approver"))
	}
	return nil
}

func (p *provenance) review(finding string, members ...string) {
	reviewed := false
	for _, member := range members {
		if !isName(member) {
			continue
		}
		if !reviewed {
			p.sections["activity"].line(`"tumen:%s/review":{"prov:type":"tumen:Review"}`, finding)
			s := p.sections["wasGeneratedBy"]
			s.line(`"_:g%d":{"prov:activity":"tumen:%s/review","prov:entity":"tumen:%s"}`, s.lines+1, finding, finding)
		}
		reviewed, p.members[member] = true, true
		s := p.sections["wasAssociatedWith"]
		s.line(`"_:w%d":{"prov:activity":"tumen:%s/review","prov:agent":"tumen:%s"}`, s.lines+1, finding, member)
	}
}

// origins names what a record comes from: a claim its source, a source what it
// relays, a finding its evidence.
func origins(kind string, fields map[string][]byte) ([]string, error) {
	of := map[string]struct{ field, member string }{"Source": {"relays", "source"}, "Finding": {"approved_evidence", "name"}}[kind]
	if kind == "Claim" {
		if source := says(fields, "source"); isName(source) {
			return []string{source}, nil
		}
	}
	var names []string
	if fields[of.field] == nil {
		return nil, nil
	}
	err := list(fields[of.field], func(raw []byte) error {
		return object(raw, func(member string, raw []byte) error {
			if t, err := text(raw); member == of.member && err == nil && isName(t) {
				names = append(names, t)
			}
			return nil
		})
	})
	return names, err
}

// isName says whether a text could name a record.
func isName(t string) bool {
	return t != "" && strings.Trim(t, "abcdefghijklmnopqrstuvwxyz0123456789/_-") == ""
}

func (p *provenance) end() error {
	for _, member := range sortedKeys(p.members) {
		p.sections["agent"].line(`"tumen:%s":{"prov:type":"prov:Person"}`, member)
	}
	r := bufio.NewReaderSize(p, 1<<16)
	due := `{"prefix":{"tumen":"urn:tumen:"}`
	for _, name := range sectionNames {
		if err := same(r, "the beginning of "+name, due+`,`+"\n"+`"`+name+`":{`); err != nil {
			return err
		}
		s, got := p.sections[name], sha256.New()
		if _, err := io.CopyN(got, r, s.length); err != nil && err != io.EOF {
			return readError{err}
		}
		if string(got.Sum(nil)) != string(s.Sum(nil)) {
			return errors.New(name + " is not what the records give")
		}
		due = "\n}"
	}
	if err := same(r, "the end", due+"}\n"); err != nil {
		return err
	}
	return ended(r, "the end")
}
