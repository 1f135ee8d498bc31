package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// exchange is the ExchangeService.
type exchange struct {
	tumenv1.UnimplementedExchangeServiceServer
	*Server
}

const (
	maxDocuments   = 10_000
	maxMatterBytes = 64 << 20
)

// matter is what a client sent: a header, then documents.
type matter struct {
	header    *tumenv1.MatterHeader
	documents []*tumenv1.MatterDocument
	digest    []byte // of the documents, in order
}

// receiveMatter takes a matter from a stream, up to its limits.
func receiveMatter(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) (*matter, error) {
	m := new(matter)
	digest, size := sha256.New(), 0
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch {
		case m.header == nil && req.GetHeader() == nil:
			return nil, fault.Field("header", "HEADER_MISSING", "the header comes first")
		case req.GetHeader() != nil && m.header != nil:
			return nil, fault.Field("header", "HEADER_REPEATED", "the header comes once")
		case req.GetHeader() != nil:
			m.header = req.GetHeader()
			continue
		case req.GetDocument() == nil:
			return nil, fault.Field("document", "DOCUMENT_MISSING", "after the header come documents")
		}
		size += proto.Size(req)
		if len(m.documents) == maxDocuments || size > maxMatterBytes {
			return nil, fault.New(fault.TooLarge, "MATTER_TOO_LARGE", "a matter has at most %d documents and %d MiB; apply it in parts", maxDocuments, maxMatterBytes>>20)
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(digest, "%d:", len(b))
		digest.Write(b)
		m.documents = append(m.documents, req.GetDocument())
	}
	if m.header == nil {
		return nil, fault.Field("header", "HEADER_MISSING", "the header comes first")
	}
	m.digest = digest.Sum(nil)
	return m, nil
}

// errValidated ends a change that was only to be checked.
var errValidated = errors.New("checked only")

// ApplyMatter implements tumenv1.ExchangeServiceServer.
func (s exchange) ApplyMatter(stream grpc.ClientStreamingServer[tumenv1.ApplyMatterRequest, tumenv1.ApplyMatterResponse]) error {
	m, err := receiveMatter(stream)
	if err != nil {
		return err
	}
	ctx := stream.Context()
	var out *tumenv1.ApplyMatterResponse
	result, err := s.changeWith(ctx, m.header, m.digest, func(c *change) error {
		a := &application{change: c, ctx: ctx, matter: m, lineages: map[string]*lineage{}}
		if err := a.run(); err != nil {
			return err
		}
		out = a.response()
		switch {
		case m.header.GetValidateOnly():
			return errValidated
		case len(a.faults) > 0:
			return a.refusal()
		}
		a.remember(out)
		return nil
	})
	switch {
	case errors.Is(err, errValidated):
		s.noteUnseen(ctx, out.GetFaults())
	case err != nil:
		return err
	case result.Repeated:
		out = repeatedMatter(m, result)
	default:
		out.Applied = true
	}
	return stream.SendAndClose(out)
}

// noteUnseen notes as denied, once for the call, that a matter which was only checked names
// what its author doesn't see: as it would be of one that was to be applied.
func (s exchange) noteUnseen(ctx context.Context, faults []*tumenv1.MatterFault) {
	if slices.ContainsFunc(faults, func(f *tumenv1.MatterFault) bool { return f.GetReason() == "REFERENCE_NOT_FOUND" }) {
		s.denials.note(gate.ReaderOf(ctx), gate.Denial{Method: exchangeApply, Reason: "REFERENCE_NOT_FOUND"})
	}
}

// exchangeApply is the call by which a matter is applied, and checked.
var exchangeApply = strings.TrimPrefix(tumenv1.ExchangeService_ApplyMatter_FullMethodName, "/tumen.v1.")

// remember keeps what is needed to give the same answer again: per document its
// name, a byte that says what became of it, and of an updated one how many fields
// changed and their numbers in the contract.
func (a *application) remember(out *tumenv1.ApplyMatterResponse) {
	var kept []byte
	for i, d := range out.GetDocuments() {
		a.Names(d.GetName())
		switch {
		case d.GetCreated():
			kept = append(kept, becameNew)
		case d.GetUpdated():
			kept = append(kept, becameOther)
			kept = binary.AppendUvarint(kept, uint64(len(d.GetChangedFields())))
			fields := a.documents[i].record.ProtoReflect().Descriptor().Fields()
			for _, name := range d.GetChangedFields() {
				kept = binary.AppendUvarint(kept, uint64(fields.ByName(protoName(name)).Number()))
			}
		default:
			kept = append(kept, stayedAsItWas)
		}
	}
	a.Extra(kept)
}

// What became of a document, as remember keeps it.
const (
	stayedAsItWas = iota
	becameNew
	becameOther
)

func repeatedMatter(m *matter, result records.Result) *tumenv1.ApplyMatterResponse {
	out := &tumenv1.ApplyMatterResponse{Applied: true}
	kept := bytes.NewReader(result.Extra)
	number := func() uint64 {
		n, _ := binary.ReadUvarint(kept) // what remember wrote; nothing behind its end
		return n
	}
	for i, name := range result.Names {
		d := &tumenv1.AppliedDocument{Key: m.documents[i].GetKey(), Name: name}
		switch number() {
		case becameNew:
			d.Created = true
		case becameOther:
			d.Updated = true
			fields := unwrap(m.documents[i].GetRecord()).ProtoReflect().Descriptor().Fields()
			for range number() {
				if f := fields.ByNumber(protoreflect.FieldNumber(number())); f != nil {
					d.ChangedFields = append(d.ChangedFields, string(f.Name()))
				}
			}
		}
		out.Documents = append(out.Documents, d)
		tallyDocument(out, d)
	}
	return out
}

func tallyDocument(out *tumenv1.ApplyMatterResponse, d *tumenv1.AppliedDocument) {
	switch {
	case d.GetCreated():
		out.Created++
	case d.GetUpdated():
		out.Updated++
	default:
		out.Unchanged++
	}
}

// refusal turns the faults of a matter into the error of the call.
func (a *application) refusal() error {
	var v []fault.Violation
	for _, f := range a.faults {
		v = append(v, fault.Violation{Field: join(fmt.Sprintf("documents[%d]", f.GetDocument()), f.GetField()), Description: f.GetDescription(), Reason: f.GetReason()})
	}
	e := fault.Fields(tellable(v)...)
	e.Reason = "MATTER_INVALID"
	e.Message = fmt.Sprintf("nothing was applied: faults in the matter: %d; validate_only lists all of them", len(a.faults))
	return e
}

// isName says whether a reference is a resource name rather than a key.
func isName(v *records.View, s string) bool {
	if !strings.Contains(s, "/") {
		return false
	}
	_, err := v.Key(s, records.NoKind)
	return err == nil
}
