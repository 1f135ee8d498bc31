package gate

import (
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"tumen/service/fault"
)

// recordRules checks records on their own; compiled with the first one.
var recordRules = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// ValidateRecord checks a record that was put together on the server: by an
// update from what was stored and what the mask names, or from a document of a
// matter. Requests pass the same rules before they reach a handler. Paths in the
// fault stand behind prefix.
func ValidateRecord(record proto.Message, prefix string) error {
	rules, err := recordRules()
	if err != nil {
		return err
	}
	err = broken(record, rules.Validate(record))
	if f := fault.Of(err); f != nil && prefix != "" {
		for i := range f.Violations {
			if f.Violations[i].Field != "" {
				f.Violations[i].Field = prefix + "." + f.Violations[i].Field
			} else {
				f.Violations[i].Field = prefix
			}
		}
	}
	return err
}
