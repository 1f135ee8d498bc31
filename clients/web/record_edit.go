package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
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
	kind   *entry.Kind
	record proto.Message
	in     string // its case; empty for what lies in none
}

func (e *editable) name() string { return e.record.(labels.Record).GetName() }

// versioned is what every record that can be changed has.
type versioned interface {
	GetEtag() string
	GetRevision() int64
}

// edited is the record of the address.
func (v *visit) edited(ctx context.Context) (*editable, error) {
	name := v.r.PathValue("record")
	k := entry.KindOf(strings.ToLower(labels.KindOf(name)))
	if k == nil || !v.may(k.Service+"/Update"+k.Title()) {
		return nil, errNotFound
	}
	reply, err := v.site.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
	if err != nil {
		return nil, err
	}
	e := &editable{kind: k, record: labels.Unwrap(reply.GetRecord())}
	if k.InCase || k.Name == "case" {
		e.in = labels.CaseOf(name)
	}
	e.kind = v.fitting(k, k.Texts(e.record))
	return e, nil
}

// showEdit is the form of a record that is there.
func (s *Site) showEdit(v *visit) error {
	e, err := v.edited(v.context())
	if err != nil {
		return err
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	texts := e.kind.Texts(e.record)
	if v.got(draftField) != "" {
		maps.Copy(texts, typed(e.kind, v.r.Form))
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
	f.Here = "/edit/" + e.name()
	v.types()
	return v.render(status, "record", v.say().Say("entry.edit_"+e.kind.Name), f)
}

// saveEdit changes a record as typed. Where somebody else has changed it meanwhile, both
// are shown and nothing is written.
func (s *Site) saveEdit(v *visit) error {
	e, err := v.edited(v.context())
	if err != nil {
		return err
	}
	texts := v.settled(typed(e.kind, v.r.PostForm))
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
		err = v.update(v.context(), e.kind, changed, fields)
	}
	if failed := client.AsError(err); failed != nil && failed.Code == codes.Aborted {
		if e, err = v.edited(v.context()); err != nil {
			return err
		}
		return v.showConflict(e, texts)
	}
	if faults := faultsOf(e.kind, err); faults != nil {
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
	faults := append(e.kind.Missing(texts), entry.Fill(record, texts, v.choices(v.context(), e.in).resolve(e.kind))...)
	m, before := record.ProtoReflect(), e.record.ProtoReflect()
	var fields []string
	for path := range texts {
		top, _, _ := strings.Cut(entry.Plain(path), ".")
		fd := m.Descriptor().Fields().ByTextName(top)
		if fd == nil || m.Has(fd) == before.Has(fd) && m.Get(fd).Equal(before.Get(fd)) {
			continue
		}
		if !slices.Contains(fields, top) {
			fields = append(fields, top)
		}
	}
	slices.Sort(fields)
	return record, fields, faults
}
