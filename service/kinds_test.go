package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestEveryKindOfRecordLivesItsLife(t *testing.T) {
	o := loadOctober(t)
	for _, k := range kinds() {
		t.Run(k.word, func(t *testing.T) { life(t, o, k) })
	}
}

// life takes a record through everything that can be done with one.
func life(t *testing.T, o *october, k kind) {
	made, err := k.create(t, o, o.worker, pretended(t, k, o), nil)
	ok(t, err)
	if made.GetRevision() != 1 || made.GetCreator() != o.worker.name || made.GetUpdater() != o.worker.name || made.GetMarking() != tumenv1.Marking_MARKING_AMBER_STRICT ||
		!strings.HasPrefix(made.GetOwner(), "organisations/") || strings.Contains(made.GetName(), "0000000") || made.GetEtag() == "" || strings.Contains(made.GetChangeReason(), "pretended") {
		t.Fatalf("made: %v", made)
	}
	name := made.GetName()
	got, err := k.get(t, o, o.worker, name)
	ok(t, err)
	if !proto.Equal(got, made) {
		t.Errorf("read %v\nmade %v", got, made)
	}
	if !slices.Contains(k.list(t, o, o.worker, false), name) {
		t.Error("not listed")
	}
	if k.updates {
		got = changed(t, o, k, got)
	}
	if !k.deletes {
		return
	}
	_, err = k.whole(t, o, o.worker, "Delete", name, "")
	refused(t, err, codes.InvalidArgument, "STRING_MIN_LEN", "etag")
	_, err = k.whole(t, o, o.worker, "Delete", name, "stale")
	refused(t, err, codes.Aborted, "ETAG_STALE")
	_, err = k.whole(t, o, o.worker, "Undelete", name, got.GetEtag())
	refused(t, err, codes.FailedPrecondition, "NOT_DELETED")
	gone, err := k.whole(t, o, o.worker, "Delete", name, got.GetEtag())
	ok(t, err)
	if gone.GetRevision() != got.GetRevision()+1 {
		t.Errorf("deleted: revision %d after %d", gone.GetRevision(), got.GetRevision())
	}
	if slices.Contains(k.list(t, o, o.worker, false), name) || !slices.Contains(k.list(t, o, o.worker, true), name) {
		t.Error("a deleted record is listed only where deleted ones are asked for")
	}
	_, err = k.whole(t, o, o.worker, "Delete", name, gone.GetEtag())
	refused(t, err, codes.FailedPrecondition, "DELETED")
	if k.updates {
		_, err = k.update(t, o, o.worker, name, gone.GetEtag(), nil)
		refused(t, err, codes.FailedPrecondition, "DELETED")
	}
	back, err := k.whole(t, o, o.worker, "Undelete", name, gone.GetEtag())
	ok(t, err)
	if back.GetEtag() != got.GetEtag() || !slices.Contains(k.list(t, o, o.worker, false), name) {
		t.Errorf("undeleted: %v, was %v", back, got)
	}
}

// pretended is a fresh record that claims for itself what only the server says.
func pretended(t *testing.T, k kind, o *october) proto.Message {
	rec := k.fresh(o)
	m := rec.ProtoReflect()
	set(t, m, "name", absent("cases/x"))
	set(t, m, "etag", "pretended")
	set(t, m, "owner", absent("organisations/x"))
	set(t, m, "revision", int64(9))
	set(t, m, "creator", "pretended")
	set(t, m, "updater", "pretended")
	set(t, m, "change_reason", "pretended")
	return rec
}

// changed updates one field and checks what the history then tells.
func changed(t *testing.T, o *october, k kind, before stored) stored {
	t.Helper()
	name := before.GetName()
	_, err := k.update(t, o, o.worker, name, "", nil)
	refused(t, err, codes.InvalidArgument, "ETAG_MISSING", "etag")
	after, err := k.update(t, o, o.worker, name, before.GetEtag(), nil)
	ok(t, err)
	want := proto.Clone(after).ProtoReflect()
	f := want.Descriptor().Fields().ByName
	for _, own := range []string{"etag", "revision", "update_time", "change_reason", k.field} {
		want.Clear(f(protoName(own)))
		if before.ProtoReflect().Has(f(protoName(own))) {
			want.Set(f(protoName(own)), before.ProtoReflect().Get(f(protoName(own))))
		}
	}
	if !proto.Equal(want.Interface(), before) || after.GetRevision() != 2 || after.GetChangeReason() != "put right" {
		t.Errorf("from %v\nto %v", before, after)
	}
	_, err = k.update(t, o, o.worker, name, before.GetEtag(), nil)
	refused(t, err, codes.Aborted, "ETAG_STALE")
	history, err := o.worker.records.ListRevisions(o.ctx, &tumenv1.ListRevisionsRequest{Name: name})
	ok(t, err)
	if len(history.GetRevisions()) != 2 {
		t.Fatalf("%d revisions", len(history.GetRevisions()))
	}
	last := history.GetRevisions()[0]
	if last.GetMember() != o.worker.name || last.GetTime() == nil || last.GetReason() != "put right" || last.GetMethod() != k.service+"/Update"+k.method || !slices.Equal(last.GetChangedFields(), []string{k.field}) {
		t.Errorf("history tells %v", last)
	}
	first, err := o.worker.records.GetRevision(o.ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: 1})
	ok(t, err)
	was := part(t, first.GetRecord().ProtoReflect(), k.word).ProtoReflect()
	if was.Get(f(protoName(k.field))).Equal(after.ProtoReflect().Get(f(protoName(k.field)))) || was.Interface().(stored).GetName() != name {
		t.Errorf("first revision: %v", was)
	}
	_, err = o.worker.records.GetRevision(o.ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: 3})
	refused(t, err, codes.NotFound, "NO_SUCH_REVISION")
	return after
}

func TestARepeatedCallGivesTheRevisionThatResulted(t *testing.T) {
	o := loadOctober(t)
	for _, k := range kinds() {
		t.Run(k.word, func(t *testing.T) {
			id := fields{"request_id": uuid.NewString()}
			made, err := k.create(t, o, o.worker, k.fresh(o), id)
			ok(t, err)
			again, err := k.create(t, o, o.worker, k.fresh(o), id)
			ok(t, err)
			if !proto.Equal(again, made) {
				t.Errorf("again: %v\nat first: %v", again, made)
			}
			if !k.updates {
				return
			}
			changed := fields{"request_id": uuid.NewString()}
			now, err := k.update(t, o, o.worker, made.GetName(), made.GetEtag(), changed)
			ok(t, err)
			again, err = k.create(t, o, o.worker, k.fresh(o), id)
			ok(t, err)
			if again.GetRevision() != 1 || again.GetEtag() != made.GetEtag() || again.GetName() != made.GetName() {
				t.Errorf("again: %v\nat first: %v", again, made)
			}
			_, err = k.update(t, o, o.worker, again.GetName(), again.GetEtag(), nil)
			refused(t, err, codes.Aborted, "ETAG_STALE")
			again, err = k.update(t, o, o.worker, made.GetName(), made.GetEtag(), changed)
			ok(t, err)
			if !proto.Equal(again, now) {
				t.Errorf("the update again: %v\nat first: %v", again, now)
			}
		})
	}
}

func TestANameOfAnotherKindIsNotThere(t *testing.T) {
	o := loadOctober(t)
	all := kinds()
	for i, k := range all {
		other, err := all[(i+1)%len(all)].create(t, o, o.worker, all[(i+1)%len(all)].fresh(o), nil)
		ok(t, err)
		name := other.GetName()
		if _, err := k.get(t, o, o.worker, name); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: get %s: %v", k.word, name, err)
		}
		if k.deletes {
			if _, err := k.whole(t, o, o.worker, "Delete", name, other.GetEtag()); status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s: delete %s: %v", k.word, name, err)
			}
		}
		if k.updates {
			for _, etag := range []string{other.GetEtag(), "stale", ""} {
				_, err = k.update(t, o, o.worker, name, etag, nil)
				refused(t, err, codes.NotFound, "NOT_FOUND")
			}
			_, err = k.update(t, o, o.worker, strings.Repeat("long/", 10_000), "e", nil)
			if status.Code(err) == codes.OK || proto.Size(status.Convert(err).Proto()) > 2<<10 {
				t.Errorf("%s: an endless name gets an error of %d bytes", k.word, proto.Size(status.Convert(err).Proto()))
			}
		}
	}
}
