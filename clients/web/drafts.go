package web

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

// What somebody types is kept on the server, sealed, as a draft: when they ask for it, at
// every step of an intake, and when their session has ended before they sent it. A browser
// keeps nothing.

// Kinds of drafts of this client.
const (
	formDraft   = "form"
	intakeDraft = "intake"
	bulkDraft   = "bulk"
)

// kept is what a draft holds: the values of a form, and the page that it is of.
type kept struct {
	Page   string     `json:"page"`
	Values url.Values `json:"values"`
}

// unkept are fields that belong to one sending of a form, and secrets.
var unkept = []string{formKey, hereField, draftField, doField, onceField, "passphrase", "code", "token", "sure"}

// typedValues is what is to be kept of the form that was sent.
func (v *visit) typedValues() kept {
	values := maps.Clone(v.r.PostForm)
	for _, name := range unkept {
		values.Del(name)
	}
	return kept{Page: within(v.r.PostForm.Get(hereField)), Values: values}
}

// saveDraft keeps what was typed in the draft of that name, or in a new one.
func (v *visit) saveDraft(ctx context.Context, kind, name, label string, what kept) (string, error) {
	content, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	draft := &tumenv1.Draft{Name: name, Kind: kind, Label: shortened(label), Content: content}
	if name == "" {
		reply, err := v.site.conn.Drafts.CreateDraft(ctx, &tumenv1.CreateDraftRequest{Draft: draft})
		return reply.GetDraft().GetName(), err
	}
	there, err := v.site.conn.Drafts.GetDraft(ctx, &tumenv1.GetDraftRequest{Name: name})
	if err != nil {
		return "", err
	}
	draft.Etag = there.GetDraft().GetEtag()
	_, err = v.site.conn.Drafts.UpdateDraft(ctx, &tumenv1.UpdateDraftRequest{Draft: draft, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"label", "content"}}})
	return name, err
}

// shortened is a label as long as labels may be.
func shortened(label string) string {
	if letters := []rune(label); len(letters) > 200 {
		return string(letters[:199]) + "…"
	}
	return label
}

// openDraft reads a draft.
func (v *visit) openDraft(name string) (*tumenv1.Draft, kept, error) {
	var what kept
	reply, err := v.site.conn.Drafts.GetDraft(v.context(), &tumenv1.GetDraftRequest{Name: name})
	if err != nil {
		return nil, what, err
	}
	if json.Unmarshal(reply.GetDraft().GetContent(), &what) != nil {
		return nil, what, errNotFound // of another client
	}
	what.Page = within(what.Page)
	return reply.GetDraft(), what, nil
}

// dropDraft removes a draft whose record was written. One that stays does no harm: it
// expires.
func (v *visit) dropDraft(name string) { v.site.dropDraft(v.context(), name) }

func (s *Site) dropDraft(ctx context.Context, name string) {
	if name == "" {
		return
	}
	reply, err := s.conn.Drafts.GetDraft(ctx, &tumenv1.GetDraftRequest{Name: name})
	if err != nil {
		return
	}
	_, _ = s.conn.Drafts.DeleteDraft(ctx, &tumenv1.DeleteDraftRequest{Name: name, Etag: reply.GetDraft().GetEtag()})
}

// takeUp has the form of the page filled with what a draft holds, if the address names one.
func (v *visit) takeUp() error {
	name := v.got(draftField)
	if name == "" {
		return nil
	}
	_, what, err := v.openDraft(name)
	if err != nil {
		return err
	}
	if !v.isPage(what.Page) {
		return errNotFound
	}
	maps.Copy(v.r.Form, what.Values)
	return nil
}

// isPage says whether a draft's page is the one of the address: what was typed in one form
// comes up in no other. Who somebody is, is typed in a form that is the answer to another
// address than its own.
func (v *visit) isPage(page string) bool {
	path, _, _ := strings.Cut(page, "?")
	return path == v.r.URL.Path || path == "/edit/"+v.r.PathValue("record") && strings.HasPrefix(v.r.URL.Path, "/identity/")
}

// keepDraft keeps what was typed, as the person asked, and leads to the list of drafts.
func (v *visit) keepDraft(label string) error {
	if !v.may("DraftService/CreateDraft") {
		return errNotFound
	}
	if _, err := v.saveDraft(v.context(), formDraft, v.got(draftField), label, v.typedValues()); err != nil {
		return err
	}
	return v.redirect("/drafts")
}

// keepForLater keeps what was typed when the session has ended before it was sent, and
// says whether it could.
func (v *visit) keepForLater() bool {
	if v.r.Method != http.MethodPost || v.r.PostForm.Get(hereField) == "" || !matches(v.session.formToken(), v.r.PostForm.Get(formKey)) {
		return false
	}
	what := v.typedValues()
	if step := intakeStepOf(what.Page); step != "" {
		return v.keepStep(step) == nil
	}
	if k, in := tableOf(what.Page); k != nil {
		return v.keepCorrections(k, in) == nil
	}
	_, err := v.saveDraft(v.context(), formDraft, v.r.PostForm.Get(draftField), v.say().Say("draft.of_ended_session", "page", strings.SplitN(what.Page, "?", 2)[0]), what)
	return err == nil
}

type draftsPage struct {
	Drafts []*tumenv1.Draft
	Next   string
}

// drafts lists what one has not finished typing.
func (s *Site) drafts(v *visit) error {
	reply, err := s.conn.Drafts.ListDrafts(v.context(), &tumenv1.ListDraftsRequest{PageSize: 100, PageToken: v.got("page")})
	if err != nil {
		return err
	}
	p := draftsPage{Drafts: reply.GetDrafts()}
	if token := reply.GetNextPageToken(); token != "" {
		p.Next = "?" + query("page", token)
	}
	return v.render(http.StatusOK, "drafts", v.say().Say("draft.title"), p)
}

// openDraftPage leads to the page on which a draft is typed on.
func (s *Site) openDraftPage(v *visit) error {
	name := "drafts/" + v.r.PathValue("draft")
	_, what, err := v.openDraft(name)
	if err != nil {
		return err
	}
	page, err := url.Parse(what.Page)
	if err != nil {
		return errNotFound
	}
	q := page.Query()
	q.Set(draftField, name)
	page.RawQuery = q.Encode()
	return v.redirect(page.RequestURI())
}

// deleteDraft removes a draft at once.
func (s *Site) deleteDraft(v *visit) error {
	_, err := s.conn.Drafts.DeleteDraft(v.context(), &tumenv1.DeleteDraftRequest{Name: "drafts/" + v.r.PathValue("draft"), Etag: v.got("etag")})
	if err != nil {
		return err
	}
	return v.redirect("/drafts")
}
