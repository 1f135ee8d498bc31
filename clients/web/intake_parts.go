package web

import (
	"maps"
	"net/url"
	"strconv"
	"strings"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// intakePart is what a step asks about one record that it may make.
type intakePart struct {
	Step   string
	Prefix string // of the names of its fields: "claims/count/"
	Kind   *entry.Kind
	Key    string         // what follows the reference in the record's key
	Aspect tumenv1.Aspect // of a claim
}

// What an intake asks for, of each kind. The rest can be filled in later.
var (
	intakeSource = entry.KindOf("source").With("kind", "title", "publisher", "author", "address", "published", "language", "basis", "contact_note", "relays[].source", "relays[].kind", "marking")
	intakeCase   = entry.KindOf("case").With("title", "summary", "urgency", "follow_up_date", "languages", "marking", "audience")
	intakeEvent  = entry.KindOf("event").With("act", "title", "description", "time.edtf", "time.night", "time.time_of_day", "time.time_of_day_approximate", "time.utc_offset", "time.words", "time.words_language",
		"places[].place", "places[].part", "places[].words", "places[].words_language", "people.low", "people.best", "people.high", "people.words", "people.words_language", "authorities")
	intakeInvolved = entry.KindOf("involvement").With("role", "person", "unnamed", "authority", "people.low", "people.best", "people.high", "description")
	intakeName     = entry.KindOf("person").With("names[].text", "names[].language")
)

// intakeAspects are those that an intake asks about.
var intakeAspects = []tumenv1.Aspect{tumenv1.Aspect_ASPECT_OCCURRENCE, tumenv1.Aspect_ASPECT_TIME, tumenv1.Aspect_ASPECT_PLACE, tumenv1.Aspect_ASPECT_COUNT}

// intakeClaim is a claim on an aspect: how the source speaks to it, the value, the quote.
func intakeClaim(aspect tumenv1.Aspect) *entry.Kind {
	all := []string{"stance", "quote.text", "quote.language", "quote.locator"}
	k := entry.KindOf("claim").ForAspect(aspect)
	for _, s := range k.Sections {
		if len(s.Aspects) > 0 {
			for _, f := range s.Fields {
				all = append(all, f.Path)
			}
		}
	}
	return k.With(all...)
}

// peopleRows is how many people the form asks about.
func (i *intake) peopleRows() int {
	n, _ := strconv.Atoi(i.get(peopleValue))
	return min(max(n, 2), 30)
}

// parts are what a step asks for.
func (i *intake) parts(step string) []intakePart {
	switch step {
	case stepSource:
		return []intakePart{{Step: step, Prefix: "source/", Kind: intakeSource, Key: "S1"}}
	case stepCase:
		return []intakePart{{Step: step, Prefix: "case/", Kind: intakeCase, Key: "C"}}
	case stepEvent:
		return []intakePart{{Step: step, Prefix: "event/", Kind: intakeEvent, Key: "E1"}}
	case stepPeople:
		var all []intakePart
		for n := range i.peopleRows() {
			row := strconv.Itoa(n + 1)
			all = append(all,
				intakePart{Step: step, Prefix: "people/" + row + "/", Kind: intakeInvolved, Key: "I" + row},
				intakePart{Step: step, Prefix: "people/" + row + "/name/", Kind: intakeName, Key: "P" + row})
		}
		return all
	case stepClaims:
		var all []intakePart
		for n, aspect := range intakeAspects {
			all = append(all, intakePart{Step: step, Prefix: "claims/" + aspectWord(aspect) + "/", Kind: intakeClaim(aspect), Key: "C" + strconv.Itoa(n+1), Aspect: aspect})
		}
		return all
	}
	return nil
}

func aspectWord(aspect tumenv1.Aspect) string {
	return labels.EnumWord(aspect.Descriptor(), aspect.Number())
}

// texts are what was typed of a part. A claim that nobody has looked at yet is proposed
// from what was typed of the event.
func (i *intake) texts(p intakePart) entry.Texts {
	if p.Step == stepClaims && !i.has(stepClaims) {
		return i.proposed(p)
	}
	texts := typed(p.Kind, under(p.Prefix, i.values))
	if p.Step == stepClaims && texts["quote.text"] == "" && texts["quote.locator"] == "" {
		delete(texts, "quote.language") // it was proposed, for a quote that nobody typed
	}
	return texts
}

// chosen says whether there is a record to make of a part: of claims those that are
// ticked, of people those of whom something is said.
func (i *intake) chosen(p intakePart) bool {
	switch p.Step {
	case stepClaims:
		if !i.has(stepClaims) {
			texts := i.proposed(p)
			delete(texts, "stance")
			delete(texts, "quote.language")
			return p.Aspect == tumenv1.Aspect_ASPECT_OCCURRENCE || len(texts.Trimmed()) > 0
		}
		return i.get(p.Prefix+"on") != ""
	case stepPeople:
		return len(i.texts(p).Trimmed()) > 0
	}
	return true
}

// valuePaths are where claims have what events have.
var valuePaths = map[tumenv1.Aspect][2]string{
	tumenv1.Aspect_ASPECT_TIME:  {"time.", "value.time."},
	tumenv1.Aspect_ASPECT_PLACE: {"places[", "value.places.places["},
	tumenv1.Aspect_ASPECT_COUNT: {"people.", "value.count."},
}

// proposed is a claim that says of an aspect what was typed of the event.
func (i *intake) proposed(p intakePart) entry.Texts {
	texts := entry.Texts{"stance": "asserts", "quote.language": i.get("source/f.language")}
	from, there := valuePaths[p.Aspect]
	if !there {
		return texts
	}
	for path, text := range typed(intakeEvent, under("event/", i.values)) {
		if rest, ours := strings.CutPrefix(path, from[0]); ours && text != "" {
			texts[from[1]+rest] = text
		}
	}
	return texts
}

// under are the values whose names begin with a prefix, without it.
func under(prefix string, values url.Values) url.Values {
	out := url.Values{}
	for name, given := range maps.All(values) {
		if rest, ours := strings.CutPrefix(name, prefix); ours {
			out[rest] = given
		}
	}
	return out
}
