package service

import (
	"bytes"
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
		err := visibleParent(v, req.GetParent())
		if err == nil && req.GetSubject() != "" {
			err = visibleReference(v, "subject", req.GetSubject())
		}
		if err == nil && req.GetStale() {
			stale, err = staleFindings(v)
		}
		if err == nil && everywhere(req.GetParent()) {
			l, err = findingNames(v, r, req, stale)
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
func findingNames(v *records.View, r access.Reader, req *tumenv1.ListFindingsRequest, stale map[string]*tumenv1.Finding) (records.List, error) {
	l := records.List{Names: []string{}}
	switch {
	case req.GetStale():
		for name := range stale {
			l.Names = append(l.Names, name)
		}
	case req.GetSubject() != "" && req.GetAspect() != 0:
		f, err := v.FindingOn(req.GetSubject(), req.GetAspect())
		if f != nil {
			l.Names = append(l.Names, f.GetName())
		}
		return l, err
	case req.GetState() != 0:
		for f, err := range v.FindingsIn(req.GetState(), req.GetAspect()) {
			if err != nil {
				return l, err
			}
			l.Names = append(l.Names, f.GetName())
		}
	default:
		return records.List{Owner: r.Organisation}, nil
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
			if err := visibleParent(v, p); err != nil {
				return err
			}
		}
		v, r = fromInside(v, r) // what is shared waits for reviewers elsewhere
		waiting, err := queue(v)
		if err != nil {
			return err
		}
		waiting = slices.DeleteFunc(waiting, func(f *tumenv1.Finding) bool {
			return f.GetDeleteTime() != nil || req.GetParent() != "" && records.ParentOf(f.GetName()) != req.GetParent()
		})
		from := 0
		for cursor != nil && from < len(waiting) && string(placeInQueue(waiting[from])) <= string(cursor) {
			from++
		}
		to := min(from+pageSize(req), len(waiting))
		var next []byte
		if to < len(waiting) {
			next = placeInQueue(waiting[to-1])
		}
		all := make([]found, 0, to-from)
		for _, f := range waiting[from:to] {
			all = append(all, found{f, placeInQueue(f), func(shown records.Record) { out.Findings = append(out.Findings, shown.(*tumenv1.Finding)) }})
		}
		out.NextPageToken, err = s.reply(v, r, req, all, next)
		return err
	})
	return out, err
}

// queue lists what waits for reviewers and the caller sees, in the queue's order.
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
	slices.SortFunc(all, func(a, b *tumenv1.Finding) int { return bytes.Compare(placeInQueue(a), placeInQueue(b)) })
	return all, nil
}

// placeInQueue orders the queue: by rank, what has waited longest first. It is
// what a page ends with, so that the next one goes on behind it even when others
// have left the queue meanwhile.
func placeInQueue(f *tumenv1.Finding) []byte {
	place := []byte{byte(queueRank[f.GetState()])}
	place = binary.BigEndian.AppendUint64(place, uint64(f.GetUpdateTime().AsTime().UnixMicro()))
	return append(place, f.GetName()...)
}
