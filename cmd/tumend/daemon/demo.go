package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tumen/internal/disk"
	tumenv1 "tumen/proto/tumen/v1"
)

const (
	demoOrganisation = "demo"
	demoLifetime     = 24 * time.Hour
	// demoLoaded is a file beside the store: the matter has been loaded, and
	// what was done with it since is left alone.
	demoLoaded = "loaded"
)

// demoMembers are who a demonstration has profiles of.
var demoMembers = []Enrolment{
	{demoOrganisation, "administrator", []tumenv1.Role{tumenv1.Role_ROLE_ADMINISTRATOR}},
	{demoOrganisation, "case-worker", []tumenv1.Role{tumenv1.Role_ROLE_CASE_WORKER}},
	{demoOrganisation, "reviewer", []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}},
	{demoOrganisation, "reviewer-2", []tumenv1.Role{tumenv1.Role_ROLE_REVIEWER}},
	{demoOrganisation, "auditor", []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}},
	{"demo-partner", "partner", []tumenv1.Role{tumenv1.Role_ROLE_PARTNER}},
}

func (t *terminal) demoCommand() *cobra.Command {
	var dir, listen, level string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a demonstration, with a matter loaded and a profile for each role",
		Long: `Run a demonstration server on loopback, until it is interrupted. It has the
matter of October 2023 loaded, from public statements, and a profile for each
role that works for a day. When it takes calls, it prints one line:

  ready grpc=HOST:PORT profiles=DIR web=URL

Its store is for demonstrations only: tumend serve refuses it. Nothing real
belongs in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// It takes no settings from there, but who misspelt one expects otherwise.
			if _, err := readEnvironment(os.Environ()); err != nil {
				return err
			}
			if err := onLoopback(listen); err != nil {
				return err
			}
			s := &Settings{DataDir: dir, Listen: listen}
			if err := errors.Join(s.setLevel(level), s.Complete()); err != nil {
				return err
			}
			if err := t.demonstrate(cmd.Context(), s); err != nil {
				return runError{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".run", "`FOLDER` for everything; remove it to start afresh")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback host:port; port 0 takes a free one")
	cmd.Flags().StringVar(&level, "log-level", "warn", "debug, info, warn or error")
	return cmd
}

func onLoopback(listen string) error {
	host, _, err := hostPort("--listen", listen)
	if err != nil {
		return err
	}
	if !loopback(host) {
		return errors.New("--listen is not a loopback address: a demonstration is for this machine only")
	}
	return nil
}

// demonstrate makes the demonstration where it is new, completes it where an
// earlier start was broken off, and runs it.
func (t *terminal) demonstrate(ctx context.Context, s *Settings) error {
	profiles := filepath.Join(s.DataDir, "profiles")
	if err := prepareDemo(ctx, s, profiles); err != nil {
		return err
	}
	server, err := Start(ctx, s, newLog(t.err, s), true)
	if err != nil {
		return err
	}
	err = t.runDemo(ctx, s, server, profiles)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // it was told to stop
	}
	return errors.Join(err, server.Stop())
}

// prepareDemo makes the folders and, where there is none, the store.
func prepareDemo(ctx context.Context, s *Settings, profiles string) error {
	for _, folder := range []string{s.DataDir, profiles} {
		if err := privateFolder(folder); err != nil {
			return err
		}
	}
	if found, err := disk.Exists(s.store()); found || err != nil {
		return err
	}
	// The profile is of an Init that was broken off, or of a store that is gone.
	profile := filepath.Join(profiles, "administrator.yaml")
	for _, left := range []string{filepath.Join(s.DataDir, demoLoaded), profile} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return Init(ctx, s, First{
		Organisation: demoOrganisation, DisplayName: "DEMO — not for real data",
		Admin: "administrator", ProfileOut: profile, Lifetime: demoLifetime,
	}, true)
}

func (t *terminal) runDemo(ctx context.Context, s *Settings, server *Server, profiles string) error {
	if err := server.Enrol(ctx, profiles, demoLifetime, demoMembers...); err != nil {
		return err
	}
	if err := replace(filepath.Join(profiles, policyFile), []byte(server.Policy())); err != nil {
		return err
	}
	loaded := filepath.Join(s.DataDir, demoLoaded)
	if found, err := disk.Exists(loaded); err != nil {
		return err
	} else if !found {
		if err := loadDemo(ctx, profiles); err != nil {
			return fmt.Errorf("loading the demonstration: %w", err)
		}
		if err := replace(loaded, nil); err != nil {
			return err
		}
	}
	fmt.Fprintf(t.err, `DEMO — not for real data. Everything is in %s; remove it to start afresh.
The profiles work for a day, and anew after each start. Try in another terminal:

  tumen --profile %s case list

Ctrl-C stops the server.
`, s.DataDir, filepath.Join(profiles, "case-worker.yaml"))
	pages, err := server.demoPages(ctx, profiles)
	if err != nil {
		return fmt.Errorf("the web client: %w", err)
	}
	_, err = fmt.Fprintf(t.out, "ready grpc=%s profiles=%s web=%s\n", server.Address(), profiles, pages)
	if err == nil {
		err = server.Wait(ctx)
	}
	return err
}
