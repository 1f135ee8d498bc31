package service_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// asking is a well-formed call that would succeed for whoever may make it.
type asking struct {
	about  string   // key of the record that it needs; empty where there is none
	bodies []string // the messages sent, in the contract's JSON; $key is a name in the scene, $etag the etag of what it is about as the caller sees it
	shows  string   // key of what a list has to tell of; else any answer is one
	state  string   // reason of the refusal by which the call shows that it was let through: it comes after permission
	undo   string   // the call that puts things back
}

func ask(about string, bodies ...string) asking { return asking{about: about, bodies: bodies} }

func (a asking) showing(key string) asking { a.shows = key; return a }
func (a asking) undoneBy(c string) asking  { a.undo = c; return a }

// until is a call that a rule about the state of the record refuses, after it was let through.
func (a asking) until(reason string) asking { a.state = reason; return a }

// crud are the calls that every kind of record has. in is the key of what the list
// looks in, if it has to.
func crud(calls map[string]asking, service, method, plural, word, in, fresh, field string) {
	parent, list := "", `{"page_size":1000}`
	if in != "" {
		parent, list = `"parent":"$`+in+`",`, `{"parent":"$`+in+`","page_size":1000}`
	}
	of := func(verb string) string { return service + "/" + verb + method }
	if fresh != "" {
		calls[of("Create")] = ask(in, `{`+parent+`"`+word+`":{"marking":"MARKING_CLEAR",`+fresh[1:]+`,"reason":"recorded"}`)
	}
	calls[of("Get")] = ask(word, `{"name":"$`+word+`"}`).showing(word)
	calls[service+"/List"+plural] = ask(word, list).showing(word)
	if in != "" {
		everywhere := map[string]string{"case": "cases/-", "source": "sources/-"}[in]
		calls[service+"/List"+plural+" everywhere"] = ask(word, `{"parent":"`+everywhere+`","page_size":1000}`).showing(word)
	}
	switch word {
	case "case", "person", "source":
		calls[service+"/List"+plural+" of their owner"] = ask(word, `{"owner":"$owner","page_size":1000}`).showing(word)
	case "event", "claim":
		calls[service+"/List"+plural+" of their owner"] = ask(word, `{"parent":"cases/-","owner":"$owner","page_size":1000}`).showing(word)
	}
	if field != "" {
		name, _, _ := strings.Cut(strings.TrimPrefix(field, `"`), `"`)
		calls[of("Update")] = ask(word, `{"`+word+`":{"name":"$`+word+`","etag":"$etag",`+field+`},"update_mask":"`+name+`","reason":"put right"}`)
	}
	if word == "claim" || word == "finding" {
		return
	}
	calls[of("Delete")] = ask("spare-"+word, `{"name":"$spare-`+word+`","etag":"$etag","reason":"a double"}`).undoneBy("undo deleting " + word)
	calls["undo deleting "+word] = ask("spare-"+word, `{"name":"$spare-`+word+`","etag":"$etag","reason":"none"}`)
	calls[of("Undelete")] = ask("gone-"+word, `{"name":"$gone-`+word+`","etag":"$etag","reason":"no double"}`).undoneBy("undo undeleting " + word)
	calls["undo undeleting "+word] = ask("gone-"+word, `{"name":"$gone-`+word+`","etag":"$etag","reason":"a double"}`)
}

// askings is a call for every method of the contract, by its name; what comes after a
// blank tells several of one method apart. A name that begins with "undo" is of a call
// that is only made to put things back; its method is that of undoing.
func askings() map[string]asking {
	c := map[string]asking{}
	crud(c, "CaseService", "Case", "Cases", "case", "", `{"title":"x"}`, `"summary":"changed"`)
	crud(c, "CaseService", "Event", "Events", "event", "case", `{"act":"arrest"}`, `"description":"changed"`)
	crud(c, "CaseService", "Involvement", "Involvements", "involvement", "case", `{"event":"$event","unnamed":"a group","role":"INVOLVEMENT_ROLE_WITNESS"}`, `"description":"changed"`)
	crud(c, "CaseService", "Intervention", "Interventions", "intervention", "case", `{"kind":"INTERVENTION_KIND_PROTEST"}`, `"summary":"changed"`)
	crud(c, "PersonService", "Person", "Persons", "person", "", `{"sex":"SEX_FEMALE"}`, `"sex":"SEX_MALE"`)
	crud(c, "SourceService", "Source", "Sources", "source", "", `{"kind":"news","title":"x"}`, `"publisher":"changed"`)
	crud(c, "SourceService", "Capture", "Captures", "capture", "source", "", "")
	crud(c, "SourceService", "Tie", "Ties", "tie", "", `{"kind":"TIE_KIND_POSSIBLY_SAME","a":"$source","b":"$second-source"}`, `"grounds":"changed"`)
	crud(c, "ClaimService", "Claim", "Claims", "claim", "case", `{"source":"$source","subjects":["$event"],"aspect":"ASPECT_OCCURRENCE","stance":"STANCE_ASSERTS"}`, `"notes":"changed"`)
	crud(c, "VerificationService", "Finding", "Findings", "finding", "case", "", "")
	crud(c, "PlaceService", "Place", "Places", "place", "", `{"names":[{"text":"x"}],"kind":"PLACE_KIND_CITY"}`, `"geonamesId":"1"`)
	crud(c, "VocabularyService", "Term", "Terms", "term", "", `{"vocabulary":"VOCABULARY_ACTS","code":"$fresh","names":[{"language":"en","text":"x"}]}`, `"huridocsCode":"0301"`)
	tie := c["SourceService/CreateTie"]
	tie.about = "source"
	c["SourceService/CreateTie"] = tie

	c["CaseService/GetEvent that is CLEAR"] = ask("clear-event", `{"name":"$clear-event"}`).showing("clear-event")
	c["CaseService/ListEvents that are CLEAR"] = ask("clear-event", `{"parent":"cases/-","page_size":1000}`).showing("clear-event")
	c["CaseService/CloseCase"] = ask("case", `{"name":"$case","etag":"$etag","reason":"done"}`).undoneBy("undo closing")
	c["undo closing"] = ask("case", `{"name":"$case","etag":"$etag","reason":"not done"}`)
	c["CaseService/ReopenCase"] = ask("closed-case", `{"name":"$closed-case","etag":"$etag","reason":"not done"}`).undoneBy("undo reopening")
	c["undo reopening"] = ask("closed-case", `{"name":"$closed-case","etag":"$etag","reason":"done"}`)
	c["ClaimService/RetractClaim"] = ask("retracted-claim", `{"name":"$retracted-claim","etag":"$etag","reason":"not said"}`).until("CLAIM_NOT_ACTIVE")
	c["ClaimService/SupersedeClaim"] = ask("retracted-claim", `{"name":"$retracted-claim","etag":"$etag","reason":"said anew","replacement":{"marking":"MARKING_CLEAR","source":"$source","subjects":["$event"],"aspect":"ASPECT_OCCURRENCE","stance":"STANCE_ASSERTS"}}`).until("CLAIM_NOT_ACTIVE")

	c["SourceService/UploadCapture"] = ask("source", `{"header":{"parent":"$source","capture":{"kind":"CAPTURE_KIND_ORIGINAL","marking":"MARKING_CLEAR"},"reason":"preserved"}}`, `{"chunk":"eA=="}`)
	c["SourceService/DownloadCapture"] = ask("capture", `{"name":"$capture"}`)
	c["SourceService/ListSources of a case"] = ask("case", `{"case":"$case","page_size":1000}`).showing("source")
	c["SourceService/ListTies of a source"] = ask("source", `{"record":"$source","page_size":1000}`).showing("tie")

	named := `{"name":"$finding","etag":"$etag","reason":"weighed"}`
	c["VerificationService/OpenFinding"] = ask("finding", named).until("STATE_FORBIDS_ACTION")
	c["VerificationService/ProposeFinding"] = ask("finding", `{"name":"$finding","etag":"$etag","reason":"weighed","conclusion":{"outcome":"FINDING_STATE_UNVERIFIABLE","rationale":"nobody answers","tried":"asked","confidence":"CONFIDENCE_LOW"}}`).undoneBy("undo proposing")
	c["undo proposing"] = ask("finding", named)
	c["VerificationService/ApproveFinding"] = ask("finding", named).until("STATE_FORBIDS_ACTION")
	c["VerificationService/ReturnFinding"] = ask("finding", named).until("STATE_FORBIDS_ACTION")
	c["VerificationService/ReopenFinding"] = ask("finding", named).until("STATE_FORBIDS_ACTION")
	c["VerificationService/ListReviewQueue"] = ask("finding", `{"page_size":1000}`).showing("finding")
	c["VerificationService/ListReviewQueue of a case"] = ask("finding", `{"parent":"$case","page_size":1000}`).showing("finding")

	c["StatisticsService/CountPeople"] = ask("event", `{}`).showing("event")
	c["StatisticsService/CountPeople of a case"] = ask("event", `{"case":"$case"}`).showing("event")
	for _, word := range []string{"case", "event", "involvement", "intervention", "person", "source", "capture", "tie", "claim", "finding", "place", "term", "grant", "submission"} {
		c["RecordService/GetRecord of "+word] = ask(word, `{"name":"$`+word+`"}`).showing(word)
		c["RecordService/ListRevisions of "+word] = ask(word, `{"name":"$`+word+`"}`)
		c["RecordService/GetRevision of "+word] = ask(word, `{"name":"$`+word+`","revision":"1"}`).showing(word)
		c["LedgerService/ListLedgerEntries of "+word] = ask(word, `{"record":"$`+word+`"}`).showing(word)
		if word != "grant" && word != "submission" { // of which the log is not asked
			c["AuditService/ListAuditEntries of "+word] = ask(word, `{"record":"$`+word+`","member":"$recorder","kinds":["AUDIT_KIND_CHANGE"]}`).showing(word)
		}
		if word != "grant" && word != "submission" && word != "capture" && word != "finding" && word != "term" { // which have no external id here
			c["RecordService/FindRecord of "+word] = ask(word, `{"external_id":{"issuer":"ngo","id":"$key-of-`+word+`"}}`).showing(word)
		}
	}
	c["RecordService/GetRevision of what was RED"] = ask("lowered-event", `{"name":"$lowered-event","revision":"1"}`).showing("lowered-event")
	c["RecordService/ListRevisions of what was RED"] = ask("lowered-event", `{"name":"$lowered-event"}`).showing("reason-of-lowered")
	c["RecordService/FindRecord of case by reference"] = ask("case", `{"reference":"$reference-of-case"}`).showing("case")
	c["RecordService/FindRecord of person by reference"] = ask("person", `{"reference":"$reference-of-person"}`).showing("person")
	c["ExchangeService/ApplyMatter"] = ask("case", `{"header":{"reason":"a report"}}`, `{"document":{"key":"$fresh","case":"$case","record":{"event":{"act":"arrest","marking":"MARKING_CLEAR"}}}}`)
	c["ExchangeService/ExportMatter"] = ask("case", `{"name":"$case"}`).showing("key-of-event")
	c["ExportService/ExportRecords"] = ask("case", `{"query":{"case":"$case"},"reason":"for a court"}`).showing("event")
	c["ExportService/ContinueExport"] = ask("export", `{"name":"$export"}`)

	c["ErasureService/ErasePerson"] = ask("erased-person", `{"name":"$erased-person","etag":"$etag","reason":"asked"}`).until("ALREADY_REQUESTED")
	c["ErasureService/EraseSource"] = ask("erased-source", `{"name":"$erased-source","etag":"$etag","reason":"asked"}`).until("ALREADY_REQUESTED")
	c["ErasureService/EraseClaim"] = ask("erased-claim", `{"name":"$erased-claim","etag":"$etag","reason":"asked"}`).until("ALREADY_REQUESTED")
	c["ErasureService/GetErasure"] = ask("erasure", `{"name":"$erasure"}`).showing("erasure")
	c["ErasureService/ListErasures"] = ask("erasure", `{"page_size":1000}`).showing("erasure")
	c["ErasureService/ConfirmErasure"] = ask("withdrawn", `{"name":"$withdrawn","etag":"$etag","reason":"agreed"}`).until("NOT_REQUESTED")
	c["ErasureService/WithdrawErasure"] = ask("withdrawn", `{"name":"$withdrawn","etag":"$etag","reason":"not agreed"}`).until("NOT_REQUESTED")

	c["LedgerService/GetCheckpoint"] = ask("", `{}`)
	c["LedgerService/ProveInclusion"] = ask("", `{}`)
	c["LedgerService/ProveConsistency"] = ask("", `{"from_size":"1"}`)
	c["AccessService/GetSelf"] = ask("", `{}`)
	c["AccessService/ListColleagues"] = ask("", `{}`)
	c["AccessService/ListTokens"] = ask("", `{}`)
	c["AccessService/IssueToken"] = ask("", `{"lifetime":"60s","reason":"a script"}`)
	c["AccessService/RevokeToken"] = ask("", `{"name":"$own-token","reason":"not needed"}`)
	c["AccessService/RevokeToken of a colleague"] = ask("token", `{"name":"$token","reason":"not needed"}`)
	c["AccessService/SuspendMember"] = ask("suspended", `{"name":"$suspended","reason":"lost it"}`).until("SUSPENDED")
	c["AccessService/RestoreMember"] = ask("colleague", `{"name":"$colleague","reason":"found it"}`).until("NOT_SUSPENDED")
	grantsAndSubmissions(c)
	accounts(c)
	for method, body := range map[string]string{
		"CreateOrganisation": `{"organisation":{"handle":"x","display_name":"x"}}`, "CreateMember": `{"organisation":"ngo","member":{"handle":"x","roles":["ROLE_PARTNER"]}}`,
		"CreateToken": `{"organisation":"ngo","member":"x","lifetime":"60s"}`, "ListMembers": `{}`, "RevokeTokens": `{"organisation":"ngo","member":"x"}`,
		"ConfirmMember": `{"organisation":"ngo","member":"x"}`, "PublishLedger": `{}`, "TurnEpochOver": `{}`, "BackUp": `{}`, "DescribeServer": `{}`,
	} {
		c["AdminService/"+method] = ask("", body)
	}
	return c
}

// grantsAndSubmissions are the calls about what is shared with whom, and what they send.
func grantsAndSubmissions(c map[string]asking) {
	c["GrantService/CreateGrant"] = ask("case", `{"parent":"$case","reason":"agreed","grant":{"grantee":"$stranger","level":"GRANT_LEVEL_HEADLINE","purpose":"a joint report","expire_time":"$soon"}}`).until("MARKING_FORBIDS_SHARING")
	c["GrantService/GetGrant"] = ask("grant", `{"name":"$grant"}`).showing("grant")
	c["GrantService/GetGrant to others"] = ask("revoked-grant", `{"name":"$revoked-grant"}`).showing("revoked-grant")
	c["GrantService/ListGrants"] = ask("grant", `{"parent":"$case"}`).showing("grant")
	c["GrantService/ListGrants to others"] = ask("revoked-grant", `{"parent":"$case"}`).showing("revoked-grant")
	c["GrantService/ListGrants to oneself"] = ask("grant", `{"parent":"cases/-","to_me":true}`).showing("grant")
	c["GrantService/RevokeGrant"] = ask("revoked-grant", `{"name":"$revoked-grant","etag":"$etag","reason":"not needed"}`).until("ALREADY_REVOKED")
	c["GrantService/FindGrantee"] = ask("", `{"organisation":"other"}`)

	c["SubmissionService/CreateSubmission"] = ask("case", `{"submission":{"case":"$case","source":{"kind":"witness","title":"a neighbour","basis":"BASIS_FIRST_HAND"},"claims":[{"aspect":"ASPECT_OCCURRENCE","stance":"STANCE_ASSERTS"}]},"reason":"told to us"}`).until("OWN_CASE")
	c["SubmissionService/GetSubmission"] = ask("submission", `{"name":"$submission"}`).showing("submission")
	c["SubmissionService/ListSubmissions"] = ask("submission", `{"page_size":1000}`).showing("submission")
	c["SubmissionService/ListSubmissions that were sent"] = ask("submission", `{"sent":true,"page_size":1000}`).showing("submission")
	c["SubmissionService/AcceptSubmission"] = ask("returned-submission", `{"name":"$returned-submission","etag":"$etag","reason":"credible","answer":"thank you"}`).until("ALREADY_DECIDED")
	c["SubmissionService/ReturnSubmission"] = ask("returned-submission", `{"name":"$returned-submission","etag":"$etag","reason":"known","answer":"thank you"}`).until("ALREADY_DECIDED")

	c["RecordService/MarkFreeOfIdentities"] = ask("event", `{"name":"$event","etag":"$etag","reason":"read through"}`)
	c["ReleaseService/WithdrawPersonRelease"] = ask("refusing-person", `{"name":"$refusing-person","etag":"$etag","reason":"asked","withdrawal":{"purposes":["RELEASE_PURPOSE_PUBLISH"],"basis":"RELEASE_BASIS_WITHDRAWN"}}`)
	c["ReleaseService/WithdrawSourceRelease"] = ask("refusing-source", `{"name":"$refusing-source","etag":"$etag","reason":"asked","withdrawal":{"purposes":["RELEASE_PURPOSE_PUBLISH"],"basis":"RELEASE_BASIS_WITHDRAWN"}}`)
}

// accounts are the calls about members and how they are known, and about what was done.
func accounts(c map[string]asking) {
	c["AccessService/InviteMember"] = ask("", `{"member":{"handle":"$fresh","roles":["ROLE_PARTNER"]},"reason":"hired"}`)
	c["AccessService/Enrol"] = ask("", `{"code":"enrol_no-such-code","lifetime":"60s"}`).until("CODE_UNKNOWN")
	c["AccessService/UpdateMember"] = ask("colleague", `{"member":{"name":"$colleague","etag":"$etag","display_name":"$fresh"},"update_mask":"displayName","reason":"married"}`)
	c["AccessService/ConfirmMemberChange"] = ask("colleague", `{"name":"$colleague","etag":"$etag","reason":"asked them"}`).until("NOTHING_PENDING")
	c["AccessService/RejectMemberChange"] = ask("colleague", `{"name":"$colleague","etag":"$etag","reason":"not so"}`).until("NOTHING_PENDING")
	c["AccessService/ReplaceCredential"] = ask("replaced", `{"name":"$replaced","reason":"lost"}`)
	c["AccessService/ReleaseBudget"] = ask("colleague", `{"name":"$colleague","records":1,"reason":"a long day"}`)
	c["AccessService/ListBreakGlassTokens"] = ask("", `{}`)
	c["AccessService/GetOrganisation"] = ask("organisation", `{"name":"$organisation"}`)
	c["AccessService/UpdateOrganisation"] = ask("organisation", `{"organisation":{"name":"$organisation","etag":"$etag","display_name":"$fresh"},"update_mask":"displayName","reason":"renamed"}`)

	c["CredentialService/IssueCertificate"] = ask("", `{"certification_request":"eA==","lifetime":"60s","reason":"a laptop"}`).until("REQUEST_MALFORMED")
	c["CredentialService/ListCredentials"] = ask("", `{}`)
	c["CredentialService/RevokeCredential"] = ask("", `{"name":"$own-token","reason":"not needed"}`)
	c["CredentialService/RevokeCredential of a colleague"] = ask("token", `{"name":"$token","reason":"not needed"}`)
	c["CredentialService/SetPassphrase"] = ask("", `{"sign_in_name":"somebody","passphrase":"aaaaaaaaaaaa","reason":"a laptop"}`).until("PASSPHRASE_WEAK")
	c["CredentialService/ConfirmPassphrase"] = ask("", `{"code":"123456","reason":"a laptop"}`).until("NO_PASSPHRASE")
	c["CredentialService/ChangePassphrase"] = ask("", `{"passphrase":"x","code":"123456","new_passphrase":"seven unrelated words walk home","reason":"seen"}`).until("NO_PASSPHRASE")
	c["CredentialService/RemovePassphrase"] = ask("", `{"reason":"not needed"}`).until("NO_PASSPHRASE")
	c["CredentialService/ClearSignInDelay"] = ask("", `{}`).until("NO_PASSPHRASE")
	c["CredentialService/SignIn"] = ask("", `{"organisation":"ngo","sign_in_name":"$fresh","passphrase":"a wrong one","code":"123456"}`).until("SIGN_IN_REFUSED")
	c["CredentialService/LinkIdentity"] = ask("", `{"id_token":"x.y.z","reason":"a laptop"}`).until("NO_ISSUER")
	c["CredentialService/GetIssuer"] = ask("", `{}`).until("NO_ISSUER")
	c["CredentialService/ConfirmIssuer"] = ask("", `{"fingerprint":"$fingerprint","reason":"asked the operator"}`).until("NO_ISSUER")

	c["DraftService/CreateDraft"] = ask("", `{"draft":{"kind":"intake","label":"x","content":"eA=="}}`)
	c["DraftService/ListDrafts"] = ask("", `{"page_size":1000}`)
	c["DraftService/GetDraft"] = ask("", `{"name":"$own-draft"}`)
	c["DraftService/UpdateDraft"] = ask("", `{"draft":{"name":"$own-draft","label":"y"},"update_mask":"label"}`).until("ETAG_MISSING")
	c["DraftService/DeleteDraft"] = ask("", `{"name":"$own-draft","etag":"x"}`).until("ETAG_STALE")
	c["DraftService/ListDrafts of a colleague"] = ask("draft", `{"page_size":1000}`).showing("draft")
	c["DraftService/GetDraft of a colleague"] = ask("draft", `{"name":"$draft"}`).showing("draft")
	c["DraftService/UpdateDraft of a colleague"] = ask("draft", `{"draft":{"name":"$draft","etag":"x","label":"y"},"update_mask":"label"}`)
	c["DraftService/DeleteDraft of a colleague"] = ask("draft", `{"name":"$draft","etag":"x"}`)

	c["AuditService/ListAuditEntries of oneself"] = ask("", `{}`)
	c["AuditService/ListAuditEntries of a colleague"] = ask("suspended", `{"member":"$suspended","record":"$suspended"}`).showing("suspended")
	c["AuditService/ListSightings of person"] = ask("person", `{"name":"$person"}`)
	c["AuditService/ListSightings of source"] = ask("source", `{"name":"$source"}`)
}

// methodOfAsking is the method that a call of a name is of.
func methodOfAsking(name string) string {
	for undo, method := range map[string]string{"undo closing": "CaseService/ReopenCase", "undo reopening": "CaseService/CloseCase", "undo proposing": "VerificationService/ReturnFinding"} {
		if name == undo {
			return method
		}
	}
	services := map[string]string{"person": "PersonService", "source": "SourceService", "capture": "SourceService", "tie": "SourceService", "place": "PlaceService", "term": "VocabularyService"}
	for prefix, verb := range map[string]string{"undo deleting ": "Undelete", "undo undeleting ": "Delete"} {
		if word, is := strings.CutPrefix(name, prefix); is {
			service := services[word]
			if service == "" {
				service = "CaseService"
			}
			return service + "/" + verb + strings.ToUpper(word[:1]) + word[1:]
		}
	}
	method, _, _ := strings.Cut(name, " ")
	return method
}

// asked calls a method, whichever way it streams, and gives all bytes of its answer.
func asked(t testing.TB, ctx context.Context, conn *grpc.ClientConn, path string, bodies []string) (string, error) {
	t.Helper()
	method := methodOf(t, path)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: method.IsStreamingClient(), ServerStreams: method.IsStreamingServer()}, "/tumen.v1."+path)
	if err != nil {
		return "", err
	}
	for _, body := range bodies {
		in := newMessage(t, method.Input()).Interface()
		if err := protojson.Unmarshal([]byte(body), in); err != nil {
			t.Fatalf("%s: %s: %v", path, body, err)
		}
		_ = stream.SendMsg(in) // the error shows at the end
	}
	_ = stream.CloseSend()
	var answer strings.Builder
	for {
		out := newMessage(t, method.Output()).Interface()
		if err := stream.RecvMsg(out); errors.Is(err, io.EOF) {
			return answer.String(), nil
		} else if err != nil {
			return answer.String(), err
		}
		bytes, err := proto.Marshal(out)
		ok(t, err)
		answer.Write(bytes)
		if !method.IsStreamingServer() {
			return answer.String(), nil
		}
	}
}

// The answers that the table tells apart.
const (
	allowed = "allowed"
	denied  = "denied"
	hidden  = "hidden"
)

// answerTo makes a call for a member in a scene and says which of the answers it got;
// anything else is told as it is, and fits no rule.
func (s *scene) answerTo(m *member, name string, a asking) string {
	t := s.t
	t.Helper()
	path := methodOfAsking(name)
	body, none, names := s.render(m, a)
	answer, err := asked(t, s.ctx, m.conn, path, body)
	code, reason := status.Code(err), reasonOf(err)
	switch {
	case err == nil && (a.shows == "" || strings.Contains(answer, s.names[a.shows])):
		if a.undo != "" {
			if got := s.answerTo(m, a.undo, askings()[a.undo]); got != allowed {
				t.Fatalf("%s by %s can't be put back: %s", name, m.name, got)
			}
		}
		return allowed
	case err == nil:
		return hidden
	case a.state != "" && reason == a.state:
		return allowed
	case reason == "OTHER_ORGANISATION":
		return denied
	case code == codes.PermissionDenied || code == codes.Unauthenticated:
		return denied
	}
	_, otherwise := asked(t, s.ctx, m.conn, path, none)
	if (code == codes.NotFound || code == codes.InvalidArgument) && told(err, names...) == told(otherwise, names...) {
		return hidden
	}
	return code.String() + " " + reason + ": " + told(err) + "\nand of what is not there: " + told(otherwise)
}
