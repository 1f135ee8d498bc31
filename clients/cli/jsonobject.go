package cli

import (
	"strings"

	"google.golang.org/protobuf/proto"
)

// jsonObject writes one JSON object of messages and lists of messages.
type jsonObject struct {
	out  *output
	text strings.Builder
	err  error
}

func (o *output) jsonObject() *jsonObject { return &jsonObject{out: o} }

// member begins a member of the object.
func (j *jsonObject) member(name string) {
	if j.text.Len() > 0 {
		j.text.WriteString(",")
	}
	j.text.WriteString("\n  \"" + name + "\": ")
}

// add adds one message.
func (j *jsonObject) add(name string, m proto.Message) {
	j.member(name)
	text, err := jsonText(m, "  ")
	j.text.WriteString(text)
	if j.err == nil {
		j.err = err
	}
}

// addAll adds a list of messages, be it empty.
func addAll[M proto.Message](j *jsonObject, name string, all []M) {
	j.member(name)
	j.text.WriteString("[")
	for i, m := range all {
		if i > 0 {
			j.text.WriteString(",")
		}
		text, err := jsonText(m, "    ")
		j.text.WriteString("\n    " + text)
		if j.err == nil {
			j.err = err
		}
	}
	if len(all) > 0 {
		j.text.WriteString("\n  ")
	}
	j.text.WriteString("]")
}

// end prints the object, unless something in it could not be written.
func (j *jsonObject) end() error {
	if j.err == nil {
		j.out.raw("{" + j.text.String() + "\n}\n")
	}
	return j.err
}
