package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/bag"
	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) exportCommand() *cobra.Command {
	e := &exporting{session: s}
	cmd := &cobra.Command{
		Use:   "export --out DIR",
		Short: "Take findings away with all that they rest on, so that a stranger can check them",
		Long: `Take findings away with all that they rest on, as a BagIt bag in a new folder.
Each revision of each record comes with a proof that it stands in the server's
signed ledger; the export itself becomes an entry of it. What you may not see, or
did not ask for, is withheld, and data/redactions.csv says so.

Without --period and --status a case is exported whole; else it is the findings
that are asked for, all that are decided if no --status is given, with their
claims, sources and ties. Times are told to the day unless --exact-times is given.

With --again an export is taken once more, under the checkpoint that was published
last and with the cosignatures of its witnesses, as a policy with a quorum demands.
That has to be newer than the export. tumen ledger entries --kind export --json
lists your exports.

A connection that breaks is taken up again where it broke off. If that fails, or
you interrupt it, the same command with the same folder continues it; until it is
whole the folder holds another, named unfinished, and tumen verify refuses it.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context()) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&e.folder, "out", "", "write to this `DIR`, which is new or empty, for your eyes only")
	flags.StringVar(&e.again, "again", "", "take the `EXPORT` of this name (exports/…) once more, cosigned by witnesses")
	flags.StringVar(&e.matter, "case", "", "only this `CASE`")
	flags.StringVar(&e.query.Within, "period", "", "only findings on events that may have been in this `PERIOD` (EDTF)")
	flags.StringSliceVar(&e.states, "status", nil, "only findings in these `STATES`, such as corroborated,disputed")
	flags.StringSliceVar(&e.classes, "disclose", nil, "`CLASSES` of fields to disclose, as far as you see them: content, identity, source-identity (default content); open always is")
	flags.StringVar(&e.purpose, "for", "", "the `PURPOSE` that it is made for: share-with-partners, submit-confidentially, transmit-to-government, publish or use-in-proceedings; identity goes along where it was released for that")
	flags.BoolVar(&e.query.ExactTimes, "exact-times", false, "tell times to the microsecond")
	flags.StringVar(&e.request.Reason, "reason", "", "`WHY`; kept with the entry in the ledger, and not exported")
	flags.BoolVar(&e.excel, "excel", false, "begin the CSV files with the mark by which Excel knows UTF-8")
	flags.BoolVar(&e.captures, "captures", false, "take the bytes of preserved copies along, of those that you may read")
	_ = cmd.MarkFlagRequired("out") // it was declared above
	for _, other := range []string{"case", "period", "status", "disclose", "for", "exact-times", "reason"} {
		cmd.MarkFlagsMutuallyExclusive("again", other)
	}
	return cmd
}

// exporting is one use of export.
type exporting struct {
	*session
	folder, matter  string
	purpose         string
	again           string // the name of an export that was made before
	states, classes []string
	excel, captures bool
	query           tumenv1.ExportQuery
	request         tumenv1.ExportRecordsRequest
	begun           begunExport
	header          *tumenv1.ExportHeader
	taken           int64
	damaged         int // captures whose bytes the server doesn't have any more
}

func (e *exporting) run(ctx context.Context) (err error) {
	if err := e.ask(); err != nil {
		return err
	}
	if err := e.connect(ctx); err != nil {
		return err
	}
	if e.matter != "" {
		if e.query.Case, err = e.resolve(ctx, e.matter, "Case"); err != nil {
			return err
		}
	}
	w, err := e.begin()
	if err != nil {
		return err
	}
	if err := e.take(ctx, w); err != nil {
		return e.end(w, err)
	}
	if e.json {
		e.out.raw(fmt.Sprintf("{\"export\":%q,\"records\":%d}\n", e.header.GetName(), e.header.GetRecords()))
	} else {
		e.out.line("%s exported to %s", plural(int(e.header.GetRecords()), "record"), visible(e.folder))
	}
	if e.damaged > 0 {
		return fmt.Errorf("the export is whole, but for the bytes of %s, which the server doesn't have any more as they were preserved; tell whoever runs it", plural(e.damaged, "capture"))
	}
	return nil
}

// ask reads the words of the command line.
func (e *exporting) ask() error {
	e.request.Query = &e.query
	e.request.Reason = firstOf(e.request.Reason, "exported with tumen")
	if e.purpose != "" {
		n, err := wordIn(tumenv1.ReleasePurpose(0).Descriptor(), "for", e.purpose)
		if err != nil {
			return err
		}
		e.query.Purpose = tumenv1.ReleasePurpose(n)
	}
	for _, word := range e.states {
		n, err := wordIn(tumenv1.FindingState(0).Descriptor(), "status", word)
		if err != nil {
			return err
		}
		e.query.FindingStates = append(e.query.FindingStates, tumenv1.FindingState(n))
	}
	for _, word := range e.classes {
		n, err := wordIn(tumenv1.Protection(0).Descriptor(), "disclose", word)
		if err != nil {
			return err
		}
		if tumenv1.Protection(n) == tumenv1.Protection_PROTECTION_INTERNAL {
			return usagef("--disclose: what is internal never leaves the server")
		}
		e.request.Disclose = append(e.request.Disclose, tumenv1.Protection(n))
	}
	return nil
}

func wordIn(ed protoreflect.EnumDescriptor, flag, word string) (protoreflect.EnumNumber, error) {
	n, ok := labels.EnumNumber(ed, word)
	if !ok {
		return 0, usagef("--%s: %q is none of %s", flag, word, strings.Join(wordsOf(ed), ", "))
	}
	return n, nil
}

func (e *exporting) take(ctx context.Context, w *bag.Writer) error {
	e.taken = w.Taken()
	told, done := e.toldRecords()
	defer done()
	sink := client.ExportSink{
		Header: func(h *tumenv1.ExportHeader) error {
			e.header = h
			if err := e.remember(w, h.GetName()); err != nil {
				return err
			}
			return w.Header(h)
		},
		Record: func(r *tumenv1.ExportedRecord) error {
			e.taken++
			told(e.taken)
			return w.Record(r)
		},
	}
	var err error
	switch {
	case e.again != "":
		err = e.conn.ExportAgain(ctx, e.again, w.Taken(), sink)
	case e.begun.Export == "":
		err = e.conn.Export(ctx, &e.request, sink)
	default:
		err = e.conn.ContinueExport(ctx, e.begun.Export, w.Taken(), sink)
	}
	if err == nil && e.captures {
		err = e.takeCaptures(ctx, w)
	}
	if err != nil {
		return err
	}
	return w.Close()
}

// toldRecords tells, on a terminal, how far an export has come.
func (e *exporting) toldRecords() (told func(int64), done func()) {
	f := e.watched()
	if f == nil {
		return func(int64) {}, func() {}
	}
	return func(n int64) {
		if n%50 == 0 || n == e.header.GetRecords() {
			fmt.Fprintf(f, "\r%d of %d records", n, e.header.GetRecords())
		}
	}, func() { fmt.Fprintln(f) }
}
