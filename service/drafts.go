package service

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// How much is kept for a member of what they have not sent off; the contract says so.
const (
	maxDrafts     = 100
	maxDraftBytes = 16 << 20
)

// drafts keep what members type. That is their own and no record: it has no reason and
// no entry in the ledger, and nobody is asked whether they may see it, as nobody else can.
type drafts struct {
	tumenv1.UnimplementedDraftServiceServer
	*Server
}

// CreateDraft implements tumenv1.DraftServiceServer.
func (s drafts) CreateDraft(ctx context.Context, req *tumenv1.CreateDraftRequest) (*tumenv1.CreateDraftResponse, error) {
	sent := req.GetDraft()
	result, err := s.change(ctx, unexplained{req}, func(c *change) error {
		d := &tumenv1.KeptDraft{Draft: &tumenv1.Draft{Kind: sent.GetKind(), Label: sent.GetLabel()}}
		if err := c.saveDraft(d, sent.GetContent()); err != nil {
			return err
		}
		c.Extra([]byte(d.GetDraft().GetName()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	d, err := s.ownDraft(ctx, string(result.Extra), false)
	return &tumenv1.CreateDraftResponse{Draft: d}, err
}

// GetDraft implements tumenv1.DraftServiceServer.
func (s drafts) GetDraft(ctx context.Context, req *tumenv1.GetDraftRequest) (*tumenv1.GetDraftResponse, error) {
	d, err := s.ownDraft(ctx, req.GetName(), true)
	return &tumenv1.GetDraftResponse{Draft: d}, err
}

// ListDrafts implements tumenv1.DraftServiceServer.
func (s drafts) ListDrafts(ctx context.Context, req *tumenv1.ListDraftsRequest) (*tumenv1.ListDraftsResponse, error) {
	out := new(tumenv1.ListDraftsResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		r := readerOf(ctx)
		after, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		for d, err := range v.OwnDrafts(r.Member, string(after)) {
			if err != nil {
				return err
			}
			if !mayOpen(r, d) || req.GetKind() != "" && req.GetKind() != d.GetDraft().GetKind() {
				continue
			}
			if n := len(out.Drafts); n == pageSize(req) {
				out.NextPageToken = s.sealToken(r, req, []byte(out.Drafts[n-1].GetName()))
				break
			}
			out.Drafts = append(out.Drafts, s.draftShown(d))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateDraft implements tumenv1.DraftServiceServer. That a call comes again, the draft
// itself tells: a row for each save would outlive the draft.
func (s drafts) UpdateDraft(ctx context.Context, req *tumenv1.UpdateDraftRequest) (*tumenv1.UpdateDraftResponse, error) {
	sent := req.GetDraft()
	_, err := s.change(ctx, unrepeated{unexplained{req}}, func(c *change) error {
		if sent.GetName() == "" {
			return fault.Field("draft.name", "NAME_MISSING", "name the draft to save")
		}
		d, err := draftOf(&c.View, c.reader, sent.GetName())
		if err != nil {
			return err
		}
		by := savedBy(req.GetRequestId(), c.Author().Payload)
		if by != nil && hmac.Equal(by, d.GetSavedBy()) {
			return nil
		}
		if err := unchanged(sent.GetName(), sent.GetEtag(), s.draftETag(d)); err != nil {
			return err
		}
		if d.Draft.Content, err = c.contentUnless(d, req); err != nil {
			return err
		}
		if err := access.ApplyMask(d.GetDraft(), sent, req.GetUpdateMask()); err != nil {
			return err
		}
		if err := gate.ValidateRecord(d.GetDraft(), "draft"); err != nil {
			return err
		}
		content := d.GetDraft().GetContent()
		d.Draft.Content, d.SavedBy = nil, by
		return c.saveDraft(d, content)
	})
	if err != nil {
		return nil, err
	}
	d, err := s.ownDraft(ctx, sent.GetName(), false)
	return &tumenv1.UpdateDraftResponse{Draft: d}, err
}

// DeleteDraft implements tumenv1.DraftServiceServer.
func (s drafts) DeleteDraft(ctx context.Context, req *tumenv1.DeleteDraftRequest) (*tumenv1.DeleteDraftResponse, error) {
	_, err := s.change(ctx, unexplained{req}, func(c *change) error {
		d, err := draftOf(&c.View, c.reader, req.GetName())
		if err == nil {
			err = unchanged(req.GetName(), req.GetEtag(), s.draftETag(d))
		}
		if err != nil {
			return err
		}
		return c.DropDraft(c.reader.Member, req.GetName())
	})
	return new(tumenv1.DeleteDraftResponse), err
}

// unexplained is a request about what is nobody else's business: it says no reason.
type unexplained struct{ repeatable }

// repeatable is a request that is safe to repeat.
type repeatable interface {
	proto.Message
	GetRequestId() string
}

// GetReason implements writeRequest.
func (unexplained) GetReason() string { return "" }

// mayOpen says whether a call has all the roles with which a draft was saved: a token
// for less gives no more than it was made for.
func mayOpen(r access.Reader, d *tumenv1.KeptDraft) bool {
	return !slices.ContainsFunc(d.GetRoles(), func(role tumenv1.Role) bool { return !slices.Contains(r.Roles, role) })
}

// draftOf reads a draft of the caller, without its content.
func draftOf(v *records.View, r access.Reader, name string) (*tumenv1.KeptDraft, error) {
	d, err := v.OwnDraft(r.Member, name)
	if err == nil && !mayOpen(r, d) {
		err = fault.Missing(name)
	}
	if isMissing(err) {
		err = fault.Missing(shortened(name))
	}
	return d, err
}

// ownDraft shows a draft of the caller as it is now.
func (s drafts) ownDraft(ctx context.Context, name string, whole bool) (shown *tumenv1.Draft, err error) {
	err = s.records.View(ctx, func(v *records.View) error {
		r := readerOf(ctx)
		d, err := draftOf(v, r, name)
		if err != nil {
			return err
		}
		shown = s.draftShown(d)
		if whole {
			shown.Content, err = v.Typed(r.Member, d)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// draftShown is what is told of a draft.
func (s drafts) draftShown(d *tumenv1.KeptDraft) *tumenv1.Draft {
	shown := d.GetDraft()
	shown.Etag = s.draftETag(d)
	return shown
}

// draftETag is another one after each save.
func (s drafts) draftETag(d *tumenv1.KeptDraft) string {
	return access.ETagOver(s.etagKey, binary.BigEndian.AppendUint64([]byte("tumen draft etag 1\x00"+d.GetDraft().GetName()), uint64(d.GetSaves())))
}

// savedBy tells a call apart from others; nil where it has no request id.
func savedBy(requestID string, payload []byte) []byte {
	if requestID == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(requestID))
	mac.Write(payload)
	return mac.Sum(nil)
}

// contentUnless reads the content of a draft, unless another one takes its place.
func (c *change) contentUnless(d *tumenv1.KeptDraft, req *tumenv1.UpdateDraftRequest) ([]byte, error) {
	if slices.Contains(req.GetUpdateMask().GetPaths(), "content") {
		return nil, nil
	}
	return c.Typed(c.reader.Member, d)
}

// saveDraft saves a draft, if there is room for it.
func (c *change) saveDraft(d *tumenv1.KeptDraft, content []byte) error {
	others, bytes := 0, int64(len(content))
	for other, err := range c.OwnDrafts(c.reader.Member, "") {
		if err != nil {
			return err
		}
		if other.GetDraft().GetName() != d.GetDraft().GetName() {
			others, bytes = others+1, bytes+other.GetDraft().GetSize()
		}
	}
	if others >= maxDrafts {
		return fault.New(fault.TooLarge, "TOO_MANY_DRAFTS", "you have %d drafts, and no more are kept: send one off, or delete one", others)
	}
	if bytes > maxDraftBytes {
		return fault.New(fault.TooLarge, "DRAFTS_TOO_LARGE", "no more than %d bytes are kept of what you have typed: send a draft off, or delete one", maxDraftBytes)
	}
	d.Roles = c.reader.Roles
	return c.SaveDraft(c.reader.Member, d, content)
}

// Between two looks for drafts whose time is up.
const draftsLook = time.Hour

// dropDrafts drops drafts whose time is up, until ctx is done.
func (s *Server) dropDrafts(ctx context.Context) {
	every := time.NewTicker(draftsLook)
	defer every.Stop()
	for {
		s.dropExpiredDrafts(ctx)
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// dropExpiredDrafts drops drafts whose time is up. That some can't be read holds nobody up.
func (s *Server) dropExpiredDrafts(ctx context.Context) {
	err := recovered(func() error {
		_, err := s.records.DropExpiredDrafts(ctx)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.logger.Warn("dropping drafts whose time is up", "error", err)
	}
}
