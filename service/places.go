package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
)

// places is the PlaceService.
type places struct {
	tumenv1.UnimplementedPlaceServiceServer
	*Server
}

// CreatePlace implements tumenv1.PlaceServiceServer.
func (s places) CreatePlace(ctx context.Context, req *tumenv1.CreatePlaceRequest) (*tumenv1.CreatePlaceResponse, error) {
	r, err := create(ctx, s.Server, req, "place", "", req.GetPlace())
	return &tumenv1.CreatePlaceResponse{Place: r}, err
}

// GetPlace implements tumenv1.PlaceServiceServer.
func (s places) GetPlace(ctx context.Context, req *tumenv1.GetPlaceRequest) (*tumenv1.GetPlaceResponse, error) {
	r, err := get[*tumenv1.Place](ctx, s.Server, req.GetName())
	return &tumenv1.GetPlaceResponse{Place: r}, err
}

// UpdatePlace implements tumenv1.PlaceServiceServer.
func (s places) UpdatePlace(ctx context.Context, req *tumenv1.UpdatePlaceRequest) (*tumenv1.UpdatePlaceResponse, error) {
	r, err := update(ctx, s.Server, req, "place", req.GetPlace(), req.GetUpdateMask())
	return &tumenv1.UpdatePlaceResponse{Place: r}, err
}

// DeletePlace implements tumenv1.PlaceServiceServer.
func (s places) DeletePlace(ctx context.Context, req *tumenv1.DeletePlaceRequest) (*tumenv1.DeletePlaceResponse, error) {
	r, err := remove[*tumenv1.Place](ctx, s.Server, req)
	return &tumenv1.DeletePlaceResponse{Place: r}, err
}

// UndeletePlace implements tumenv1.PlaceServiceServer.
func (s places) UndeletePlace(ctx context.Context, req *tumenv1.UndeletePlaceRequest) (*tumenv1.UndeletePlaceResponse, error) {
	r, err := restore[*tumenv1.Place](ctx, s.Server, req)
	return &tumenv1.UndeletePlaceResponse{Place: r}, err
}
