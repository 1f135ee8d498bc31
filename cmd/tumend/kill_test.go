package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

const (
	killRounds  = 4
	killWriters = 64
)

// tumend runs the command to its end.
func tumend(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("tumend", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("tumend %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serving starts a server in a process of its own.
func serving(t *testing.T, data string) (server *exec.Cmd, address string) {
	t.Helper()
	server = exec.Command("tumend", "serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--log-level", "error", "--calls-per-second", "0", "--calls-at-once", "0", "--writes-per-day", "0")
	server.Stderr = os.Stderr
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, ready := strings.CutPrefix(strings.TrimSpace(line), "ready grpc=")
	if err != nil || !ready {
		t.Fatalf("the server did not get ready: %q, %v", line, err)
	}
	return server, address
}

// A server that is killed in the middle of many writers has everything that it
// acknowledged, nothing half-written, and indexes that agree with the records; its
// ledger grew out of the last checkpoint that it told.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	data, profilePath := filepath.Join(dir, "data"), filepath.Join(dir, "park.yaml")
	tumend(t, "init", "--data-dir", data, "--organisation", "jfnk", "--display-name", "JFNK", "--admin", "kim", "--profile-out", filepath.Join(dir, "kim.yaml"))
	tumend(t, "member", "add", "--data-dir", data, "jfnk", "park", "--role", "case-worker")
	tumend(t, "token", "new", "--data-dir", data, "jfnk", "park", "--profile-out", profilePath)
	profile, err := client.LoadProfile(profilePath)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := &names{}
	for round := range killRounds {
		server, address := serving(t, data)
		profile.Address = address
		conn, err := client.Dial(t.Context(), profile)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged.verify(t, conn)
		kill := func() { server.Process.Kill() }
		// Each round a little later in the life of the server.
		writeUntilKilled(t, conn, acknowledged, 50+37*round, kill)
		server.Wait()
		conn.Close()
		if said := tumend(t, "check", "--data-dir", data); !strings.Contains(said, "everything is in order") {
			t.Fatal(said)
		}
	}
	_, address := serving(t, data)
	profile.Address = address
	conn, err := client.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	acknowledged.verify(t, conn)
	if acknowledged.tree.size == 0 {
		t.Error("no checkpoint was told, so the ledger's growth was not tried")
	}
	t.Logf("%d records acknowledged, all of them there, and %d leaves", len(acknowledged.of), acknowledged.tree.size)
}

// names are what the server has acknowledged, and the largest checkpoint it told.
type names struct {
	mu   sync.Mutex
	of   []string
	tree told
}

// checkpoint asks for the newest checkpoint, and keeps it.
func (n *names) checkpoint(ctx context.Context, conn *client.Conn) error {
	n.mu.Lock()
	last := n.tree
	n.mu.Unlock()
	now, err := last.ask(ctx, conn)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.size > n.tree.size {
		n.tree = now
	}
	return nil
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of = append(n.of, name)
}

func (n *names) verify(t *testing.T, conn *client.Conn) {
	t.Helper()
	for _, name := range n.of {
		if _, err := conn.Records.GetRecord(t.Context(), &tumenv1.GetRecordRequest{Name: name}); err != nil {
			t.Fatalf("%s was acknowledged: %v", name, err)
		}
	}
	if err := n.tree.grown(t.Context(), conn); err != nil {
		t.Fatalf("since the checkpoint over %d leaves: %v", n.tree.size, err)
	}
}

// writeUntilKilled has many writers write, and kills the server once so many
// records have been acknowledged.
func writeUntilKilled(t *testing.T, conn *client.Conn, acknowledged *names, enough int, kill func()) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var count atomic.Int64
	note := func(name string) {
		acknowledged.add(name)
		if count.Add(1) == int64(enough) {
			kill()
			cancel() // nobody waits for it to come back
		}
	}
	if err := acknowledged.checkpoint(ctx, conn); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	writers.Go(func() { // beside them, somebody watches the ledger
		for acknowledged.checkpoint(ctx, conn) == nil {
		}
	})
	for i := range killWriters {
		writers.Go(func() {
			for n := 0; ; n++ {
				if err := recordOne(ctx, conn, fmt.Sprintf("writer %d, case %d", i, n), note); err != nil {
					if ctx.Err() == nil && count.Load() < int64(enough) {
						t.Errorf("before the kill: %v", err)
						cancel()
					}
					return
				}
			}
		})
	}
	writers.Wait()
}

// recordOne records a case with an event, a source and a claim.
func recordOne(ctx context.Context, conn *client.Conn, title string, note func(string)) error {
	const reason = "first report"
	c, err := conn.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: title}, Reason: reason})
	if err != nil {
		return err
	}
	note(c.GetCase().GetName())
	e, err := conn.Cases.CreateEvent(ctx, &tumenv1.CreateEventRequest{
		Parent: c.GetCase().GetName(), Reason: reason,
		Event: &tumenv1.Event{Act: "refoulement", Title: title, Time: &tumenv1.Time{Edtf: "2023-10-09"}, Places: []*tumenv1.PlaceValue{{Place: "places/hunchun", Part: tumenv1.PlacePart_PLACE_PART_VIA}}},
	})
	if err != nil {
		return err
	}
	note(e.GetEvent().GetName())
	s, err := conn.Sources.CreateSource(ctx, &tumenv1.CreateSourceRequest{
		Source: &tumenv1.Source{Kind: "news", Title: title, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS}, Reason: reason,
	})
	if err != nil {
		return err
	}
	note(s.GetSource().GetName())
	claim, err := conn.Claims.CreateClaim(ctx, &tumenv1.CreateClaimRequest{
		Parent: c.GetCase().GetName(), Reason: reason,
		Claim: &tumenv1.Claim{
			Source: s.GetSource().GetName(), Subjects: []string{e.GetEvent().GetName()},
			Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS,
		},
	})
	if err != nil {
		return err
	}
	note(claim.GetClaim().GetName())
	return nil
}
