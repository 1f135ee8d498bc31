package web

import (
	"errors"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	"tumen/service/edtf"
)

// refusedField is what the server refuses about one field of a request, on a page that
// has no form for it.
type refusedField struct {
	Label  string // what people call the field; empty where the pages have no name for it
	Field  string // then its path, as the server names it; empty for the whole
	Said   string // in the reader's language; empty where there is no sentence for the reason
	Server string // then the server's own words, in English
}

// reasonsOf are all that an error gives: a guard tells everything that is missing at once,
// and its own reason is the first of that.
func reasonsOf(e *client.Error) []string {
	if all := e.Metadata["missing"]; all != "" {
		return strings.Split(all, ",")
	}
	return []string{e.Reason}
}

// sentencesOf say in the reader's language why a call was refused, a sentence for each
// reason; none for reasons without a sentence.
func (v *visit) sentencesOf(e *client.Error) []string {
	var all []string
	for _, reason := range reasonsOf(e) {
		if said, ok := v.say().Refusal(reason, e.Metadata); ok {
			all = append(all, said)
		}
	}
	return all
}

// refusedWords are the sentences of a refusal in one text, or what the server says where
// there is none.
func (v *visit) refusedWords(e *client.Error) string {
	if said := v.sentencesOf(e); len(said) > 0 {
		return strings.Join(said, " ")
	}
	return v.serverSaid(e.Message)
}

// refusedFields are the violations of a request that no form stands for.
func (v *visit) refusedFields(violations []client.Violation) []refusedField {
	var all []refusedField
	for _, violation := range violations {
		f := refusedField{Label: v.asked(violation.Field)}
		var told map[string]string
		if record, path, inside := strings.Cut(violation.Field, "."); inside && entry.KindOf(record) != nil {
			k := entry.KindOf(record)
			f.Label, told = v.knownLabel(k, path), limitsOf(k, path, violation.Reason)
		}
		if f.Label == "" {
			f.Field = violation.Field
		}
		if said, ok := v.say().Refusal(violation.Reason, told); ok {
			f.Said = said
		} else {
			f.Server = violation.Description
		}
		all = append(all, f)
	}
	return all
}

// asked is what people call a field of a request that is no record's: of a list's filter,
// or one that stands beside the record.
func (v *visit) asked(field string) string {
	for _, area := range []string{"entry.", "work."} {
		if id := area + catalogueKey(entry.Plain(field)); v.say().Knows(id) {
			return v.say().Say(id)
		}
	}
	return ""
}

// inputOf is the path of the input that a path of the server's is about: the lines of one
// input are a list of texts to the server. Where there is none, the path as it is.
func inputOf(k *entry.Kind, path string) string {
	if at := strings.LastIndexByte(path, '['); at > 0 && strings.HasSuffix(path, "]") && k.Leaf(path) == nil && k.Leaf(path[:at]) != nil {
		return path[:at]
	}
	return path
}

// limitsOf are the numbers and the form that the contract asks of a field.
func limitsOf(k *entry.Kind, path, reason string) map[string]string {
	fd := k.Leaf(inputOf(k, path))
	if fd == nil {
		return nil
	}
	return labels.Limits(fd, reason)
}

// refusedFault is what the server says of a field of a record, in the reader's language.
// typed is what stands in the field.
func (v *visit) refusedFault(k *entry.Kind, path, reason, server, typed string) entry.Fault {
	path = inputOf(k, path)
	told := limitsOf(k, path, reason)
	if rest := unreadable(typed); reason == "INVALID_DATE" && rest != "" && told["form"] == "" {
		told = map[string]string{"rest": rest}
	}
	said, ok := v.say().Refusal(reason, told)
	if !ok {
		said = v.serverSaid(server)
	}
	return entry.Fault{Path: path, Problem: entry.Refused, Words: said}
}

// serverSaid is for what the server says in its own words alone.
func (v *visit) serverSaid(words string) string {
	return v.say().Say("layout.server_said") + " " + words
}

// faultsOf are what the server says of a record's fields: its paths begin with what the
// record is called in the request. nil means that the error is about something else.
func (v *visit) faultsOf(k *entry.Kind, texts entry.Texts, err error) []entry.Fault {
	e := client.AsError(err)
	if e == nil || len(e.Violations) == 0 {
		return nil
	}
	return v.violations(k, k.Name+".", texts, e)
}

// violations are what the server says of fields whose paths in the request begin so.
func (v *visit) violations(k *entry.Kind, prefix string, texts entry.Texts, e *client.Error) []entry.Fault {
	var faults []entry.Fault
	for _, violation := range e.Violations {
		path := strings.TrimPrefix(violation.Field, prefix)
		faults = append(faults, v.refusedFault(k, path, violation.Reason, violation.Description, texts[path]))
	}
	return faults
}

// unreadable is from where on a date can't be read; empty where it ends too early, or is
// right as dates go.
func unreadable(date string) string {
	var wrong *edtf.ParseError
	if _, err := edtf.Parse(date); !errors.As(err, &wrong) || wrong.Byte < 1 || wrong.Byte > len(date) {
		return ""
	}
	return strings.ToValidUTF8(date[wrong.Byte-1:], "")
}
