package cli

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
)

// The verbs that all kinds of record have are written once, over the contract's
// descriptors; the nouns' tests prove that every name built here exists.

// get reads a record of the noun.
func (s *session) get(ctx context.Context, n *noun, name string) (protoreflect.Message, error) {
	request := client.NewMessage("Get" + n.message + "Request")
	setString(request, "name", name)
	reply, err := s.conn.Call(ctx, n.service, "Get"+n.message, request)
	if err != nil {
		return nil, err
	}
	return messageField(reply, n.name), nil
}

func field(m protoreflect.Message, name string) protoreflect.FieldDescriptor {
	return m.Descriptor().Fields().ByName(protoreflect.Name(name))
}

func setString(m protoreflect.Message, name, value string) {
	m.Set(field(m, name), protoreflect.ValueOfString(value))
}

func getString(m protoreflect.Message, name string) string {
	return m.Get(field(m, name)).String()
}

func setMessage(m protoreflect.Message, name string, value protoreflect.Message) {
	m.Set(field(m, name), protoreflect.ValueOfMessage(value))
}

func messageField(m protoreflect.Message, name string) protoreflect.Message {
	return m.Get(field(m, name)).Message()
}
