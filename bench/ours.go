package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// errNoServer: this tree has no server to measure, only its peers.
var errNoServer = errors.New("there is no server in cmd/tumend")

// server is a running tumend and connections to it as a case worker.
type server struct {
	*process
	dir         string // its working folder, with the store
	connections []*client.Conn
	profile     string
	sources     []string // names
	full        []string // events with perSubject claims each, for lists
	open        []string // events that writes add claims to
	claims      int      // recorded by fill
	plain       int64    // bytes of the filled claims as JSON
	written     atomic.Int64
	mu          sync.Mutex
	known       []string // claims that reads choose from
}

// startOurs builds the server once and starts one, with its store in a folder of
// its own.
func (l *lab) startOurs(ctx context.Context, name string) (*server, error) {
	if l.program == "" {
		root := ".."
		if main, err := filepath.Glob(filepath.Join(root, "cmd", "tumend", "*.go")); err != nil || len(main) == 0 {
			return nil, errors.Join(errNoServer, err)
		}
		program, err := build(ctx, root, "./cmd/tumend", l.folder, "tumend")
		if err != nil {
			return nil, err
		}
		l.program = program
	}
	dir, err := l.place(name)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	if err := l.launch(ctx, s); err != nil {
		return nil, err
	}
	return s, nil
}

// launch starts the server over its store, whether new or there already.
func (l *lab) launch(ctx context.Context, s *server) error {
	p, ready, err := start(ctx, s.dir, l.program, "demo")
	if err != nil {
		return err
	}
	s.process = p
	l.running = append(l.running, p)
	for word := range strings.FieldsSeq(ready) {
		if folder, found := strings.CutPrefix(word, "profiles="); found {
			s.profile = filepath.Join(folder, "case-worker.yaml")
		}
	}
	if s.profile == "" {
		return fmt.Errorf("the ready line names no profiles: %q", ready)
	}
	if !filepath.IsAbs(s.profile) {
		s.profile = filepath.Join(s.dir, s.profile)
	}
	return s.connect(ctx)
}

func (s *server) connect(ctx context.Context) error {
	profile, err := client.LoadProfile(s.profile)
	if err != nil {
		return err
	}
	s.connections = nil
	for range maxCallers / perConnection {
		c, err := client.Dial(ctx, profile)
		if err != nil {
			return err
		}
		s.connections = append(s.connections, c)
	}
	return nil
}

func (s *server) disconnect() error {
	var all []error
	for _, c := range s.connections {
		all = append(all, c.Close())
	}
	s.connections = nil
	return errors.Join(all...)
}

// write records one claim, which is durable when the server answers.
func (s *server) write(ctx context.Context, caller int) error {
	n := int(s.written.Add(1))
	event := s.open[n%len(s.open)]
	reply, err := s.connections[caller/perConnection].Claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{
		Parent: caseOf(event), Claim: newClaim(n, s.sources[n%len(s.sources)], event), Reason: "recorded for the benchmark",
	})
	if err == nil && n%64 == 0 {
		s.remember(reply.GetClaim().GetName())
	}
	return err
}

// remember keeps some claims' names, for reads.
func (s *server) remember(claim string) {
	const most = 10_000
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) < most {
		s.known = append(s.known, claim)
	} else {
		s.known[rand.IntN(most)] = claim
	}
}

// reader returns an operation that reads claims recorded so far.
func (s *server) reader() operation {
	s.mu.Lock()
	known := append([]string(nil), s.known...)
	s.mu.Unlock()
	return func(ctx context.Context, caller int) error {
		_, err := s.connections[caller/perConnection].Claims.GetClaim(ctx, &tumenv1.GetClaimRequest{Name: known[rand.IntN(len(known))]})
		return err
	}
}

// list shows the first page of the claims on one event.
func (s *server) list(ctx context.Context, caller int) error {
	event := s.full[rand.IntN(len(s.full))]
	reply, err := s.connections[caller/perConnection].Claims.ListClaims(ctx, &tumenv1.ListClaimsRequest{
		Parent: caseOf(event), Subject: event, PageSize: pageSize,
	})
	if err == nil && len(reply.GetMatches()) != pageSize {
		err = fmt.Errorf("%d claims on a page, %d expected", len(reply.GetMatches()), pageSize)
	}
	return err
}

// example reads one claim, as any GetClaim returns it.
func (s *server) example(ctx context.Context) (*tumenv1.GetClaimResponse, error) {
	return s.connections[0].Claims.GetClaim(ctx, &tumenv1.GetClaimRequest{Name: s.known[0]})
}

// caseOf is the case that an event lies in.
func caseOf(event string) string {
	name, _, _ := strings.Cut(event, "/events/")
	return name
}

// size of everything in the server's folder, in bytes.
func (s *server) size() (int64, error) {
	var total int64
	err := filepath.WalkDir(s.dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// restart stops the server, drops its store from the page cache and returns how
// long it then takes to be ready.
func (l *lab) restart(ctx context.Context, s *server) (time.Duration, error) {
	if err := errors.Join(s.disconnect(), s.stop()); err != nil {
		return 0, err
	}
	if err := forget(s.dir); err != nil {
		return 0, err
	}
	from := time.Now()
	err := l.launch(ctx, s)
	return time.Since(from), err
}
