package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestWhatOthersRestOnIsNotDeleted(t *testing.T) {
	o := loadOctober(t)
	all := map[string]kind{}
	for _, k := range kinds() {
		all[k.word] = k
	}
	remove := func(word, name string) error {
		t.Helper()
		rec, err := all[word].get(t, o, o.worker, name)
		ok(t, err)
		_, err = all[word].whole(t, o, o.worker, "Delete", name, rec.GetEtag())
		return err
	}
	restore := func(word, name string) error {
		t.Helper()
		rec, err := all[word].get(t, o, o.worker, name)
		ok(t, err)
		_, err = all[word].whole(t, o, o.worker, "Undelete", name, rec.GetEtag())
		return err
	}
	make := func(word string) string {
		t.Helper()
		rec, err := all[word].create(t, o, o.worker, all[word].fresh(o), nil)
		ok(t, err)
		return rec.GetName()
	}
	stays := func(word, name string) {
		t.Helper()
		refused(t, remove(word, name), codes.FailedPrecondition, "IN_USE")
	}
	stays("case", caseOf(o))        // it holds events and claims
	stays("event", o.names["E1"])   // claims
	stays("source", o.names["S10"]) // a claim, and S9 and S11 relay it

	person, event := make("person"), make("event")
	out, err := o.worker.cases.CreateInvolvement(o.ctx, &tumenv1.CreateInvolvementRequest{Parent: caseOf(o), Reason: "recorded", Involvement: &tumenv1.Involvement{
		Event: event, Who: &tumenv1.Involvement_Person{Person: person}, Role: tumenv1.InvolvementRole_INVOLVEMENT_ROLE_ALLEGED_VICTIM}})
	ok(t, err)
	stays("person", person)
	stays("event", event)
	ok(t, remove("involvement", out.GetInvolvement().GetName()))
	ok(t, remove("person", person))
	refused(t, restore("involvement", out.GetInvolvement().GetName()), codes.FailedPrecondition, "FOUNDATION_DELETED", person)
	ok(t, restore("person", person))
	ok(t, restore("involvement", out.GetInvolvement().GetName()))

	source := make("source")
	capture, err := upload(o, o.worker, source, original(), []byte("x"), nil)
	ok(t, err)
	stays("source", source)
	ok(t, remove("capture", capture.GetName()))
	ok(t, remove("source", source))
	refused(t, restore("capture", capture.GetName()), codes.FailedPrecondition, "FOUNDATION_DELETED", source)

	empty := make("case")
	ok(t, remove("case", empty))
	_, err = o.worker.cases.CreateEvent(o.ctx, &tumenv1.CreateEventRequest{Parent: empty, Event: &tumenv1.Event{Act: "arrest"}, Reason: "recorded"})
	refused(t, err, codes.FailedPrecondition, "PARENT_DELETED")
	_, err = upload(o, o.worker, source, original(), []byte("x"), nil)
	refused(t, err, codes.FailedPrecondition, "PARENT_DELETED")
}
