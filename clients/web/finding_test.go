package web_test

import (
	"net/http"
	"strings"
	"testing"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// as is a connection as a member.
func (p *place) as(member string) *client.Conn {
	p.t.Helper()
	conn, err := client.Dial(p.t.Context(), p.profiles[member])
	ok(p.t, err)
	p.t.Cleanup(func() { conn.Close() })
	return conn
}

// shows checks what is on the last page, and what is not.
func (b *browser) shows(want ...string) {
	b.t.Helper()
	for _, w := range want {
		if !strings.Contains(b.page, w) {
			b.t.Errorf("%q is not on the page", w)
		}
	}
}

func (b *browser) hides(never ...string) {
	b.t.Helper()
	for _, w := range never {
		if strings.Contains(b.page, w) {
			b.t.Errorf("%q is on the page", w)
		}
	}
}

// firstFinding is the finding of a matter.
func (p *place) firstFinding(of string) *tumenv1.Finding {
	p.t.Helper()
	found, err := p.as("reviewer").Verification.ListFindings(p.t.Context(), &tumenv1.ListFindingsRequest{Parent: of})
	ok(p.t, err)
	return found.GetFindings()[0]
}

func TestAFindingSaysWhatCanBeDoneBeforeOneRunsIntoIt(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	f := p.firstFinding(name)
	worker, reviewer := p.signedIn("case-worker", "en"), p.signedIn("reviewer", "en")
	path := "/" + f.GetName()

	status(t, worker.get(path), http.StatusOK)
	worker.shows("A return in October", "Justice For North Korea", "The ministry", `class="asserts"`, `class="denies"`,
		"Open the review: possible", `href="/`+name+`"`, "/claims/", "/sources/", `href="/history/`+f.GetName()+`"`)
	worker.hides("Propose an outcome", "Approve the proposal")

	status(t, reviewer.get(path), http.StatusOK)
	reviewer.shows("Propose an outcome: not possible now", "“under review”", "At least two independent grounded origins are needed", "how each denial was weighed: The ministry")

	conn := p.as("reviewer")
	opened, err := conn.Verification.OpenFinding(t.Context(), &tumenv1.OpenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "enough is there"})
	ok(t, err)
	reviewer.get(path)
	reviewer.shows("Propose an outcome: possible", "enough is there", "opened the review")
	_, err = conn.Verification.ProposeFinding(t.Context(), &tumenv1.ProposeFindingRequest{
		Name: f.GetName(), Etag: opened.GetFinding().GetEtag(), Reason: "it is open",
		Conclusion: &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_DISPUTED, Rationale: "One asserts it, one denies it."},
	})
	ok(t, err)
	reviewer.get(path)
	reviewer.shows("Approve the proposal: not possible now", "You proposed it", "Return the proposal: possible", "One asserts it, one denies it.")
	other := p.signedIn("reviewer-2", "en")
	other.get(path)
	other.shows("Approve the proposal: possible")
	other.hides("You proposed it")
	if len(other.page) > 100<<10 {
		t.Errorf("the page has %d bytes", len(other.page))
	}
}
