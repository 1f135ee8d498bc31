package service

import (
	"context"
	"encoding/json"

	"google.golang.org/grpc"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/ledger"
	"tumen/service/records"
)

// exports is the ExportService.
type exports struct {
	tumenv1.UnimplementedExportServiceServer
	*Server
}

// exportKind is what the ledger's entries about exports are of.
const exportKind = "export"

// ExportRecords implements tumenv1.ExportServiceServer. What is in the export is
// decided on one snapshot and stated in the ledger, before any of it is sent.
func (s exports) ExportRecords(req *tumenv1.ExportRecordsRequest, stream grpc.ServerStreamingServer[tumenv1.ExportRecordsResponse]) error {
	ctx := stream.Context()
	st, err := s.survey(ctx, req)
	if err != nil {
		return err
	}
	result, err := s.change(ctx, req, func(c *change) error {
		name, err := c.State(exportKind, st.made(c.Now()))
		c.Extra([]byte(name))
		return err
	})
	if err != nil {
		return err
	}
	x := &delivery{server: s.Server, ctx: ctx, name: string(result.Extra)}
	return x.run(0, func(h *tumenv1.ExportHeader) error {
		return stream.Send(&tumenv1.ExportRecordsResponse{Piece: &tumenv1.ExportRecordsResponse_Header{Header: h}})
	}, func(r *tumenv1.ExportedRecord) error {
		return stream.Send(&tumenv1.ExportRecordsResponse{Piece: &tumenv1.ExportRecordsResponse_Record{Record: r}})
	})
}

// ContinueExport implements tumenv1.ExportServiceServer.
func (s exports) ContinueExport(req *tumenv1.ContinueExportRequest, stream grpc.ServerStreamingServer[tumenv1.ContinueExportResponse]) error {
	x := &delivery{server: s.Server, ctx: stream.Context(), name: req.GetName(), published: req.GetPublished()}
	return x.run(req.GetOffset(), func(h *tumenv1.ExportHeader) error {
		return stream.Send(&tumenv1.ContinueExportResponse{Piece: &tumenv1.ContinueExportResponse_Header{Header: h}})
	}, func(r *tumenv1.ExportedRecord) error {
		return stream.Send(&tumenv1.ContinueExportResponse{Piece: &tumenv1.ContinueExportResponse_Record{Record: r}})
	})
}

// delivery sends an export that was stated. Everything but what its maker may see
// now follows from the statement, so that it gives the same bytes again.
type delivery struct {
	server     *Server
	ctx        context.Context
	name       string
	statement  exportStatement
	signer     *ledger.Signer // who signed the checkpoint
	published  bool           // it goes under the checkpoint that was published last
	checkpoint []byte         // else the first that covers the export's own entry
	size       int64          // of the tree under it
	exact      bool           // times were asked for to the microsecond
}

func (x *delivery) run(offset int64, header func(*tumenv1.ExportHeader) error, record func(*tumenv1.ExportedRecord) error) error {
	h, err := x.header()
	if err != nil {
		return err
	}
	if offset > h.GetRecords() {
		return fault.Field("offset", "OFFSET_BEYOND_END", "the export has %d records", h.GetRecords())
	}
	if err := header(h); err != nil {
		return err
	}
	for offset < h.GetRecords() {
		if err := x.server.stillAdmitted(x.ctx); err != nil {
			return err
		}
		page, err := x.page(offset)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := record(r); err != nil {
				return err
			}
		}
		offset += int64(len(page))
	}
	return nil
}

// header reads the statement, which nobody but its maker gets.
func (x *delivery) header() (*tumenv1.ExportHeader, error) {
	var h *tumenv1.ExportHeader
	err := x.server.read(x.ctx, func(v *records.View, r access.Reader) error {
		st, err := v.Statement(exportKind, x.name)
		if err != nil {
			return err
		}
		if st.Member != r.Member {
			return fault.Missing(x.name)
		}
		if err := json.Unmarshal(st.Content, &x.statement); err != nil {
			return err
		}
		x.exact = x.statement.exact()
		if err := x.under(v, st.Leaf); err != nil {
			return err
		}
		proof, err := x.proof(v, st.Leaf)
		h = &tumenv1.ExportHeader{
			Name: x.name, Statement: st.Content, Entry: string(st.Entry), Salt: st.Salt[:], Proof: string(proof), Checkpoint: string(x.checkpoint),
			VerifierKey: v.SignerOver(x.size).VerifierKey(), Records: int64(len(x.statement.Records)),
		}
		h.Disclosures = append(h.Disclosures, string(st.SubjectDisclosure))
		if x.exact {
			h.Disclosures = append(h.Disclosures, string(st.TimeDisclosure))
		}
		h.Disclosures = append(h.Disclosures, string(st.DayDisclosure), string(st.MemberDisclosure))
		return err
	})
	return h, err
}

// under finds the checkpoint that all proofs of the export stand under, whose own
// entry is that leaf.
func (x *delivery) under(v *records.View, leaf int64) (err error) {
	if x.published {
		x.checkpoint, x.size, err = v.Published()
	} else {
		x.checkpoint, x.size, err = v.CheckpointOver(leaf)
	}
	switch {
	case err != nil:
	case x.published && x.size <= leaf:
		err = fault.New(fault.Refused, "EXPORT_NOT_PUBLISHED", "the export is newer than what was published last; wait for the next publication of the ledger")
	case v.SignerOver(x.size).Origin() != x.statement.Origin:
		err = fault.New(fault.Stale, "EXPORT_OUTDATED", "the server was restored from a backup since the export was made; make another")
	}
	return err
}

func (x *delivery) proof(v *records.View, leaf int64) ([]byte, error) {
	hashes, err := v.Prove(x.size, leaf)
	if err != nil {
		return nil, err
	}
	return ledger.AppendProof(nil, leaf, hashes, x.checkpoint), nil
}

// pageBytes bounds what is worked out on one snapshot: none is held while bytes
// flow.
const pageBytes = 1 << 20

// page gives the next records, at least one.
func (x *delivery) page(offset int64) ([]*tumenv1.ExportedRecord, error) {
	var page []*tumenv1.ExportedRecord
	err := x.server.read(x.ctx, func(v *records.View, r access.Reader) error {
		size := 0
		for i := offset; i < int64(len(x.statement.Records)) && size < pageBytes; i++ {
			p := &presentation{delivery: x, view: v, reader: r}
			rec, err := p.record(x.statement.Records[i])
			if isMissing(err) {
				return fault.New(fault.Stale, "EXPORT_OUTDATED", "what you may see has changed since the export was made; make another")
			}
			if err != nil {
				return err
			}
			rec.Offset = i
			size += len(rec.GetLine())
			page = append(page, rec)
		}
		return nil
	})
	return page, err
}
