// Package cli is the command tumen: nouns, then verbs, over the contract's
// services. Run is the whole of it; cmd/tumen only calls it.
//
// Results go to standard output, as text for people or, with --json, as the
// contract's JSON; everything else goes to standard error. A list is one JSON
// object with all its pages merged, written as they arrive: if the command fails
// on the way, the object is not closed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"google.golang.org/grpc/codes"

	"tumen/clients/client"
)

// The exit codes.
const (
	exitOK           = 0
	exitFailure      = 1 // anything not named below
	exitUsage        = 2 // the command line is wrong; nothing was sent
	exitRefused      = 3 // a bag was read, and does not hold
	exitNotPermitted = 4 // unknown to the server, or not allowed
	exitConflict     = 5 // changed by somebody else meanwhile, or already there
	exitNotFound     = 6 // not there, or not visible
)

// Run runs the command with args (without the program's name) and returns its
// exit code. Cancelling ctx ends it.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := newSession(stdin, stdout, stderr)
	defer s.close()
	root := s.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = s.out.err
	}
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if s.json || asksForJSON(args) {
		s.printFailure(err)
		return code
	}
	if message := s.explain(ctx, err); message != "" {
		fmt.Fprintf(stderr, "tumen: %s\n", visibleLines(message))
	}
	if code == exitUsage {
		fmt.Fprintln(stderr, "See tumen --help, or --help after any command.")
	}
	return code
}

// asksForJSON finds --json where the command line could not be read as far.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}

// runError is an error that a command met while it ran. Every other error comes
// from reading the command line.
type runError struct{ error }

func (e runError) Unwrap() error { return e.error }

// usageError is a mistake in the command line that shows only while it runs.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// notFoundError is for names that lead nowhere before the server is asked for
// the record itself.
type notFoundError struct{ message string }

func (e *notFoundError) Error() string { return e.message }

// quietError fails the command after it has said why in its output.
type quietError struct{}

func (quietError) Error() string { return "" }

func exitCode(err error) int {
	var usage *usageError
	var run runError
	var missing *notFoundError
	var refused refusedError
	switch {
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &missing):
		return exitNotFound
	case !errors.As(err, &run):
		return exitUsage
	}
	failure := client.AsError(err)
	if failure == nil {
		return exitFailure
	}
	switch failure.Code {
	case codes.PermissionDenied, codes.Unauthenticated:
		return exitNotPermitted
	case codes.Aborted, codes.AlreadyExists:
		return exitConflict
	case codes.NotFound:
		return exitNotFound
	}
	return exitFailure
}

func (s *session) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tumen",
		Short: "Record, weigh and verify cases on a tumen server",
		Long: `Record, weigh and verify cases on a tumen server.

Wherever a name is asked for (cases/…), issuer:id serves too: what the issuer
calls the record. An id alone is one of your own organisation; the reference of
a case or person (2026-K7QF4) serves as well, and a finding is SUBJECT/ASPECT
(E1/count).

Sensitive text is never given as an argument, which other users of the machine
could read. Give @- (standard input), @FILE, or @edit (your editor).

With --json results are the contract's JSON. An error then is one JSON object on
the last line of standard error: code, reason, message, violations (field,
reason, description, and line for a matter file) and metadata. A list is written
as it arrives, so its JSON is complete only if the exit code is 0.

Exit codes: 0 ok, 1 failure, 2 usage, 3 a bag is refused, 4 not permitted,
5 conflict, 6 not found.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().StringVar(&s.profilePath, "profile", "", "profile `FILE`: server, token and CA (default $TUMEN_PROFILE)")
	root.PersistentFlags().StringVar(&s.purpose, "purpose", "", "`WHY` you read who a person or source is; kept in the ledger with what you are shown")
	root.PersistentFlags().BoolVar(&s.json, "json", false, "print the contract's JSON, and errors as JSON, too")
	for _, n := range nouns {
		root.AddCommand(s.nounCommand(n))
	}
	root.AddCommand(s.countCommand(), s.queueCommand(), s.historyCommand(), s.showCommand(), s.applyCommand(), s.exportCommand(), s.verifyCommand(), s.ledgerCommand(), s.logCommand(), s.whoamiCommand(), s.enrolCommand(), s.memberCommand(), s.organisationCommand(), s.tokenCommand(), s.loginCommand(), s.logoutCommand(), s.credentialCommand(), s.draftCommand(), s.passphraseCommand(), s.identityCommand(), s.issuerCommand(), s.markFreeCommand(), s.webCommand())
	root.Version = client.Version()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.RunE, c.Args = needsMore, cobra.ArbitraryArgs
		}
	}
	return root
}

// flagError keeps sensitive text that was given as an argument out of the message.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	if _, secret := invalid.GetFlag().Value.(*secretValue); secret {
		return usagef("--%s: %v", invalid.GetFlag().Name, invalid.Unwrap())
	}
	return err
}

// runs marks the errors of a command as met while it ran.
func runs(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return runError{err}
		}
		return nil
	}
}
