// Package daemontest starts a real tumend inside a test: the same store, TLS,
// rules and profiles as in earnest, on a loopback port and in a folder that goes
// away with the test.
package daemontest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemon"
	tumenv1 "tumen/proto/tumen/v1"
)

// Organisation and Partner are the handles of the organisations that a server
// begins with; Partner is that of the member "partner" alone.
const (
	Organisation = "ngo"
	Partner      = "partner-ngo"
)

// members are who a server begins with, and has profiles of.
var members = []daemon.Enrolment{
	{Organisation: Organisation, Member: "administrator", Roles: []tumenv1.Role{tumenv1.Role_ROLE_ADMINISTRATOR}},
	{Organisation: Organisation, Member: "case-worker", Roles: []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}},
	{Organisation: Organisation, Member: "reviewer", Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}},
	{Organisation: Organisation, Member: "reviewer-2", Roles: []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}},
	{Organisation: Organisation, Member: "auditor", Roles: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}},
	{Organisation: Partner, Member: "partner", Roles: []tumenv1.Role{tumenv1.Role_ROLE_PARTNER}},
}

// Options change how a server starts. The zero value is an empty store and no log.
type Options struct {
	Log      *slog.Logger             // nil: none
	Settings func(s *daemon.Settings) // changes settings before the start
}

// Running is a running server.
type Running struct {
	Address     string            // host:port
	Profiles    map[string]string // profile files by member: administrator, case-worker, reviewer, reviewer-2, auditor, partner
	Dir         string            // the data folder
	AdminSocket string
	Settings    *daemon.Settings
	Log         *slog.Logger

	t      testing.TB
	server *daemon.Server
}

// Start starts a server with two organisations and a member of each role, and
// stops it at the end of the test.
func Start(t testing.TB, o Options) *Running {
	t.Helper()
	dir, err := os.MkdirTemp("", "tumend") // a test's own may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &Running{t: t, Dir: filepath.Join(dir, "data"), Profiles: map[string]string{}, Log: o.Log}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	r.Settings = &daemon.Settings{DataDir: r.Dir, Listen: "127.0.0.1:0"}
	if o.Settings != nil {
		o.Settings(r.Settings)
	}
	if err := r.Settings.Complete(); err != nil {
		t.Fatal(err)
	}
	r.AdminSocket = r.Settings.AdminSocket
	ctx := context.Background()
	err = daemon.Init(ctx, r.Settings, daemon.First{
		Organisation: Organisation, DisplayName: "An organisation", Admin: "administrator",
		ProfileOut: filepath.Join(dir, "administrator.yaml"), Lifetime: time.Hour,
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	r.start()
	t.Cleanup(func() { r.Stop() })
	if err := r.server.Enrol(ctx, dir, 24*time.Hour, members...); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		r.Profiles[m.Member] = filepath.Join(dir, m.Member+".yaml")
	}
	return r
}

func (r *Running) start() {
	r.t.Helper()
	server, err := daemon.Start(context.Background(), r.Settings, r.Log, false)
	if err != nil {
		r.t.Fatal(err)
	}
	r.server, r.Address = server, server.Address()
	r.Settings.Listen = r.Address // the profiles name it
}

// MetricsAddress is where the metrics are, host:port; empty unless the settings
// ask for them.
func (r *Running) MetricsAddress() string { return r.server.MetricsAddress() }

// TilesAddress is where the ledger is served, host:port; empty unless the settings
// ask for it.
func (r *Running) TilesAddress() string { return r.server.TilesAddress() }

// WebAddress is where browsers call, host:port;
// empty unless the settings ask for it.
func (r *Running) WebAddress() string { return r.server.WebAddress() }

// OnionAddress is where Tor passes on to, host:port; empty unless the settings ask for it.
func (r *Running) OnionAddress() string { return r.server.OnionAddress() }

// Stop stops the server as Ctrl-C does.
func (r *Running) Stop() {
	r.t.Helper()
	if err := r.server.Stop(); err != nil {
		r.t.Errorf("stopping the server: %v", err)
	}
}

// Restart stops the server and starts it again, at the same address and on the
// same store.
func (r *Running) Restart() {
	r.t.Helper()
	r.Stop()
	r.start()
}

// Connect connects as one of the members.
func (r *Running) Connect(member string) *client.Conn {
	r.t.Helper()
	profile, err := client.LoadProfile(r.Profiles[member])
	if err != nil {
		r.t.Fatal(err)
	}
	conn, err := client.Dial(context.Background(), profile)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

// Policy says whose exports are to be believed, for tumen verify.
func (r *Running) Policy() string { return r.server.Policy() }
