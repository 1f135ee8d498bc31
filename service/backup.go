package service

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"path"
	"time"

	"google.golang.org/grpc"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/captures"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// BackupFormat is the version of what a backup is made of, a tar:
//
//	tumen.db             the store, as its backend copies it
//	captures/ab/cdef…    the files of captures
//	manifest.json        last: what the others are (BackupManifest)
//
// All of that is sealed, and no key is in it. Yet it tells sizes and days: it
// leaves the server only encrypted to those who keep it.
const BackupFormat = "tumen backup 1"

// Names in a backup.
const (
	BackupStore    = "tumen.db"
	BackupCaptures = "captures"
	BackupIndex    = "manifest.json"
)

// BackupManifest says what is in a backup.
type BackupManifest struct {
	Format     string       `json:"format"`
	Made       string       `json:"made"` // the day, in UTC
	Epoch      uint64       `json:"epoch"`
	Origin     string       `json:"origin"`     // of the ledger
	Checkpoint string       `json:"checkpoint"` // the last one
	Parts      []BackupPart `json:"parts"`      // in their order
	// Escrow is the book of who holds shares of the keys, sealed like all else, as who
	// keeps a backup is not to choose them; none: nobody does.
	Escrow []byte `json:"escrow,omitempty"`
}

// BackupPart is one file of a backup.
type BackupPart struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// Backup writes a backup to w while others go on. It waits for a turnover that is
// going on, and refuses beside one that was broken off: what is between two epochs
// could not be restored. A turnover that begins meanwhile ends it.
func (s *Server) Backup(ctx context.Context, w *io.PipeWriter) (*BackupManifest, error) {
	s.turnover.mu.Lock()
	defer s.turnover.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { w.CloseWithError(context.Cause(ctx)) })()
	if !s.turnover.lets(cancel) {
		return nil, errTurnedOver
	}
	defer s.turnover.backup.Store(nil)
	if s.turnover.epoch.Status().Turnover {
		return nil, fault.New(fault.Refused, "TURNOVER_UNDER_WAY", "a turnover of the epoch was broken off; `tumend keys rotate` goes on with it, and then there can be a backup")
	}
	return s.backUp(ctx, w)
}

// backUp is Backup where everything is known to rest on the newest epoch.
func (s *Server) backUp(ctx context.Context, w io.Writer) (*BackupManifest, error) {
	b := &backup{tar: tar.NewWriter(w), manifest: BackupManifest{
		Format: BackupFormat, Made: s.records.Now().Format(time.DateOnly), Epoch: s.turnover.epoch.Status().Number, Parts: []BackupPart{},
	}}
	if err := b.store(ctx, s.records, s.captures); err != nil {
		return nil, err
	}
	err := s.captures.Copy(ctx, func(name string, size int64, sealed io.Reader) error {
		folder, file, ok := captures.Place(name)
		if !ok {
			return fmt.Errorf("a capture is called %q", name)
		}
		return b.part(ctx, path.Join(BackupCaptures, folder, file), size, sealed)
	})
	if err == nil { // last: whoever was given a share until now is in it
		if b.manifest.Escrow, err = s.turnover.keeper.Book(); err != nil {
			err = fault.New(fault.Refused, "ESCROW_BOOK", "the backup would not know who has shares of the keys: %v", err)
		}
	}
	if err != nil {
		return nil, err
	}
	index, err := json.MarshalIndent(b.manifest, "", "  ")
	if err == nil {
		err = b.header(BackupIndex, int64(len(index)))
	}
	if err == nil {
		_, err = b.tar.Write(index)
	}
	if err == nil {
		err = b.tar.Close()
	}
	return &b.manifest, err
}

// backup is a backup that is being written.
type backup struct {
	tar      *tar.Writer
	manifest BackupManifest
}

// store copies the store to a file first: a snapshot is held no longer than a disk
// takes, however slow w is.
func (b *backup) store(ctx context.Context, store *records.Store, files *captures.Store) (err error) {
	scratch, err := files.Scratch()
	if err != nil {
		return err
	}
	defer func() {
		if closing := scratch.Close(); err == nil {
			err = closing
		}
	}()
	of, err := store.Snapshot(ctx, scratch)
	if err != nil {
		return err
	}
	b.manifest.Origin, b.manifest.Checkpoint = of.Origin, string(of.Checkpoint)
	size, err := scratch.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = scratch.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	return b.part(ctx, BackupStore, size, scratch)
}

func (b *backup) header(name string, size int64) error {
	return b.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatPAX})
}

func (b *backup) part(ctx context.Context, name string, size int64, r io.Reader) error {
	if err := b.header(name, size); err != nil {
		return err
	}
	sum := &attentive{sha256.New(), ctx}
	n, err := io.Copy(io.MultiWriter(b.tar, sum), io.LimitReader(r, size))
	if err == nil && n != size {
		err = fmt.Errorf("%s has become shorter while it was read", name)
	}
	b.manifest.Parts = append(b.manifest.Parts, BackupPart{name, size, hex.EncodeToString(sum.Sum(nil))})
	return err
}

// attentive hashes what is written, and ends with ctx.
type attentive struct {
	hash.Hash
	ctx context.Context
}

func (a *attentive) Write(p []byte) (int, error) {
	a.Hash.Write(p)
	return len(p), a.ctx.Err()
}

// backupPiece is the size of one piece of a backup on its way to the command that
// encrypts it.
const backupPiece = 1 << 20

// BackUp implements tumenv1.AdminServiceServer.
func (s admin) BackUp(req *tumenv1.BackUpRequest, stream grpc.ServerStreamingServer[tumenv1.BackUpResponse]) error {
	if _, err := s.local(stream.Context(), req, aboutNothing); err != nil {
		return err
	}
	read, write := io.Pipe() // whoever takes the backup in may stall
	var manifest *BackupManifest
	made := make(chan struct{})
	go func() {
		defer close(made)
		write.CloseWithError(gate.Recovered(func() (err error) {
			manifest, err = s.Backup(stream.Context(), write)
			return err
		}))
	}()
	pieces := &piecemeal{send: func(p []byte) error { return stream.Send(&tumenv1.BackUpResponse{Piece: p}) }}
	_, err := io.Copy(pieces, read)
	if err == nil {
		err = pieces.flush()
	}
	if err != nil {
		read.CloseWithError(err)
		return err
	}
	<-made
	return stream.Send(&tumenv1.BackUpResponse{Parts: int64(len(manifest.Parts)), Checkpoint: manifest.Checkpoint})
}

// piecemeal gathers what is written into pieces.
type piecemeal struct {
	send func([]byte) error
	held []byte
}

func (p *piecemeal) Write(b []byte) (int, error) {
	p.held = append(p.held, b...)
	if len(p.held) < backupPiece {
		return len(b), nil
	}
	return len(b), p.flush()
}

func (p *piecemeal) flush() error {
	if len(p.held) == 0 {
		return nil
	}
	err := p.send(p.held)
	p.held = p.held[:0]
	return err
}
