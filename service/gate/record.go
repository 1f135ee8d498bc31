package gate

import (
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"tumen/service/fault"
)

// contractRules checks what comes in, and records on their own, at every door of the
// process. The rules of a message are compiled when the first of its kind is checked, and
// from then on it takes no lock: all that can come in is far more than a command on the
// server's own machine ever asks for, and took most of the time of its start.
var contractRules = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// ValidateRecord checks a record that was put together on the server: by an
// update from what was stored and what the mask names, or from a document of a
// matter. Requests pass the same rules before they reach a handler. Paths in the
// fault stand behind prefix.
func ValidateRecord(record proto.Message, prefix string) error {
	rules, err := contractRules()
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
