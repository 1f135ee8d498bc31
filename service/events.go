package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
)

// CreateEvent implements tumenv1.CaseServiceServer.
func (s cases) CreateEvent(ctx context.Context, req *tumenv1.CreateEventRequest) (*tumenv1.CreateEventResponse, error) {
	r, err := create(ctx, s.Server, req, "event", req.GetParent(), req.GetEvent())
	return &tumenv1.CreateEventResponse{Event: r}, err
}

// GetEvent implements tumenv1.CaseServiceServer.
func (s cases) GetEvent(ctx context.Context, req *tumenv1.GetEventRequest) (*tumenv1.GetEventResponse, error) {
	r, err := get[*tumenv1.Event](ctx, s.Server, req.GetName())
	return &tumenv1.GetEventResponse{Event: r}, err
}

// UpdateEvent implements tumenv1.CaseServiceServer.
func (s cases) UpdateEvent(ctx context.Context, req *tumenv1.UpdateEventRequest) (*tumenv1.UpdateEventResponse, error) {
	r, err := update(ctx, s.Server, req, "event", req.GetEvent(), req.GetUpdateMask())
	return &tumenv1.UpdateEventResponse{Event: r}, err
}

// DeleteEvent implements tumenv1.CaseServiceServer.
func (s cases) DeleteEvent(ctx context.Context, req *tumenv1.DeleteEventRequest) (*tumenv1.DeleteEventResponse, error) {
	r, err := remove[*tumenv1.Event](ctx, s.Server, req)
	return &tumenv1.DeleteEventResponse{Event: r}, err
}

// UndeleteEvent implements tumenv1.CaseServiceServer.
func (s cases) UndeleteEvent(ctx context.Context, req *tumenv1.UndeleteEventRequest) (*tumenv1.UndeleteEventResponse, error) {
	r, err := restore[*tumenv1.Event](ctx, s.Server, req)
	return &tumenv1.UndeleteEventResponse{Event: r}, err
}
