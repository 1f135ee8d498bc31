package web

import (
	"slices"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// step is one thing that is done with a record, on a page of its own: /do/approve/NAME. Its
// method is called Verb + kind of the record: ApproveFinding.
type step struct {
	Verb    string
	Kind    string
	Service string
	form    *entry.Kind // what it asks for beside a reason
	field   string      // of the request in which that goes; empty for the request itself
}

// services are those that the steps of a kind of record belong to.
var services = map[string]string{
	"Finding": "VerificationService", "Case": "CaseService", "Event": "CaseService", "Involvement": "CaseService", "Intervention": "CaseService",
	"Claim": "ClaimService", "Source": "SourceService", "Capture": "SourceService", "Tie": "SourceService", "Person": "PersonService",
	"Grant": "GrantService", "Submission": "SubmissionService", "Member": "AccessService",
}

// stepVerbs are the steps that there may be, in the order in which they are offered.
var stepVerbs = []string{"Open", "Propose", "Approve", "Return", "Accept", "Reopen", "Close", "Supersede", "Retract", "Revoke", "Confirm", "Reject", "Update", "Suspend", "Restore", "Withdraw", "Undelete", "Delete"}

// stepOf is a step of a kind of record: what the contract has a method for; nil if it has
// none.
func stepOf(verb, kind string) *step {
	service := services[kind]
	if verb == "Withdraw" {
		service = "ReleaseService"
	}
	s := &step{Verb: verb, Kind: kind, Service: service, form: entry.ActOf("reason")}
	if service == "" || !slices.Contains(stepVerbs, verb) || client.Method(service, s.method()) == nil || verb == "Update" && kind != "Member" {
		return nil
	}
	switch s.method() {
	case "WithdrawPersonRelease", "WithdrawSourceRelease":
		s.form, s.field = entry.ActOf("withdrawal"), "withdrawal"
	case "UpdateMember":
		s.form, s.field = entry.ActOf("member"), "member"
	case "ProposeFinding":
		s.form, s.field = entry.ActOf("conclusion"), "conclusion"
	case "SupersedeClaim":
		s.form, s.field = entry.KindOf("claim"), "replacement"
	case "AcceptSubmission":
		s.form = entry.ActOf("acceptance")
	case "ReturnSubmission":
		s.form = entry.ActOf("answer")
	}
	return s
}

func (s *step) method() string {
	switch s.Verb {
	case "Confirm", "Reject":
		return s.Verb + s.Kind + "Change"
	case "Withdraw":
		return s.Verb + s.Kind + "Release"
	}
	return s.Verb + s.Kind
}

// word is the step in addresses and in the ids of the catalogue.
func (s *step) word() string { return strings.ToLower(s.Verb) }

// said is the id of what the step is called.
func (s *step) said() string {
	switch s.Verb {
	case "Delete", "Undelete", "Withdraw":
		return "step." + s.word()
	}
	return "step." + s.word() + "_" + strings.ToLower(s.Kind)
}

// address is the page of a step.
func (s *step) address(name string) string { return "/do/" + s.word() + "/" + name }

// steps are those that there are.
func steps() []*step {
	var all []*step
	for kind := range services {
		for _, verb := range stepVerbs {
			if s := stepOf(verb, kind); s != nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// fits says whether a step can be taken with a record as it is, as far as that shows.
func (s *step) fits(r labels.Record) bool {
	if d, ok := r.(deletable); ok && (d.GetDeleteTime() != nil) != (s.Verb == "Undelete") {
		return false
	}
	switch of := r.(type) {
	case *tumenv1.Finding:
		return findingFits(s.Verb, of.GetState())
	case *tumenv1.Case:
		return !(s.Verb == "Close" && of.GetState() == tumenv1.CaseState_CASE_STATE_CLOSED || s.Verb == "Reopen" && of.GetState() == tumenv1.CaseState_CASE_STATE_OPEN)
	case *tumenv1.Claim:
		return of.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE
	case *tumenv1.Submission:
		return of.GetState() == tumenv1.SubmissionState_SUBMISSION_STATE_WAITING
	case *tumenv1.Grant:
		return of.GetRevokeTime() == nil
	case *tumenv1.Member:
		return memberFits(s.Verb, of)
	}
	return true
}

func memberFits(verb string, m *tumenv1.Member) bool {
	pending := m.GetPending().GetProposer() != "" || m.GetPending().GetEnrolment()
	switch verb {
	case "Confirm", "Reject":
		return pending
	case "Update":
		return !pending && m.GetSuspendTime() == nil
	case "Suspend":
		return m.GetSuspendTime() == nil
	case "Restore":
		return m.GetSuspendTime() != nil
	}
	return true
}

func findingFits(verb string, state tumenv1.FindingState) bool {
	switch verb {
	case "Open":
		return state == tumenv1.FindingState_FINDING_STATE_REPORTED
	case "Propose":
		return state == tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW
	case "Approve", "Return":
		return state == tumenv1.FindingState_FINDING_STATE_PROPOSED
	case "Reopen":
		return slices.Contains(decided, state)
	}
	return true
}
