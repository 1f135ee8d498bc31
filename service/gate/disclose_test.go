package gate

import (
	"context"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
)

func personNamed(name, text string) *tumenv1.ExportMatterResponse {
	return &tumenv1.ExportMatterResponse{Document: &tumenv1.MatterDocument{Key: "p", Record: &tumenv1.Record{Record: &tumenv1.Record_Person{
		Person: &tumenv1.Person{Name: name, Revision: 3, Names: []*tumenv1.PersonName{{Text: text}}},
	}}}}
}

// received counts the pieces of an export until its end.
func received(r *running) (int, error) {
	stream, err := tumenv1.NewExchangeServiceClient(r).ExportMatter(as("worker-token"), &tumenv1.ExportMatterRequest{Name: caseName})
	if err != nil {
		return 0, err
	}
	for n := 0; ; n++ {
		if _, err := stream.Recv(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// TestAStreamDisclosesOnlyWhatWasNoted: piece by piece, or all at once where its
// handler says beforehand what is to come.
func TestAStreamDisclosesOnlyWhatWasNoted(t *testing.T) {
	var noted [][]access.Disclosure
	var refusal error
	note := func(d *Door) {
		d.Disclosed = func(ctx context.Context, what []access.Disclosure) error {
			if ReaderOf(ctx).Member == "" {
				t.Error("nobody is told of")
			}
			noted = append(noted, what)
			return refusal
		}
	}
	var beforehand bool
	r := start(t, &handlers{export: func(stream grpc.ServerStreamingServer[tumenv1.ExportMatterResponse]) error {
		if beforehand {
			if err := Disclose(stream.Context(), []access.Disclosure{{Record: "persons/all"}}); err != nil {
				return err
			}
		}
		for _, piece := range []*tumenv1.ExportMatterResponse{{Omission: &tumenv1.MatterOmission{Count: 1}}, personNamed("persons/a", "A"), personNamed("persons/b", "B")} {
			if err := stream.Send(piece); err != nil {
				return err
			}
		}
		return nil
	}}, note)
	if n, err := received(r); n != 3 || err != nil || len(noted) != 2 || noted[0][0].Record != "persons/a" || noted[0][0].Revision != 3 || noted[1][0].Record != "persons/b" {
		t.Errorf("%d pieces, %v, noted %+v", n, err, noted)
	}
	beforehand, noted = true, nil
	if n, err := received(r); n != 3 || err != nil || len(noted) != 1 || noted[0][0].Record != "persons/all" {
		t.Errorf("%d pieces, %v, noted %+v", n, err, noted)
	}
	refusal = fault.New(fault.Unavailable, "SHUTTING_DOWN", "no")
	n, err := received(r)
	checkShape(t, err, codes.Unavailable, "SHUTTING_DOWN")
	if n != 0 {
		t.Errorf("%d pieces left without a note", n)
	}
	beforehand = false
	n, err = received(r)
	checkShape(t, err, codes.Unavailable, "SHUTTING_DOWN")
	if n != 1 {
		t.Errorf("%d pieces left, and one discloses nothing", n)
	}
}
