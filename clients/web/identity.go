package web

import (
	"context"
	"net/http"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// Who somebody is stands on no page that can be asked for. It is the answer to a form in
// which the member says for what they need it and proves once more who they are; the tumen
// server records that it was read.

// confirmPage asks for that.
type confirmPage struct {
	Name, Called, Back string
	By                 string // how the member proves it: passphrase, token, tick
	Purpose, Draft     string
	Edit               bool // they may change it
	Faults             []formFault
}

// identified are the kinds of records that tell who somebody is.
func identified(name string) bool {
	switch labels.KindOf(name) {
	case "Person", "Source", "Claim", "Finding":
		return true
	}
	return false
}

// confirmPage is the page for the record of the address.
func (v *visit) confirmPage(ctx context.Context) (*confirmPage, error) {
	name := v.r.PathValue("record")
	if !identified(name) || !v.may("RecordService/GetRecord") {
		return nil, errNotFound
	}
	reply, err := v.site.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	if err != nil {
		return nil, err
	}
	record, s := labels.Unwrap(reply.GetRecord()).(labels.Record), v.shelf()
	if err := v.refer(ctx, s, record); err != nil {
		return nil, err
	}
	put(s, record)
	kind := labels.KindOf(name)
	owned, _ := record.(interface{ GetOwner() string })
	p := &confirmPage{
		Name: name, Called: s.Label(name), Back: pageOf(name), By: v.provesBy(), Purpose: v.got(purposeField), Draft: v.got(draftField),
		Edit: kind != "Finding" && v.may(services[kind]+"/Update"+kind) && owned.GetOwner() == v.session.self.GetOrganisation().GetName(),
	}
	return p, nil
}

// showConfirm asks who the member is and for what they need it.
func (s *Site) showConfirm(v *visit) error {
	p, err := v.confirmPage(v.context())
	if err != nil {
		return err
	}
	return v.askConfirm(http.StatusOK, p)
}

// askConfirm writes the page that asks.
func (v *visit) askConfirm(status int, p *confirmPage) error {
	if p.By == "link" {
		v.site.latchkey.offer()
	}
	return v.render(status, "confirm", v.say().Say("identity.title"), p)
}

// confirm shows who a record is about, or the form in which that is changed.
func (s *Site) confirm(v *visit) error {
	p, err := v.confirmPage(v.context())
	if err != nil {
		return err
	}
	if p.Faults = v.prove(); len(p.Faults) > 0 {
		return v.askConfirm(http.StatusUnprocessableEntity, p)
	}
	v.session.open(p.Name, p.Purpose, s.config.Now())
	if p.Edit && v.got(doField) == "edit" {
		return v.editOpened()
	}
	return v.showIdentity(p)
}

// identityPage is who a record is about.
type identityPage struct {
	Confirmed *confirmPage
	Record    labels.Record
	Facts     []fact
}

// fact is one protected field with its values.
type fact struct {
	Label string
	Items []factItem
}

// factItem is a text in a language of its own, and what else is known of it.
type factItem struct{ Text, Language, More string }

func (v *visit) showIdentity(p *confirmPage) error {
	reply, err := v.site.conn.Records.GetRecord(v.contextFor(p.Name), &tumenv1.GetRecordRequest{Name: p.Name})
	if e := client.AsError(err); e != nil && e.Code != 0 && statusOf(e.Code) != http.StatusUnauthorized {
		p.Faults = []formFault{{ID: purposeField, Label: v.say().Say("identity.purpose"), Text: v.refusedWords(e)}}
		return v.askConfirm(statusOf(e.Code), p)
	}
	if err != nil {
		return err
	}
	record := labels.Unwrap(reply.GetRecord()).(labels.Record)
	s := v.shelf()
	if err := v.refer(v.context(), s, record); err != nil { // the others it names without who they are
		return err
	}
	page := &identityPage{Confirmed: p, Record: record, Facts: s.facts(record)}
	return v.render(http.StatusOK, "identity", v.say().Say("identity.shown_title"), page)
}

// facts are the protected fields of a record that hold something.
func (s *shelf) facts(record proto.Message) []fact {
	var all []fact
	m := record.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) || !identifies(fd) {
			continue
		}
		f := fact{Label: s.field(fd.Name())}
		if fd.IsList() {
			for i := range m.Get(fd).List().Len() {
				f.Items = append(f.Items, s.factItem(fd, m.Get(fd).List().Get(i)))
			}
		} else {
			f.Items = append(f.Items, s.factItem(fd, m.Get(fd)))
		}
		all = append(all, f)
	}
	return all
}

func (s *shelf) factItem(fd protoreflect.FieldDescriptor, value protoreflect.Value) factItem {
	if fd.Message() != nil {
		if name, ok := value.Message().Interface().(*tumenv1.PersonName); ok {
			rest := proto.CloneOf(name)
			rest.Text, rest.Language = "", ""
			return factItem{Text: name.GetText(), Language: name.GetLanguage(), More: s.messageText(rest)}
		}
	}
	return factItem{Text: s.itemText(fd, value)}
}
