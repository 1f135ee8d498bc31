package web_test

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// Whatever a revision may change has a name in every language: Say panics in a test where
// it has none.
func TestEveryFieldOfARecordHasAName(t *testing.T) {
	kinds := (&tumenv1.Record{}).ProtoReflect().Descriptor().Fields()
	bookkept := " name etag revision create_time creator update_time updater change_reason withheld owner support stale stale_reasons approved_evidence used_time uncovered_claims "
	for i := range kinds.Len() {
		fields := kinds.Get(i).Message().Fields()
		for j := range fields.Len() {
			if name := string(fields.Get(j).Name()); !strings.Contains(bookkept, " "+name+" ") {
				t.Run(name, func(t *testing.T) {
					defer func() {
						if recover() != nil {
							t.Error("it has none")
						}
					}()
					wording.In(wording.English).Say("field." + name)
				})
			}
		}
	}
}

func TestAHistoryShowsWhatDiffersFieldByField(t *testing.T) {
	p := start(t)
	x := p.whole()
	conn := p.as("case-worker")
	read, err := conn.Sources.GetSource(t.Context(), &tumenv1.GetSourceRequest{Name: x.source})
	ok(t, err)
	changed := read.GetSource()
	changed.Publisher, changed.Reliability, changed.ReliabilityReason = "JFNK, Seoul", tumenv1.Reliability_RELIABILITY_B, strings.Repeat("long ", 350)+"enough"
	changed.ProtectedContact = secretSource + " by letter"
	_, err = conn.Sources.UpdateSource(t.Context(), &tumenv1.UpdateSourceRequest{Source: changed, Reason: "they wrote to us",
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"publisher", "reliability", "reliability_reason", "protected_contact"}}})
	ok(t, err)

	for _, member := range []string{"case-worker", "reviewer"} {
		b := p.signedIn(member, "en")
		status(t, b.get("/history/"+x.source), http.StatusOK)
		b.shows("Revision 2", "Revision 1", "they wrote to us", "case-worker", "Justice For North Korea", "JFNK, Seoul", "characters that are alike or too long are left out", `href="/`+x.source+`"`)
		b.hides(secretSource, "Protected contact</th>")
	}
	for _, name := range []string{x.matter, x.event, x.person, x.involvement, x.claim, x.finding, x.page} {
		b := p.signedIn("reviewer", "ko")
		status(t, b.get("/history/"+name), http.StatusOK)
		b.hides(secretPerson, secretSource, secretBirth)
	}
}
