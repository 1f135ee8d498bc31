package gate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/service/fault"
)

// gRPC answers a message that it can't decode by itself, before any
// interceptor, with an error of its own shape. This codec never fails: it marks
// the message instead, and the interceptor refuses what is marked.

// A mark is an unknown field of the message, under a number that protobuf keeps
// for itself, holding one byte that says what is wrong and the path of the
// field. Unknown fields are refused in any case, so a mark that a client forges
// gains it nothing.
const markNumber protowire.Number = 19999

const (
	markMalformed byte = 1
	markText      byte = 2
	markTooLarge  byte = 3
)

type markingCodec struct {
	encoding.CodecV2
	gate *Gate
}

// Marshal implements encoding.CodecV2. Of a call that isn't a stream the gate has seen
// the last by now, so what fails here is logged here, and gRPC tells the incident in
// words of its own.
func (c *markingCodec) Marshal(v any) (encoded mem.BufferSlice, err error) {
	err = Recovered(func() (err error) {
		encoded, err = c.CodecV2.Marshal(v)
		return err
	})
	if err == nil {
		return encoded, nil
	}
	o := internal()
	c.gate.logFault(context.Background(), "an answer can't be encoded", o, err)
	return nil, errors.New(o.status.Message())
}

// Unmarshal implements encoding.CodecV2. A panic outside of the interceptors would end
// the server; it is kept for the one that examines the message.
func (c *markingCodec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	if err := Recovered(func() error { return c.decode(data, m) }); err != nil {
		c.gate.undecoded.Store(m, err)
	}
	return nil
}

func (c *markingCodec) decode(data mem.BufferSlice, m proto.Message) error {
	if data.Len() > MaxMessage {
		mark(m, markTooLarge, "")
		return nil
	}
	if err := c.CodecV2.Unmarshal(data, m); err != nil {
		if path, found := badText(data.Materialize(), m.ProtoReflect().Descriptor(), 0); found {
			mark(m, markText, path)
		} else {
			mark(m, markMalformed, "")
		}
	}
	return nil
}

func mark(m proto.Message, what byte, path string) {
	proto.Reset(m)
	m.ProtoReflect().SetUnknown(protowire.AppendBytes(
		protowire.AppendTag(nil, markNumber, protowire.BytesType), append([]byte{what}, path...)))
}

// undecodable gives the fault of a message that is marked, or holds fields that
// the contract doesn't have: what isn't understood must not be half done.
func undecodable(m proto.Message) error {
	path, unknown := unknownField(m.ProtoReflect())
	if unknown == nil {
		return nil
	}
	number, kind, n := protowire.ConsumeTag(unknown)
	if number == markNumber && kind == protowire.BytesType && path == "" {
		if content, _ := protowire.ConsumeBytes(unknown[max(n, 0):]); len(content) > 0 {
			switch content[0] {
			case markMalformed:
				return fault.New(fault.Invalid, "INVALID_MESSAGE", "the message can't be decoded as what this method takes")
			case markText:
				return fault.Field(shorten(string(content[1:]), maxDescription), "INVALID_UTF8", "is not valid UTF-8")
			case markTooLarge:
				return tooLarge()
			}
		}
	}
	return fault.Field(path, "UNKNOWN_FIELD", "holds field number %d, which the contract of this server does not have", number)
}

// holders lists, by kind of message, the fields that hold messages.
var holders sync.Map // protoreflect.MessageDescriptor to []protoreflect.FieldDescriptor

func holdersOf(desc protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if found, ok := holders.Load(desc); ok {
		return found.([]protoreflect.FieldDescriptor)
	}
	var found []protoreflect.FieldDescriptor
	for i := range desc.Fields().Len() {
		f := desc.Fields().Get(i)
		if f.IsMap() && f.MapValue().Message() != nil || !f.IsMap() && f.Message() != nil {
			found = append(found, f)
		}
	}
	holders.Store(desc, found)
	return found
}

// unknownField finds a message with unknown fields: its path, and their bytes.
func unknownField(m protoreflect.Message) (path string, unknown []byte) {
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		return "", unknown
	}
	for _, f := range holdersOf(m.Descriptor()) {
		if !m.Has(f) {
			continue
		}
		name := string(f.Name())
		switch {
		case f.IsList():
			list := m.Get(f).List()
			for i := range list.Len() {
				if path, unknown := unknownField(list.Get(i).Message()); unknown != nil {
					return join(name+"["+strconv.Itoa(i)+"]", path), unknown
				}
			}
		case f.IsMap():
			m.Get(f).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				path, unknown = unknownField(v.Message())
				return unknown == nil
			})
			if unknown != nil {
				return join(name, path), unknown
			}
		default:
			if path, unknown := unknownField(m.Get(f).Message()); unknown != nil {
				return join(name, path), unknown
			}
		}
	}
	return "", nil
}

func join(path, rest string) string {
	if rest == "" {
		return path
	}
	return path + "." + rest
}

// maxNesting bounds the search for a faulty field; what nests deeper is only
// called malformed.
const maxNesting = 50

// badText finds the first text in an encoded message that isn't UTF-8.
func badText(b []byte, desc protoreflect.MessageDescriptor, depth int) (path string, found bool) {
	if depth > maxNesting {
		return "", false
	}
	seen := map[protowire.Number]int{}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return "", false
		}
		b = b[n:]
		size := protowire.ConsumeFieldValue(number, kind, b)
		if size < 0 {
			return "", false
		}
		f := desc.Fields().ByNumber(number)
		if f != nil && kind == protowire.BytesType {
			content, _ := protowire.ConsumeBytes(b)
			name := string(f.Name())
			if f.IsList() {
				name = fmt.Sprintf("%s[%d]", name, seen[number])
				seen[number]++
			}
			switch {
			case f.Kind() == protoreflect.StringKind && strings.ToValidUTF8(string(content), "") != string(content):
				return name, true
			case f.Message() != nil:
				if rest, found := badText(content, f.Message(), depth+1); found {
					if f.IsMap() {
						return name, true
					}
					return join(name, rest), true
				}
			}
		}
		b = b[size:]
	}
	return "", false
}
