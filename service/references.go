package service

import (
	"fmt"
	"strings"
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// reference is a field that names another record.
type reference struct {
	field protoreflect.FieldDescriptor
	types []records.Kind // nil: any kind that the field's format allows
}

// referencePlan says which fields of a message are references, and which hold
// messages that may have some. OUTPUT_ONLY fields are left out: the server
// fills them itself.
type referencePlan struct {
	references []reference
	nested     []protoreflect.FieldDescriptor
}

var referencePlans sync.Map // protoreflect.FullName -> *referencePlan

func planReferences(d protoreflect.MessageDescriptor) *referencePlan {
	if p, ok := referencePlans.Load(d.FullName()); ok {
		return p.(*referencePlan)
	}
	p := new(referencePlan)
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if outputOnly(f) || f.IsMap() {
			continue
		}
		if f.Message() != nil {
			if f.Message().ParentFile().Package() == d.ParentFile().Package() {
				p.nested = append(p.nested, f)
			}
			continue
		}
		r, _ := proto.GetExtension(f.Options(), annotations.E_ResourceReference).(*annotations.ResourceReference)
		if r.GetType() != "" {
			p.references = append(p.references, reference{f, kindsOfType(r.GetType())})
		}
	}
	referencePlans.Store(d.FullName(), p)
	return p
}

func outputOnly(f protoreflect.FieldDescriptor) bool {
	behaviours, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	for _, b := range behaviours {
		if b == annotations.FieldBehavior_OUTPUT_ONLY {
			return true
		}
	}
	return false
}

func kindsOfType(t string) []records.Kind {
	word := strings.ToLower(strings.TrimPrefix(t, "tumen/"))
	for _, k := range records.Kinds() {
		if k.String() == word {
			return []records.Kind{k}
		}
	}
	return nil
}

// referenceVisitor is shown each reference: where it stands, what kinds it may
// name, and the name. What it returns is put in its place.
type referenceVisitor func(path string, kinds []records.Kind, name string) string

// visitReferences shows every reference that a message holds to visit, with its
// path in the contract's names, behind prefix.
func visitReferences(m protoreflect.Message, prefix string, visit referenceVisitor) {
	p := planReferences(m.Descriptor())
	for _, r := range p.references {
		if !m.Has(r.field) {
			continue
		}
		path := join(prefix, string(r.field.Name()))
		if !r.field.IsList() {
			old := m.Get(r.field).String()
			if name := visit(path, r.types, old); name != old {
				m.Set(r.field, protoreflect.ValueOfString(name))
			}
			continue
		}
		list := m.Get(r.field).List()
		for i := range list.Len() {
			old := list.Get(i).String()
			if name := visit(fmt.Sprintf("%s[%d]", path, i), r.types, old); name != old {
				list.Set(i, protoreflect.ValueOfString(name))
			}
		}
	}
	for _, f := range p.nested {
		if !m.Has(f) {
			continue
		}
		path := join(prefix, string(f.Name()))
		if !f.IsList() {
			visitReferences(m.Get(f).Message(), path, visit)
			continue
		}
		list := m.Get(f).List()
		for i := range list.Len() {
			visitReferences(list.Get(i).Message(), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// checkReferences finds the references of a record that name nothing the author
// can see: what is not there and what is hidden are the same.
func (c *check) references() {
	visitReferences(c.record.ProtoReflect(), "", func(path string, kinds []records.Kind, name string) string {
		if c.err != nil || name == "" {
			return name
		}
		rec, err := c.view.Read(name)
		if isMissing(err) {
			rec, err = nil, nil
		}
		if err != nil {
			c.err = err
			return name
		}
		if rec == nil && c.wasThere(path, name) {
			if stone, err := c.view.Erased(name); err != nil || stone != nil {
				c.err = err
				return name // what has been erased since may stay named
			}
		}
		switch {
		case rec == nil, !c.visible(rec) && !c.wasThere(path, name):
			c.bad(path, "REFERENCE_NOT_FOUND", "%s does not exist, or is not visible to you", shortened(name))
		case rec.GetDeleteTime() != nil && !c.wasThere(path, name):
			c.bad(path, "REFERENCE_DELETED", "%s is deleted; undelete it first", name)
		case c.strange(rec) && !c.wasThere(path, name):
			c.bad(path, "OTHER_ORGANISATION", "%s is another organisation's, and is shared to be read: record yourselves what you know", name)
		case len(kinds) > 0 && kinds[0] != records.KindOf(rec):
			c.bad(path, "WRONG_KIND", "%s is %s; %s is needed", name, fault.A(records.KindOf(rec).String()), fault.A(kinds[0].String()))
		}
		return name
	})
}

// strange says whether a record is one that the author's records may not rest on: else
// what another organisation ties or claims would change what its owner's rest on. Only
// what is offered to them names what they share; and a grant, to whom it is.
func (c *check) strange(rec records.Record) bool {
	switch c.record.(type) {
	case *tumenv1.Submission, *tumenv1.Grant:
		return false
	}
	return rec.GetOwner() != "" && rec.GetOwner() != c.reader.Organisation
}
