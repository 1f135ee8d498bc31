package verify

import "fmt"

// references are the members of a stored support (Support in the contract's
// verification_service.proto) that name claims and sources.
var references = map[string]bool{
	"claims": true, "claim": true, "asserted_by": true,
	"source": true, "sources": true, "origin": true, "origins": true, "possible_origins": true,
	"through": true, "a": true, "b": true,
}

// support checks that an export is complete: whatever a finding's stored support
// rests on is in the bag, or the export says that it is not.
func (c *revisionCheck) support(value []byte) {
	c.tally.findings++
	named := map[string]bool{}
	if err := namedIn(value, "", named); err != nil {
		c.failed(CheckFindings, "approved_support", err.Error())
		return
	}
	var absent []string
	for _, name := range sortedKeys(named) {
		c.tally.references++
		key := nameKey(name)
		if _, withheld := c.statement.withheld[key]; withheld {
			c.tally.withheld++
		} else if c.statement.listed[key] == nil { // what is listed must be in the bag: another check
			absent = append(absent, name)
		}
	}
	hidden := c.statement.hidden[nameKey(c.record.name)]
	c.tally.withheld += min(hidden, int64(len(absent)))
	if int64(len(absent)) <= hidden {
		return
	}
	for _, name := range absent {
		reason := fmt.Sprintf("rests on %s, which is neither in the bag nor said to be withheld", name)
		if hidden > 0 {
			reason += fmt.Sprintf(" by name; %d are missing and %d are said to be withheld", len(absent), hidden)
		}
		c.failed(CheckFindings, "approved_support", reason)
	}
}

// namedIn collects the names of claims and sources. What a claim says (value) is
// somebody's words and names nothing.
func namedIn(raw []byte, member string, named map[string]bool) error {
	switch raw[0] {
	case '{':
		return object(raw, func(name string, raw []byte) error {
			if name == "value" {
				return nil
			}
			return namedIn(raw, name, named)
		})
	case '[':
		return list(raw, func(raw []byte) error { return namedIn(raw, member, named) })
	case '"':
		name, err := text(raw)
		if kind := kindOf(name); references[member] && (kind == "Claim" || kind == "Source") {
			named[name] = true
		}
		return err
	}
	return nil
}
