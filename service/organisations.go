package service

import (
	"context"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/records"
)

// GetOrganisation implements tumenv1.AccessServiceServer.
func (s accessing) GetOrganisation(ctx context.Context, req *tumenv1.GetOrganisationRequest) (*tumenv1.GetOrganisationResponse, error) {
	out := new(tumenv1.GetOrganisationResponse)
	err := s.records.View(ctx, func(v *records.View) error {
		o, err := ownOrganisationNamed(v, readerOf(ctx).Organisation, req.GetName())
		if err == nil {
			out.Organisation = managed(s.Server, o)
		}
		return err
	})
	return out, err
}

// whatIsChangedOfOrganisations are the fields that UpdateOrganisation takes.
var whatIsChangedOfOrganisations = []string{"display_name", "kind", "default_marking", "default_audience"}

// UpdateOrganisation implements tumenv1.AccessServiceServer.
func (s accessing) UpdateOrganisation(ctx context.Context, req *tumenv1.UpdateOrganisationRequest) (*tumenv1.UpdateOrganisationResponse, error) {
	result, err := s.change(ctx, req, func(c *change) error {
		before, err := ownOrganisationNamed(&c.View, c.reader.Organisation, req.GetOrganisation().GetName())
		if err != nil {
			return err
		}
		if err := s.asLastRead(before, req.GetOrganisation().GetEtag()); err != nil {
			return err
		}
		o := proto.Clone(before).(*tumenv1.Organisation)
		if err := updated(o, req.GetOrganisation(), req.GetUpdateMask(), whatIsChangedOfOrganisations, "organisation"); err != nil {
			return err
		}
		c.Names(o.GetName())
		return c.Put(o)
	})
	if err != nil {
		return nil, err
	}
	o, err := made[*tumenv1.Organisation](ctx, admin{Server: s.Server}, result)
	if err != nil {
		return nil, err
	}
	return &tumenv1.UpdateOrganisationResponse{Organisation: managed(s.Server, o)}, nil
}

// ownOrganisationNamed reads an organisation by its name, if it is one's own; there are
// no others.
func ownOrganisationNamed(v *records.View, own, name string) (*tumenv1.Organisation, error) {
	if name == "" {
		return nil, fault.Field("organisation.name", "NAME_MISSING", "name the organisation to change")
	}
	if name != own {
		return nil, fault.Missing(shortened(name))
	}
	return records.Get[*tumenv1.Organisation](v, name)
}
