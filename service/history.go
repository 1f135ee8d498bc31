package service

import (
	"context"
	"encoding/binary"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/records"
)

// anyRecords is the RecordService: what is the same for every kind.
type anyRecords struct {
	tumenv1.UnimplementedRecordServiceServer
	*Server
}

// GetRecord implements tumenv1.RecordServiceServer.
func (s anyRecords) GetRecord(ctx context.Context, req *tumenv1.GetRecordRequest) (*tumenv1.GetRecordResponse, error) {
	out := new(tumenv1.GetRecordResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, err := v.Read(req.GetName())
		if err != nil {
			return err
		}
		shown, err := s.show(v, r, rec)
		if err == nil {
			out.Record = recordOf(shown)
		}
		return err
	})
	return out, err
}

// ListRevisions implements tumenv1.RecordServiceServer.
func (s anyRecords) ListRevisions(ctx context.Context, req *tumenv1.ListRevisionsRequest) (*tumenv1.ListRevisionsResponse, error) {
	out := new(tumenv1.ListRevisionsResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		rec, err := v.Read(req.GetName())
		if err != nil {
			return err
		}
		if rec.GetOwner() == "" {
			return nil // it comes with the program: nobody recorded it
		}
		if err := ownHistory(r, rec); err != nil {
			return err
		}
		before := int64(0)
		if len(cursor) == 8 {
			before = int64(binary.BigEndian.Uint64(cursor))
		}
		n := pageSize(req)
		all, err := v.Revisions(req.GetName(), before, n+1)
		if err != nil {
			return err
		}
		for i, rev := range all[:min(n, len(all))] {
			told, err := revision(v, r, all, i, rev)
			if err != nil {
				return err
			}
			out.Revisions = append(out.Revisions, told)
		}
		if len(all) > n {
			out.NextPageToken = s.sealToken(r, req, binary.BigEndian.AppendUint64(nil, uint64(all[n-1].Record.GetRevision())))
		}
		return nil
	})
	return out, err
}

// ownHistory refuses the history of what is only shared with a reader: what it was
// before, was not.
func ownHistory(r access.Reader, rec records.Record) error {
	if access.Outside(r, rec) {
		return fault.New(fault.Denied, "NOT_THE_OWNER", "%s is shared with you as it is; its history stays in the organisation that owns it", rec.GetName())
	}
	return nil
}

// revision tells of one revision what its reader may know: which fields differ
// from the one before, as the reader sees both. Of one that bore a marking above
// the reader's, it tells that there was one.
func revision(v *records.View, r access.Reader, all []records.Revision, i int, rev records.Revision) (*tumenv1.Revision, error) {
	if !v.Sees(rev.Record) {
		return &tumenv1.Revision{Revision: rev.Record.GetRevision()}, nil
	}
	seen, err := asItWas(v, r, rev.Record)
	if err != nil {
		return nil, err
	}
	out := &tumenv1.Revision{
		Revision: seen.GetRevision(), Member: seen.GetUpdater(), Time: seen.GetUpdateTime(), Reason: seen.GetChangeReason(), Method: rev.Method,
	}
	switch {
	case i+1 < len(all) && !v.Sees(all[i+1].Record):
	case i+1 < len(all):
		before, err := asItWas(v, r, all[i+1].Record)
		if err != nil {
			return nil, err
		}
		out.ChangedFields = records.ChangedFields(before, seen)
	case seen.GetRevision() == 1:
		out.ChangedFields = records.ChangedFields(nil, seen)
	}
	return out, nil
}

// asItWas is a revision as its reader may see it: of a finding, without the
// support that was approved where part of that is withheld from the reader.
func asItWas(v *records.View, r access.Reader, rec records.Record) (records.Record, error) {
	if f, ok := rec.(*tumenv1.Finding); ok {
		f = shallow(f).(*tumenv1.Finding)
		if _, err := (&sight{view: v, reader: r}).approved(f); err != nil {
			return nil, err
		}
		rec = f
	}
	return access.Redact(r, rec), nil
}

// GetRevision implements tumenv1.RecordServiceServer.
func (s anyRecords) GetRevision(ctx context.Context, req *tumenv1.GetRevisionRequest) (*tumenv1.GetRevisionResponse, error) {
	out := new(tumenv1.GetRevisionResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, err := v.Read(req.GetName())
		if err == nil {
			err = ownHistory(r, rec)
		}
		if err != nil {
			return err
		}
		rev, err := v.Revision(req.GetName(), req.GetRevision())
		if err != nil {
			return err
		}
		if !v.Sees(rev.Record) {
			return fault.Missing(req.GetName())
		}
		seen, err := asItWas(v, r, rev.Record)
		if err == nil {
			out.Record = recordOf(seen)
		}
		return err
	})
	return out, err
}

// MarkFreeOfIdentities implements tumenv1.RecordServiceServer.
func (s anyRecords) MarkFreeOfIdentities(ctx context.Context, req *tumenv1.MarkFreeOfIdentitiesRequest) (*tumenv1.MarkFreeOfIdentitiesResponse, error) {
	rec, err := written[records.Record](ctx, s.Server, req, func(c *change) (records.Record, error) {
		before, err := c.target(records.NoKind, req.GetName(), req.GetEtag())
		if err != nil {
			return nil, err
		}
		if !access.HasFreeText(before) {
			return nil, fault.Field("name", "NO_FREE_TEXT", "%s has no texts to mark", req.GetName())
		}
		if err := kept(before); err != nil {
			return nil, err
		}
		after := proto.Clone(before).(records.Record)
		access.MarkFree(after)
		return after, c.replace("", after, before)
	})
	if err != nil {
		return nil, err
	}
	return &tumenv1.MarkFreeOfIdentitiesResponse{Record: recordOf(rec)}, nil
}

// FindRecord implements tumenv1.RecordServiceServer.
func (s anyRecords) FindRecord(ctx context.Context, req *tumenv1.FindRecordRequest) (*tumenv1.FindRecordResponse, error) {
	out := new(tumenv1.FindRecordResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		rec, called, err := calledSo(v, r, req)
		if err != nil {
			return err
		}
		if rec == nil {
			return fault.New(fault.NotFound, "NOT_FOUND", "nothing visible to you is called %s", called)
		}
		out.Names = append(out.Names, rec.GetName())
		return nil
	})
	return out, err
}

func calledSo(v *records.View, r access.Reader, req *tumenv1.FindRecordRequest) (records.Record, string, error) {
	if x := req.GetExternalId(); x != nil {
		if !readsAsOwn(r, r.Organisation) { // what records are called is not shared
			return nil, x.GetIssuer() + ":" + x.GetId(), nil
		}
		rec, err := v.ByExternalID(r.Organisation, x.GetIssuer(), x.GetId())
		if rec != nil && access.Outside(r, rec) {
			rec = nil // what it is called is not shown to them
		}
		return rec, x.GetIssuer() + ":" + x.GetId(), err
	}
	rec, err := v.ByReference(req.GetReference())
	return rec, req.GetReference(), err
}
