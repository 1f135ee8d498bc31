package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// GetCapture implements tumenv1.SourceServiceServer.
func (s sources) GetCapture(ctx context.Context, req *tumenv1.GetCaptureRequest) (*tumenv1.GetCaptureResponse, error) {
	r, err := get[*tumenv1.Capture](ctx, s.Server, req.GetName())
	return &tumenv1.GetCaptureResponse{Capture: r}, err
}

// ListCaptures implements tumenv1.SourceServiceServer.
func (s sources) ListCaptures(ctx context.Context, req *tumenv1.ListCapturesRequest) (*tumenv1.ListCapturesResponse, error) {
	l, err := s.parentOrOwn(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	page, next, err := list[*tumenv1.Capture](ctx, s.Server, req, records.Capture, l, nil)
	return &tumenv1.ListCapturesResponse{Captures: page, NextPageToken: next}, err
}

// DeleteCapture implements tumenv1.SourceServiceServer.
func (s sources) DeleteCapture(ctx context.Context, req *tumenv1.DeleteCaptureRequest) (*tumenv1.DeleteCaptureResponse, error) {
	r, err := remove[*tumenv1.Capture](ctx, s.Server, req)
	return &tumenv1.DeleteCaptureResponse{Capture: r}, err
}

// UndeleteCapture implements tumenv1.SourceServiceServer.
func (s sources) UndeleteCapture(ctx context.Context, req *tumenv1.UndeleteCaptureRequest) (*tumenv1.UndeleteCaptureResponse, error) {
	r, err := restore[*tumenv1.Capture](ctx, s.Server, req)
	return &tumenv1.UndeleteCaptureResponse{Capture: r}, err
}
