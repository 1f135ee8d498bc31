package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tumen/clients/verify"
)

func (s *session) verifyCommand() *cobra.Command {
	var policy string
	cmd := &cobra.Command{
		Use:   "verify BAG --policy FILE",
		Short: "Check an export without its server",
		Long: `Check an export (the folder that tumen export wrote) without its server: the
manifests, every signature, every field that is shown, every entry, every proof
under the signed checkpoint, every history, that nothing is missing of what the
export lists and its findings rest on, and that their support follows from it.

The policy says whose signature counts, and must have come another way than the bag:

  log VERIFIER-KEY
  witness NAME VERIFIER-KEY [URL]
  quorum N

It asks no server and needs no profile. Exit code 3: the bag is refused.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			return s.verify(cmd.Context(), args[0], policy)
		}),
	}
	cmd.Flags().StringVar(&policy, "policy", "", "`FILE` that says whose signature counts")
	_ = cmd.MarkFlagRequired("policy") // it was declared above
	return cmd
}

// refusedError: the bag was read, and something in it does not hold. The report has
// said what.
type refusedError struct{}

func (refusedError) Error() string { return "" }

func (s *session) verify(ctx context.Context, folder, policyFile string) error {
	text, err := os.ReadFile(policyFile)
	if err != nil {
		return fmt.Errorf("the policy can't be read: %w", err)
	}
	policy, err := verify.ParsePolicy(text)
	if err != nil {
		return usagef("%s: %v", policyFile, err)
	}
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return &notFoundError{fmt.Sprintf("there is no folder %s", folder)}
	}
	if err != nil {
		return err
	}
	defer root.Close()
	report, err := verify.Verify(ctx, root.FS(), policy, s.verifyProgress())
	if err != nil {
		return err
	}
	if s.json {
		text, err := json.Marshal(report)
		if err != nil {
			return err
		}
		s.out.line("%s", text)
	} else {
		s.printReport(report)
	}
	if report.Refused() {
		return refusedError{}
	}
	return nil
}

// verifyProgress tells on a terminal how far the records have been read.
func (s *session) verifyProgress() verify.Progress {
	file := s.watched()
	if file == nil || s.json {
		return nil
	}
	return func(name string, done, total int64) {
		if total > 0 {
			fmt.Fprintf(file, "\r%s: %d %%  ", name, 100*done/total)
		}
		if done >= total {
			fmt.Fprint(file, "\r\x1b[K")
		}
	}
}

func (s *session) printReport(r *verify.Report) {
	for _, c := range r.Checks {
		mark := "ok       "
		if !c.OK {
			mark = "REFUSED  "
		}
		s.out.wrapped(mark+c.Name+": ", visibleLines(c.Detail))
	}
	for _, text := range r.Unproven {
		s.out.wrapped("not proven: ", visibleLines(text))
	}
	for _, f := range r.Failures {
		s.out.wrapped("! ", visibleLines(f.String()))
	}
	if r.More {
		s.out.line("! and more")
	}
	verdict := "the bag holds: everything that it shows is what the log committed to"
	if r.Refused() {
		verdict = "the bag is refused"
	}
	s.out.line("%s", verdict)
}
