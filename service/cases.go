package service

import (
	"context"

	"google.golang.org/protobuf/proto"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// cases is the CaseService.
type cases struct {
	tumenv1.UnimplementedCaseServiceServer
	*Server
}

// CreateCase implements tumenv1.CaseServiceServer.
func (s cases) CreateCase(ctx context.Context, req *tumenv1.CreateCaseRequest) (*tumenv1.CreateCaseResponse, error) {
	r, err := create(ctx, s.Server, req, "case", "", req.GetCase())
	return &tumenv1.CreateCaseResponse{Case: r}, err
}

// GetCase implements tumenv1.CaseServiceServer.
func (s cases) GetCase(ctx context.Context, req *tumenv1.GetCaseRequest) (*tumenv1.GetCaseResponse, error) {
	r, err := get[*tumenv1.Case](ctx, s.Server, req.GetName())
	return &tumenv1.GetCaseResponse{Case: r}, err
}

// UpdateCase implements tumenv1.CaseServiceServer.
func (s cases) UpdateCase(ctx context.Context, req *tumenv1.UpdateCaseRequest) (*tumenv1.UpdateCaseResponse, error) {
	r, err := update(ctx, s.Server, req, "case", req.GetCase(), req.GetUpdateMask())
	return &tumenv1.UpdateCaseResponse{Case: r}, err
}

// DeleteCase implements tumenv1.CaseServiceServer.
func (s cases) DeleteCase(ctx context.Context, req *tumenv1.DeleteCaseRequest) (*tumenv1.DeleteCaseResponse, error) {
	r, err := remove[*tumenv1.Case](ctx, s.Server, req)
	return &tumenv1.DeleteCaseResponse{Case: r}, err
}

// UndeleteCase implements tumenv1.CaseServiceServer.
func (s cases) UndeleteCase(ctx context.Context, req *tumenv1.UndeleteCaseRequest) (*tumenv1.UndeleteCaseResponse, error) {
	r, err := restore[*tumenv1.Case](ctx, s.Server, req)
	return &tumenv1.UndeleteCaseResponse{Case: r}, err
}

// CloseCase implements tumenv1.CaseServiceServer.
func (s cases) CloseCase(ctx context.Context, req *tumenv1.CloseCaseRequest) (*tumenv1.CloseCaseResponse, error) {
	r, err := s.turn(ctx, req, tumenv1.CaseState_CASE_STATE_OPEN, tumenv1.CaseState_CASE_STATE_CLOSED)
	return &tumenv1.CloseCaseResponse{Case: r}, err
}

// ReopenCase implements tumenv1.CaseServiceServer.
func (s cases) ReopenCase(ctx context.Context, req *tumenv1.ReopenCaseRequest) (*tumenv1.ReopenCaseResponse, error) {
	r, err := s.turn(ctx, req, tumenv1.CaseState_CASE_STATE_CLOSED, tumenv1.CaseState_CASE_STATE_OPEN)
	return &tumenv1.ReopenCaseResponse{Case: r}, err
}

// turn brings a case from one state to the other.
func (s cases) turn(ctx context.Context, req targetRequest, from, to tumenv1.CaseState) (*tumenv1.Case, error) {
	return written[*tumenv1.Case](ctx, s.Server, req, func(c *change) (records.Record, error) {
		rec, err := c.target(records.Case, req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		before := rec.(*tumenv1.Case)
		if err := kept(before); err != nil {
			return nil, err
		}
		if before.GetState() != from {
			return nil, fault.New(fault.Refused, "STATE_FORBIDS_ACTION", "the case is not %s", caseStateWord(from))
		}
		after := proto.Clone(before).(*tumenv1.Case)
		after.State = to
		return after, c.replace("case", after, before)
	})
}

func caseStateWord(s tumenv1.CaseState) string {
	if s == tumenv1.CaseState_CASE_STATE_OPEN {
		return "open"
	}
	return "closed"
}
