package web

import (
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// takeStep takes a step, or shows its form again with what stands against it.
func (s *Site) takeStep(v *visit) error {
	t, err := v.taken(v.context())
	if err != nil {
		return err
	}
	texts := typed(t.form, v.r.PostForm)
	switch v.got(doField) {
	case "keep":
		return v.keepDraft(v.say().Say(t.said()) + " · " + t.Called)
	case "save":
	default:
		return v.showStepForm(http.StatusOK, t, texts, nil)
	}
	request, faults := v.stepRequest(t, texts)
	if len(faults) > 0 {
		return v.showStepForm(http.StatusUnprocessableEntity, t, texts, faults)
	}
	reply, err := s.conn.Call(v.contextFor(t.record.GetName()), t.Service, t.method(), request)
	if failed := client.AsError(err); failed != nil && statusOf(failed.Code) != http.StatusUnauthorized {
		if failed.Code == codes.Aborted {
			if t, texts, err = v.again(t, texts); err != nil {
				return err
			}
		}
		faults := v.refusedStep(t, failed)
		return v.showStepForm(statusOf(failed.Code), t, texts, faults)
	}
	if err != nil {
		return err
	}
	v.dropDraft(v.got(draftField))
	if left, ok := reply.Interface().(interface {
		GetReach() *tumenv1.WithdrawalReach
	}); ok {
		return v.showReach(t, left.GetReach())
	}
	return v.redirect(t.next(reply))
}

// again is a step whose record somebody else has changed meanwhile. It is shown as it is
// now, and the next try rests on that; but where the form was filled in from the record, what
// it still shows would undo what the other did. A member is then shown anew; what was typed
// of a claim stays, and goes on to rest on what it was typed for.
func (v *visit) again(before *taking, texts entry.Texts) (*taking, entry.Texts, error) {
	t, err := v.taken(v.context())
	if err != nil {
		return before, texts, err
	}
	if t.field != "" && t.Kind == "Claim" {
		return t, texts, nil
	}
	if t.field != "" && t.Kind == "Member" {
		texts = t.begun()
	}
	v.r.Form.Set("etag", etagOf(t.record))
	return t, texts, nil
}

// stepRequest is what the server is sent for a step.
func (v *visit) stepRequest(t *taking, texts entry.Texts) (protoreflect.Message, []entry.Fault) {
	request := client.NewMessage(t.method() + "Request")
	filled := proto.Message(request.Interface())
	if t.field != "" {
		filled = t.content()
	}
	faults := append(t.form.Missing(texts), entry.Fill(filled, texts, v.offeringFor(t).resolve(t.form))...)
	switch t.record.(type) {
	case *tumenv1.Claim, *tumenv1.Member:
		if t.field != "" {
			restore(t.form, t.record, filled, texts)
		}
	}
	faults = append(faults, v.reasonFault()...)
	if c, ok := filled.(*tumenv1.Conclusion); ok { // offered to be weighed, and left to the guard where it was not
		c.AddressedDenials = slices.DeleteFunc(c.AddressedDenials, func(d *tumenv1.AddressedDenial) bool { return d.GetRationale() == "" })
	}
	if m, changes := filled.(*tumenv1.Member); changes {
		m.Etag = v.got("etag")
		mask := &fieldmaskpb.FieldMask{Paths: t.form.Changed(t.record, filled)}
		set(request, "update_mask", protoreflect.ValueOfMessage(mask.ProtoReflect()))
	}
	if t.field != "" {
		set(request, t.field, protoreflect.ValueOfMessage(filled.ProtoReflect()))
	}
	setIfThere(request, "name", protoreflect.ValueOfString(t.record.GetName()))
	setIfThere(request, "etag", protoreflect.ValueOfString(v.got("etag")))
	v.because(request)
	return request, faults
}

// content is what a step's form fills: a member as they are, and for a claim that replaces another, what of that is
// taken over though no field asks for it.
func (t *taking) content() proto.Message {
	if m, ok := t.record.(*tumenv1.Member); ok {
		return proto.CloneOf(m)
	}
	before, replaces := t.record.(*tumenv1.Claim)
	if !replaces {
		return t.form.New()
	}
	kept := labels.WithoutSetByServer(before.ProtoReflect()).Interface().(*tumenv1.Claim)
	kept.Etag, kept.ExternalIds = "", nil // those stay with the claim replaced
	return kept
}

// next is the page that shows what a step has led to.
func (t *taking) next(reply protoreflect.Message) string {
	if reply != nil {
		if made, ok := reply.Interface().(*tumenv1.SupersedeClaimResponse); ok {
			return link(made.GetReplacement().GetName())
		}
	}
	if page := pageOf(t.record.GetName()); page != "" {
		return page
	}
	switch t.Kind {
	case "Grant":
		return link(t.in) + "/grants"
	case "Member":
		return "/members"
	}
	return "/"
}
