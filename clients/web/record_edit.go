package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// editable is a record that a form changes.
type editable struct {
	kind   *entry.Kind // with the fields alone that may be changed
	record proto.Message
	in     string // its case; empty for what lies in none
	opened bool   // for a purpose: who it is about may be changed, too
	ctx    context.Context
}

// openedField marks a form in which stands who a record is about.
const openedField = "opened"

// errConfirm is a form in which stands who a record is about, when that is not open to
// its member any more.
var errConfirm = errors.New("the record has to be opened again")

func (e *editable) name() string { return e.record.(labels.Record).GetName() }

// versioned is what every record that can be changed has.
type versioned interface {
	GetEtag() string
	GetRevision() int64
}

// edited is the record of the address. What identifies somebody is not in it, unless it
// was opened for a purpose and a form with it was posted: its fields are then neither
// shown nor, being empty, taken for emptied.
func (v *visit) edited() (*editable, error) {
	name := v.r.PathValue("record")
	k := entry.KindOf(strings.ToLower(labels.KindOf(name)))
	if k == nil || !v.may(k.Service+"/Update"+k.Title()) {
		return nil, errNotFound
	}
	ctx, asked := v.context(), v.r.Method == http.MethodPost && v.got(openedField) != ""
	if asked {
		if v.session.purposeOf(name, v.site.config.Now()) == "" {
			return nil, errConfirm
		}
		ctx = v.contextFor(name)
	}
	reply, err := v.site.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	if err != nil {
		return nil, err
	}
	e := &editable{record: labels.Unwrap(reply.GetRecord()), opened: asked, ctx: ctx}
	if k.InCase || k.Name == "case" {
		e.in = labels.CaseOf(name)
	}
	e.kind = v.fitting(k, k.Texts(e.record)).Without(e.hidden)
	return e, nil
}

// hidden says whether a field is not to be changed: it identifies somebody, and the record
// was not opened, or it is withheld all the same.
func (e *editable) hidden(f entry.Field) bool {
	m := e.record.ProtoReflect()
	top, _, _ := strings.Cut(strings.ReplaceAll(f.Path, "[]", ""), ".")
	fd := m.Descriptor().Fields().ByTextName(top)
	if !identifies(fd) {
		return false
	}
	if !e.opened {
		return true
	}
	part, _ := e.record.(interface{ GetWithheld() []*tumenv1.Withheld })
	return !m.Has(fd) && part != nil && len(part.GetWithheld()) > 0
}

// own are the texts of the fields that may be changed: others, of a draft or of a form that
// was tampered with, are dropped.
func (e *editable) own(texts entry.Texts) entry.Texts {
	kept := entry.Texts{}
	for path, text := range texts {
		if e.kind.Asks(path) {
			kept[path] = text
		}
	}
	return kept
}

// editOpened is the form of a record that was opened just now, with who it is about.
func (v *visit) editOpened() error {
	v.r.Form.Set(openedField, "1")
	if err := v.takeUp(); err != nil {
		return err
	}
	e, err := v.edited()
	if err != nil {
		return err
	}
	texts := e.kind.Texts(e.record)
	if v.got(draftField) != "" {
		maps.Copy(texts, e.own(typed(e.kind, v.r.Form)))
	}
	return v.showEditForm(http.StatusOK, e, texts, nil)
}

// openAgain keeps what was typed and asks for what the record is needed.
func (v *visit) openAgain() error {
	name := v.r.PathValue("record")
	kept, err := v.saveDraft(v.context(), formDraft, v.got(draftField), v.say().Say("entry.edit_"+strings.ToLower(labels.KindOf(name))), v.typedValues())
	if err != nil {
		return err
	}
	return v.redirect("/identity/" + name + "?" + url.Values{draftField: {kept}}.Encode())
}

// showEdit is the form of a record that is there.
func (s *Site) showEdit(v *visit) error {
	e, err := v.edited()
	if err != nil {
		return err
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	if v.got(openedField) != "" { // a draft of a form that is never shown for the asking
		return v.redirect("/identity/" + e.name() + "?" + url.Values{draftField: {v.got(draftField)}}.Encode())
	}
	texts := e.kind.Texts(e.record)
	if v.got(draftField) != "" {
		maps.Copy(texts, e.own(typed(e.kind, v.r.Form)))
	}
	return v.showEditForm(http.StatusOK, e, texts, nil)
}

func (v *visit) showEditForm(status int, e *editable, texts entry.Texts, faults []entry.Fault) error {
	f, err := v.form(v.context(), e.kind, e.in, texts, faults)
	if err != nil {
		return err
	}
	f.Etag, f.Revision = e.record.(versioned).GetEtag(), e.record.(versioned).GetRevision()
	if etag := v.r.FormValue("etag"); etag != "" { // the form rests on what was read then
		f.Etag, f.Revision = etag, v.formRevision()
	}
	f.Here, f.Opened = "/edit/"+e.name(), e.opened
	v.types()
	return v.render(status, "record", v.say().Say("entry.edit_"+e.kind.Name), f)
}

// saveEdit changes a record as typed. Where somebody else has changed it meanwhile, both
// are shown and nothing is written.
func (s *Site) saveEdit(v *visit) error {
	e, err := v.edited()
	if errors.Is(err, errConfirm) {
		return v.openAgain()
	}
	if err != nil {
		return err
	}
	texts := e.own(v.settled(typed(e.kind, v.r.PostForm)))
	switch v.got(doField) {
	case "keep":
		return v.keepDraft(v.say().Say("entry.edit_"+e.kind.Name) + " · " + v.shelf().withKey(e.record.(labels.Record)))
	case "save":
	default:
		return v.showEditForm(http.StatusOK, e, texts, nil)
	}
	if etag := v.got("etag"); etag != e.record.(versioned).GetEtag() || v.undecided() {
		return v.showConflict(e, texts)
	}
	changed, fields, faults := v.changed(e, texts)
	faults = append(faults, v.reasonFault()...)
	if len(faults) > 0 {
		return v.showEditForm(http.StatusUnprocessableEntity, e, texts, faults)
	}
	if len(fields) > 0 {
		err = v.update(e.ctx, e.kind, changed, fields)
	}
	if failed := client.AsError(err); failed != nil && failed.Code == codes.Aborted {
		if e, err = v.edited(); err != nil {
			return err
		}
		return v.showConflict(e, texts)
	}
	if faults := v.faultsOf(e.kind, texts, err); faults != nil {
		return v.showEditForm(http.StatusUnprocessableEntity, e, texts, faults)
	}
	if err != nil {
		return v.stays(err, func(status int, fault entry.Fault) error {
			return v.showEditForm(status, e, texts, []entry.Fault{fault})
		})
	}
	v.dropDraft(v.got(draftField))
	return v.redirect(v.after(e.name()))
}

// changed is the record as typed, and the fields of it that differ from what is there.
func (v *visit) changed(e *editable, texts entry.Texts) (proto.Message, []string, []entry.Fault) {
	record := proto.Clone(e.record)
	faults := append(e.kind.Missing(texts), entry.Fill(record, texts, v.offering(v.context(), e.in).resolve(e.kind))...)
	restore(e.kind, e.record, record, texts)
	return record, e.kind.Changed(e.record, record), faults
}
