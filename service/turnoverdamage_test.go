package service_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
)

// rotate turns the epoch over, as the command on the server does.
func (w *world) rotate(aside bool) (setAside []string, err error) {
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
	_, err = x.rotate(false)
	refused(t, err, codes.FailedPrecondition, "DAMAGED")
	if s := x.config.Epoch.Status(); s.Number != 1 || s.Turnover {
		t.Errorf("a turnover was begun: %+v", s)
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

	aside, err := x.rotate(true)
	ok(t, err)
	if len(aside) != 1 || !strings.Contains(aside[0], filepath.Base(file)) {
		t.Errorf("set aside: %q", aside)
	}
	x.reaches(asked.GetName(), tumenv1.ErasureState_ERASURE_STATE_ERASED)
	_, err = download(t, x.october, x.worker, kept.GetName(), 0)
	refused(t, err, codes.Internal, "INTERNAL")
	_, err = x.rotate(false)
	ok(t, err)
}
