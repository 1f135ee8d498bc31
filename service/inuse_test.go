package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestWhatRestsOnARecordIsNamedOnlyToWhoSeesIt(t *testing.T) {
	o := loadOctober(t)
	low := o.limited("low")
	worker := o.member("low-worker", tumenv1.Role_ROLE_CASE_WORKER)
	o.assign(worker)
	hidden := claim("SZ", "E1", occurrence, asserts, nil)
	hidden.Key = "hidden"
	hidden.GetRecord().GetClaim().Marking = red
	o.apply(o.worker, false, source("SZ", "ngo-report", "used by one", own), hidden)
	for _, m := range []*member{low, worker} {
		s, err := m.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["SZ"]})
		ok(t, err)
		_, err = m.sources.DeleteSource(o.ctx, &tumenv1.DeleteSourceRequest{Name: o.names["SZ"], Etag: s.GetSource().GetEtag(), Reason: "not needed"})
		refused(t, err, codes.FailedPrecondition, "IN_USE")
		if named := strings.Contains(told(err), o.names["hidden"]); named != (m == worker) {
			t.Errorf("named to %s: %v", m.name, named)
		}
	}
}
