// Package daemon is the command tumend: it puts the server together from its
// settings, starts and stops it, and administers it from beside it. Run is the
// whole of it; the programs that tests start in their own process use Start.
package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"tumen/clients/client"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // it failed, or `check` found something wrong
	exitUsage   = 2 // the command line or the settings are wrong; nothing was done
)

// terminal is what a run of the command writes to.
type terminal struct {
	out io.Writer // results
	err io.Writer // everything else
}

// printJSON prints what a command found as one object.
func (t *terminal) printJSON(found any) error {
	encoder := json.NewEncoder(t.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(found)
}

// Run runs tumend with args (without the program's name) and returns its exit
// code. Cancelling ctx stops a server.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	t := &terminal{out: stdout, err: stderr}
	root := t.rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var failed runError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &failed):
		if message := failed.Error(); message != "" {
			fmt.Fprintln(stderr, "tumend:", message)
		}
		return exitFailure
	}
	fmt.Fprintln(stderr, "tumend:", err)
	fmt.Fprintln(stderr, "See tumend --help, or --help after any command.")
	return exitUsage
}

// runError is an error that a command met while it ran. Every other error comes
// from reading the command line or the settings.
type runError struct{ error }

func (e runError) Unwrap() error { return e.error }

func (t *terminal) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tumend",
		Short: "Serve cases to those who record, weigh and verify them",
		Long: `Serve cases to those who record, weigh and verify them.

  tumend init --organisation HANDLE --display-name NAME --admin HANDLE
  tumend serve

Settings come from flags, then from the environment (TUMEN_…), then from the
file that --config names. Commands beside a running server reach it through its
admin socket; where none runs, they open the store themselves.

Exit codes: 0 ok, 1 failure, 2 usage.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.Version = client.Version()
	root.AddCommand(t.initCommand(), t.serveCommand(), t.organisationCommand(), t.memberCommand(), t.tokenCommand(), t.checkCommand(), t.compactCommand(), t.keysCommand(), t.backupCommand(), t.restoreCommand(), t.policyCommand(), t.ledgerCommand(), t.demoCommand())
	return root
}

// withSettings makes the function of a command that has the flags of settings.
func withSettings(run func(cmd *cobra.Command, s *Settings, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := LoadSettings(cmd.Flags(), os.Environ())
		if err != nil {
			return err
		}
		err = run(cmd, s, args)
		var wrong usageError
		if err != nil && !errors.As(err, &wrong) {
			return runError{err}
		}
		return err
	}
}

// usageError is a mistake in the command line that shows only while it runs,
// before anything is done.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// newLog makes the log that the settings ask for.
func newLog(w io.Writer, s *Settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogJSON {
		o.ReplaceAttr = inSeconds
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// inSeconds gives durations their unit, which JSON has no other place for than
// their name: took_seconds.
func inSeconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.Float64(a.Key+"_seconds", a.Value.Duration().Seconds())
	}
	return a
}

// readyLine says where a server listens.
func readyLine(s *Server) string {
	line := "ready grpc=" + s.Address()
	for _, door := range []struct{ name, address string }{{"tiles", s.TilesAddress()}, {"web", s.WebAddress()}, {"onion", s.OnionAddress()}} {
		if door.address != "" {
			line += " " + door.name + "=" + door.address
		}
	}
	return line
}

func (t *terminal) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server until it is interrupted. When it takes calls, it prints one line:

  ready grpc=HOST:PORT

and behind it, where the ledger is published (--tiles), tiles=HOST:PORT, and where
browsers are served, web=HOST:PORT (--web-listen) and onion=HOST:PORT
(--web-onion-listen).`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			server, err := Start(cmd.Context(), s, newLog(t.err, s), false)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, readyLine(server))
			if err == nil {
				err = server.Wait(cmd.Context())
			}
			return errors.Join(err, server.Stop())
		}),
	}
	addFlags(cmd.Flags(), true)
	return cmd
}
