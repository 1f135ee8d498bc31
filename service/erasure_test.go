package service_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
)

// erasing is the October matter with those who may erase, and a person in it.
type erasing struct {
	*october
	reviewer, admin *member
	person          string
	about           []string // what is about the person and nobody else
	shared          string   // a claim about the person and another
}

const erasedName = "Hong Gildong"

func openErasing(t *testing.T) *erasing {
	t.Helper()
	o := loadOctober(t)
	x := &erasing{october: o, reviewer: o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), admin: o.member("admin", tumenv1.Role_ROLE_ADMINISTRATOR)}
	someone := func(key, name string) []*tumenv1.MatterDocument {
		return []*tumenv1.MatterDocument{
			doc(key, &tumenv1.Record{Record: &tumenv1.Record_Person{Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: name, Language: "ko-Latn"}}, Notes: name + " was seen"}}}),
			doc(key+"i", &tumenv1.Record{Record: &tumenv1.Record_Involvement{Involvement: &tumenv1.Involvement{Event: "E1", Who: &tumenv1.Involvement_Person{Person: key}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}}}),
			doc(key+"c", &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{Source: "S6", Subjects: []string{key + "i"}, Aspect: tumenv1.Aspect_ASPECT_PARTICIPATION, Stance: asserts, Value: asVictim(), Quote: &tumenv1.Quote{Text: name + " was on the bus", Language: "en"}}}}),
		}
	}
	docs := append(someone("P1", erasedName), someone("P2", "Im Kkeokjeong")...)
	both := doc("P12", &tumenv1.Record{Record: &tumenv1.Record_Claim{Claim: &tumenv1.Claim{Source: "S6", Subjects: []string{"P1i", "P2i"}, Aspect: tumenv1.Aspect_ASPECT_PARTICIPATION, Stance: asserts, Value: asVictim(), Quote: &tumenv1.Quote{Text: "both were on the bus", Language: "en"}}}})
	docs = append(docs, both,
		source("told", "news", "The family of "+erasedName+" waits", unstated), source("untold", "news", "HONG GILDONGSOO is another", unstated))
	for _, d := range docs {
		if d.GetRecord().GetPerson() == nil && d.GetRecord().GetSource() == nil {
			d.Case = "october-2023"
		}
	}
	o.apply(o.worker, false, docs...)
	x.person, x.shared = o.names["P1"], o.names["P12"]
	x.about = []string{o.names["P1i"], o.names["P1c"]}
	return x
}

func asVictim() *tumenv1.Value {
	return &tumenv1.Value{Kind: &tumenv1.Value_Participation{Participation: &tumenv1.Participation{Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}}}
}

func (x *erasing) ask(m *member, within time.Duration) (*tumenv1.Erasure, error) {
	x.t.Helper()
	p, err := m.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: x.person})
	ok(x.t, err)
	out, err := m.erasures.ErasePerson(x.ctx, &tumenv1.ErasePersonRequest{Name: x.person, Etag: p.GetPerson().GetEtag(), Reason: "asked for it", Within: durationpb.New(within)})
	return out.GetErasure(), err
}

func (x *erasing) get(m *member, name string) *tumenv1.Erasure {
	x.t.Helper()
	out, err := m.erasures.GetErasure(x.ctx, &tumenv1.GetErasureRequest{Name: name})
	ok(x.t, err)
	return out.GetErasure()
}

func (x *erasing) confirm(m *member, name string) (*tumenv1.Erasure, error) {
	x.t.Helper()
	seen := x.get(m, name)
	out, err := m.erasures.ConfirmErasure(x.ctx, &tumenv1.ConfirmErasureRequest{Name: name, Etag: seen.GetEtag(), Reason: "agreed"})
	return out.GetErasure(), err
}

// reaches waits until an erasure is so far.
func (x *erasing) reaches(name string, state tumenv1.ErasureState) *tumenv1.Erasure {
	x.t.Helper()
	for {
		if e := x.get(x.reviewer, name); e.GetState() == state {
			return e
		}
	}
}

// sound checks the whole store.
func (w *world) sound() {
	w.t.Helper()
	report, err := records.Check(w.ctx, w.backend, w.options, nil)
	ok(w.t, err)
	for _, p := range report.Problems {
		w.t.Error(p)
	}
}

// TestTwoEraseAPerson: one asks, another confirms, and from then on the person is
// nowhere; everybody else still is.
func TestTwoEraseAPerson(t *testing.T) {
	x := openErasing(t)
	asked, err := x.ask(x.worker, 0)
	ok(t, err)
	if asked.GetState() != tumenv1.ErasureState_ERASURE_STATE_REQUESTED || asked.GetSubject() != x.person || asked.GetRecords()[0] != x.person {
		t.Errorf("asked for: %v", asked)
	}
	for _, name := range x.about {
		if !slices.Contains(asked.GetRecords(), name) {
			t.Errorf("%s doesn't go", name)
		}
	}
	if slices.Contains(asked.GetRecords(), x.shared) || !slices.ContainsFunc(asked.GetMentions(), func(m *tumenv1.Mention) bool { return m.GetRecord() == x.shared && m.GetField() == "subjects" }) {
		t.Errorf("what is about others, too, is to be looked at by people: %v", asked.GetMentions())
	}
	fields := map[string]string{}
	for _, m := range asked.GetMentions() {
		fields[m.GetRecord()] += m.GetField() + " "
	}
	if len(fields) != 2 || fields[x.shared] != "subjects " || fields[x.names["told"]] != "title " {
		t.Errorf("what names it elsewhere: %v", fields)
	}
	if _, err := x.worker.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: x.person}); err != nil {
		t.Errorf("it is gone before it is confirmed: %v", err)
	}
	_, err = x.ask(x.reviewer, 0)
	refused(t, err, codes.AlreadyExists, "ALREADY_REQUESTED")

	done, err := x.confirm(x.admin, asked.GetName())
	ok(t, err)
	if done.GetConfirmer() != x.admin.name || done.GetEpoch() != 1 {
		t.Errorf("confirmed: %v", done)
	}
	_, err = x.world.admin.CreateOrganisation(x.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "other", DisplayName: "Another"}})
	ok(t, err)
	stranger := x.memberOf("other", "stranger", tumenv1.Role_ROLE_CASE_WORKER)
	for _, name := range append(x.about, x.person) {
		_, err := x.worker.records.GetRecord(x.ctx, &tumenv1.GetRecordRequest{Name: name})
		refused(t, err, codes.NotFound, "ERASED", asked.GetName())
		_, err = x.worker.records.ListRevisions(x.ctx, &tumenv1.ListRevisionsRequest{Name: name})
		refused(t, err, codes.NotFound, "ERASED")
		_, err = stranger.records.GetRecord(x.ctx, &tumenv1.GetRecordRequest{Name: name})
		refused(t, err, codes.NotFound, "NOT_FOUND")
	}
	_, err = stranger.persons.DeletePerson(x.ctx, &tumenv1.DeletePersonRequest{Name: x.person, Etag: "x", Reason: "no"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	over := x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	if !over.GetDestroyTime().IsValid() || x.config.Epoch.Status().Number != 2 || x.config.Epoch.Status().Turnover {
		t.Errorf("over: %v", over)
	}
	list, err := x.worker.persons.ListPersons(x.ctx, &tumenv1.ListPersonsRequest{ShowDeleted: true})
	ok(t, err)
	if len(list.GetPersons()) != 1 || list.GetPersons()[0].GetName() != x.names["P2"] {
		t.Errorf("persons: %v", list)
	}
	for key, name := range x.names {
		if key != "P1" && key != "P1i" && key != "P1c" {
			_, err := x.worker.records.GetRecord(x.ctx, &tumenv1.GetRecordRequest{Name: name})
			ok(t, err)
		}
	}
	x.sound()
}

// TestWhatStaysCanStillBeChanged, though it names what was erased.
func TestWhatStaysCanStillBeChanged(t *testing.T) {
	x := openErasing(t)
	asked, err := x.ask(x.worker, time.Hour)
	ok(t, err)
	_, err = x.confirm(x.reviewer, asked.GetName())
	ok(t, err)
	c, err := x.worker.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: x.shared})
	ok(t, err)
	c.Claim.Notes = "to be looked at"
	_, err = x.worker.claims.UpdateClaim(x.ctx, &tumenv1.UpdateClaimRequest{Claim: c.GetClaim(), Reason: "a note", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
	ok(t, err)
	fresh := &tumenv1.Involvement{Event: x.names["E1"], Who: &tumenv1.Involvement_Person{Person: x.person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_WITNESS}
	_, err = x.worker.cases.CreateInvolvement(x.ctx, &tumenv1.CreateInvolvementRequest{Parent: x.names["october-2023"], Involvement: fresh, Reason: "again"})
	refused(t, err, codes.InvalidArgument, "REFERENCE_NOT_FOUND", "involvement.person")
}

// TestWhoMayErase: only another than who asked; not who doesn't see all that goes;
// nothing that has changed since.
func TestWhoMayErase(t *testing.T) {
	x := openErasing(t)
	asked, err := x.ask(x.reviewer, time.Hour)
	ok(t, err)
	_, err = x.confirm(x.reviewer, asked.GetName())
	refused(t, err, codes.PermissionDenied, "SAME_MEMBER")
	_, err = x.worker.erasures.ConfirmErasure(x.ctx, &tumenv1.ConfirmErasureRequest{Name: asked.GetName(), Etag: asked.GetEtag(), Reason: "agreed"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = x.admin.erasures.ConfirmErasure(x.ctx, &tumenv1.ConfirmErasureRequest{Name: asked.GetName(), Etag: "stale", Reason: "agreed"})
	refused(t, err, codes.Aborted, "ETAG_STALE")
	_, err = x.admin.erasures.GetErasure(x.ctx, &tumenv1.GetErasureRequest{Name: "erasures/00000000000000000000000000"})
	refused(t, err, codes.NotFound, "NOT_FOUND")

	x.apply(x.worker, false, claim("S1", "P1i", tumenv1.Aspect_ASPECT_PARTICIPATION, asserts, asVictim()))
	_, err = x.confirm(x.admin, asked.GetName())
	refused(t, err, codes.FailedPrecondition, "ERASURE_OUTDATED")
	seen := x.get(x.admin, asked.GetName())
	back, err := x.admin.erasures.WithdrawErasure(x.ctx, &tumenv1.WithdrawErasureRequest{Name: asked.GetName(), Etag: seen.GetEtag(), Reason: "outdated"})
	ok(t, err)
	if back.GetErasure().GetState() != tumenv1.ErasureState_ERASURE_STATE_WITHDRAWN {
		t.Errorf("withdrawn: %v", back)
	}
	_, err = x.confirm(x.admin, asked.GetName())
	refused(t, err, codes.FailedPrecondition, "NOT_REQUESTED")
	again, err := x.ask(x.reviewer, time.Hour)
	ok(t, err)

	// A change of what goes, too: whoever confirms confirms what was looked at.
	p, err := x.worker.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: x.person})
	ok(t, err)
	p.Person.Notes = "was seen again"
	_, err = x.worker.persons.UpdatePerson(x.ctx, &tumenv1.UpdatePersonRequest{Person: p.GetPerson(), Reason: "a note", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}})
	ok(t, err)
	_, err = x.confirm(x.admin, again.GetName())
	refused(t, err, codes.FailedPrecondition, "ERASURE_OUTDATED")
	_, err = x.worker.erasures.WithdrawErasure(x.ctx, &tumenv1.WithdrawErasureRequest{Name: again.GetName(), Etag: again.GetEtag(), Reason: "outdated"})
	ok(t, err)
	again, err = x.ask(x.reviewer, time.Hour)
	ok(t, err)
	list, err := x.admin.erasures.ListErasures(x.ctx, &tumenv1.ListErasuresRequest{State: tumenv1.ErasureState_ERASURE_STATE_REQUESTED})
	ok(t, err)
	if len(list.GetErasures()) != 1 || list.GetErasures()[0].GetName() != again.GetName() {
		t.Errorf("to be confirmed: %v", list)
	}
	if _, err := x.worker.persons.GetPerson(x.ctx, &tumenv1.GetPersonRequest{Name: x.person}); err != nil {
		t.Errorf("it is gone: %v", err)
	}

	hidden := claim("S1", "P1i", tumenv1.Aspect_ASPECT_CUSTODY_STATUS, asserts, &tumenv1.Value{Kind: &tumenv1.Value_Custody{Custody: &tumenv1.Custody{Status: "deported"}}})
	hidden.GetRecord().GetClaim().Marking = tumenv1.Marking_MARKING_RED
	x.apply(x.worker, false, hidden)
	_, err = x.worker.erasures.WithdrawErasure(x.ctx, &tumenv1.WithdrawErasureRequest{Name: again.GetName(), Etag: again.GetEtag(), Reason: "not yet"})
	ok(t, err)
	_, err = x.ask(x.limited("low"), 0)
	refused(t, err, codes.PermissionDenied, "PART_WITHHELD")
}

// TestWhoMayNotAskCausesNoSearch: what names a record elsewhere is looked for through
// all that an organisation has, so only for an erasure that can be asked for.
func TestWhoMayNotAskCausesNoSearch(t *testing.T) {
	o, counting := counted(t)
	c, err := o.worker.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: o.names["C-S6-E1-"+occurrence.String()]})
	ok(t, err)
	req := &tumenv1.EraseClaimRequest{Name: c.GetClaim().GetName(), Etag: c.GetClaim().GetEtag(), Reason: "a mistake", RequestId: "5b0f9a1e-0b0a-4a55-9a52-6a0f9f3ad001"}
	ask := func(change func(*tumenv1.EraseClaimRequest)) (read int, err error) {
		changed := proto.Clone(req).(*tumenv1.EraseClaimRequest)
		change(changed)
		before := counting.Counts()
		_, err = o.worker.erasures.EraseClaim(o.ctx, changed)
		d := counting.Counts().Sub(before)
		return d.RowsRead, err
	}
	searched, err := ask(func(*tumenv1.EraseClaimRequest) {})
	ok(t, err)
	few := func(what string, read int) {
		t.Helper()
		if read*4 > searched {
			t.Errorf("%s: %d rows were read, and %d to search", what, read, searched)
		}
	}
	read, err := ask(func(r *tumenv1.EraseClaimRequest) { r.RequestId = "" })
	refused(t, err, codes.AlreadyExists, "ALREADY_REQUESTED")
	few("asked for already", read)
	read, err = ask(func(r *tumenv1.EraseClaimRequest) { r.RequestId, r.Etag = "", "stale" })
	refused(t, err, codes.Aborted, "ETAG_STALE")
	few("not as last read", read)
	read, err = ask(func(*tumenv1.EraseClaimRequest) {})
	ok(t, err)
	few("the same call once more", read)
}

// TestErasingASourceAndAClaim takes what they said along, and puts what rested on
// it back into the queue.
func TestErasingASourceAndAClaim(t *testing.T) {
	x := openErasing(t)
	x.names["S4c"] = x.names["C-S4-E1-"+occurrence.String()]
	content := []byte("a page about " + erasedName)
	header := capturing(x.october, original())
	header.Parent = x.names["S4"]
	kept, err := uploadPieces(x.october, x.worker, header, content, 1<<20)
	ok(t, err)
	same := capturing(x.october, original()) // the same bytes, of another source
	again, err := uploadPieces(x.october, x.worker, same, content, 1<<20)
	ok(t, err)
	alone := bytes.Repeat([]byte("only here "), 100)
	header.Capture = original()
	own, err := uploadPieces(x.october, x.worker, header, alone, 1<<20)
	ok(t, err)

	src, err := x.worker.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S4"]})
	ok(t, err)
	out, err := x.worker.erasures.EraseSource(x.ctx, &tumenv1.EraseSourceRequest{Name: x.names["S4"], Etag: src.GetSource().GetEtag(), Reason: "withdrew"})
	ok(t, err)
	for _, name := range []string{x.names["S4c"], x.names["T1"], kept.GetName(), own.GetName()} {
		if !slices.Contains(out.GetErasure().GetRecords(), name) {
			t.Errorf("%s doesn't go", name)
		}
	}
	if slices.Contains(out.GetErasure().GetRecords(), again.GetName()) {
		t.Error("a copy that another source has goes, too")
	}
	_, err = x.confirm(x.reviewer, out.GetErasure().GetName())
	ok(t, err)
	x.reaches(out.GetErasure().GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	got, err := download(t, x.october, x.worker, again.GetName(), 0)
	ok(t, err)
	if !bytes.Equal(got, content) {
		t.Error("the copy that stays is another")
	}
	if n := x.files(); n != 1 {
		t.Errorf("%d files of captures are left, want the one", n)
	}
	f := x.finding(x.worker, "E1", occurrence)
	// S5 relays S1 and S4: S4 is an origin without a basis now, as nothing says what
	// it knew.
	if least, most := f.GetSupport().GetSupporting().GetAtLeast(), f.GetSupport().GetSupporting().GetAtMost(); least != 2 || most != 3 {
		t.Errorf("occurrence is now supported by %d to %d", least, most)
	}

	c, err := x.worker.claims.GetClaim(x.ctx, &tumenv1.GetClaimRequest{Name: x.names["P1c"]})
	ok(t, err)
	one, err := x.reviewer.erasures.EraseClaim(x.ctx, &tumenv1.EraseClaimRequest{Name: x.names["P1c"], Etag: c.GetClaim().GetEtag(), Reason: "a mistake"})
	ok(t, err)
	if got := one.GetErasure().GetRecords(); len(got) != 1 || got[0] != x.names["P1c"] {
		t.Errorf("with a claim goes %v", got)
	}
	_, err = x.confirm(x.admin, one.GetErasure().GetName())
	ok(t, err)
	x.reaches(one.GetErasure().GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	x.sound()
}

// files counts the files of captures.
func (w *world) files() int {
	w.t.Helper()
	n := 0
	ok(w.t, filepath.WalkDir(filepath.Join(w.dir, "captures"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// TestErasuresWaitForEachOther: those that may, until the first is due; and one
// that was broken off is gone on with.
func TestErasuresWaitForEachOther(t *testing.T) {
	x := openErasing(t)
	asked, err := x.ask(x.worker, time.Hour)
	ok(t, err)
	waiting, err := x.confirm(x.reviewer, asked.GetName())
	ok(t, err)
	if d := waiting.GetDueTime().AsTime().Sub(waiting.GetConfirmTime().AsTime()); d != time.Hour {
		t.Errorf("it is due after %s", d)
	}
	if x.config.Epoch.Status().Number != 1 {
		t.Error("the epoch is turned over too early")
	}
	ok(t, x.config.Epoch.Begin(x.ctx, time.Now())) // as if the server had been stopped after that
	x.server.WakeTurnover()
	x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	if s := x.config.Epoch.Status(); s.Number != 2 || s.Turnover {
		t.Errorf("the epoch: %+v", s)
	}
	x.sound()
}

// TestAnErasureIsInTheLedger: which records were erased, and nothing of them.
func TestAnErasureIsInTheLedger(t *testing.T) {
	x := openErasing(t)
	asked, err := x.ask(x.worker, 0)
	ok(t, err)
	_, err = x.confirm(x.reviewer, asked.GetName())
	ok(t, err)
	x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	found := false
	ok(t, x.records.View(x.ctx, func(v *records.View) error {
		for e, err := range v.Entries(0, 1<<20, false) {
			ok(t, err)
			if e.Statement != nil && strings.HasPrefix(e.Statement.Name, "erased/") {
				found = strings.Contains(string(e.Statement.Content), asked.GetName()) && strings.Contains(string(e.Statement.Content), x.person)
			}
		}
		return nil
	}))
	if !found {
		t.Error("the ledger has no entry about it")
	}
}

// TestAskingForAnErasureTellsNoName: who is not shown what others recorded of a
// person learns nothing by asking to erase somebody of a guessed name.
func TestAskingForAnErasureTellsNoName(t *testing.T) {
	x := openErasing(t)
	for _, guess := range []string{"Im Kkeokjeong", "Nobody Whoever"} {
		made, err := x.reviewer.persons.CreatePerson(x.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: guess}}}, Reason: "a guess"})
		ok(t, err)
		asked, err := x.reviewer.erasures.ErasePerson(x.ctx, &tumenv1.ErasePersonRequest{Name: made.GetPerson().GetName(), Etag: made.GetPerson().GetEtag(), Reason: "a guess"})
		ok(t, err)
		for _, m := range asked.GetErasure().GetMentions() {
			if m.GetRecord() == x.names["P2"] {
				t.Errorf("%q is found in what is withheld: %v", guess, m)
			}
		}
		if asked.GetErasure().GetMoreMentions() != 0 {
			t.Errorf("%q: %d more mentions are told", guess, asked.GetErasure().GetMoreMentions())
		}
	}
}
