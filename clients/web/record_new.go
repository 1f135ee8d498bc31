package web

import (
	"context"
	"net/http"
	"net/url"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// showNew is an empty form for a kind of record. What stands in the address under the
// names of fields is filled in already.
func (s *Site) showNew(v *visit) error {
	k, in, err := v.newKind()
	if err != nil {
		return err
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	if k.Name == "claim" && aspectOf(typed(k, v.r.Form)) == tumenv1.Aspect_ASPECT_UNSPECIFIED {
		return v.askAspect(k, in)
	}
	return v.showForm(http.StatusOK, v.fitting(k, typed(k, v.r.Form)), in, typed(k, v.r.Form), nil)
}

// newKind is what is to be made, and the case in which.
func (v *visit) newKind() (*entry.Kind, string, error) {
	k := entry.KindOf(v.r.PathValue("kind"))
	if k == nil || !v.may(k.Service+"/Create"+k.Title()) {
		return nil, "", errNotFound
	}
	in := v.got("case")
	if k.InCase != (labels.KindOf(in) == "Case") {
		return nil, "", errNotFound
	}
	return k, in, nil
}

// fitting is a kind with the sections for what is typed: a claim's value is of its aspect.
func (v *visit) fitting(k *entry.Kind, texts entry.Texts) *entry.Kind {
	if k.Name != "claim" {
		return k
	}
	return k.ForAspect(aspectOf(texts))
}

func aspectOf(texts entry.Texts) tumenv1.Aspect {
	n, _ := labels.EnumNumber(tumenv1.Aspect(0).Descriptor(), texts["aspect"])
	return tumenv1.Aspect(n)
}

// askAspect asks of which aspect a claim is to speak, before anything else.
func (v *visit) askAspect(k *entry.Kind, in string) error {
	page := struct {
		Here    string
		Given   url.Values
		Aspects []option
	}{Here: v.r.URL.Path, Given: v.r.URL.Query(), Aspects: v.values(k.Leaf("aspect"))}
	return v.render(http.StatusOK, "aspect", v.say().Say("entry.new_claim"), page)
}

// showForm writes the page of a form for a new record.
func (v *visit) showForm(status int, k *entry.Kind, in string, texts entry.Texts, faults []entry.Fault) error {
	return v.showFormBeside(nil, status, k, in, texts, faults)
}

// showFormBeside is showForm where records were found that may be the same.
func (v *visit) showFormBeside(found *alikeList, status int, k *entry.Kind, in string, texts entry.Texts, faults []entry.Fault) error {
	f, err := v.form(v.context(), k, in, texts, faults)
	if err != nil {
		return err
	}
	f.Alike, f.Sources = found, k.Name == "claim"
	if k.Name == "source" || k.Name == "case" {
		f.Compared = alikePages * alikePage
	}
	if f.Copy, err = v.copyFor(v.context(), k, in, texts); err != nil {
		return err
	}
	address := url.Values{"case": {in}}
	if !k.InCase {
		address = url.Values{}
	}
	if k.Name == "claim" {
		address.Set(typedPrefix+"aspect", texts["aspect"])
	}
	f.Here = "/new/" + k.Name + "?" + address.Encode()
	v.types()
	return v.render(status, "record", v.say().Say("entry.new_"+k.Name), f)
}

// makeNew makes a record of what was typed, or shows the form again with what is wrong.
func (s *Site) makeNew(v *visit) error {
	k, in, err := v.newKind()
	if err != nil {
		return err
	}
	texts := typed(k, v.r.PostForm)
	k = v.fitting(k, texts)
	if v.got(doField) == "keep" {
		return v.keepDraft(v.say().Say("entry.new_" + k.Name))
	}
	if v.got(doField) != "save" && v.got(doField) != "different" { // another aspect, another row
		return v.showForm(http.StatusOK, k, in, texts, nil)
	}
	record := k.New()
	faults := append(k.Missing(texts), entry.Fill(record, texts, v.offering(v.context(), in).resolve(k))...)
	faults = append(faults, v.reasonFault()...)
	if len(faults) > 0 {
		return v.showForm(http.StatusUnprocessableEntity, k, in, texts, faults)
	}
	found, err := v.alike(v.context(), k, texts)
	if err != nil {
		return err
	}
	if found != nil {
		return v.showFormBeside(found, http.StatusConflict, k, in, texts, nil)
	}
	name, err := v.create(v.context(), k, in, record)
	if faults := v.faultsOf(k, texts, err); faults != nil {
		return v.showForm(http.StatusUnprocessableEntity, k, in, texts, faults)
	}
	if err != nil {
		return v.stays(err, func(status int, fault entry.Fault) error {
			return v.showForm(status, k, in, texts, []entry.Fault{fault})
		})
	}
	v.dropDraft(v.got(draftField))
	return v.redirect(v.after(name))
}

// reasonFault asks for a reason before the server has to.
func (v *visit) reasonFault() []entry.Fault {
	if v.got(reasonField) == "" {
		return []entry.Fault{{Path: reasonField, Problem: entry.Missing}}
	}
	return nil
}

// create sends a new record and gives its name.
func (v *visit) create(ctx context.Context, k *entry.Kind, in string, record proto.Message) (string, error) {
	request := client.NewMessage("Create" + k.Title() + "Request")
	if k.InCase {
		set(request, "parent", protoreflect.ValueOfString(in))
	}
	set(request, k.Name, protoreflect.ValueOfMessage(record.ProtoReflect()))
	v.because(request)
	reply, err := v.site.conn.Call(ctx, k.Service, "Create"+k.Title(), request)
	if err != nil {
		return "", err
	}
	return recordIn(reply, k).GetName(), nil
}

// update sends what changed of a record.
func (v *visit) update(ctx context.Context, k *entry.Kind, record proto.Message, fields []string) error {
	request := client.NewMessage("Update" + k.Title() + "Request")
	set(request, k.Name, protoreflect.ValueOfMessage(record.ProtoReflect()))
	set(request, "update_mask", protoreflect.ValueOfMessage((&fieldmaskpb.FieldMask{Paths: fields}).ProtoReflect()))
	v.because(request)
	_, err := v.site.conn.Call(ctx, k.Service, "Update"+k.Title(), request)
	return err
}

// because puts the reason and the request id of the form into a request.
func (v *visit) because(request protoreflect.Message) {
	set(request, "reason", protoreflect.ValueOfString(v.got(reasonField)))
	setIfThere(request, "request_id", protoreflect.ValueOfString(v.got(onceField)))
}

func set(m protoreflect.Message, field string, value protoreflect.Value) {
	m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(field)), value)
}

// setIfThere sets a field that not every request has.
func setIfThere(m protoreflect.Message, field string, value protoreflect.Value) {
	if m.Descriptor().Fields().ByTextName(field) != nil {
		set(m, field, value)
	}
}

// recordIn is the record that a message holds in the field of its kind.
func recordIn(m protoreflect.Message, k *entry.Kind) labels.Record {
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(k.Name))).Message().Interface().(labels.Record)
}

// stays has the form shown again where a refusal is about what was typed, so that nothing
// of it is lost; other errors are passed on.
func (v *visit) stays(err error, show func(int, entry.Fault) error) error {
	e := client.AsError(err)
	if e == nil || statusOf(e.Code) == http.StatusUnauthorized {
		return err
	}
	return show(statusOf(e.Code), entry.Fault{Problem: entry.Refused, Words: v.refusedWords(e)})
}

// after is the page that shows what was just written.
func (v *visit) after(name string) string {
	if to := v.got("to"); to != "" {
		return within(to)
	}
	switch labels.KindOf(name) {
	case "Event", "Involvement", "Intervention":
		return link(labels.CaseOf(name))
	case "Tie":
		return "/sources"
	}
	return link(name)
}
