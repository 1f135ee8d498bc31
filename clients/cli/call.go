package cli

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// The verbs that all kinds of record have differ only in the messages that they
// send. They are therefore written once, over the contract's descriptors; the
// nouns' tests prove that every name built here exists.

const contract = protoreflect.FullName("tumen.v1")

// newMessage makes a message of the contract by its short name.
func newMessage(name string) protoreflect.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(contract.Append(protoreflect.Name(name)))
	if err != nil {
		panic(fmt.Sprintf("the contract has no message %s", name)) // a slip in the table of nouns, found by its test
	}
	return t.New()
}

// method finds a method of a service; nil if there is none.
func method(service, name string) protoreflect.MethodDescriptor {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(contract.Append(protoreflect.Name(service)))
	if err != nil {
		return nil
	}
	return d.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
}

// call makes a unary call and returns the reply.
func (s *session) call(ctx context.Context, service, name string, request protoreflect.Message) (protoreflect.Message, error) {
	m := method(service, name)
	reply := newMessage(string(m.Output().Name()))
	path := fmt.Sprintf("/%s.%s/%s", contract, service, name)
	if err := s.conn.Invoker().Invoke(ctx, path, request.Interface(), reply.Interface()); err != nil {
		return nil, err
	}
	return reply, nil
}

// get reads a record of the noun.
func (s *session) get(ctx context.Context, n *noun, name string) (protoreflect.Message, error) {
	request := newMessage("Get" + n.message + "Request")
	setString(request, "name", name)
	reply, err := s.call(ctx, n.service, "Get"+n.message, request)
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
