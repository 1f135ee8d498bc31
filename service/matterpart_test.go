package service_test

import (
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// partly is a document of which something could not be read.
func partly(d *tumenv1.MatterDocument) *tumenv1.MatterDocument {
	d = proto.CloneOf(d)
	d.Incomplete = true
	return d
}

func TestWhatCouldBeReadIsCheckedAndNothingIsBlamedForTheRest(t *testing.T) {
	o := loadOctober(t)
	confirmed := graded(claim("S10", "E5", occurrence, asserts, nil))
	relays := claim("P1", "E1", count, asserts, atLeast(3), "S1")
	for _, c := range []struct {
		name string
		docs []*tumenv1.MatterDocument
		want []string
	}{
		{"nothing missing is told", []*tumenv1.MatterDocument{partly(caseDoc("K", "")), partly(source("P1", "", "", own))}, nil},
		{"what is there is", []*tumenv1.MatterDocument{partly(in("october-2023", event("A", "no-such-act", "2023-02-30"))), partly(source("P1", "news", "x", relayed, "nowhere"))},
			[]string{"0 act UNKNOWN_CODE", "0 time.edtf INVALID_DATE", "1 relays[0].source REFERENCE_NOT_FOUND"}},
		{"others that lie in it or refer to it are checked, and not blamed", []*tumenv1.MatterDocument{partly(caseDoc("K", "")), in("K", event("A", "arrest", "2023-02-30")), partly(source("P1", "news", "", own)), relays},
			[]string{"1 time.edtf INVALID_DATE"}},
		{"what may be the key of an unknown one", []*tumenv1.MatterDocument{partly(doc("?1", nil)), event("A", "no-such-act", "2023-02-30"), source("P1", "news", "x", relayed, "nowhere"), in("october-2023", event("B", "arrest", "2023-02-30"))},
			[]string{"3 time.edtf INVALID_DATE"}},
		{"what may confirm", []*tumenv1.MatterDocument{partly(source("P1", "news", "", own)), confirmed}, nil},
		{"its code", []*tumenv1.MatterDocument{partly(doc("raid", &tumenv1.Record{Record: &tumenv1.Record_Term{Term: &tumenv1.Term{}}})), in("october-2023", event("A", "night-raid", "2023"))}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := applyMatter(o.world, o.worker, true, c.docs...)
			ok(t, err)
			if got := faultsOf(out); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			_, err = applyMatter(o.world, o.worker, false, c.docs...)
			refused(t, err, codes.InvalidArgument, "MATTER_INVALID", "only part of it could be read")
		})
	}
}
