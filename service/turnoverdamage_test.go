package service_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
	"tumen/storage"
)

// rotate turns the epoch over, as the command on the server does.
func (w *world) rotate(aside int32) (setAside []string, err error) {
	w.t.Helper()
	turn, err := w.admin.TurnEpochOver(w.ctx, &tumenv1.TurnEpochOverRequest{SetDamagedAside: aside})
	ok(w.t, err)
	for {
		reply, err := turn.Recv()
		if errors.Is(err, io.EOF) {
			return setAside, nil
		}
		if err != nil {
			return setAside, err
		}
		if reply.GetSetAside() != "" {
			setAside = append(setAside, reply.GetSetAside())
		}
	}
}

// TestDamageHasATurnoverNotBegin, so that a backup of this epoch can still be made and
// restored; given up, it delays no erasure any longer.
func TestDamageHasATurnoverNotBegin(t *testing.T) {
	x := openErasing(t)
	kept, err := uploadPieces(x.october, x.worker, capturing(x.october, original()), []byte("a page"), 1<<20)
	ok(t, err)
	var file string
	ok(t, filepath.WalkDir(filepath.Join(x.dir, "captures"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			file = path
		}
		return err
	}))
	content, err := os.ReadFile(file)
	ok(t, err)
	content[10] ^= 1
	ok(t, os.WriteFile(file, content, 0o600))

	asked, err := x.ask(x.worker, 0)
	ok(t, err)
	_, err = x.confirm(x.reviewer, asked.GetName())
	ok(t, err)
	_, err = x.rotate(0)
	refused(t, err, codes.FailedPrecondition, "DAMAGED")
	if s := x.config.Epoch.Status(); s.Number != 1 || s.Turnover {
		t.Errorf("a turnover was begun: %+v", s)
	}
	for _, wrong := range []int32{2, 7} {
		_, err = x.rotate(wrong)
		refused(t, err, codes.FailedPrecondition, "DAMAGED")
	}
	if e := x.get(x.reviewer, asked.GetName()); e.GetState() != tumenv1.ErasureState_ERASURE_STATE_CONFIRMED {
		t.Errorf("the erasure: %v", e)
	}
	backup, err := x.world.admin.BackUp(x.ctx, &tumenv1.BackUpRequest{})
	ok(t, err)
	for err == nil {
		_, err = backup.Recv()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("a backup: %v", err)
	}

	aside, err := x.rotate(1)
	ok(t, err)
	if len(aside) != 1 || !strings.Contains(aside[0], filepath.Base(file)) {
		t.Errorf("set aside: %q", aside)
	}
	x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	_, err = download(t, x.october, x.worker, kept.GetName(), 0)
	refused(t, err, codes.FailedPrecondition, "CAPTURE_DAMAGED")
	_, err = x.rotate(0)
	ok(t, err)
	_, err = x.rotate(1)
	refused(t, err, codes.FailedPrecondition, "NOT_DAMAGED")
	told := entries(t, x.admin, &tumenv1.ListLedgerEntriesRequest{Kind: "aside"})
	if len(told) != 1 || string(told[0].GetStatement()) != `{"v":1,"count":1}` {
		t.Errorf("the ledger tells an administrator %v", told)
	}
}

// spoilKeys changes the wrapped keys of the first records of a kind in the store.
func (w *world) spoilKeys(n int, kind records.Kind) {
	w.t.Helper()
	ok(w.t, w.backend.Update(w.ctx, func(s storage.Writer) error {
		for row, err := range s.Scan(storage.Prefix([]byte{'k', byte(kind)})) {
			if err != nil || n == 0 {
				return err
			}
			n--
			value := bytes.Clone(row.Value)
			value[len(value)-1] ^= 1
			if err := s.Put(bytes.Clone(row.Key), value); err != nil {
				return err
			}
		}
		return nil
	}))
	w.records.Forget()
}

// TestWhatWasGivenUpIsInNobodysWay: lists, exports and erasures go on without it, and
// an erasure that can't be read itself keeps no other waiting.
func TestWhatWasGivenUpIsInNobodysWay(t *testing.T) {
	x := openErasing(t)
	old, err := x.ask(x.worker, time.Hour)
	ok(t, err)
	_, err = x.worker.erasures.WithdrawErasure(x.ctx, &tumenv1.WithdrawErasureRequest{Name: old.GetName(), Etag: old.GetEtag(), Reason: "not yet"})
	ok(t, err)
	x.spoilKeys(1, records.Erasure)
	x.spoilKeys(2, records.Claim)
	x.spoilKeys(1, records.Source)

	// Damaged, they stop no erasure of others.
	asked, err := x.ask(x.worker, time.Hour)
	ok(t, err)
	if asked.GetMoreMentions() < 3 {
		t.Errorf("that some could not be looked through is not said: %v", asked)
	}
	_, err = x.rotate(0)
	refused(t, err, codes.FailedPrecondition, "DAMAGED", "4 of the keys")
	aside, err := x.rotate(4)
	ok(t, err)
	if len(aside) != 4 {
		t.Errorf("set aside: %q", aside)
	}
	for what, call := range map[string]func() error{
		"sources": func() error {
			_, err := x.worker.sources.ListSources(x.ctx, &tumenv1.ListSourcesRequest{PageSize: 100})
			return err
		},
		"claims": func() error {
			_, err := x.worker.claims.ListClaims(x.ctx, &tumenv1.ListClaimsRequest{Parent: caseOf(x.october), PageSize: 100})
			return err
		},
		"findings": func() error {
			_, err := x.worker.findings.ListFindings(x.ctx, &tumenv1.ListFindingsRequest{Parent: caseOf(x.october), PageSize: 100})
			return err
		},
		"a matter": func() error {
			stream, err := x.worker.exchange.ExportMatter(x.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(x.october)})
			ok(t, err)
			return drained(stream.Recv)
		},
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = x.confirm(x.reviewer, asked.GetName())
	ok(t, err)
	_, err = x.rotate(0)
	ok(t, err)
	x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
}

// TestDamageOfWhatIsErasedDelaysNothing: the bytes go with the record, whatever they
// are.
func TestDamageOfWhatIsErasedDelaysNothing(t *testing.T) {
	x := openErasing(t)
	header := capturing(x.october, original())
	header.Parent = x.names["S4"]
	_, err := uploadPieces(x.october, x.worker, header, []byte("a page"), 1<<20)
	ok(t, err)
	ok(t, filepath.WalkDir(filepath.Join(x.dir, "captures"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.WriteFile(path, []byte("no capture"), 0o600)
		}
		return err
	}))
	src, err := x.worker.sources.GetSource(x.ctx, &tumenv1.GetSourceRequest{Name: x.names["S4"]})
	ok(t, err)
	asked, err := x.worker.erasures.EraseSource(x.ctx, &tumenv1.EraseSourceRequest{Name: x.names["S4"], Etag: src.GetSource().GetEtag(), Reason: "withdrew"})
	ok(t, err)
	_, err = x.confirm(x.reviewer, asked.GetErasure().GetName())
	ok(t, err)
	x.reaches(asked.GetErasure().GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	if n := x.files(); n != 0 {
		t.Errorf("%d files of captures are left", n)
	}
}
