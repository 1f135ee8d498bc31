package service

import (
	"context"

	"google.golang.org/protobuf/proto"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// claims is the ClaimService.
type claims struct {
	tumenv1.UnimplementedClaimServiceServer
	*Server
}

// CreateClaim implements tumenv1.ClaimServiceServer.
func (s claims) CreateClaim(ctx context.Context, req *tumenv1.CreateClaimRequest) (*tumenv1.CreateClaimResponse, error) {
	r, err := create(ctx, s.Server, req, "claim", req.GetParent(), req.GetClaim())
	return &tumenv1.CreateClaimResponse{Claim: r}, err
}

// GetClaim implements tumenv1.ClaimServiceServer.
func (s claims) GetClaim(ctx context.Context, req *tumenv1.GetClaimRequest) (*tumenv1.GetClaimResponse, error) {
	r, err := get[*tumenv1.Claim](ctx, s.Server, req.GetName())
	return &tumenv1.GetClaimResponse{Claim: r}, err
}

// UpdateClaim implements tumenv1.ClaimServiceServer.
func (s claims) UpdateClaim(ctx context.Context, req *tumenv1.UpdateClaimRequest) (*tumenv1.UpdateClaimResponse, error) {
	r, err := update(ctx, s.Server, req, "claim", req.GetClaim(), req.GetUpdateMask())
	return &tumenv1.UpdateClaimResponse{Claim: r}, err
}

// RetractClaim implements tumenv1.ClaimServiceServer.
func (s claims) RetractClaim(ctx context.Context, req *tumenv1.RetractClaimRequest) (*tumenv1.RetractClaimResponse, error) {
	r, err := written[*tumenv1.Claim](ctx, s.Server, req, func(c *change) (records.Record, error) {
		before, err := c.activeClaim(req)
		if err != nil {
			return nil, err
		}
		after := proto.Clone(before).(*tumenv1.Claim)
		after.State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED
		return after, c.replace("claim", after, before)
	})
	return &tumenv1.RetractClaimResponse{Claim: r}, err
}

// SupersedeClaim implements tumenv1.ClaimServiceServer.
func (s claims) SupersedeClaim(ctx context.Context, req *tumenv1.SupersedeClaimRequest) (*tumenv1.SupersedeClaimResponse, error) {
	result, err := s.change(ctx, req, func(c *change) error {
		before, err := c.activeClaim(req)
		if err != nil {
			return err
		}
		next := proto.Clone(req.GetReplacement()).(*tumenv1.Claim)
		if next.GetSource() != before.GetSource() {
			return fault.Field("replacement.source", "OTHER_SOURCE", "a claim is superseded by one of the same source; retract it otherwise")
		}
		next.Supersedes = before.GetName()
		if err := c.add("replacement", next, records.ParentOf(before.GetName())); err != nil {
			return err
		}
		after := proto.Clone(before).(*tumenv1.Claim)
		after.State, after.SupersededBy = tumenv1.ClaimState_CLAIM_STATE_SUPERSEDED, next.GetName()
		c.Names(before.GetName(), next.GetName())
		return c.replace("claim", after, before)
	})
	if err != nil {
		return nil, err
	}
	old, err := answer[*tumenv1.Claim](ctx, s.Server, result, 0)
	if err != nil {
		return nil, err
	}
	next, err := answer[*tumenv1.Claim](ctx, s.Server, result, 1)
	return &tumenv1.SupersedeClaimResponse{Claim: old, Replacement: next}, err
}

// activeClaim reads the claim that a call takes out of force.
func (c *change) activeClaim(req targetRequest) (*tumenv1.Claim, error) {
	rec, err := c.target(records.Claim, req.GetName(), req.GetEtag())
	if err != nil {
		return nil, err
	}
	claim := rec.(*tumenv1.Claim)
	return claim, inForce(claim)
}

// inForce refuses changes to a claim that no longer stands: what was said stays
// as it was when it was superseded or retracted.
func inForce(claim *tumenv1.Claim) error {
	if !active(claim) {
		return fault.New(fault.Refused, "CLAIM_NOT_ACTIVE", "the claim was superseded or retracted before")
	}
	return nil
}
