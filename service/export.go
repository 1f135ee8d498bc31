package service

import (
	"cmp"
	"context"
	"sync"

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
	published  bool   // it goes under the checkpoint that was published last
	checkpoint []byte // else the first that covers the export's own entry
	size       int64  // of the tree under it
	paths      records.Paths
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
	return x.server.eachStated(x.ctx, &x.statement, offset, func(v *records.View, r access.Reader, at int64) ([]byte, error) {
		p := &presentation{delivery: x}
		p.view, p.reader = intoFile(v, r)
		return p.record(x.statement.Records[at])
	}, func(at int64, line []byte) error {
		return record(&tumenv1.ExportedRecord{Name: x.statement.Records[at].Record, Offset: at, Line: line})
	})
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
		if err := x.statement.read(st.Content); err != nil {
			return err
		}
		if err := x.under(v, st.Leaf); err != nil {
			return err
		}
		proof, err := x.proof(v, st.Leaf)
		h = &tumenv1.ExportHeader{
			Name: x.name, Statement: st.Content, Entry: string(st.Entry), Salt: st.Salt[:], Proof: string(proof), Checkpoint: string(x.checkpoint),
			VerifierKey: v.SignerOver(x.size).VerifierKey(), Records: int64(len(x.statement.Records)),
		}
		h.Disclosures = append(h.Disclosures, string(st.SubjectDisclosure))
		if x.statement.exact() {
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
	hashes, err := x.paths.Prove(v, x.size, leaf)
	if err != nil {
		return nil, err
	}
	return ledger.AppendProof(nil, leaf, hashes, x.checkpoint), nil
}

// pageBytes bounds what is worked out on one snapshot, and with it what one export
// holds: two pages.
const pageBytes = 1 << 18

// eachStated works something out for every record of a statement from an offset
// on, as its reader sees it now, some on one snapshot, and hands it on while no
// snapshot is held by what is handed on: a page of it while the next is worked out.
func (s *Server) eachStated(ctx context.Context, st *exportStatement, offset int64, work func(*records.View, access.Reader, int64) ([]byte, error), done func(int64, []byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	pages := make(chan [][]byte)
	var handing sync.WaitGroup
	var failed error // in handing on; to be read once that has ended
	handing.Go(func() {
		at := offset
		for page := range pages {
			for _, out := range page {
				if failed = done(at, out); failed != nil {
					stop()
					return
				}
				at++
			}
		}
	})
	err := func() error {
		defer handing.Wait() // also in a panic: nothing is sent once the call has ended
		defer close(pages)
		return s.statedPages(ctx, st, offset, work, pages)
	}()
	stop()
	return cmp.Or(failed, err)
}

// statedPages gives what is worked out, until the context ends.
func (s *Server) statedPages(ctx context.Context, st *exportStatement, offset int64, work func(*records.View, access.Reader, int64) ([]byte, error), pages chan<- [][]byte) error {
	for offset < int64(len(st.Records)) {
		if err := s.stillAdmitted(ctx); err != nil {
			return err
		}
		var page [][]byte
		err := s.read(ctx, func(v *records.View, r access.Reader) error {
			size := 0
			for i := offset; i < int64(len(st.Records)) && size < pageBytes; i++ {
				out, err := work(v, r, i)
				if isMissing(err) {
					return errOutdated
				}
				if err != nil {
					return err
				}
				size += len(out) + pageBytes/1024
				page = append(page, out)
			}
			return nil
		})
		if err != nil {
			return err
		}
		select {
		case pages <- page:
		case <-ctx.Done():
			return ctx.Err()
		}
		offset += int64(len(page))
	}
	return nil
}

var errOutdated = fault.New(fault.Stale, "EXPORT_OUTDATED", "what you may see has changed since the export was made; make another")
