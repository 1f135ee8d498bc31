package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func submissionNoun() *noun {
	return &noun{
		name: "submission", message: "Submission", plural: "Submissions", service: "SubmissionService",
		short: "Submissions: what partners offer, and what became of it",
		flex:  3,
		columns: []column{
			col("STATE", func(x *tumenv1.Submission) string { return word(x.GetState()) }),
			col("FROM", (*tumenv1.Submission).GetSubmitterHandle),
			col("CLAIMS", func(x *tumenv1.Submission) string { return count64(int64(len(x.GetClaims()))) }),
			col("SOURCE", func(x *tumenv1.Submission) string { return x.GetSource().GetTitle() }),
			col("ON", func(x *tumenv1.Submission) string { return firstOf(x.GetCase(), x.GetProposedCase().GetTitle()) }),
			nameColumn(),
		},
		extra: func(s *session, n *noun) []*cobra.Command {
			return []*cobra.Command{s.proposeCaseCommand(n), s.acceptCommand(n), s.returnCommand(n)}
		},
	}
}

// proposeCaseCommand offers a case that there is none of yet.
func (s *session) proposeCaseCommand(n *noun) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "propose ORGANISATION --record @FILE",
		Short: "Offer a new case to an organisation that shares some case with you",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			organisation, err := s.sharer(ctx, args[0])
			if err != nil {
				return err
			}
			x := new(tumenv1.Submission)
			if _, err := s.fill(cmd, n, x.ProtoReflect()); err != nil {
				return err
			}
			request := &tumenv1.CreateSubmissionRequest{Submission: x, Organisation: organisation, Reason: firstOf(reason, "offered with tumen")}
			return s.write(ctx, n, "CreateSubmission", "offered", request.ProtoReflect())
		}),
	}
	s.declareRecord(cmd, n)
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the submission")
	return cmd
}

// sharer is the organisation of a handle that shares a case with the caller.
func (s *session) sharer(ctx context.Context, handle string) (string, error) {
	if labels.KindOf(handle) == "Organisation" {
		return handle, nil
	}
	request := &tumenv1.ListGrantsRequest{Parent: "cases/-", ToMe: true, PageSize: 1000}
	grants, err := collect(ctx, s.conn.Grants.ListGrants, request, (*tumenv1.ListGrantsResponse).GetGrants)
	if err != nil {
		return "", err
	}
	for _, g := range grants {
		if g.GetOwnerHandle() == handle {
			return g.GetOwner(), nil
		}
	}
	return "", usagef("no organisation %s shares a case with you (tumen grant list --to-me)", visible(handle))
}

// acceptCommand takes a submission in.
func (s *session) acceptCommand(n *noun) *cobra.Command {
	var reason, etag, answer, intoCase, intoEvent, intoSource string
	cmd := &cobra.Command{
		Use:   "accept " + nameArgument(n),
		Short: "Take one into new records, or into those that there are",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			request := new(tumenv1.AcceptSubmissionRequest)
			if err := s.addressed(ctx, n, request.ProtoReflect(), args[0], etag, firstOf(reason, "accepted with tumen")); err != nil {
				return err
			}
			request.Answer = answer
			for _, into := range []struct {
				text, kind string
				name       *string
			}{{intoCase, "Case", &request.IntoCase}, {intoEvent, "Event", &request.IntoEvent}, {intoSource, "Source", &request.IntoSource}} {
				if into.text == "" {
					continue
				}
				name, err := s.resolve(ctx, into.text, into.kind)
				if err != nil {
					return err
				}
				*into.name = name
			}
			reply, err := s.conn.Submissions.AcceptSubmission(ctx, request)
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(reply.GetSubmission())
			}
			s.out.line("%s accepted", visible(reply.GetSubmission().GetName()))
			for _, made := range reply.GetSubmission().GetResults() {
				s.out.line("recorded %s", visible(made))
			}
			return nil
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&intoCase, "into-case", "", "the `CASE` that a proposed one is, where there is one already")
	flags.StringVar(&intoEvent, "into-event", "", "the `EVENT` that claims without a subject are about")
	flags.StringVar(&intoSource, "into-source", "", "the `SOURCE` that it is, where it is known already")
	flags.StringVar(&answer, "answer", "", "`WHAT` the partner is told; it names nobody")
	flags.StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	flags.StringVar(&reason, "reason", "", "`WHY`; kept here, and not told to the partner")
	return cmd
}

// returnCommand gives a submission back.
func (s *session) returnCommand(n *noun) *cobra.Command {
	var reason, etag, answer string
	cmd := &cobra.Command{
		Use:   "return " + nameArgument(n),
		Short: "Give one back, and say why",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if answer == "" {
				return usagef("why? Give --answer, which the partner is told")
			}
			request := new(tumenv1.ReturnSubmissionRequest)
			if err := s.addressed(cmd.Context(), n, request.ProtoReflect(), args[0], etag, firstOf(reason, "returned with tumen")); err != nil {
				return err
			}
			request.Answer = answer
			return s.write(cmd.Context(), n, "ReturnSubmission", "return", request.ProtoReflect())
		}),
	}
	cmd.Flags().StringVar(&answer, "answer", "", "`WHY` the partner is told; it names nobody")
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept here, and not told to the partner")
	return cmd
}
