package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
)

// terms is the VocabularyService.
type terms struct {
	tumenv1.UnimplementedVocabularyServiceServer
	*Server
}

// CreateTerm implements tumenv1.VocabularyServiceServer.
func (s terms) CreateTerm(ctx context.Context, req *tumenv1.CreateTermRequest) (*tumenv1.CreateTermResponse, error) {
	r, err := create(ctx, s.Server, req, "term", "", req.GetTerm())
	return &tumenv1.CreateTermResponse{Term: r}, err
}

// GetTerm implements tumenv1.VocabularyServiceServer.
func (s terms) GetTerm(ctx context.Context, req *tumenv1.GetTermRequest) (*tumenv1.GetTermResponse, error) {
	r, err := get[*tumenv1.Term](ctx, s.Server, req.GetName())
	return &tumenv1.GetTermResponse{Term: r}, err
}

// UpdateTerm implements tumenv1.VocabularyServiceServer.
func (s terms) UpdateTerm(ctx context.Context, req *tumenv1.UpdateTermRequest) (*tumenv1.UpdateTermResponse, error) {
	r, err := update(ctx, s.Server, req, "term", req.GetTerm(), req.GetUpdateMask())
	return &tumenv1.UpdateTermResponse{Term: r}, err
}

// DeleteTerm implements tumenv1.VocabularyServiceServer.
func (s terms) DeleteTerm(ctx context.Context, req *tumenv1.DeleteTermRequest) (*tumenv1.DeleteTermResponse, error) {
	r, err := remove[*tumenv1.Term](ctx, s.Server, req)
	return &tumenv1.DeleteTermResponse{Term: r}, err
}

// UndeleteTerm implements tumenv1.VocabularyServiceServer.
func (s terms) UndeleteTerm(ctx context.Context, req *tumenv1.UndeleteTermRequest) (*tumenv1.UndeleteTermResponse, error) {
	r, err := restore[*tumenv1.Term](ctx, s.Server, req)
	return &tumenv1.UndeleteTermResponse{Term: r}, err
}
