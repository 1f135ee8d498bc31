package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tumen/clients/bag"
	"tumen/clients/client"
	"tumen/clients/verify"
	tumenv1 "tumen/proto/tumen/v1"
)

// evidence is a matter that is exported, and the newest bag of it.
type evidence struct {
	lab    *lab
	server *server
	matter string // a case
	folder string // the newest bag
}

// evidence records a matter to export and exports it once; nil where there is no
// server of ours, and then there is no limit to measure either.
func (l *lab) evidence(ctx context.Context) (*evidence, error) {
	s := l.mainServer(ctx)
	if s == nil {
		return nil, l.missing
	}
	names, err := s.apply(ctx, s.matter(perMatter/4, perSubject))
	if err != nil {
		return nil, err
	}
	e := &evidence{lab: l, server: s, matter: names[0]}
	_, err = e.export(ctx)
	return e, err
}

// export takes the matter away into a new bag, through the server and the client, and
// returns how many records a second it holds.
func (e *evidence) export(ctx context.Context) (float64, error) {
	folder, err := e.lab.place("bag")
	if err != nil {
		return 0, err
	}
	from := time.Now()
	w, err := bag.Create(folder, bag.Options{Agent: "bench"})
	if err != nil {
		return 0, err
	}
	records := 0
	err = e.server.connections[0].Export(ctx, &tumenv1.ExportRecordsRequest{
		Query: &tumenv1.ExportQuery{Case: e.matter}, Reason: "exported for the benchmark",
	}, client.ExportSink{
		Header: w.Header,
		Record: func(r *tumenv1.ExportedRecord) error { records++; return w.Record(r) },
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return 0, errors.Join(err, w.Discard())
	}
	took := time.Since(from)
	if e.folder != "" {
		err = os.RemoveAll(e.folder)
	}
	e.folder = folder
	return float64(records) / took.Seconds(), err
}

// verify checks the newest bag and returns how many records a second that took.
func (e *evidence) verify(ctx context.Context) (float64, error) {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(e.server.profile), "policy"))
	if err != nil {
		return 0, err
	}
	policy, err := verify.ParsePolicy(text)
	if err != nil {
		return 0, err
	}
	lines, err := e.lines()
	if err != nil {
		return 0, err
	}
	from := time.Now()
	report, err := verify.Verify(ctx, os.DirFS(e.folder), policy, nil)
	took := time.Since(from)
	if err == nil && len(report.Failures) > 0 {
		err = fmt.Errorf("the bag is refused: %s", strings.TrimSpace(report.Failures[0].Reason))
	}
	return float64(len(lines)) / took.Seconds(), err
}

// lines are the records of the newest bag, as they stand in it.
func (e *evidence) lines() ([][]byte, error) {
	b, err := os.ReadFile(filepath.Join(e.folder, "data", "records.jsonl"))
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	for line := range bytes.Lines(b) {
		lines = append(lines, line)
	}
	return lines, nil
}

// limit samples the least that an export or its verification could do, on one
// processor: SHA-256 over the bytes of each record, and one Ed25519 signature that is
// made (signs) or verified.
func (e *evidence) limit(signs bool) sample {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	return func(context.Context) (float64, error) {
		lines, err := e.lines()
		if err != nil {
			return 0, err
		}
		signatures := make([][]byte, len(lines))
		sign := func() {
			for i, line := range lines {
				digest := sha256.Sum256(line)
				signatures[i] = ed25519.Sign(key, digest[:])
			}
		}
		from := time.Now()
		sign()
		if !signs {
			from = time.Now()
			for i, line := range lines {
				digest := sha256.Sum256(line)
				if !ed25519.Verify(public, digest[:], signatures[i]) {
					return 0, errors.New("a signature does not verify")
				}
			}
		}
		return float64(len(lines)) / time.Since(from).Seconds(), nil
	}
}

// exportRow is the row of taking evidence away, verifyRow that of checking it.
func exportRow() row {
	return row{
		name: "export", work: "export with proofs into a bag", against: "SHA-256 plus Ed25519 signing of the same bytes, one core", unit: "records/s", target: 0.3,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			e, err := l.evidence(ctx)
			if err != nil {
				return nil, nil, err
			}
			return e.export, e.limit(true), nil
		},
	}
}

func verifyRow() row {
	return row{
		name: "verify", work: "offline verification of a bag", against: "SHA-256 plus Ed25519 verifying of the same bytes, one core", unit: "records/s", target: 0.3,
		prepare: func(ctx context.Context, l *lab) (sample, sample, error) {
			e, err := l.evidence(ctx)
			if err != nil {
				return nil, nil, err
			}
			return e.verify, e.limit(false), nil
		},
	}
}
