package bag

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// provenance writes data/prov.json (W3C PROV-JSON): claims come from sources,
// findings from their evidence by a review, and members did what they are disclosed
// to have done. It has one form, an entry a line, so that it can be made again from
// the records and compared.
func (w *Writer) provenance() error {
	f, err := w.create("data/prov.json")
	if err != nil {
		return err
	}
	p := &provenance{file: f}
	f.WriteString(`{"prefix":{"tumen":"urn:tumen:"}`) // an error stays with the writer
	members := map[string]bool{}
	for _, section := range []struct {
		name  string
		facts func(*exported)
	}{
		{"entity", func(r *exported) { p.entry(r.Record, "prov:type", r.Kind) }},
		{"activity", func(r *exported) {
			if len(r.reviewers()) > 0 {
				p.entry(r.Record+"/review", "prov:type", "Review")
			}
		}},
		{"wasAttributedTo", func(r *exported) {
			for _, creator := range named(r.text("creator")) {
				members[creator] = true
				p.relation("a", "prov:entity", r.Record, "prov:agent", creator)
			}
		}},
		{"wasDerivedFrom", func(r *exported) {
			for _, from := range r.derivedFrom() {
				p.relation("d", "prov:generatedEntity", r.Record, "prov:usedEntity", from)
			}
		}},
		{"wasGeneratedBy", func(r *exported) {
			if len(r.reviewers()) > 0 {
				p.relation("g", "prov:entity", r.Record, "prov:activity", r.Record+"/review")
			}
		}},
		{"wasAssociatedWith", func(r *exported) {
			for _, member := range r.reviewers() {
				members[member] = true
				p.relation("w", "prov:activity", r.Record+"/review", "prov:agent", member)
			}
		}},
	} {
		p.begin(section.name)
		if err := w.each(func(r *exported) error { section.facts(r); return nil }); err != nil {
			return errors.Join(err, f.end())
		}
		p.finish()
	}
	p.begin("agent")
	for _, member := range slices.Sorted(maps.Keys(members)) {
		p.line(qualified(member), map[string]string{"prov:type": "prov:Person"})
	}
	p.finish()
	f.WriteString("}\n")
	return w.whole(f)
}

type provenance struct {
	file    *file
	entries int // of this section
}

func (p *provenance) begin(section string) {
	p.entries = 0
	fmt.Fprintf(p.file, ",\n%q:{", section)
}

func (p *provenance) finish() { p.file.WriteString("\n}") }

// line writes a line of a section. Keys of JSON objects that Go writes are sorted.
func (p *provenance) line(key string, value map[string]string) {
	if p.entries++; p.entries > 1 {
		p.file.WriteByte(',')
	}
	encoded, _ := json.Marshal(value) // texts have an encoding
	fmt.Fprintf(p.file, "\n%q:%s", key, encoded)
}

func (p *provenance) entry(name, member, kind string) {
	p.line(qualified(name), map[string]string{member: qualified(kind)})
}

func (p *provenance) relation(letter, one, a, other, b string) {
	p.line(fmt.Sprintf("_:%s%d", letter, p.entries+1), map[string]string{one: qualified(a), other: qualified(b)})
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
	if r.Kind != "Finding" {
		return nil
	}
	return named(r.text("proposer"), r.text("approver"))
}

// derivedFrom names what a record comes from, as its last revision tells it.
func (r *exported) derivedFrom() []string {
	var from []string
	switch r.Kind {
	case "Claim":
		from = append(from, r.text("source"))
	case "Source":
		var relays []struct{ Source string }
		_ = json.Unmarshal(r.last()["relays"], &relays) // withheld or not there: none
		for _, relay := range relays {
			from = append(from, relay.Source)
		}
	case "Finding":
		var evidence []struct{ Name string }
		_ = json.Unmarshal(r.last()["approved_evidence"], &evidence) // withheld or not there: none
		for _, e := range evidence {
			from = append(from, e.Name)
		}
	}
	return named(from...)
}
