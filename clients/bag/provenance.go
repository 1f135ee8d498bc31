package bag

import (
	"encoding/json"
	"strconv"
)

// provenance is a document of W3C PROV-JSON: claims come from sources, findings
// from their evidence by a review, and members did what they are disclosed to have
// done.
type provenance struct {
	Prefix      map[string]string            `json:"prefix"`
	Entity      map[string]map[string]string `json:"entity"`
	Activity    map[string]map[string]string `json:"activity,omitempty"`
	Agent       map[string]map[string]string `json:"agent,omitempty"`
	Derived     map[string]map[string]string `json:"wasDerivedFrom,omitempty"`
	Generated   map[string]map[string]string `json:"wasGeneratedBy,omitempty"`
	Associated  map[string]map[string]string `json:"wasAssociatedWith,omitempty"`
	Attribution map[string]map[string]string `json:"wasAttributedTo,omitempty"`
	relations   int
}

func newProvenance() *provenance {
	empty := func() map[string]map[string]string { return map[string]map[string]string{} }
	return &provenance{
		Prefix: map[string]string{"tumen": "urn:tumen:"}, Entity: empty(), Activity: empty(), Agent: empty(),
		Derived: empty(), Generated: empty(), Associated: empty(), Attribution: empty(),
	}
}

func qualified(name string) string { return "tumen:" + name }

// relate adds a relation under a blank name of its own.
func (p *provenance) relate(to map[string]map[string]string, one, a, other, b string) {
	p.relations++
	to["_:r"+strconv.Itoa(p.relations)] = map[string]string{one: a, other: b}
}

func (p *provenance) agent(member string) string {
	p.Agent[qualified(member)] = map[string]string{"prov:type": "prov:Person"}
	return qualified(member)
}

func (p *provenance) add(r *exported) {
	entity := qualified(r.Record)
	p.Entity[entity] = map[string]string{"prov:type": qualified(r.Kind)}
	if creator := r.text("creator"); creator != "" {
		p.relate(p.Attribution, "prov:entity", entity, "prov:agent", p.agent(creator))
	}
	derive := func(from string) {
		if from != "" {
			p.relate(p.Derived, "prov:generatedEntity", entity, "prov:usedEntity", qualified(from))
		}
	}
	switch r.Kind {
	case "Claim":
		derive(r.text("source"))
	case "Source":
		var relays []struct{ Source string }
		_ = json.Unmarshal(r.last()["relays"], &relays) // withheld or not there: none
		for _, relay := range relays {
			derive(relay.Source)
		}
	case "Finding":
		var evidence []struct{ Name string }
		_ = json.Unmarshal(r.last()["approved_evidence"], &evidence) // withheld or not there: none
		for _, e := range evidence {
			derive(e.Name)
		}
		p.review(r, entity)
	}
}

// review adds the review that a finding came out of.
func (p *provenance) review(r *exported, entity string) {
	proposer, approver := r.text("proposer"), r.text("approver")
	if proposer == "" && approver == "" {
		return
	}
	activity := qualified(r.Record + "/review")
	p.Activity[activity] = map[string]string{"prov:type": qualified("Review")}
	p.relate(p.Generated, "prov:entity", entity, "prov:activity", activity)
	for _, member := range []string{proposer, approver} {
		if member != "" {
			p.relate(p.Associated, "prov:activity", activity, "prov:agent", p.agent(member))
		}
	}
}
