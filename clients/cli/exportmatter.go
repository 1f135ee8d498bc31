package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) exportMatterCommand(n *noun) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "export-matter CASE",
		Short: "Write a case as a matter file, which apply reads",
		Long: `Write a case as a matter file, which apply reads, here or on another server. What
it leaves out is told on standard error and at the top of the file: what is
withheld from you, claims that are not in force, captures and what cites them,
assignees, and what refers to records that are not in the file.

With --json the documents are printed as the contract has them, which apply does
not read.`,
		Args: cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if s.json && path != "" {
				return usagef("a matter file is YAML, and apply reads no other: leave out --json, or -o")
			}
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			name, err := s.resolve(ctx, args[0], n.message)
			if err != nil {
				return err
			}
			e := &exported{}
			for piece, err := range s.conn.ExportMatter(ctx, name) {
				if err != nil {
					return err
				}
				e.take(piece)
			}
			return s.writeExport(path, e)
		}),
	}
	cmd.Flags().StringVarP(&path, "output", "o", "", "write to this new `FILE`, for your eyes only (0600), instead of standard output")
	return cmd
}

// exported is a matter as the server gives it.
type exported struct {
	documents []*tumenv1.MatterDocument
	omissions []*tumenv1.MatterOmission
}

func (e *exported) take(piece *tumenv1.ExportMatterResponse) {
	if d := piece.GetDocument(); d != nil {
		e.documents = append(e.documents, d)
	}
	if o := piece.GetOmission(); o != nil {
		e.omissions = append(e.omissions, o)
	}
}

// writeExport writes the file whole, then gives it its name.
func (s *session) writeExport(path string, e *exported) error {
	if s.json {
		return s.printExport(e)
	}
	var b bytes.Buffer
	lines := omissionLines(e.omissions)
	for _, line := range lines {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	for _, line := range lines {
		fmt.Fprintln(s.err, line)
	}
	if err := writeMatter(&b, e.documents); err != nil {
		return err
	}
	if path == "" {
		s.out.raw(b.String())
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, &b); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// printExport prints what the server sent: documents, and what was left out.
func (s *session) printExport(e *exported) error {
	object := s.out.jsonObject()
	addAll(object, "documents", e.documents)
	addAll(object, "omissions", e.omissions)
	return object.end()
}

// omissionLines say what an export leaves out, one line for what belongs
// together.
func omissionLines(omissions []*tumenv1.MatterOmission) []string {
	var lines []string
	which := map[string][]string{} // by what is said of them
	for _, o := range omissions {
		said, of := omissionWords(o)
		if which[said] == nil {
			lines = append(lines, said)
		}
		which[said] = append(which[said], visible(of))
	}
	for i, said := range lines {
		lines[i] = strings.TrimSuffix("left out: "+said+": "+strings.Join(which[said], ", "), ": ")
	}
	return lines
}

// omissionWords say what was left out and of which document or record.
func omissionWords(o *tumenv1.MatterOmission) (said, of string) {
	of = firstOf(o.GetKey(), labels.Short(o.GetName()))
	field := visible(fieldWords([]string{o.GetField()}))
	switch o.GetReason() {
	case tumenv1.OmissionReason_OMISSION_REASON_WITHHELD:
		if o.GetCount() > 0 {
			of += fmt.Sprintf(" (%s)", plural(int(o.GetCount()), "field"))
		}
		return words(o.GetProtection()) + " withheld from you", of
	case tumenv1.OmissionReason_OMISSION_REASON_HIDDEN:
		return plural(int(o.GetCount()), "record") + " marked above what you may see", ""
	case tumenv1.OmissionReason_OMISSION_REASON_NOT_IN_FORCE:
		return "claims superseded or retracted", of
	case tumenv1.OmissionReason_OMISSION_REASON_CAPTURES:
		return "captures, whose bytes no such file holds", fmt.Sprintf("%d of %s", o.GetCount(), of)
	case tumenv1.OmissionReason_OMISSION_REASON_EXAMINATION:
		return "examinations, which cite a capture", of
	case tumenv1.OmissionReason_OMISSION_REASON_ASSIGNEES:
		return "assignees, who are members of this server", of
	case tumenv1.OmissionReason_OMISSION_REASON_REFERENCE:
		return "fields that refer to what is not in the file (deleted, in another case, or not visible to you)", of + " " + field
	case tumenv1.OmissionReason_OMISSION_REASON_FOUNDATION:
		if field != "" {
			of += " (" + field + ")"
		}
		return "records that can't be without what is not in the file", of
	case tumenv1.OmissionReason_OMISSION_REASON_FINDINGS:
		return plural(int(o.GetCount()), "reviewed finding") + ": a matter holds what findings rest on, not what was concluded", ""
	}
	return "something this program does not know of", of
}
