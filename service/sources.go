package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// sources is the SourceService.
type sources struct {
	tumenv1.UnimplementedSourceServiceServer
	*Server
}

// CreateSource implements tumenv1.SourceServiceServer.
func (s sources) CreateSource(ctx context.Context, req *tumenv1.CreateSourceRequest) (*tumenv1.CreateSourceResponse, error) {
	r, err := create(ctx, s.Server, req, "source", "", req.GetSource())
	return &tumenv1.CreateSourceResponse{Source: r}, err
}

// GetSource implements tumenv1.SourceServiceServer.
func (s sources) GetSource(ctx context.Context, req *tumenv1.GetSourceRequest) (*tumenv1.GetSourceResponse, error) {
	r, err := get[*tumenv1.Source](ctx, s.Server, req.GetName())
	return &tumenv1.GetSourceResponse{Source: r}, err
}

// ListSources implements tumenv1.SourceServiceServer.
func (s sources) ListSources(ctx context.Context, req *tumenv1.ListSourcesRequest) (*tumenv1.ListSourcesResponse, error) {
	l, err := s.ownedOrCalled(ctx, req.GetOwner(), req.GetExternalId())
	if err == nil && req.GetCase() != "" {
		l, err = s.sourcesIn(ctx, req.GetCase())
	}
	if err == nil {
		err = s.read(ctx, func(v *records.View, _ access.Reader) error {
			return knownCode(v, "kind", tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS, req.GetKind())
		})
	}
	if err != nil {
		return nil, err
	}
	page, next, err := list(ctx, s.Server, req, records.Source, l, func(_ *records.View, r *tumenv1.Source) (bool, error) {
		return (req.GetExternalId() == nil || isCalled(r, req.GetExternalId())) && (req.GetKind() == "" || r.GetKind() == req.GetKind()) &&
			(req.GetOwner() == "" || r.GetOwner() == req.GetOwner()), nil
	})
	return &tumenv1.ListSourcesResponse{Sources: page, NextPageToken: next}, err
}

// UpdateSource implements tumenv1.SourceServiceServer.
func (s sources) UpdateSource(ctx context.Context, req *tumenv1.UpdateSourceRequest) (*tumenv1.UpdateSourceResponse, error) {
	r, err := update(ctx, s.Server, req, "source", req.GetSource(), req.GetUpdateMask())
	return &tumenv1.UpdateSourceResponse{Source: r}, err
}

// DeleteSource implements tumenv1.SourceServiceServer.
func (s sources) DeleteSource(ctx context.Context, req *tumenv1.DeleteSourceRequest) (*tumenv1.DeleteSourceResponse, error) {
	r, err := remove[*tumenv1.Source](ctx, s.Server, req)
	return &tumenv1.DeleteSourceResponse{Source: r}, err
}

// UndeleteSource implements tumenv1.SourceServiceServer.
func (s sources) UndeleteSource(ctx context.Context, req *tumenv1.UndeleteSourceRequest) (*tumenv1.UndeleteSourceResponse, error) {
	r, err := restore[*tumenv1.Source](ctx, s.Server, req)
	return &tumenv1.UndeleteSourceResponse{Source: r}, err
}

// CreateTie implements tumenv1.SourceServiceServer.
func (s sources) CreateTie(ctx context.Context, req *tumenv1.CreateTieRequest) (*tumenv1.CreateTieResponse, error) {
	r, err := create(ctx, s.Server, req, "tie", "", req.GetTie())
	return &tumenv1.CreateTieResponse{Tie: r}, err
}

// GetTie implements tumenv1.SourceServiceServer.
func (s sources) GetTie(ctx context.Context, req *tumenv1.GetTieRequest) (*tumenv1.GetTieResponse, error) {
	r, err := get[*tumenv1.Tie](ctx, s.Server, req.GetName())
	return &tumenv1.GetTieResponse{Tie: r}, err
}

// ListTies implements tumenv1.SourceServiceServer.
func (s sources) ListTies(ctx context.Context, req *tumenv1.ListTiesRequest) (*tumenv1.ListTiesResponse, error) {
	l := records.List{Owner: ownOrganisation(ctx)}
	if req.GetRecord() != "" {
		l = records.List{Record: req.GetRecord()}
		if err := s.namesVisible(ctx, [2]string{"record", req.GetRecord()}); err != nil {
			return nil, err
		}
	}
	page, next, err := list[*tumenv1.Tie](ctx, s.Server, req, records.Tie, l, nil)
	return &tumenv1.ListTiesResponse{Ties: page, NextPageToken: next}, err
}

// UpdateTie implements tumenv1.SourceServiceServer.
func (s sources) UpdateTie(ctx context.Context, req *tumenv1.UpdateTieRequest) (*tumenv1.UpdateTieResponse, error) {
	r, err := update(ctx, s.Server, req, "tie", req.GetTie(), req.GetUpdateMask())
	return &tumenv1.UpdateTieResponse{Tie: r}, err
}

// DeleteTie implements tumenv1.SourceServiceServer.
func (s sources) DeleteTie(ctx context.Context, req *tumenv1.DeleteTieRequest) (*tumenv1.DeleteTieResponse, error) {
	r, err := remove[*tumenv1.Tie](ctx, s.Server, req)
	return &tumenv1.DeleteTieResponse{Tie: r}, err
}

// UndeleteTie implements tumenv1.SourceServiceServer.
func (s sources) UndeleteTie(ctx context.Context, req *tumenv1.UndeleteTieRequest) (*tumenv1.UndeleteTieResponse, error) {
	r, err := restore[*tumenv1.Tie](ctx, s.Server, req)
	return &tumenv1.UndeleteTieResponse{Tie: r}, err
}

// sourcesIn lists the sources of the claims in a case.
func (s *Server) sourcesIn(ctx context.Context, name string) (records.List, error) {
	l := records.List{Names: []string{}}
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		if err := visibleParent(v, name); err != nil {
			return err
		}
		for c, err := range records.Children[*tumenv1.Claim](v, records.Claim, name) {
			if err != nil {
				return err
			}
			l.Names = append(l.Names, c.GetSource())
		}
		return nil
	})
	return l, err
}
