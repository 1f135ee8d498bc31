package service_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service"
	"tumen/service/records"
	"tumen/storage/bolt"
)

// typist is a member who types.
type typist struct {
	*world
	*member
	drafts tumenv1.DraftServiceClient
}

func (w *world) typist(m *member) *typist {
	return &typist{w, m, tumenv1.NewDraftServiceClient(m.conn)}
}

func (x *typist) begin(label, content string) (*tumenv1.Draft, error) {
	out, err := x.drafts.CreateDraft(x.ctx, &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: "intake", Label: label, Content: []byte(content)}})
	return out.GetDraft(), err
}

func (x *typist) begun(label, content string) *tumenv1.Draft {
	x.t.Helper()
	d, err := x.begin(label, content)
	ok(x.t, err)
	return d
}

// save saves a draft as last read.
func (x *typist) save(d *tumenv1.Draft, content string, id ...string) (*tumenv1.Draft, error) {
	out, err := x.drafts.UpdateDraft(x.ctx, &tumenv1.UpdateDraftRequest{
		Draft:      &tumenv1.Draft{Name: d.GetName(), Etag: d.GetEtag(), Content: []byte(content)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"content"}}, RequestId: strings.Join(id, ""),
	})
	return out.GetDraft(), err
}

func (x *typist) get(name string) (*tumenv1.Draft, error) {
	out, err := x.drafts.GetDraft(x.ctx, &tumenv1.GetDraftRequest{Name: name})
	return out.GetDraft(), err
}

func (x *typist) remove(d *tumenv1.Draft, id ...string) error {
	_, err := x.drafts.DeleteDraft(x.ctx, &tumenv1.DeleteDraftRequest{Name: d.GetName(), Etag: d.GetEtag(), RequestId: strings.Join(id, "")})
	return err
}

// holds says that a draft reads so.
func (x *typist) holds(name, content string) {
	x.t.Helper()
	d, err := x.get(name)
	ok(x.t, err)
	if string(d.GetContent()) != content || d.GetSize() != int64(len(content)) {
		x.t.Errorf("it reads %q (%d bytes), want %q", d.GetContent(), d.GetSize(), content)
	}
}

// gone says that a draft is not there for a member, as none is that there never was.
func (x *typist) gone(d *tumenv1.Draft) {
	x.t.Helper()
	_, err := x.get(d.GetName())
	refused(x.t, err, codes.NotFound, "NOT_FOUND")
	_, err = x.save(d, "again")
	refused(x.t, err, codes.NotFound, "NOT_FOUND")
	refused(x.t, x.remove(d), codes.NotFound, "NOT_FOUND")
	if slices.ContainsFunc(x.list(), func(other *tumenv1.Draft) bool { return other.GetName() == d.GetName() }) {
		x.t.Error("it is listed")
	}
}

// list gives all drafts, two on each page.
func (x *typist) list() (all []*tumenv1.Draft) {
	x.t.Helper()
	for token := ""; ; {
		page, err := x.drafts.ListDrafts(x.ctx, &tumenv1.ListDraftsRequest{PageSize: 2, PageToken: token})
		ok(x.t, err)
		all = append(all, page.GetDrafts()...)
		if token = page.GetNextPageToken(); token == "" {
			return all
		}
	}
}

func TestWhatIsTypedIsKeptUntilItIsSentOff(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	w := startAt(t, nil, c.Now)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	size := leaves(t, x.member)
	first := x.begun("the October report", "step 1")
	if first.GetContent() != nil || first.GetSize() != 6 || first.GetExpireTime().AsTime() != c.Now().Add(14*24*time.Hour) || first.GetKind() != "intake" {
		t.Errorf("begun: %v", first)
	}
	c.forward(time.Minute)
	again, err := x.save(first, "step 1 and 2")
	ok(t, err)
	if again.GetEtag() == first.GetEtag() || again.GetUpdateTime().AsTime() != c.Now() || again.GetCreateTime().AsTime() == c.Now() || again.GetExpireTime().AsTime() != c.Now().Add(14*24*time.Hour) || again.GetLabel() != "the October report" {
		t.Errorf("saved: %v", again)
	}
	x.holds(first.GetName(), "step 1 and 2")
	_, err = x.save(first, "what another window has")
	refused(t, err, codes.Aborted, "ETAG_STALE")
	refused(t, x.remove(first), codes.Aborted, "ETAG_STALE")
	_, err = x.save(&tumenv1.Draft{Name: first.GetName()}, "blind")
	refused(t, err, codes.InvalidArgument, "ETAG_MISSING")

	_, err = x.drafts.UpdateDraft(w.ctx, &tumenv1.UpdateDraftRequest{Draft: &tumenv1.Draft{Name: again.GetName(), Etag: again.GetEtag(), Label: "October"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"label"}}})
	ok(t, err)
	x.holds(first.GetName(), "step 1 and 2")
	x.begun("two", "2")
	third, err := x.drafts.CreateDraft(w.ctx, &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: "bulk"}})
	ok(t, err)
	var labels []string
	for _, d := range x.list() {
		labels = append(labels, d.GetLabel())
		if d.GetContent() != nil {
			t.Error("a list has content in it")
		}
		if now, err := x.get(d.GetName()); err != nil || now.GetEtag() != d.GetEtag() {
			t.Errorf("read alone it has another etag: %v", err)
		}
	}
	if !slices.Equal(labels, []string{"October", "two", ""}) {
		t.Errorf("listed: %q", labels)
	}
	bulk, err := x.drafts.ListDrafts(w.ctx, &tumenv1.ListDraftsRequest{Kind: "bulk"})
	ok(t, err)
	if len(bulk.GetDrafts()) != 1 || bulk.GetDrafts()[0].GetName() != third.GetDraft().GetName() {
		t.Errorf("for bulk entry: %v", bulk.GetDrafts())
	}
	ok(t, x.remove(third.GetDraft()))
	if now := leaves(t, x.member); now != size {
		t.Errorf("the ledger has %d entries more", now-size)
	}
	x.gone(third.GetDraft())
	w.sound()
}

func TestDraftsOfOthersAreNotThere(t *testing.T) {
	w := start(t, nil)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	d := x.begun("mine", "mine")
	for handle, role := range map[string]tumenv1.Role{"colleague": tumenv1.Role_ROLE_CASE_WORKER, "reviewer": tumenv1.Role_ROLE_REVIEWER, "administrator": tumenv1.Role_ROLE_ADMINISTRATOR, "partner": partnerRole} {
		w.typist(w.member(handle, role)).gone(d)
	}
	// Nor is it for a token that may do less than the one it was saved with.
	both := w.typist(w.member("both", tumenv1.Role_ROLE_CASE_WORKER, partnerRole))
	d = both.begun("both", "both")
	token, err := tumenv1.NewAccessServiceClient(both.conn).IssueToken(w.ctx, &tumenv1.IssueTokenRequest{Lifetime: durationpb.New(time.Hour), Scope: []tumenv1.Role{partnerRole}, Reason: "a script"})
	ok(t, err)
	less := w.typist(w.connect(token.GetSecret()))
	less.gone(d)
	own := less.begun("less", "less")
	both.holds(own.GetName(), "less")
	both.holds(d.GetName(), "both")
	if _, err := w.member("auditor", tumenv1.Role_ROLE_AUDITOR).rpc(t, w.ctx, "DraftService/ListDrafts", fields{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("an auditor: %v", err)
	}
}

func TestASaveThatComesAgainIsOne(t *testing.T) {
	w := start(t, nil)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	create := &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: "claim", Content: []byte("1")}, RequestId: uuid.NewString()}
	first, err := x.drafts.CreateDraft(w.ctx, create)
	ok(t, err)
	second, err := x.drafts.CreateDraft(w.ctx, create)
	ok(t, err)
	if !proto.Equal(first, second) || len(x.list()) != 1 {
		t.Errorf("created twice: %v, %v", first, second)
	}
	id := uuid.NewString()
	saved, err := x.save(first.GetDraft(), "2", id)
	ok(t, err)
	again, err := x.save(first.GetDraft(), "2", id)
	ok(t, err)
	if !proto.Equal(saved, again) {
		t.Errorf("saved twice: %v, %v", saved, again)
	}
	_, err = x.save(first.GetDraft(), "3", id)
	refused(t, err, codes.Aborted, "ETAG_STALE")
	later, err := x.save(saved, "4")
	ok(t, err)
	_, err = x.save(first.GetDraft(), "2", id)
	refused(t, err, codes.Aborted, "ETAG_STALE")
	x.holds(later.GetName(), "4")
	ok(t, x.remove(later, id))
	ok(t, x.remove(later, id))
	_, err = x.drafts.CreateDraft(w.ctx, create)
	refused(t, err, codes.NotFound, "NOT_FOUND")
	w.sound()
}

func TestOfTwoSavesAtOnceOneIsStale(t *testing.T) {
	w := start(t, nil)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	d := x.begun("", "")
	var saves sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		saves.Go(func() { _, errs[i] = x.save(d, strings.Repeat("x", i)) })
	}
	saves.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
		} else {
			refused(t, err, codes.Aborted, "ETAG_STALE")
		}
	}
	if saved != 1 {
		t.Errorf("%d were saved", saved)
	}
}

func TestHowMuchIsKept(t *testing.T) {
	w := start(t, nil)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	full := strings.Repeat("가", 1<<20/3) + "x"
	_, err := x.begin("", full+"x")
	refused(t, err, codes.InvalidArgument, "BYTES_MAX_LEN", "draft.content")
	for _, kind := range []string{"", "Intake", "two words"} {
		_, err = x.drafts.CreateDraft(w.ctx, &tumenv1.CreateDraftRequest{Draft: &tumenv1.Draft{Kind: kind}})
		refused(t, err, codes.InvalidArgument, "STRING_PATTERN", "draft.kind")
	}
	small := x.begun("", "")
	_, err = x.save(small, full+"x")
	refused(t, err, codes.InvalidArgument, "BYTES_MAX_LEN", "draft.content")
	_, err = x.drafts.UpdateDraft(w.ctx, &tumenv1.UpdateDraftRequest{Draft: small, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"kind"}}})
	refused(t, err, codes.InvalidArgument, "MASK_IMMUTABLE")
	for range 16 {
		x.begun("", full)
	}
	small, err = x.save(small, "")
	ok(t, err)
	_, err = x.save(small, "x")
	refused(t, err, codes.ResourceExhausted, "DRAFTS_TOO_LARGE")
	_, err = x.begin("", "x")
	refused(t, err, codes.ResourceExhausted, "DRAFTS_TOO_LARGE")
	for range 100 - 17 {
		x.begun("", "")
	}
	_, err = x.begin("", "")
	refused(t, err, codes.ResourceExhausted, "TOO_MANY_DRAFTS")
	if n := len(x.list()); n != 100 {
		t.Errorf("%d are listed", n)
	}
	ok(t, x.remove(small))
	x.begun("", "")
	w.typist(w.member("colleague", tumenv1.Role_ROLE_CASE_WORKER)).begun("", full) // each has their own
}

// rows is how many rows the store has.
func (w *world) rows() int {
	w.t.Helper()
	report, err := records.Check(w.ctx, w.backend, w.options, nil)
	ok(w.t, err)
	return report.Rows
}

func TestADraftIsGoneWhenItsTimeIsUp(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	w := startAt(t, nil, c.Now)
	x := w.typist(w.member("worker", tumenv1.Role_ROLE_CASE_WORKER))
	d, kept := x.begun("old", "old"), x.begun("kept", "kept")
	c.forward(14*24*time.Hour - time.Second)
	x = w.typist(w.again(x.member, "worker", time.Hour))
	x.holds(d.GetName(), "old")
	_, err := x.save(kept, "kept")
	ok(t, err)
	c.forward(time.Second)
	before := w.rows()
	other, err := service.New(w.config) // which drops it as it starts
	ok(t, err)
	for w.rows() != before-3 {
		ok(t, w.ctx.Err())
	}
	ok(t, other.Close())
	x.gone(d)
	x.holds(kept.GetName(), "kept")
}

func TestASuspendedMemberReadsNoDraft(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	x := w.typist(m)
	d := x.begun("mine", "mine")
	_, err := tumenv1.NewAccessServiceClient(w.member("colleague", tumenv1.Role_ROLE_CASE_WORKER).conn).SuspendMember(w.ctx, &tumenv1.SuspendMemberRequest{Name: m.name, Reason: "lost it"})
	ok(t, err)
	if _, err := x.get(d.GetName()); status.Code(err) != codes.PermissionDenied && status.Code(err) != codes.Unauthenticated {
		t.Errorf("who is suspended gets %v", err)
	}
}

// journal is a log that calls write to while it is read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}
func (j *journal) String() string { j.mu.Lock(); defer j.mu.Unlock(); return j.text.String() }

// TestADiskTellsNothingOfDrafts, nor does the log; and they outlive a turnover of the
// epoch and a restart.
func TestADiskTellsNothingOfDrafts(t *testing.T) {
	const label, content = "somebody from Hunchun", "her name is Ri Sun-hui"
	log := new(journal)
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	x := w.typist(m)
	d := x.begun(label, content)
	dropped := x.begun(label, content)
	ok(t, x.remove(dropped))
	_, err := w.rotate(0)
	ok(t, err)
	x.holds(d.GetName(), content)

	ok(t, w.server.Close())
	ok(t, w.records.Close())
	file, err := os.ReadFile(filepath.Join(w.dir, "tumen.db"))
	ok(t, err)
	w.backend, err = bolt.Open(filepath.Join(w.dir, "tumen.db"), bolt.Options{})
	ok(t, err)
	w.records, err = records.Open(w.ctx, w.backend, w.options)
	ok(t, err)
	w.config.Records, w.config.Logger = w.records, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.server, err = service.New(w.config)
	ok(t, err)
	w.serve()
	again := w.connect(m.token)
	again.name = m.name
	x = w.typist(again)
	x.holds(d.GetName(), content)
	d, err = x.get(d.GetName())
	ok(t, err)
	saved, err := x.save(d, content+" and more")
	ok(t, err)
	_, stale := x.save(d, content)
	refused(t, stale, codes.Aborted, "ETAG_STALE")
	x.holds(saved.GetName(), content+" and more")
	x.gone(dropped)
	w.sound()
	for _, secret := range []string{label, content} {
		if bytes.Contains(file, []byte(secret)) || strings.Contains(log.String(), secret) || strings.Contains(stale.Error(), secret) {
			t.Errorf("%q is told", secret)
		}
	}
	if !strings.Contains(log.String(), "DraftService/UpdateDraft") {
		t.Error("the log was not read")
	}
}
