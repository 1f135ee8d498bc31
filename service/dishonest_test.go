package service_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"tumen/clients/bag"
	"tumen/clients/verify"
	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// TestAServerThatLiesConvincesNobody: whoever runs the server can put into its store
// what they like, and it is signed, entered into the ledger and exported as anything
// is. That a finding's support does not follow from its claims is found by who checks
// the export.
func TestAServerThatLiesConvincesNobody(t *testing.T) {
	for _, tc := range []struct {
		name string
		lie  func(f *tumenv1.Finding)
		want string
	}{
		{"an honest one", nil, ""},
		{"three origins where there are two", func(f *tumenv1.Finding) { f.ApprovedSupport.Supporting.AtLeast = 3 },
			"supporting.at_least is 3, and what is shown gives 2"},
		{"a claim left out, and what it adds", leaveOut, ", which bore on it when the finding was approved"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o, auditor := decidedOctober(t)
			f := o.finding(auditor, "E1", count)
			if tc.lie != nil {
				_, err := o.records.Change(t.Context(), records.Author{Method: "VerificationService/ApproveFinding", Reason: "agreed"}, func(x *records.Tx) error {
					stored, err := records.Get[*tumenv1.Finding](&x.View, f.GetName())
					if err != nil {
						return err
					}
					stored = proto.Clone(stored).(*tumenv1.Finding)
					tc.lie(stored)
					return x.Put(stored)
				})
				ok(t, err)
			}
			report := o.verified(auditor)
			var failures []string
			for _, failure := range report.Failures {
				failures = append(failures, failure.String())
				if failure.Check != verify.CheckSupport || failure.Record != f.GetName() || failure.Revision != f.GetRevision()+1 || failure.Field != "approved_support" {
					t.Errorf("%+v", failure)
				}
			}
			if got := strings.Join(failures, "\n"); (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("want %q, got\n%s", tc.want, got)
			}
			if last := report.Checks[len(report.Checks)-1]; last.Name != verify.CheckSupport || last.OK != (tc.want == "") || last.Count == 0 {
				t.Errorf("%+v", last)
			}
		})
	}
}

// leaveOut takes a claim out of what a finding says that it rests on.
func leaveOut(f *tumenv1.Finding) {
	s := f.ApprovedSupport.Supporting
	f.ApprovedEvidence = slices.DeleteFunc(f.ApprovedEvidence, func(e *tumenv1.Evidence) bool { return e.GetName() == s.Claims[0] })
	s.Claims = s.Claims[1:]
}

// verified takes the matter away, and checks the bag as a stranger would.
func (o *october) verified(m *member) *verify.Report {
	o.t.Helper()
	home := o.takesHome(m, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: o.names["october-2023"]}})
	return home.verified(o.t, home.header.GetVerifierKey())
}

// takenHome is an export in a folder of whoever made it.
type takenHome struct {
	folder string
	header *tumenv1.ExportHeader
}

func (o *october) takesHome(m *member, req *tumenv1.ExportRecordsRequest) *takenHome {
	o.t.Helper()
	x, err := o.takes(m, req)
	ok(o.t, err)
	home := &takenHome{o.t.TempDir(), x.header}
	w, err := bag.Create(home.folder, bag.Options{Agent: "test"})
	ok(o.t, err)
	ok(o.t, w.Header(x.header))
	for _, r := range x.records {
		ok(o.t, w.Record(r))
	}
	ok(o.t, w.Close())
	return home
}

// verified checks the bag offline, with a key that is known from elsewhere.
func (h *takenHome) verified(t testing.TB, key string) *verify.Report {
	t.Helper()
	policy, err := verify.ParsePolicy([]byte("log " + key + "\n"))
	ok(t, err)
	report, err := verify.Verify(t.Context(), os.DirFS(h.folder), policy, nil)
	ok(t, err)
	return report
}
