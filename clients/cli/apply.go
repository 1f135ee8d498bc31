package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) applyCommand() *cobra.Command {
	a := &application{session: s}
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Record a whole matter from a YAML file, or change what differs",
		Long: `Record a whole matter from a YAML file, whole or not at all. Each document has
a kind, a key and a record with the contract's fields; records refer to each
other by key. A key is an external id of your organisation: applied again, a
changed document updates its record, and an unchanged one changes nothing. A
record that is not in the file is left alone, and so is a field that its
document does not mention; a field that is mentioned replaces the whole field,
and one that is null is emptied.

With --dry-run the server checks every rule, all faults are listed with file,
line and field, and nothing is written.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context()) }),
	}
	cmd.Flags().StringVarP(&a.path, "file", "f", "", "the matter `FILE`; - for standard input")
	cmd.Flags().BoolVar(&a.dryRun, "dry-run", false, "check everything, write nothing")
	cmd.Flags().StringVar(&a.reason, "reason", "", "`WHY`; kept with every revision")
	_ = cmd.MarkFlagRequired("file") // it was declared above
	return cmd
}

// application is one use of apply.
type application struct {
	*session
	path, reason string
	dryRun       bool
	file         string // as faults name it
	documents    []*matterDocument
	faults       []fault // found in the file itself
}

func (a *application) run(ctx context.Context) error {
	if err := a.read(); err != nil {
		return err
	}
	if len(a.faults) > 0 {
		return a.list(append(a.faults, a.found(ctx)...))
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	reply, err := a.send(ctx, a.dryRun)
	if failure := client.AsError(err); failure != nil && !a.dryRun &&
		(failure.Code == codes.InvalidArgument || failure.Code == codes.FailedPrecondition) {
		if checked, checkErr := a.send(ctx, true); checkErr == nil && len(checked.GetFaults()) > 0 {
			return a.refused(checked)
		}
	}
	if err != nil {
		return err
	}
	if a.json {
		if err := a.out.document(reply); err != nil {
			return err
		}
	}
	if len(reply.GetFaults()) > 0 {
		return a.refused(reply)
	}
	if !a.json {
		would, be := "", ""
		if a.dryRun {
			would, be = "nothing written; would be ", "would be "
		}
		for _, d := range reply.GetDocuments() {
			if d.GetUpdated() {
				a.out.line("%supdated %s: %s", be, visible(d.GetKey()), visible(fieldWords(d.GetChangedFields())))
			}
		}
		a.out.line("%screated %d, updated %d, unchanged %d", would, reply.GetCreated(), reply.GetUpdated(), reply.GetUnchanged())
	}
	return nil
}

// found is what the server finds in as much of a faulty file as could be read;
// nothing where it can't be asked.
func (a *application) found(ctx context.Context) []fault {
	err := a.connect(ctx)
	var reply *tumenv1.ApplyMatterResponse
	if err == nil {
		reply, err = a.send(ctx, true)
	}
	if err != nil && !a.json {
		fmt.Fprintf(a.err, "%s is checked by itself only, and not by the server: %s\n", visible(a.file), visible(a.explain(ctx, err)))
	}
	return a.where(reply)
}

// read reads the file and notes what is wrong with it by itself.
func (a *application) read() error {
	var r io.Reader = a.in
	a.file = a.path
	if a.path == "-" {
		a.file = "standard input"
	} else {
		f, err := os.Open(a.path)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	documents, faults, err := readMatter(r)
	if err != nil {
		return fmt.Errorf("%s: %w", a.file, err)
	}
	a.documents, a.faults = documents, faults
	return nil
}

// send sends the documents, to be applied or only checked.
func (a *application) send(ctx context.Context, validateOnly bool) (*tumenv1.ApplyMatterResponse, error) {
	header := &tumenv1.MatterHeader{ValidateOnly: validateOnly, Reason: firstOf(a.reason, "applied with tumen")}
	documents := func(yield func(*tumenv1.MatterDocument) bool) {
		for _, d := range a.documents {
			if !yield(d.MatterDocument) {
				return
			}
		}
	}
	progress, done := a.progress(len(a.documents))
	defer done()
	return a.conn.ApplyMatter(ctx, header, documents, progress)
}

// progress tells, on a terminal, how far a large matter has come.
func (s *session) progress(total int) (sent func(int), done func()) {
	f := s.watched()
	if f == nil || total < 500 {
		return nil, func() {}
	}
	sent = func(n int) {
		if n%100 == 0 || n == total {
			fmt.Fprintf(f, "\r%d of %d documents sent", n, total)
		}
	}
	return sent, func() { fmt.Fprintln(f) }
}

// refused lists the server's faults.
func (a *application) refused(reply *tumenv1.ApplyMatterResponse) error {
	return a.list(a.where(reply))
}

// where are the server's faults as they stand in the file.
func (a *application) where(reply *tumenv1.ApplyMatterResponse) []fault {
	var faults []fault
	for _, f := range reply.GetFaults() {
		found := fault{field: f.GetField(), message: f.GetDescription()}
		if at := int(f.GetDocument()); at >= 0 && at < len(a.documents) {
			d := a.documents[at]
			if d.knows(f.GetField()) {
				continue
			}
			found.line, found.field = d.lineOf(f.GetField()), d.inFile(f.GetField())
		}
		faults = append(faults, found)
	}
	return faults
}

// list prints faults in the order of their lines and fails the command.
func (a *application) list(faults []fault) error {
	slices.SortStableFunc(faults, func(x, y fault) int { return x.line - y.line })
	if a.json {
		return &faultyError{a.file, faults}
	}
	for _, f := range faults {
		fmt.Fprintln(a.err, f.at(a.file))
	}
	fmt.Fprintf(a.err, "%s; nothing was written\n", plural(len(faults), "fault"))
	return quietError{}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
