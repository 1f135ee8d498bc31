package client

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// What all kinds of record have in common differs only in the messages that are sent.
// Programs that treat them alike write it once, over the contract's descriptors.

const contract = protoreflect.FullName("tumen.v1")

// Method is a method of a service by their short names ("CaseService", "GetCase"); nil if
// there is none.
func Method(service, name string) protoreflect.MethodDescriptor {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(contract.Append(protoreflect.Name(service)))
	if err != nil {
		return nil
	}
	return d.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
}

// NewMessage makes a message of the contract by its short name. It panics if there is none:
// names are written in programs, and do not come from their users.
func NewMessage(name string) protoreflect.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(contract.Append(protoreflect.Name(name)))
	if err != nil {
		panic(fmt.Sprintf("the contract has no message %s", name))
	}
	return t.New()
}

// Call makes a unary call by the names of its service and method, and gives the reply.
func (c *Conn) Call(ctx context.Context, service, name string, request protoreflect.Message) (protoreflect.Message, error) {
	reply := NewMessage(string(Method(service, name).Output().Name()))
	path := fmt.Sprintf("/%s.%s/%s", contract, service, name)
	if err := c.Invoker().Invoke(ctx, path, request.Interface(), reply.Interface()); err != nil {
		return nil, err
	}
	return reply, nil
}
