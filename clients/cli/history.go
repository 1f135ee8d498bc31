package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func (s *session) historyCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "history NAME",
		Short: "List the revisions of a record, newest first: who, when and why",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			name, err := s.resolve(ctx, args[0])
			if err != nil {
				return err
			}
			request := &tumenv1.ListRevisionsRequest{Name: name}
			return s.list(ctx, "RecordService", "ListRevisions", request.ProtoReflect(), limit, revisionColumns, 3, 5)
		}),
	}
	limitFlag(cmd, &limit)
	return cmd
}

var revisionColumns = []column{
	col("REV", func(r *tumenv1.Revision) string { return count64(r.GetRevision()) }),
	col("TIME (UTC)", func(r *tumenv1.Revision) string { return r.GetTime().AsTime().UTC().Format("2006-01-02 15:04:05") }),
	col("METHOD", func(r *tumenv1.Revision) string { return r.GetMethod()[strings.LastIndexByte(r.GetMethod(), '/')+1:] }),
	col("CHANGED", changedWords),
	subjectColumn("MEMBER", (*tumenv1.Revision).GetMember),
	col("REASON", (*tumenv1.Revision).GetReason),
}

// changedWords are the fields that a revision changed; the first one set them all.
func changedWords(r *tumenv1.Revision) string {
	if r.GetRevision() == 1 {
		return "(all)"
	}
	return fieldWords(r.GetChangedFields())
}

// fieldWords lists fields for a person.
func fieldWords(names []string) string {
	return strings.ReplaceAll(strings.Join(names, ", "), "_", " ")
}

func (s *session) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME[@REVISION]",
		Short: "Show any record, as it is or as it was",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			text, revision, err := splitRevision(args[0])
			if err != nil {
				return err
			}
			name, err := s.resolve(ctx, text)
			if err != nil {
				return err
			}
			var reply interface {
				proto.Message
				GetRecord() *tumenv1.Record
			}
			if revision > 0 {
				reply, err = s.conn.Records.GetRevision(ctx, &tumenv1.GetRevisionRequest{Name: name, Revision: revision})
			} else {
				reply, err = s.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
			}
			if err != nil {
				return err
			}
			record := labels.Unwrap(reply.GetRecord())
			if f, ok := record.(*tumenv1.Finding); ok && revision == 0 {
				return presentFinding(s, ctx, f)
			}
			if s.json {
				return s.out.document(reply.GetRecord())
			}
			s.printRecord(ctx, record.ProtoReflect())
			return nil
		}),
	}
}

// splitRevision cuts @REVISION off; an external id may hold an @ of its own, so
// only a number after the last one counts.
func splitRevision(text string) (string, int64, error) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text, 0, nil
	}
	revision, err := strconv.ParseInt(text[at+1:], 10, 64)
	if err != nil {
		return text, 0, nil
	}
	if revision < 1 {
		return "", 0, usagef("revisions are numbered from 1")
	}
	return text[:at], revision, nil
}
