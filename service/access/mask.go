package access

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/service/fault"
)

const (
	maskField = "update_mask"
	// shownPath is how much of a path that doesn't exist an error repeats.
	shownPath = 100
)

// CheckMask returns a fault, with a violation for each faulty path, unless each
// path of the mask names a field of the record that a client may change. Paths
// are the contract's names, joined by dots; one may lead into a message, not
// into a list or map, which are changed as a whole.
func CheckMask(record proto.Message, mask *fieldmaskpb.FieldMask) error {
	if record == nil {
		return fault.New(fault.Internal, "NO_RECORD", "there is no record to change")
	}
	if len(mask.GetPaths()) == 0 {
		return fault.Field(maskField, "MASK_EMPTY", "name the fields to change")
	}
	var faulty []fault.Violation
	for _, path := range mask.GetPaths() {
		if reason, says := checkPath(record.ProtoReflect().Descriptor(), path); reason != "" {
			faulty = append(faulty, fault.Violation{Field: maskField, Reason: reason, Description: says})
		}
	}
	if len(faulty) > 0 {
		return fault.Fields(faulty...)
	}
	return nil
}

// checkPath gives the reason why a path can't be changed, or nothing.
func checkPath(desc protoreflect.MessageDescriptor, path string) (reason, says string) {
	if path == "*" {
		return "MASK_WILDCARD", `"*" is not taken, lest fields that you were not shown be overwritten: name each field to change`
	}
	whole := path
	for {
		name, rest, deeper := strings.Cut(path, ".")
		f := fieldOf(planOf(desc), name)
		if f == nil {
			return "MASK_UNKNOWN_PATH", quotePath(whole) + " is not a field of the record"
		}
		if f.outputOnly || f.identifier || f.etag {
			return "MASK_OUTPUT_ONLY", quotePath(whole) + " is set by the server and can't be changed"
		}
		if f.immutable {
			return "MASK_IMMUTABLE", quotePath(whole) + " can't be changed once it is recorded"
		}
		if !deeper {
			return "", ""
		}
		if f.desc.IsList() || f.desc.IsMap() {
			return "MASK_INSIDE_LIST", quotePath(whole) + " leads into a list or map: change it as a whole"
		}
		if f.desc.Message() == nil {
			return "MASK_UNKNOWN_PATH", quotePath(whole) + " leads into a field that holds no others"
		}
		desc, path = f.desc.Message(), rest
	}
}

// fieldOf finds a field by its name in the contract.
func fieldOf(p *plan, name string) *field {
	for i := range p.fields {
		if string(p.fields[i].desc.Name()) == name {
			return &p.fields[i]
		}
	}
	return nil
}

func quotePath(path string) string {
	end := ""
	if len(path) > shownPath {
		path, end = path[:shownPath], "…"
	}
	return `"` + strings.ToValidUTF8(path, "") + end + `"`
}

// MayChange returns nil if the reader is shown every field of the record, as
// stored, that the mask would overwrite: nobody overwrites blindly what they
// can't see.
func MayChange(r Reader, record proto.Message, mask *fieldmaskpb.FieldMask) error {
	if err := CheckMask(record, mask); err != nil {
		return err
	}
	for _, path := range mask.GetPaths() {
		name, _, _ := strings.Cut(path, ".")
		if !Shows(r, record, protoreflect.Name(name)) {
			return fault.New(fault.Denied, "FIELD_WITHHELD", "%s is withheld from you, so you can't change it", name).With("field", name)
		}
	}
	return nil
}

// ApplyMask copies the fields that the mask names from src to dst, two records
// of one kind; a field that src doesn't set is cleared. A faulty mask is a
// fault (CheckMask) and changes nothing. dst shares nothing with src.
func ApplyMask(dst, src proto.Message, mask *fieldmaskpb.FieldMask) error {
	if err := CheckMask(dst, mask); err != nil {
		return err
	}
	if src == nil || src.ProtoReflect().Descriptor() != dst.ProtoReflect().Descriptor() || !dst.ProtoReflect().IsValid() {
		return fault.New(fault.Internal, "KIND_MISMATCH", "the record and its change are of different kinds")
	}
	from := proto.Clone(src).ProtoReflect()
	for _, path := range mask.GetPaths() {
		applyPath(dst.ProtoReflect(), from, path)
	}
	return nil
}

func applyPath(dst, src protoreflect.Message, path string) {
	name, rest, deeper := strings.Cut(path, ".")
	f := dst.Descriptor().Fields().ByName(protoreflect.Name(name))
	switch {
	case !deeper && src.Has(f):
		dst.Set(f, src.Get(f))
	case !deeper:
		dst.Clear(f)
	case src.Has(f) || dst.Has(f):
		applyPath(dst.Mutable(f).Message(), src.Get(f).Message(), rest)
	}
}
