package service

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// ListFindings implements tumenv1.VerificationServiceServer.
func (s findings) ListFindings(ctx context.Context, req *tumenv1.ListFindingsRequest) (*tumenv1.ListFindingsResponse, error) {
	l := records.List{Parent: req.GetParent()}
	var stale map[string]*tumenv1.Finding
	if err := s.read(ctx, func(v *records.View, r access.Reader) error {
		err := visibleParent(v, r, req.GetParent())
		if err == nil && (req.GetStale() || everywhere(req.GetParent())) {
			stale, err = staleFindings(v)
		}
		if err == nil && everywhere(req.GetParent()) {
			l, err = findingNames(v, req, stale)
		}
		return err
	}); err != nil {
		return nil, err
	}
	page, next, err := list(ctx, s.Server, req, records.Finding, l, func(_ *records.View, f *tumenv1.Finding) (bool, error) {
		return under(f, req.GetParent()) && (req.GetSubject() == "" || f.GetSubject() == req.GetSubject()) &&
			(req.GetAspect() == 0 || f.GetAspect() == req.GetAspect()) && (req.GetState() == 0 || f.GetState() == req.GetState()) &&
			(!req.GetStale() || stale[f.GetName()] != nil), nil
	})
	return &tumenv1.ListFindingsResponse{Findings: page, NextPageToken: next}, err
}

// findingNames lists findings across cases, by what narrows them most.
func findingNames(v *records.View, req *tumenv1.ListFindingsRequest, stale map[string]*tumenv1.Finding) (records.List, error) {
	l := records.List{Names: []string{}}
	if req.GetStale() {
		for name := range stale {
			l.Names = append(l.Names, name)
		}
		return l, nil
	}
	states := []tumenv1.FindingState{req.GetState()}
	if req.GetState() == 0 {
		states = states[:0]
		for n := range tumenv1.FindingState_name {
			states = append(states, tumenv1.FindingState(n))
		}
	}
	for _, state := range states {
		for f, err := range v.FindingsIn(state, req.GetAspect()) {
			if err != nil {
				return l, err
			}
			l.Names = append(l.Names, f.GetName())
		}
	}
	return l, nil
}

// The review queue's order: what was decided on other grounds than there are
// now, then what only waits for a second reviewer, then what is being worked on.
var queueRank = map[tumenv1.FindingState]int{
	tumenv1.FindingState_FINDING_STATE_PROPOSED:     1,
	tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW: 2,
}

// ListReviewQueue implements tumenv1.VerificationServiceServer.
func (s findings) ListReviewQueue(ctx context.Context, req *tumenv1.ListReviewQueueRequest) (*tumenv1.ListReviewQueueResponse, error) {
	out := new(tumenv1.ListReviewQueueResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		if p := req.GetParent(); p != "" {
			if err := visibleParent(v, r, p); err != nil {
				return err
			}
		}
		waiting, err := queue(v)
		if err != nil {
			return err
		}
		waiting = slices.DeleteFunc(waiting, func(f *tumenv1.Finding) bool {
			return !access.Visible(r, f) || f.GetDeleteTime() != nil || req.GetParent() != "" && records.ParentOf(f.GetName()) != req.GetParent()
		})
		from := 0
		if len(cursor) == 8 {
			from = min(int(binary.BigEndian.Uint64(cursor)), len(waiting))
		}
		to := min(from+pageSize(req), len(waiting))
		for _, f := range waiting[from:to] {
			shown, err := s.show(v, r, f)
			if err != nil {
				return err
			}
			out.Findings = append(out.Findings, shown.(*tumenv1.Finding))
		}
		if to < len(waiting) {
			out.NextPageToken = s.sealToken(r, req, binary.BigEndian.AppendUint64(nil, uint64(to)))
		}
		return nil
	})
	return out, err
}

// queue lists what waits for reviewers, in the queue's order.
func queue(v *records.View) ([]*tumenv1.Finding, error) {
	stale, err := staleFindings(v)
	if err != nil {
		return nil, err
	}
	var all []*tumenv1.Finding
	for _, f := range stale {
		all = append(all, f)
	}
	for state := range queueRank {
		for f, err := range v.FindingsIn(state, 0) {
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *tumenv1.Finding) int {
		return cmp.Or(cmp.Compare(queueRank[a.GetState()], queueRank[b.GetState()]),
			a.GetUpdateTime().AsTime().Compare(b.GetUpdateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return all, nil
}
