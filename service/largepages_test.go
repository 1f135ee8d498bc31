package service_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// A client takes 4 MiB in one message unless it asks for more.
func TestAPageOfLargeRecordsFitsIntoAReply(t *testing.T) {
	o := loadOctober(t)
	const claims = 60
	var docs []*tumenv1.MatterDocument
	for i := range claims {
		d := claim("S1", "E5", occurrence, asserts, nil)
		d.Key = "large-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		d.GetRecord().GetClaim().Notes = strings.Repeat("빛", 20000)
		docs = append(docs, d)
	}
	o.apply(o.worker, false, docs...)
	seen := map[string]bool{}
	req := &tumenv1.ListClaimsRequest{Parent: o.names["october-2023"], Subject: o.names["E5"], PageSize: 1000}
	for {
		out, err := o.worker.claims.ListClaims(o.ctx, req)
		ok(t, err)
		if n := proto.Size(out); n > 4<<20 {
			t.Fatalf("a reply of %d bytes", n)
		}
		for _, m := range out.GetMatches() {
			seen[m.GetClaim().GetName()] = true
		}
		if req.PageToken = out.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if len(seen) != claims {
		t.Errorf("%d claims on all pages, want %d", len(seen), claims)
	}
}
