package service

import (
	"context"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// CreateInvolvement implements tumenv1.CaseServiceServer.
func (s cases) CreateInvolvement(ctx context.Context, req *tumenv1.CreateInvolvementRequest) (*tumenv1.CreateInvolvementResponse, error) {
	r, err := create(ctx, s.Server, req, "involvement", req.GetParent(), req.GetInvolvement())
	return &tumenv1.CreateInvolvementResponse{Involvement: r}, err
}

// GetInvolvement implements tumenv1.CaseServiceServer.
func (s cases) GetInvolvement(ctx context.Context, req *tumenv1.GetInvolvementRequest) (*tumenv1.GetInvolvementResponse, error) {
	r, err := get[*tumenv1.Involvement](ctx, s.Server, req.GetName())
	return &tumenv1.GetInvolvementResponse{Involvement: r}, err
}

// ListInvolvements implements tumenv1.CaseServiceServer.
func (s cases) ListInvolvements(ctx context.Context, req *tumenv1.ListInvolvementsRequest) (*tumenv1.ListInvolvementsResponse, error) {
	l, err := s.parentOrOwn(ctx, req.GetParent())
	if err == nil {
		err = s.namesVisible(ctx, [2]string{"event", req.GetEvent()}, [2]string{"person", req.GetPerson()})
	}
	if err != nil {
		return nil, err
	}
	switch {
	case req.GetEvent() != "":
		l = records.List{Event: req.GetEvent()}
	case req.GetPerson() != "":
		l = records.List{Person: req.GetPerson()}
	}
	page, next, err := list(ctx, s.Server, req, records.Involvement, l, func(_ *records.View, r *tumenv1.Involvement) (bool, error) {
		return under(r, req.GetParent()) && (req.GetEvent() == "" || r.GetEvent() == req.GetEvent()) && (req.GetPerson() == "" || r.GetPerson() == req.GetPerson()), nil
	})
	return &tumenv1.ListInvolvementsResponse{Involvements: page, NextPageToken: next}, err
}

// UpdateInvolvement implements tumenv1.CaseServiceServer.
func (s cases) UpdateInvolvement(ctx context.Context, req *tumenv1.UpdateInvolvementRequest) (*tumenv1.UpdateInvolvementResponse, error) {
	r, err := update(ctx, s.Server, req, "involvement", req.GetInvolvement(), req.GetUpdateMask())
	return &tumenv1.UpdateInvolvementResponse{Involvement: r}, err
}

// DeleteInvolvement implements tumenv1.CaseServiceServer.
func (s cases) DeleteInvolvement(ctx context.Context, req *tumenv1.DeleteInvolvementRequest) (*tumenv1.DeleteInvolvementResponse, error) {
	r, err := remove[*tumenv1.Involvement](ctx, s.Server, req)
	return &tumenv1.DeleteInvolvementResponse{Involvement: r}, err
}

// UndeleteInvolvement implements tumenv1.CaseServiceServer.
func (s cases) UndeleteInvolvement(ctx context.Context, req *tumenv1.UndeleteInvolvementRequest) (*tumenv1.UndeleteInvolvementResponse, error) {
	r, err := restore[*tumenv1.Involvement](ctx, s.Server, req)
	return &tumenv1.UndeleteInvolvementResponse{Involvement: r}, err
}

// CreateIntervention implements tumenv1.CaseServiceServer.
func (s cases) CreateIntervention(ctx context.Context, req *tumenv1.CreateInterventionRequest) (*tumenv1.CreateInterventionResponse, error) {
	r, err := create(ctx, s.Server, req, "intervention", req.GetParent(), req.GetIntervention())
	return &tumenv1.CreateInterventionResponse{Intervention: r}, err
}

// GetIntervention implements tumenv1.CaseServiceServer.
func (s cases) GetIntervention(ctx context.Context, req *tumenv1.GetInterventionRequest) (*tumenv1.GetInterventionResponse, error) {
	r, err := get[*tumenv1.Intervention](ctx, s.Server, req.GetName())
	return &tumenv1.GetInterventionResponse{Intervention: r}, err
}

// ListInterventions implements tumenv1.CaseServiceServer.
func (s cases) ListInterventions(ctx context.Context, req *tumenv1.ListInterventionsRequest) (*tumenv1.ListInterventionsResponse, error) {
	l, err := s.parentOrOwn(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	page, next, err := list[*tumenv1.Intervention](ctx, s.Server, req, records.Intervention, l, nil)
	return &tumenv1.ListInterventionsResponse{Interventions: page, NextPageToken: next}, err
}

// UpdateIntervention implements tumenv1.CaseServiceServer.
func (s cases) UpdateIntervention(ctx context.Context, req *tumenv1.UpdateInterventionRequest) (*tumenv1.UpdateInterventionResponse, error) {
	r, err := update(ctx, s.Server, req, "intervention", req.GetIntervention(), req.GetUpdateMask())
	return &tumenv1.UpdateInterventionResponse{Intervention: r}, err
}

// DeleteIntervention implements tumenv1.CaseServiceServer.
func (s cases) DeleteIntervention(ctx context.Context, req *tumenv1.DeleteInterventionRequest) (*tumenv1.DeleteInterventionResponse, error) {
	r, err := remove[*tumenv1.Intervention](ctx, s.Server, req)
	return &tumenv1.DeleteInterventionResponse{Intervention: r}, err
}

// UndeleteIntervention implements tumenv1.CaseServiceServer.
func (s cases) UndeleteIntervention(ctx context.Context, req *tumenv1.UndeleteInterventionRequest) (*tumenv1.UndeleteInterventionResponse, error) {
	r, err := restore[*tumenv1.Intervention](ctx, s.Server, req)
	return &tumenv1.UndeleteInterventionResponse{Intervention: r}, err
}
