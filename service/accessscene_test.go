package service_test

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// scene is a case with a record of every kind, all of them marked alike.
type scene struct {
	*world
	names map[string]string // key -> name
}

// sceneOf records a case for an audience, and assigns members to it.
func sceneOf(w *world, recorder *member, id string, marking tumenv1.Marking, audience tumenv1.CaseAudience, assigned []*member) *scene {
	w.t.Helper()
	s := &scene{world: w, names: map[string]string{}}
	docs := s.documents(id, marking, audience, assigned)
	out, err := applyMatter(w, recorder, false, docs...)
	if err != nil {
		w.t.Fatal(told(err))
	}
	for i, d := range out.GetDocuments() {
		key := strings.TrimPrefix(docs[i].GetKey(), id+"-")
		s.names[key], s.names["key-of-"+key] = d.GetName(), d.GetKey()
	}
	for key, other := range map[string]tumenv1.Marking{"lowered-event": tumenv1.Marking_MARKING_RED, "clear-event": tumenv1.Marking_MARKING_CLEAR} {
		e, err := recorder.cases.CreateEvent(s.ctx, &tumenv1.CreateEventRequest{Parent: s.names["case"], Event: &tumenv1.Event{Act: "arrest", Marking: other}, Reason: "recorded otherwise, " + id + "-" + key})
		ok(w.t, err)
		s.names[key], s.names["key-of-"+key] = e.GetEvent().GetName(), id+"-"+key
	}
	for _, key := range []string{"capture", "spare-capture", "gone-capture"} {
		c, err := uploadPieces(&october{world: w}, recorder, &tumenv1.CaptureHeader{Parent: s.names["source"], Reason: "preserved", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, Marking: marking}}, []byte(id+key), 1000)
		ok(w.t, err)
		s.names[key] = c.GetName()
	}
	s.finding(recorder)
	s.lower(recorder, marking)
	calls := askings()
	for word := range map[string]bool{"case": true, "event": true, "involvement": true, "intervention": true, "person": true, "source": true, "capture": true, "tie": true, "place": true, "term": true} {
		s.does(recorder, "undo undeleting "+word, calls["undo undeleting "+word])
	}
	s.does(recorder, "undo reopening", calls["undo reopening"])
	s.does(recorder, "ClaimService/RetractClaim", calls["ClaimService/RetractClaim"])
	s.erasures(recorder)
	export, err := (&october{world: w}).takes(recorder, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: s.names["case"]}})
	ok(w.t, err)
	s.names["export"] = export.header.GetName()
	c, err := recorder.cases.GetCase(w.ctx, &tumenv1.GetCaseRequest{Name: s.names["case"]})
	ok(w.t, err)
	p, err := recorder.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: s.names["person"]})
	ok(w.t, err)
	s.names["reference-of-case"], s.names["reference-of-person"] = c.GetCase().GetReference(), p.GetPerson().GetReference()
	return s
}

// documents are the records of a scene: one of each kind to read and to change, a spare
// one to delete, and one that is going to be deleted.
func (s *scene) documents(id string, marking tumenv1.Marking, audience tumenv1.CaseAudience, assigned []*member) []*tumenv1.MatterDocument {
	var docs []*tumenv1.MatterDocument
	var assignees []string
	for _, m := range assigned {
		assignees = append(assignees, m.name)
	}
	add := func(key string, rec *tumenv1.Record) {
		held := rec.ProtoReflect()
		set(s.t, held.Get(held.WhichOneof(held.Descriptor().Oneofs().ByName("record"))).Message(), "marking", marking)
		d := doc(id+"-"+key, rec)
		if rec.GetEvent() != nil || rec.GetInvolvement() != nil || rec.GetIntervention() != nil || rec.GetClaim() != nil {
			d.Case = id + "-case"
		}
		docs = append(docs, d)
	}
	claimOn := func(key, source, event string) {
		add(key, &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{Source: id + "-" + source, Subjects: []string{id + "-" + event}, Aspect: occurrence, Stance: asserts}}})
	}
	people := func(key string) {
		add(key, &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{Sex: tumenv1.Sex_SEX_FEMALE}}})
	}
	said := func(key string) {
		add(key, &tumenv1.Record{Record: &tumenv1.Record_Source{Source: &tumenv1.Source{Kind: "news", Title: key}}})
	}
	for _, p := range []string{"", "spare-", "gone-"} {
		add(p+"case", &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "A case", Audience: audience, Assignees: assignees}}})
		add(p+"event", &tumenv1.Record{Record: &tumenv1.Record_Event{Event: &tumenv1.Event{Act: "arrest", Title: "An event", Time: &tumenv1.Time{Edtf: "2023"}}}})
		people(p + "person")
		said(p + "source")
		add(p+"involvement", &tumenv1.Record{Record: &tumenv1.Record_Involvement{Involvement: &tumenv1.Involvement{Event: id + "-event", Who: &tumenv1.Involvement_Person{Person: id + "-person"}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS}}})
		add(p+"intervention", &tumenv1.Record{Record: &tumenv1.Record_Intervention{Intervention: &tumenv1.Intervention{Kind: tumenv1.InterventionKind_INTERVENTION_KIND_PROTEST}}})
		add(p+"tie", &tumenv1.Record{Record: &tumenv1.Record_Tie{Tie: &tumenv1.Tie{Kind: tumenv1.TieKind_TIE_KIND_POSSIBLY_SAME, A: id + "-source", B: id + "-second-source"}}})
		add(p+"place", &tumenv1.Record{Record: &tumenv1.Record_Place{Place: &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "A camp"}}, Kind: tumenv1.PlaceKind_PLACE_KIND_CITY}}})
		add(p+"term", &tumenv1.Record{Record: &tumenv1.Record_Term{Term: &tumenv1.Term{Vocabulary: tumenv1.Vocabulary_VOCABULARY_ACTS, Code: strings.ToLower(strings.ReplaceAll(id, "_", "-")) + "-" + p + "term", Names: []*tumenv1.TermLabel{{Language: "en", Text: "a term"}}}}})
	}
	add("closed-case", &tumenv1.Record{Record: &tumenv1.Record_Case{Case: &tumenv1.Case{Title: "A case", Audience: audience, Assignees: assignees}}})
	said("second-source")
	said("erased-source")
	people("erased-person")
	people("withdrawn-person")
	people("asked-person")
	people("refusing-person")
	said("refusing-source")
	claimOn("claim", "source", "event")
	claimOn("retracted-claim", "second-source", "event")
	claimOn("erased-claim", "second-source", "event")
	return docs
}

// lower marks an event like the rest that was RED at first.
func (s *scene) lower(recorder *member, marking tumenv1.Marking) {
	name, reason := s.names["lowered-event"], "lowered, "+s.names["lowered-event"]
	s.names["reason-of-lowered"] = "recorded otherwise, " + s.names["key-of-lowered-event"]
	_, err := recorder.cases.UpdateEvent(s.ctx, &tumenv1.UpdateEventRequest{Event: &tumenv1.Event{Name: name, Etag: s.etag(recorder, name), Marking: marking}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"marking"}}, Reason: reason})
	ok(s.t, err)
}

// finding opens the review of the finding that came with the claims.
func (s *scene) finding(recorder *member) {
	all, err := recorder.findings.ListFindings(s.ctx, &tumenv1.ListFindingsRequest{Parent: s.names["case"]})
	ok(s.t, err)
	s.names["finding"] = all.GetFindings()[0].GetName()
	_, err = recorder.findings.OpenFinding(s.ctx, &tumenv1.OpenFindingRequest{Name: s.names["finding"], Etag: all.GetFindings()[0].GetEtag(), Reason: "to be weighed"})
	ok(s.t, err)
}

// decide has two weigh the finding that is under review. They have to see all that it
// rests on: also a tie, which lies in no case, and which to be RED leaves to its author.
func (s *scene) decide(recorder, proposes, approves *member, marking tumenv1.Marking) {
	s.t.Helper()
	for _, tie := range []string{"tie", "spare-tie"} {
		s.mark(recorder, tie, max(marking, tumenv1.Marking_MARKING_AMBER_STRICT))
		defer s.mark(recorder, tie, marking)
	}
	read := func(by *member) string { return s.etag(by, s.names["finding"]) }
	_, err := proposes.findings.ProposeFinding(s.ctx, &tumenv1.ProposeFindingRequest{Name: s.names["finding"], Etag: read(proposes), Reason: "weighed", Conclusion: &tumenv1.Conclusion{Outcome: tumenv1.FindingState_FINDING_STATE_UNVERIFIABLE, Rationale: "nobody answers", Tried: "asked", Confidence: tumenv1.Confidence_CONFIDENCE_LOW}})
	ok(s.t, err)
	_, err = approves.findings.ApproveFinding(s.ctx, &tumenv1.ApproveFindingRequest{Name: s.names["finding"], Etag: read(approves), Reason: "agreed"})
	ok(s.t, err)
}

// shared grants the case to the organisations of the table, has one of them submit
// something, and marks the case again as it was: what is not to be shared suspends that.
func (s *scene) shared(recorder *member, marking tumenv1.Marking, members map[string]map[string]*member) {
	s.t.Helper()
	name := s.names["case"]
	s.mark(recorder, "case", max(marking, tumenv1.Marking_MARKING_AMBER))
	defer s.mark(recorder, "case", marking)
	grants := tumenv1.NewGrantServiceClient(recorder.conn)
	grant := func(to *member, level tumenv1.GrantLevel) *tumenv1.Grant {
		out, err := grants.CreateGrant(s.ctx, &tumenv1.CreateGrantRequest{Parent: name, Reason: "agreed", Grant: &tumenv1.Grant{Grantee: organisationOf(to), Level: level, Purpose: "a joint report", ExpireTime: timestamppb.New(time.Now().Add(24 * time.Hour))}})
		ok(s.t, err)
		return out.GetGrant()
	}
	for who, level := range grantLevels {
		s.names["grant to "+who] = grant(members[who]["partner"], level).GetName()
	}
	s.names["grant"] = s.names["grant to content"]
	revoked := grant(members["other"]["partner"], content)
	s.names["revoked-grant"] = revoked.GetName()
	_, err := grants.RevokeGrant(s.ctx, &tumenv1.RevokeGrantRequest{Name: revoked.GetName(), Etag: revoked.GetEtag(), Reason: "a mistake"})
	ok(s.t, err)
	for _, key := range []string{"submission", "returned-submission"} {
		out, err := submissionsOf(members["content"]["partner"]).CreateSubmission(s.ctx, &tumenv1.CreateSubmissionRequest{Reason: "told to us", Submission: &tumenv1.Submission{
			Case: name, Source: &tumenv1.SubmittedSource{Kind: "witness", Title: "a neighbour", Basis: own}, Claims: []*tumenv1.SubmittedClaim{{Aspect: occurrence, Stance: asserts}},
		}})
		ok(s.t, err)
		s.names[key] = out.GetSubmission().GetName()
	}
	_, err = submissionsOf(recorder).ReturnSubmission(s.ctx, &tumenv1.ReturnSubmissionRequest{Name: s.names["returned-submission"], Etag: s.etag(recorder, s.names["returned-submission"]), Reason: "known", Answer: "thank you"})
	ok(s.t, err)
}

// mark marks a case or a tie.
func (s *scene) mark(by *member, key string, marking tumenv1.Marking) {
	s.t.Helper()
	name := s.names[key]
	var err error
	switch etag, mask := s.etag(by, name), (&fieldmaskpb.FieldMask{Paths: []string{"marking"}}); key {
	case "case":
		_, err = by.cases.UpdateCase(s.ctx, &tumenv1.UpdateCaseRequest{Case: &tumenv1.Case{Name: name, Etag: etag, Marking: marking}, UpdateMask: mask, Reason: "as agreed"})
	case "tie", "spare-tie":
		_, err = by.sources.UpdateTie(s.ctx, &tumenv1.UpdateTieRequest{Tie: &tumenv1.Tie{Name: name, Etag: etag, Marking: marking}, UpdateMask: mask, Reason: "as agreed"})
	}
	ok(s.t, err)
}

// as is the scene for who stands so: to whom a grant is, it is the one to them.
func (s *scene) as(stands string) *scene {
	if s.names["grant to "+stands] == "" {
		return s
	}
	theirs := &scene{world: s.world, names: maps.Clone(s.names)}
	theirs.names["grant"] = s.names["grant to "+stands]
	return theirs
}

// erasures asks for some, and withdraws one.
func (s *scene) erasures(recorder *member) {
	askFor := func(path, key string) string {
		out, err := recorder.rpc(s.t, s.ctx, "ErasureService/"+path, fields{"name": s.names[key], "etag": s.etag(recorder, s.names[key]), "reason": "asked", "within": durationpb.New(3600e9)})
		ok(s.t, err)
		return part(s.t, out, "erasure").GetName()
	}
	askFor("ErasePerson", "erased-person")
	askFor("EraseSource", "erased-source")
	askFor("EraseClaim", "erased-claim")
	s.names["erasure"], s.names["withdrawn"] = askFor("ErasePerson", "asked-person"), askFor("ErasePerson", "withdrawn-person")
	_, err := recorder.erasures.WithdrawErasure(s.ctx, &tumenv1.WithdrawErasureRequest{Name: s.names["withdrawn"], Etag: s.etag(recorder, s.names["withdrawn"]), Reason: "a mistake"})
	ok(s.t, err)
}

// does makes a call that has to succeed.
func (s *scene) does(m *member, name string, a asking) {
	s.t.Helper()
	body, _, _ := s.render(m, a)
	if _, err := asked(s.t, s.ctx, m.conn, methodOfAsking(name), body); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
}

var getters = map[string]string{
	"cases": "CaseService/GetCase", "events": "CaseService/GetEvent", "involvements": "CaseService/GetInvolvement", "interventions": "CaseService/GetIntervention",
	"persons": "PersonService/GetPerson", "sources": "SourceService/GetSource", "captures": "SourceService/GetCapture", "ties": "SourceService/GetTie",
	"claims": "ClaimService/GetClaim", "findings": "VerificationService/GetFinding", "places": "PlaceService/GetPlace", "terms": "VocabularyService/GetTerm", "erasures": "ErasureService/GetErasure",
	"grants": "GrantService/GetGrant", "submissions": "SubmissionService/GetSubmission", "organisations": "AccessService/GetOrganisation",
}

// etag reads the etag of a record as a member sees it; of one that they don't, it makes
// one up.
func (s *scene) etag(m *member, name string) string {
	parts := strings.Split(name, "/")
	if parts[len(parts)-2] == "members" {
		return s.etagOfMember(m, name)
	}
	path := getters[parts[len(parts)-2]]
	out, err := m.rpc(s.t, s.ctx, path, fields{"name": name})
	if err != nil {
		return "made-up"
	}
	return part(s.t, out, strings.ToLower(path[strings.Index(path, "/Get")+4:])).GetEtag()
}

// etagOfMember is etag for members, who are read in a list.
func (s *scene) etagOfMember(m *member, name string) string {
	out, err := tumenv1.NewAccessServiceClient(m.conn).ListColleagues(s.ctx, &tumenv1.ListColleaguesRequest{PageSize: 1000})
	if err == nil {
		for _, c := range out.GetMembers() {
			if c.GetName() == name {
				return c.GetEtag()
			}
		}
	}
	return "made-up"
}

var placeholder = regexp.MustCompile(`\$[a-z-]+`)

// render fills in a call as a member makes it; the same of what is not there; and the
// names in both.
func (s *scene) render(m *member, a asking) (bodies, none, names []string) {
	s.t.Helper()
	fill := func(key string, as func(string) string) string {
		switch key = key[1:]; key {
		case "etag":
			return s.etag(m, s.names[a.about])
		case "fresh":
			return "f-" + uuid.NewString()
		case "soon":
			return time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		case "fingerprint":
			return strings.Repeat("0", 64)
		case "own-token":
			out, err := tumenv1.NewAccessServiceClient(m.conn).IssueToken(s.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(60e9), Reason: "a test"})
			if err != nil {
				return "tokens/00000000000000000000000000"
			}
			return out.GetToken().GetName()
		case "own-draft":
			out, err := tumenv1.NewDraftServiceClient(m.conn).CreateDraft(s.ctx, &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: "intake"}})
			if err != nil {
				return "drafts/00000000000000000000000000"
			}
			return out.GetDraft().GetName()
		}
		if s.names[key] == "" {
			s.t.Fatalf("the scene has no %s", key)
		}
		name := as(s.names[key])
		names = append(names, s.names[key], name)
		return name
	}
	for _, b := range a.bodies {
		bodies = append(bodies, placeholder.ReplaceAllStringFunc(b, func(k string) string { return fill(k, func(n string) string { return n }) }))
		other := 0
		none = append(none, placeholder.ReplaceAllStringFunc(b, func(k string) string {
			return fill(k, func(n string) string { other++; return notThere(n, other) })
		}))
	}
	return bodies, none, names
}

// notThere is a well-formed name, external id or reference of nothing: another one for
// each number.
func notThere(name string, n int) string {
	switch {
	case strings.HasPrefix(name, "P-"):
		return "P-00000"
	case len(name) == len("2026-K7QF4") && name[4] == '-':
		return name[:5] + "00000"
	case strings.Contains(name, "/"):
		return absent(name)[:len(absent(name))-1] + strconv.Itoa(n)
	}
	return "no-such-key"
}

// reasonOf is the reason that an error states, of the first field that it complains of.
func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			return d.GetReason()
		case *errdetails.BadRequest:
			return d.GetFieldViolations()[0].GetReason()
		}
	}
	return ""
}
