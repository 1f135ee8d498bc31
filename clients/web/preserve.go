package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// preserving is the page on which a copy of a source is uploaded.
type preserving struct {
	Form    *recordForm
	Source  string // what it is called
	Back    string
	Largest int64            // MiB
	Made    *tumenv1.Capture // what was preserved just now; nil for nothing

	kind    *entry.Kind
	choices *choices
}

// preserving is the page for the source of the address.
func (v *visit) preserving(ctx context.Context) (*preserving, error) {
	name := "sources/" + v.r.PathValue("source")
	if !v.may("SourceService/UploadCapture") {
		return nil, errNotFound
	}
	reply, err := v.site.conn.Sources.GetSource(ctx, &tumenv1.GetSourceRequest{Name: name})
	if err != nil {
		return nil, err
	}
	if reply.GetSource().GetOwner() != v.session.self.GetOrganisation().GetName() {
		return nil, errNotFound
	}
	captures, err := v.site.conn.Sources.ListCaptures(ctx, &tumenv1.ListCapturesRequest{Parent: name, PageSize: perPage})
	if err != nil {
		return nil, err
	}
	p := &preserving{Source: v.shelf().SourceLabel(reply.GetSource()), Back: link(name), Largest: v.site.config.MaxCapture >> 20, kind: entry.ActOf("capture"), choices: v.choices(ctx, "")}
	var originals []option
	for _, c := range captures.GetCaptures() {
		originals = append(originals, option{Value: c.GetName(), Label: cmp.Or(c.GetFileName(), labels.Short(c.GetName())) + " (" + v.say().Enum(c.GetKind()) + ")"})
	}
	p.choices.offers = map[string][]option{"original": originals}
	return p, nil
}

func (s *Site) showPreserve(v *visit) error {
	p, err := v.preserving(v.context())
	if err != nil {
		return err
	}
	if made := v.got("made"); made != "" {
		if p.Made, err = v.capture(v.context(), strings.TrimPrefix(p.Back, "/")+"/captures/"+made); err != nil {
			return err
		}
	}
	if err := v.takeUp(); err != nil {
		return err
	}
	return v.showPreserveForm(http.StatusOK, p, typed(p.kind, v.r.Form), nil)
}

func (v *visit) showPreserveForm(status int, p *preserving, texts entry.Texts, faults []entry.Fault) error {
	var err error
	if p.Form, err = v.formOf(p.kind, p.choices, texts, faults); err != nil {
		return err
	}
	p.Form.Here = p.Back + "/captures"
	v.types()
	return v.render(status, "preserve", v.say().Say("preserve.title"), p)
}

// mediaForm is a media type as the contract takes it.
var mediaForm = regexp.MustCompile(`^[a-z0-9.+-]{1,63}/[a-z0-9.+-]{1,63}$`)

// preserve passes a file on to the server piece by piece. What it is called and of which
// type it is are taken as its sender says; nothing here relies on either.
func (s *Site) preserve(v *visit) error {
	p, err := v.preserving(v.context())
	if err != nil {
		v.drain()
		return err
	}
	texts := typed(p.kind, v.r.PostForm)
	capture := &tumenv1.Capture{}
	faults := append(p.kind.Missing(texts), entry.Fill(capture, texts, p.choices.resolve(p.kind))...)
	faults = append(faults, v.reasonFault()...)
	if v.file == nil || v.file.FileName() == "" {
		faults = append(faults, entry.Fault{Path: fileField, Problem: entry.Missing})
	}
	if len(faults) > 0 {
		v.drain()
		return v.showPreserveForm(http.StatusUnprocessableEntity, p, texts, faults)
	}
	capture.FileName = v.sentName()
	if media := strings.ToLower(v.file.Header.Get("Content-Type")); mediaForm.MatchString(media) {
		capture.MediaType = media
	}
	made, err := s.conn.StreamCapture(v.context(), &tumenv1.CaptureHeader{
		Parent: strings.TrimPrefix(p.Back, "/"), Capture: capture, Reason: v.got(reasonField), RequestId: v.got(onceField),
	}, sentFile{v}, s.config.MaxCapture)
	if isTooLarge(err, client.ErrTooLarge) {
		v.drain()
		return v.showPreserveForm(http.StatusRequestEntityTooLarge, p, texts, []entry.Fault{{Path: fileField, Problem: entry.Refused, Words: v.say().Say("preserve.too_large", "mib", v.say().Number(p.Largest))}})
	}
	if errors.Is(err, client.ErrCutShort) {
		return v.showPreserveForm(http.StatusBadRequest, p, texts, []entry.Fault{{Path: fileField, Problem: entry.Refused, Words: v.say().Say("preserve.cut_short")}})
	}
	if err == nil {
		v.dropDraft(v.got(draftField))
		return v.redirect(p.Back + "/captures?made=" + made.GetName()[strings.LastIndexByte(made.GetName(), '/')+1:])
	}
	v.drain()
	if e := client.AsError(err); e != nil && len(e.Violations) > 0 {
		return v.showPreserveForm(http.StatusUnprocessableEntity, p, texts, v.violations(p.kind, "header.capture.", texts, e))
	}
	return v.stays(err, func(status int, fault entry.Fault) error {
		return v.showPreserveForm(status, p, texts, []entry.Fault{fault})
	})
}
