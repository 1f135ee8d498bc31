package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

// office is a store with a case worker, served by processes that tests kill.
type office struct {
	t       *testing.T
	data    string
	profile *client.Profile // of a case worker
	admin   *client.Profile
	server  *exec.Cmd
	conn    *client.Conn
	known   *names
}

func newOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{t: t, data: filepath.Join(dir, "data"), known: &names{}}
	tumend(t, "init", "--data-dir", o.data, "--organisation", "jfnk", "--display-name", "JFNK", "--admin", "kim", "--profile-out", filepath.Join(dir, "kim.yaml"))
	tumend(t, "member", "add", "--data-dir", o.data, "jfnk", "park", "--role", "case-worker")
	tumend(t, "token", "new", "--data-dir", o.data, "jfnk", "park", "--profile-out", filepath.Join(dir, "park.yaml"))
	for path, profile := range map[string]**client.Profile{"kim.yaml": &o.admin, "park.yaml": &o.profile} {
		p, err := client.LoadProfile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		*profile = p
	}
	return o
}

func (o *office) dial(p *client.Profile) *client.Conn {
	o.t.Helper()
	conn, err := client.Dial(o.t.Context(), p)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { conn.Close() })
	return conn
}

func (o *office) serve() {
	o.t.Helper()
	var address string
	o.server, address = serving(o.t, o.data)
	o.profile.Address, o.admin.Address = address, address
	o.conn = o.dial(o.profile)
}

func (o *office) killed() {
	o.t.Helper()
	o.server.Process.Kill()
	o.server.Wait()
	o.conn.Close()
	if said := tumend(o.t, "check", "--data-dir", o.data); !strings.Contains(said, "everything is in order") {
		o.t.Fatal(said)
	}
}

// fill has so many writers each record some things.
func (o *office) fill(writers, each int) {
	o.t.Helper()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := recordOne(o.t.Context(), o.conn, fmt.Sprintf("case %d of %d", i, w), o.known.add); err != nil {
					o.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// epoch is what `tumend keys status` says.
func (o *office) epoch() (number int, turnover bool) {
	o.t.Helper()
	var status struct {
		Epoch    int  `json:"epoch"`
		Turnover bool `json:"turnover"`
	}
	out, err := exec.Command("tumend", "keys", "status", "--json", "--data-dir", o.data).Output()
	if err == nil {
		err = json.Unmarshal(out, &status)
	}
	if err != nil {
		o.t.Fatalf("%s: %v", out, err)
	}
	return status.Epoch, status.Turnover
}

// atLine starts a command and calls do once it has said so many lines on standard
// error, which may be fewer; it waits for the end of the command.
func atLine(t *testing.T, n int, do func(*exec.Cmd), args ...string) {
	t.Helper()
	cmd := exec.Command("tumend", args...)
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for i := 1; lines.Scan(); i++ {
		if i == n {
			do(cmd)
		}
	}
	cmd.Wait() // which may have been killed
}

// A server that is killed at any stage of a turnover, while others write, goes on
// with it when it starts again; nobody's records are lost.
func TestATurnoverSurvivesKills(t *testing.T) {
	o := newOffice(t)
	o.serve()
	o.fill(16, 8)
	o.killed()
	for round := range 4 {
		o.serve()
		o.known.verify(t, o.conn)
		server := o.server
		atLine(t, round+1, func(*exec.Cmd) { server.Process.Kill() }, "keys", "rotate", "--data-dir", o.data)
		o.killed()
		o.serve() // which goes on with it
		for turning := true; turning; {
			_, turning = o.epoch()
		}
		o.fill(4, 2)
		o.killed()
	}
	before, _ := o.epoch()
	tumend(t, "keys", "rotate", "--data-dir", o.data) // where none serves
	if after, turning := o.epoch(); after != before+1 || turning {
		t.Errorf("epoch %d after %d, under way: %v", after, before, turning)
	}
	o.serve()
	o.known.verify(t, o.conn)
	o.killed()
}

// What was confirmed to be erased is erased, though the server is killed as soon as
// it has said so.
func TestAnErasureSurvivesAKill(t *testing.T) {
	o := newOffice(t)
	o.serve()
	for round := range 3 {
		made, err := o.conn.Persons.CreatePerson(t.Context(), &tumenv1.CreatePersonRequest{Reason: "first report", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: fmt.Sprintf("Hong Gildong %d", round)}}}})
		if err != nil {
			t.Fatal(err)
		}
		asked, err := o.conn.Erasures.ErasePerson(t.Context(), &tumenv1.ErasePersonRequest{Name: made.GetPerson().GetName(), Etag: made.GetPerson().GetEtag(), Reason: "withdrawn"})
		if err != nil {
			t.Fatal(err)
		}
		name := asked.GetErasure().GetName()
		admin := o.dial(o.admin)
		seen, err := admin.Erasures.GetErasure(t.Context(), &tumenv1.GetErasureRequest{Name: name})
		if err == nil {
			_, err = admin.Erasures.ConfirmErasure(t.Context(), &tumenv1.ConfirmErasureRequest{Name: name, Etag: seen.GetErasure().GetEtag(), Reason: "agreed"})
		}
		if err != nil {
			t.Fatal(err)
		}
		o.killed()
		o.serve()
		for state := tumenv1.ErasureState_ERASURE_STATE_CONFIRMED; state != tumenv1.ErasureState_ERASURE_STATE_ERASED; {
			e, err := o.conn.Erasures.GetErasure(t.Context(), &tumenv1.GetErasureRequest{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			state = e.GetErasure().GetState()
		}
		if _, err := o.conn.Persons.GetPerson(t.Context(), &tumenv1.GetPersonRequest{Name: made.GetPerson().GetName()}); client.AsError(err) == nil || client.AsError(err).Reason != "ERASED" {
			t.Errorf("the person is read: %v", err)
		}
		o.fill(4, 2)
	}
	o.known.verify(t, o.conn)
	o.killed()
	if epoch, turning := o.epoch(); epoch != 4 || turning {
		t.Errorf("epoch %d, under way: %v", epoch, turning)
	}
}

// A restoring that is killed leaves nothing that looks like a store, and is simply
// begun again; a backup that is killed leaves no backup.
func TestRestoringSurvivesKills(t *testing.T) {
	o := newOffice(t)
	o.serve()
	o.fill(8, 4)
	o.killed()
	dir := t.TempDir()
	identity, err := age.GenerateX25519Identity()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "keeper"), []byte(identity.String()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kept.age")
	tumend(t, "backup", "--data-dir", o.data, "--recipient", identity.Recipient().String(), "--out", file)
	args := func(data string) []string {
		return []string{"restore", "--data-dir", data, "--keys-dir", filepath.Join(o.data, "keys"), "--from", file, "--identity", filepath.Join(dir, "keeper")}
	}
	for line := 1; line <= 5; line++ {
		data := filepath.Join(dir, fmt.Sprint("data", line))
		atLine(t, line, func(cmd *exec.Cmd) { cmd.Process.Kill() }, args(data)...)
		if _, err := os.Stat(filepath.Join(data, "tumen.db")); err == nil {
			// It was done before the kill reached it.
		} else {
			tumend(t, args(data)...)
		}
		if said := tumend(t, "check", "--data-dir", data, "--keys-dir", filepath.Join(o.data, "keys")); !strings.Contains(said, "everything is in order") {
			t.Fatal(said)
		}
		if left, _ := filepath.Glob(filepath.Join(data, ".rest*")); len(left) > 0 && line < 5 {
			t.Errorf("it leaves %v", left)
		}
	}
}
