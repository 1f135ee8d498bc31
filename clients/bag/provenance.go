package bag

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// provenance is data/prov.json (W3C PROV-JSON): claims come from sources, findings
// from their evidence by a review, and members did what they are disclosed to have
// done. It has one form, an entry a line, so that it can be made again from the
// records and compared. It tells by sections what the records tell by record:
// until the end each section has a file of its own.
type provenance struct {
	file     *file
	sections map[string]*section
	members  map[string]bool
}

type section struct {
	*bufio.Writer
	f       *os.File
	entries int
}

// sectionNames are the sections in their order, without that of the agents.
var sectionNames = []string{"entity", "activity", "wasAttributedTo", "wasDerivedFrom", "wasGeneratedBy", "wasAssociatedWith"}

func (w *Writer) beginProvenance() (view, error) {
	f, err := w.create("data/prov.json")
	if err != nil {
		return nil, err
	}
	p := &provenance{file: f, sections: map[string]*section{}, members: map[string]bool{}}
	for _, name := range sectionNames {
		f, err := os.OpenFile(w.path(unfinished+"/prov-"+name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return nil, errors.Join(err, p.leave())
		}
		p.sections[name] = &section{bufio.NewWriterSize(f, 1<<15), f, 0}
	}
	return p, nil
}

// record tells of a record. Errors stay with the writers.
func (p *provenance) record(r *exported) error {
	p.entry("entity", r.name, r.kind)
	for _, creator := range named(r.text("creator")) {
		p.members[creator] = true
		p.relation("wasAttributedTo", "a", "prov:agent", creator, "prov:entity", r.name)
	}
	for _, from := range r.derivedFrom() {
		p.relation("wasDerivedFrom", "d", "prov:generatedEntity", r.name, "prov:usedEntity", from)
	}
	reviewers := r.reviewers()
	if len(reviewers) > 0 {
		p.entry("activity", r.name+"/review", "Review")
		p.relation("wasGeneratedBy", "g", "prov:activity", r.name+"/review", "prov:entity", r.name)
	}
	for _, member := range reviewers {
		p.members[member] = true
		p.relation("wasAssociatedWith", "w", "prov:activity", r.name+"/review", "prov:agent", member)
	}
	return nil
}

func (p *provenance) entry(to, name, kind string) {
	p.sections[to].line(quoted(qualified(name)), "prov:type", qualified(kind))
}

// relation has its members in their order in the alphabet.
func (p *provenance) relation(to, letter, one, a, other, b string) {
	s := p.sections[to]
	s.line(`"_:`+letter+strconv.Itoa(s.entries+1)+`"`, one, qualified(a), other, qualified(b))
}

// line writes a line of a section: a key and the members of its object.
func (s *section) line(key string, members ...string) {
	b := s.AvailableBuffer()
	if s.entries++; s.entries > 1 {
		b = append(b, ',')
	}
	b = append(append(append(b, '\n'), key...), ":{"...)
	for i := 0; i < len(members); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(append(b, '"'), members[i]...), `":`...), quoted(members[i+1])...)
	}
	s.Write(append(b, '}')) // an error stays with the writer
}

// end puts the sections together.
func (p *provenance) end(w *Writer) error {
	p.file.WriteString(`{"prefix":{"tumen":"urn:tumen:"}`) // an error stays with the writer
	for _, name := range sectionNames {
		if err := p.take(name); err != nil {
			return errors.Join(err, p.leave())
		}
	}
	agents := &section{Writer: p.file.Writer}
	p.begin("agent")
	for _, member := range slices.Sorted(maps.Keys(p.members)) {
		agents.line(quoted(qualified(member)), "prov:type", "prov:Person")
	}
	p.file.WriteString("\n}}\n")
	return errors.Join(w.whole(p.file), p.closeSections())
}

func (p *provenance) begin(name string) { fmt.Fprintf(p.file, ",\n%q:{", name) }

// take takes in a section.
func (p *provenance) take(name string) error {
	s := p.sections[name]
	if err := s.Flush(); err != nil {
		return err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	p.begin(name)
	_, err := io.Copy(p.file, s.f)
	p.file.WriteString("\n}")
	return err
}

func (p *provenance) leave() error { return errors.Join(p.file.f.Close(), p.closeSections()) }

func (p *provenance) closeSections() (err error) {
	for _, s := range p.sections {
		err = errors.Join(err, s.f.Close())
	}
	return err
}

// quoted is a text as JSON.
func quoted(text string) string {
	encoded, _ := json.Marshal(text) // a text has an encoding
	return string(encoded)
}

func qualified(name string) string { return "tumen:" + name }

// named gives those of the texts that are names of records.
func named(texts ...string) []string {
	return slices.DeleteFunc(texts, func(t string) bool {
		return t == "" || strings.Trim(t, "abcdefghijklmnopqrstuvwxyz0123456789/_-") != ""
	})
}

// reviewers are the members whom a finding came out of.
func (r *exported) reviewers() []string {
	if r.kind != "Finding" {
		return nil
	}
	return named(r.text("proposer"), r.text("approver"))
}

// derivedFrom names what a record comes from, as its last revision tells it.
func (r *exported) derivedFrom() []string {
	var from []string
	switch r.kind {
	case "Claim":
		from = append(from, r.text("source"))
	case "Source":
		var relays []struct{ Source string }
		_ = json.Unmarshal(r.last("relays").raw, &relays) // withheld or not there: none
		for _, relay := range relays {
			from = append(from, relay.Source)
		}
	case "Finding":
		var evidence []struct{ Name string }
		_ = json.Unmarshal(r.last("approved_evidence").raw, &evidence) // withheld or not there: none
		for _, e := range evidence {
			from = append(from, e.Name)
		}
	}
	return named(from...)
}
