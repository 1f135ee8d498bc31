package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
	"tumen/storage/storagetest"
)

// faulty is the matter on a store in which things can be made to go wrong.
func faulty(t testing.TB) (*october, *storagetest.Faults) {
	var faults *storagetest.Faults
	w := start(t, func(s storage.Store) storage.Store {
		faults = storagetest.NewFaults(s)
		return faults
	})
	o := &october{world: w, worker: w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), names: map[string]string{}, keys: map[string]string{}}
	o.apply(o.worker, false, octoberDocuments()...)
	o.caughtUp()
	// Commits go one after another: behind this one, none is still ending.
	_, err := w.admin.CreateToken(w.ctx, &tumenv1.CreateTokenRequest{Organisation: "ngo", Member: "worker", Lifetime: durationpb.New(time.Hour)})
	ok(t, err)
	return o, faults
}

// titles lists the titles of all cases, sorted by when they were recorded.
func (o *october) titles() string {
	o.t.Helper()
	out, err := o.worker.cases.ListCases(o.ctx, &tumenv1.ListCasesRequest{})
	ok(o.t, err)
	var all []string
	for _, m := range out.GetMatches() {
		all = append(all, m.GetCase().GetTitle())
	}
	return strings.Join(all, ", ")
}

const matterTitle = "The October 2023 repatriations"

func TestAFailingStoreGivesAClearErrorAndNothingHalfWritten(t *testing.T) {
	o, faults := faulty(t)
	create := func() error {
		_, err := o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Lost " + secret, Summary: secret}, Reason: "recorded"})
		return err
	}
	apply := func() error {
		_, err := applyMatter(o.world, o.worker, false, caseDoc("K1", "Lost"), event("X", "arrest", "2023"), source("Y", "news", secret, own), in("K1", claim("Y", "X", occurrence, asserts, nil)))
		return err
	}
	for _, call := range []func() error{create, apply} {
		for _, c := range []struct {
			name   string
			point  storagetest.Point
			err    error
			code   codes.Code
			reason string
		}{
			{"no transaction to read in", storagetest.BeforeView, nil, codes.Internal, "INTERNAL"},
			{"reading a row", storagetest.OnGet, nil, codes.Internal, "INTERNAL"},
			{"no transaction to write in", storagetest.BeforeUpdate, nil, codes.Internal, "INTERNAL"},
			{"putting a row", storagetest.OnPut, nil, codes.Internal, "INTERNAL"},
			{"committing", storagetest.BeforeCommit, nil, codes.Internal, "INTERNAL"},
			{"a damaged page", storagetest.BeforeCommit, storage.ErrCorrupt, codes.Internal, "INTERNAL"},
			{"a full disk", storagetest.BeforeCommit, storage.ErrFull, codes.ResourceExhausted, "STORE_FULL"},
			{"a store that is closing", storagetest.BeforeCommit, storage.ErrClosed, codes.Unavailable, "SHUTTING_DOWN"},
		} {
			faults.Fail(c.point, 1, c.err)
			err := call()
			t.Log(c.name)
			refused(t, err, c.code, c.reason)
			nothingOf(t, c.name, nil, err)
			if faults.Waiting() > 0 {
				t.Errorf("%s: it has not struck", c.name)
			}
			if got := o.titles(); got != matterTitle {
				t.Fatalf("%s: left %q", c.name, got)
			}
		}
	}
	ok(t, apply())
	if got := o.titles(); got != matterTitle+", Lost" {
		t.Errorf("when all is well: %q", got)
	}
}

func TestNoFailureOfTheStoreIsTakenForAnAnswer(t *testing.T) {
	o, faults := faulty(t)
	r := &review{o, o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), o.member("reviewer-2", tumenv1.Role_ROLE_REVIEWER)}
	f := r.decided()
	person, err := o.worker.persons.CreatePerson(o.ctx, &tumenv1.CreatePersonRequest{Person: &tumenv1.Person{}, Reason: "recorded"})
	ok(t, err)
	o.caughtUp()
	calls := map[string]func() (proto.Message, error){
		"a finding": func() (proto.Message, error) {
			return r.first.findings.GetFinding(o.ctx, &tumenv1.GetFindingRequest{Name: f.GetName()})
		},
		"a case": func() (proto.Message, error) {
			return r.first.cases.GetCase(o.ctx, &tumenv1.GetCaseRequest{Name: caseOf(o)})
		},
		"an event": func() (proto.Message, error) {
			return r.first.cases.GetEvent(o.ctx, &tumenv1.GetEventRequest{Name: o.names["E1"]})
		},
		"a person": func() (proto.Message, error) {
			return r.first.persons.GetPerson(o.ctx, &tumenv1.GetPersonRequest{Name: person.GetPerson().GetName()})
		},
		"the queue": func() (proto.Message, error) {
			return r.first.findings.ListReviewQueue(o.ctx, &tumenv1.ListReviewQueueRequest{})
		},
		"events of a place": func() (proto.Message, error) {
			return r.first.cases.ListEvents(o.ctx, &tumenv1.ListEventsRequest{Parent: "cases/-", Place: "places/hunchun", Within: "2023"})
		},
		"a claim that can't be": func() (proto.Message, error) {
			out, err := applyMatter(o.world, o.worker, true, claim("S1", "E1", occurrence, denies, nil), claim("S99", "E1", occurrence, denies, nil))
			return out, err
		},
		"what is in use": func() (proto.Message, error) {
			s, err := r.first.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S5"]})
			if err != nil {
				return nil, err
			}
			_, err = r.first.sources.DeleteSource(o.ctx, &tumenv1.DeleteSourceRequest{Name: s.GetSource().GetName(), Etag: "stale", Reason: "tidy"})
			if status.Code(err) == codes.Aborted {
				return nil, nil
			}
			return nil, err
		},
	}
	for name, call := range calls {
		want, err := call()
		ok(t, err)
		for _, point := range []storagetest.Point{storagetest.OnGet, storagetest.OnScan, storagetest.OnRow} {
			for nth := 1; ; nth++ {
				faults.Fail(point, nth, nil)
				got, err := call()
				if faults.Waiting() > 0 {
					faults.Clear()
					break // beyond the last one
				}
				if err == nil {
					t.Errorf("%s: point %d, time %d: an answer nevertheless, %v; want an error or %v", name, point, nth, got, want)
				} else if status.Code(err) != codes.Internal {
					t.Errorf("%s: point %d, time %d: %v", name, point, nth, err)
				}
			}
		}
	}
}

func TestAnUnknownOutcomeIsRepeatedWithoutHarm(t *testing.T) {
	o, faults := faulty(t)
	req := &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Once"}, Reason: "recorded", RequestId: "6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a15"}
	faults.Fail(storagetest.AfterCommit, 1, nil)
	_, err := o.worker.cases.CreateCase(o.ctx, req)
	refused(t, err, codes.Unavailable, "OUTCOME_UNKNOWN", "request_id")
	again, err := o.worker.cases.CreateCase(o.ctx, req)
	ok(t, err)
	if got := o.titles(); got != matterTitle+", Once" || again.GetCase().GetRevision() != 1 {
		t.Errorf("cases: %q, revision %d", got, again.GetCase().GetRevision())
	}
	pieces := []*tumenv1.ApplyMatterRequest{header("6f1bfc0e-33ae-4aa5-9a3c-9f1d0d6f4a16"), piece(caseDoc("K1", "Also once")), piece(event("X", "arrest", "2023"))}
	faults.Fail(storagetest.AfterCommit, 1, nil)
	_, err = sendMatter(o, o.worker, pieces...)
	refused(t, err, codes.Unavailable, "OUTCOME_UNKNOWN")
	out, err := sendMatter(o, o.worker, pieces...)
	ok(t, err)
	if got := o.titles(); out.GetCreated() != 2 || got != matterTitle+", Once, Also once" {
		t.Errorf("cases: %q, %v", got, out)
	}
}

func TestCarryingOnGoesOnAfterAFailure(t *testing.T) {
	o, faults := faulty(t)
	r := &review{o, o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), o.member("reviewer-2", tumenv1.Role_ROLE_REVIEWER)}
	f := r.decided()
	faults.Fail(storagetest.BeforeCommit, 2, nil) // the first is the update itself
	r.updateSource("S1", func(s *tumenv1.Source) { s.Basis = unstated }, "basis")
	for faults.Waiting() > 0 {
		ok(t, o.ctx.Err())
	}
	if got := r.queue(r.first, 50); len(got) != 1 || got[0] != f.GetName() {
		t.Errorf("while it has not been carried on, the queue is %v", got)
	}
}

func TestACallEndsWithItsDeadline(t *testing.T) {
	o, faults := faulty(t)
	ctx, cancel := context.WithCancel(o.ctx)
	faults.Do(storagetest.BeforeView, 1, cancel)
	_, err := o.worker.cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Late"}, Reason: "recorded"})
	if status.Code(err) != codes.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	past, stop := context.WithDeadline(o.ctx, time.Now().Add(-time.Second))
	defer stop()
	_, err = o.worker.cases.CreateCase(past, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "Late"}, Reason: "recorded"})
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("past its deadline: %v", err)
	}
	ok(t, listCases(o.world, o.worker))
}

func TestAFailureWhileAuthenticatingIsNoRefusal(t *testing.T) {
	o, faults := faulty(t)
	for nth := 1; ; nth++ {
		m := o.member("m"+string(rune('a'+nth)), tumenv1.Role_ROLE_AUDITOR) // nobody has asked who that is yet
		faults.Fail(storagetest.OnGet, nth, nil)
		_, err := m.places.GetPlace(o.ctx, &tumenv1.GetPlaceRequest{Name: "places/hunchun"})
		if faults.Waiting() > 0 {
			faults.Clear()
			ok(t, err)
			if nth < 3 {
				t.Errorf("%d reads to authenticate", nth-1)
			}
			return
		}
		refused(t, err, codes.Internal, "INTERNAL")
	}
}

func TestAPanicEndsItsCallAndNothingElse(t *testing.T) {
	o, faults := faulty(t)
	r := &review{o, o.member("reviewer", tumenv1.Role_ROLE_REVIEWER), o.member("reviewer-2", tumenv1.Role_ROLE_REVIEWER)}
	ok(t, listCases(o.world, o.worker))
	faults.Do(storagetest.BeforeView, 1, func() { panic(secret) })
	_, err := o.worker.cases.CreateCase(o.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "recorded"})
	refused(t, err, codes.Internal, "INTERNAL")
	nothingOf(t, "the error", nil, err)
	// Behind the update, the server carries the change on in a goroutine of its
	// own, beside the update's own answer: either may be struck.
	s, err := r.worker.sources.GetSource(o.ctx, &tumenv1.GetSourceRequest{Name: o.names["S1"]})
	ok(t, err)
	s.GetSource().Basis = unstated
	faults.Do(storagetest.BeforeView, 3, func() { panic(secret) })
	if _, err = r.worker.sources.UpdateSource(o.ctx, &tumenv1.UpdateSourceRequest{Source: s.GetSource(), Reason: "changed", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"basis"}}}); err != nil {
		refused(t, err, codes.Internal, "INTERNAL")
		nothingOf(t, "the error", nil, err)
	}
	for faults.Waiting() > 0 {
		ok(t, o.ctx.Err())
		_ = listCases(o.world, o.worker) // it may be this one that is struck
	}
	ok(t, listCases(o.world, o.worker))
}
