package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tumen/clients/verify"
)

// refusedError says that a bag is not to be believed.
type refusedError struct{ failures int }

func (e *refusedError) Error() string {
	return "the bag is refused: " + plural(e.failures, "failure")
}

func (s *session) verifyCommand() *cobra.Command {
	var policyPath string
	cmd := &cobra.Command{
		Use:   "verify BAG --policy FILE",
		Short: "Check an export offline: that it is unchanged and complete",
		Long: `Check an export offline: that it is unchanged and complete. Needs neither a
profile nor a server.

The policy says whom to believe. Get it from the people who run the server, not
with the bag: log KEY (one for each epoch), witness NAME KEY, quorum N.

Exit code 3 means that the bag is refused, 1 that it could not be read.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if policyPath == "" {
				return usagef("whom to believe? Give --policy FILE, which you have from elsewhere than the bag")
			}
			text, err := os.ReadFile(policyPath)
			if err != nil {
				return err
			}
			policy, err := verify.ParsePolicy(text)
			if err != nil {
				return usagef("--policy: %v", err)
			}
			return s.verifyBag(cmd.Context(), args[0], policy)
		}),
	}
	cmd.Flags().StringVar(&policyPath, "policy", "", "`FILE` that says which log and witnesses to believe")
	return cmd
}

func (s *session) verifyBag(ctx context.Context, path string, policy *verify.Policy) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	report, err := verify.Verify(ctx, root.FS(), policy, s.reading())
	if err != nil {
		return err
	}
	if err := s.printReport(report); err != nil {
		return err
	}
	if report.Refused() {
		return &refusedError{len(report.Failures)}
	}
	return nil
}

// reading tells, on a terminal, which file is being read.
func (s *session) reading() verify.Progress {
	f, ok := s.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	last := ""
	return func(file string, done, total int64) {
		text := file
		if total > 0 {
			text = fmt.Sprintf("%3d %% of %s", done*100/total, visible(file))
		}
		if text != last {
			last = text
			fmt.Fprintf(f, "\r\x1b[K%s", text)
		}
		if file == "data/records.jsonl" && done >= total {
			fmt.Fprint(f, "\r\x1b[K")
		}
	}
}

func (s *session) printReport(report *verify.Report) error {
	if s.json {
		raw, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			s.out.raw(escapeHidden(string(raw), func(r rune) string { return fmt.Sprintf("\\u%04x", r) }) + "\n")
		}
		return err
	}
	for _, c := range report.Checks {
		word := "ok"
		if !c.OK {
			word = "FAILED"
		}
		s.out.line("%s %s %s", pad(word, 6), pad(c.Name, 16), visible(c.Detail))
	}
	for _, f := range report.Failures {
		s.out.line("%s", visible(f.String()))
	}
	if report.More {
		s.out.line("There are more failures; these are the first %d.", len(report.Failures))
	}
	if report.Refused() {
		return nil
	}
	s.out.line("Unchanged, and nothing is missing that is not said to be withheld: as %s has it.", visible(report.Origin))
	s.out.line("Not proven:")
	for _, text := range report.Unproven {
		s.out.wrapped("  ", visible(text))
	}
	return nil
}
