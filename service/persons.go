package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// persons is the PersonService.
type persons struct {
	tumenv1.UnimplementedPersonServiceServer
	*Server
}

// CreatePerson implements tumenv1.PersonServiceServer.
func (s persons) CreatePerson(ctx context.Context, req *tumenv1.CreatePersonRequest) (*tumenv1.CreatePersonResponse, error) {
	r, err := create(ctx, s.Server, req, "person", "", req.GetPerson())
	return &tumenv1.CreatePersonResponse{Person: r}, err
}

// GetPerson implements tumenv1.PersonServiceServer.
func (s persons) GetPerson(ctx context.Context, req *tumenv1.GetPersonRequest) (*tumenv1.GetPersonResponse, error) {
	r, err := get[*tumenv1.Person](ctx, s.Server, req.GetName())
	return &tumenv1.GetPersonResponse{Person: r}, err
}

// ListPersons implements tumenv1.PersonServiceServer.
func (s persons) ListPersons(ctx context.Context, req *tumenv1.ListPersonsRequest) (*tumenv1.ListPersonsResponse, error) {
	l, err := s.ownedOrCalled(ctx, req.GetOwner(), req.GetExternalId())
	if err != nil {
		return nil, err
	}
	page, next, err := list(ctx, s.Server, req, records.Person, l, func(v *records.View, r *tumenv1.Person) (bool, error) {
		return (req.GetExternalId() == nil || isCalled(r, req.GetExternalId())), nil
	})
	return &tumenv1.ListPersonsResponse{Persons: page, NextPageToken: next}, err
}

// UpdatePerson implements tumenv1.PersonServiceServer.
func (s persons) UpdatePerson(ctx context.Context, req *tumenv1.UpdatePersonRequest) (*tumenv1.UpdatePersonResponse, error) {
	r, err := update(ctx, s.Server, req, "person", req.GetPerson(), req.GetUpdateMask())
	return &tumenv1.UpdatePersonResponse{Person: r}, err
}

// DeletePerson implements tumenv1.PersonServiceServer.
func (s persons) DeletePerson(ctx context.Context, req *tumenv1.DeletePersonRequest) (*tumenv1.DeletePersonResponse, error) {
	r, err := remove[*tumenv1.Person](ctx, s.Server, req)
	return &tumenv1.DeletePersonResponse{Person: r}, err
}

// UndeletePerson implements tumenv1.PersonServiceServer.
func (s persons) UndeletePerson(ctx context.Context, req *tumenv1.UndeletePersonRequest) (*tumenv1.UndeletePersonResponse, error) {
	r, err := restore[*tumenv1.Person](ctx, s.Server, req)
	return &tumenv1.UndeletePersonResponse{Person: r}, err
}
