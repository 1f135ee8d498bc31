package daemon

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
)

// CheckReport is what `tumend check` found, and what it prints with --json.
type CheckReport struct {
	OK       bool           `json:"ok"`
	Problems []string       `json:"problems"`           // one line each; ids and counts, no content
	Rows     int64          `json:"rows"`               // of the store, read
	Records  map[string]int `json:"records,omitempty"`  // by kind
	Captures int            `json:"captures"`           // contents that are sound
	Bytes    int64          `json:"capture_bytes"`      // of captures, read
	Unused   int            `json:"captures_unused"`    // contents that no record speaks of
	Leftover int            `json:"captures_leftovers"` // uploads that were broken off
}

// inquiry is a line that the checking process writes: how far it is, or at last
// what it found.
type inquiry struct {
	Progress string       `json:"progress,omitempty"`
	Report   *CheckReport `json:"report,omitempty"`
	Failure  string       `json:"failure,omitempty"` // it could not look
}

func (t *terminal) checkCommand() *cobra.Command {
	var asJSON, child bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read the whole store and its captures, and say what is wrong",
		Long: `Read the whole store and its captures, and say what is wrong: damaged pages,
rows that can't be read, indexes that disagree with records, captures that are
missing or changed. Nothing is changed. No server may have the store open.

The exit code is 1 if anything is wrong.`,
		Args: cobra.NoArgs,
		RunE: withSettings(func(cmd *cobra.Command, s *Settings, _ []string) error {
			if child {
				return t.inquire(cmd.Context(), s)
			}
			report, err := t.superviseCheck(cmd.Context(), s, asJSON)
			if err != nil {
				return err
			}
			return t.show(report, asJSON)
		}),
	}
	addFlags(cmd.Flags(), false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&child, "read-here", false, "read in this process")
	cmd.Flags().MarkHidden("read-here")
	return cmd
}

// superviseCheck has a child process do the reading: damage may end a process
// that reads, and that end is then what was found.
func (t *terminal) superviseCheck(ctx context.Context, s *Settings, silent bool) (*CheckReport, error) {
	if running, err := socketAnswers(s.AdminSocket); err == nil && running {
		return nil, inUse(s)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, program, "check", "--read-here", "--data-dir", s.DataDir, "--keys-dir", s.KeysDir, "--root-key-file", s.RootKeyFile, "--root-passphrase-file", s.RootPassphraseFile, "--listen", "127.0.0.1:0")
	child.Args[0] = os.Args[0]
	var complaint bytes.Buffer
	child.Stderr = &complaint
	pipe, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	report, err := t.follow(pipe, silent)
	ended := child.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	case report != nil:
		return report, nil
	}
	return &CheckReport{Problems: []string{"the store can't be read to its end; reading it ended the process that did: " + lastWords(ended, complaint.String())}}, nil
}

// follow shows how far the checking process is and gives its report; nil if it
// ended without one.
func (t *terminal) follow(r io.Reader, silent bool) (*CheckReport, error) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, nil
		}
		var q inquiry
		if err := json.Unmarshal(line, &q); err != nil {
			return nil, nil
		}
		switch {
		case q.Failure != "":
			return nil, errors.New(q.Failure)
		case q.Report != nil:
			return q.Report, nil
		case !silent:
			fmt.Fprintln(t.err, q.Progress)
		}
	}
}

// lastWords is the first line of what a dying process said: the rest are the
// addresses of its code.
func lastWords(err error, complaint string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(complaint), "\n")
	if err == nil {
		return first
	}
	return strings.TrimSuffix(err.Error()+": "+first, ": ")
}

// show prints a report; the error of one with problems is empty, as they have
// been told.
func (t *terminal) show(r *CheckReport, asJSON bool) error {
	if asJSON {
		if err := t.printJSON(r); err != nil {
			return err
		}
	} else {
		for _, problem := range r.Problems {
			fmt.Fprintln(t.out, "problem:", problem)
		}
		total := 0
		for _, n := range r.Records {
			total += n
		}
		fmt.Fprintf(t.out, "%d records in %d rows, %d captures of %d bytes", total, r.Rows, r.Captures, r.Bytes)
		if r.Unused > 0 {
			fmt.Fprintf(t.out, ", %d of them without a record", r.Unused)
		}
		fmt.Fprintln(t.out)
		if r.OK {
			fmt.Fprintln(t.out, "everything is in order")
		}
	}
	if !r.OK {
		return errors.New("")
	}
	return nil
}
