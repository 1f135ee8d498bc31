package cli

import (
	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

// draftCommand shows what is kept of what was typed elsewhere: a command line has no
// forms to begin a draft in.
func (s *session) draftCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "draft", Short: "What you have typed elsewhere and not sent off yet", Args: cobra.ArbitraryArgs, RunE: needsMore}
	cmd.AddCommand(s.draftListCommand(), s.draftShowCommand(), s.draftDeleteCommand())
	return cmd
}

func (s *session) draftListCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List your drafts, in the order in which they were begun",
		Args:  cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			all, err := collect(ctx, s.conn.Drafts.ListDrafts, &tumenv1.ListDraftsRequest{Kind: kind, PageSize: 1000}, (*tumenv1.ListDraftsResponse).GetDrafts)
			if err != nil || s.json {
				return s.documentOr(err, &tumenv1.ListDraftsResponse{Drafts: all})
			}
			t := s.out.table([]int{1}, "KIND", "LABEL", "BYTES", "SAVED", "GONE", "DRAFT")
			for _, d := range all {
				t.add(d.GetKind(), firstOf(d.GetLabel(), "-"), count64(d.GetSize()), minute(d.GetUpdateTime().AsTime(), true), minute(d.GetExpireTime().AsTime(), true), d.GetName())
			}
			t.flush()
			return nil
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "only those that are to become this `KIND`, such as intake")
	return cmd
}

func (s *session) draftShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show DRAFT",
		Short: "Show what a draft holds, in the form in which it was saved",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if err := s.connect(cmd.Context()); err != nil {
				return err
			}
			reply, err := s.conn.Drafts.GetDraft(cmd.Context(), &tumenv1.GetDraftRequest{Name: args[0]})
			if err != nil || s.json {
				return s.documentOr(err, reply.GetDraft())
			}
			d := reply.GetDraft()
			s.out.heading(visible(firstOf(d.GetLabel(), d.GetKind())))
			s.out.line("saved %s, gone %s", minute(d.GetUpdateTime().AsTime(), true), minute(d.GetExpireTime().AsTime(), true))
			s.out.line("")
			s.out.line("%s", visibleLines(string(d.GetContent())))
			return nil
		}),
	}
}

func (s *session) draftDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "delete DRAFT",
		Short: "Delete a draft for good",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			reply, err := s.conn.Drafts.GetDraft(ctx, &tumenv1.GetDraftRequest{Name: args[0]})
			if err != nil {
				return err
			}
			gone, err := s.conn.Drafts.DeleteDraft(ctx, &tumenv1.DeleteDraftRequest{Name: args[0], Etag: reply.GetDraft().GetEtag()})
			if err != nil || s.json {
				return s.documentOr(err, gone)
			}
			s.out.line("%s is gone", visible(args[0]))
			return nil
		}),
	}
}
