package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func findingNoun() *noun {
	return &noun{
		name: "finding", message: "Finding", plural: "Findings", service: "VerificationService", parent: "case",
		short:   "Findings: what reviewers conclude about one aspect",
		flex:    -1,
		columns: findingColumns,
		present: presentFinding,
		extra:   func(s *session, n *noun) []*cobra.Command { return []*cobra.Command{s.proposeCommand(n)} },
	}
}

var findingColumns = []column{
	col("ASPECT", func(f *tumenv1.Finding) string { return word(f.GetAspect()) }),
	col("STATE", func(f *tumenv1.Finding) string { return word(f.GetState()) }),
	col("STALE", func(f *tumenv1.Finding) string { return yes(f.GetStale()) }),
	col("FOR", func(f *tumenv1.Finding) string { return originRange(f.GetSupport().GetSupporting()) }),
	col("AGAINST", func(f *tumenv1.Finding) string { return originRange(f.GetSupport().GetDenying()) }),
	col("UNCONFIRMED", func(f *tumenv1.Finding) string { return originRange(f.GetSupport().GetNotConfirming()) }),
	subjectColumn("SUBJECT", (*tumenv1.Finding).GetSubject),
	nameColumn(),
}

// originRange is how many independent origins, in short: 2–4; a dot for none.
func originRange(s *tumenv1.StanceSupport) string {
	if s.GetAtMost() == 0 {
		return "·"
	}
	return fmt.Sprintf("%d–%d", s.GetAtLeast(), s.GetAtMost())
}

func presentFinding(s *session, ctx context.Context, m proto.Message) error {
	finding := m.(*tumenv1.Finding)
	view, err := s.loadFindingView(ctx, finding)
	if err != nil {
		return err
	}
	if s.json {
		view.only()
		return view.json(s, "finding", m)
	}
	s.out.heading(visible(view.subjectLabel(finding.GetSubject())))
	view.finding(s.out, finding)
	s.out.line("")
	s.out.line("%s  revision %d  %s", visible(finding.GetName()), finding.GetRevision(), markingWords(finding.GetMarking()))
	return nil
}

// conclusionFlags are what a proposal says.
func conclusionFlags() []binding {
	return slices.Concat(
		[]binding{
			{flag: "outcome", path: "outcome", help: "the outcome"},
			{flag: "confidence", path: "confidence", help: "confidence"},
			{flag: "likelihood", path: "likelihood", help: "likelihood, if wanted"},
			{flag: "standard", path: "standard", help: "standard of proof met"},
			{flag: "rationale", path: "rationale", help: "why", secret: true},
			{flag: "denial", path: "addressed_denials", help: "how a denying origin was weighed: SOURCE=@FILE", list: true, keyed: true, set: setDenials},
			{flag: "independent", path: "independence", help: "why two origins' contacts differ: SOURCE,SOURCE=@FILE", list: true, keyed: true, set: setIndependence},
			{flag: "tried", path: "tried", help: "for unverifiable: what was tried", secret: true},
			{flag: "contrary", path: "contrary", help: "for found-inaccurate and disputed: `CLAIM` that contradicts it", list: true},
		},
		valueFlags())
}

// explained reads WHAT=@FILE: what is said of it is as sensitive as a rationale.
func (in *input) explained(b *binding, text string) (string, string, error) {
	what, where, err := pair(b.flag, text, "SOURCE=@FILE")
	if err != nil {
		return "", "", err
	}
	why, err := in.s.sensitive(in.ctx, b.flag, where)
	return what, why, err
}

func setDenials(in *input, b *binding, values []string) error {
	return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
		what, why, err := in.explained(b, text)
		if err != nil {
			return nil, err
		}
		origin, err := in.s.resolve(in.ctx, what, "Source")
		return (&tumenv1.AddressedDenial{Origin: origin, Rationale: why}).ProtoReflect(), err
	})
}

func setIndependence(in *input, b *binding, values []string) error {
	return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
		what, why, err := in.explained(b, text)
		if err != nil {
			return nil, err
		}
		first, second, found := strings.Cut(what, ",")
		if !found {
			return nil, usagef("--%s takes two sources: SOURCE,SOURCE=@FILE", b.flag)
		}
		item := &tumenv1.Independence{Why: why}
		if item.A, err = in.s.resolve(in.ctx, first, "Source"); err != nil {
			return nil, err
		}
		item.B, err = in.s.resolve(in.ctx, second, "Source")
		return item.ProtoReflect(), err
	})
}

func (s *session) proposeCommand(n *noun) *cobra.Command {
	var reason, etag string
	flags := conclusionFlags()
	cmd := &cobra.Command{
		Use:   "propose FINDING --outcome OUTCOME --rationale @-",
		Short: "Propose an outcome; another reviewer approves it",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			name, record, err := s.named(cmd.Context(), n, args[0])
			if err != nil {
				return err
			}
			finding := record.Interface().(*tumenv1.Finding)
			conclusion := &tumenv1.Conclusion{}
			in := &input{ctx: cmd.Context(), s: s, message: conclusion.ProtoReflect(), aspect: finding.GetAspect}
			if _, err := in.apply(cmd.Flags(), flags); err != nil {
				return err
			}
			request := &tumenv1.ProposeFindingRequest{
				Name: name, Etag: firstOf(etag, finding.GetEtag()),
				Reason: firstOf(reason, "propose with tumen"), Conclusion: conclusion,
			}
			return s.write(cmd.Context(), n, "ProposeFinding", "proposed", request.ProtoReflect())
		}),
	}
	s.declare(cmd, flags, (*tumenv1.Conclusion)(nil).ProtoReflect().Descriptor())
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the proposal rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}

// queueColumns are those of findings, and the first reason why one is stale.
func queueColumns() []column {
	last := len(findingColumns) - 1
	return slices.Concat(findingColumns[:last], []column{{
		title: "WHY",
		refers: func(m proto.Message) []string {
			return labels.RecordName.FindAllString(strings.Join(labels.FirstReasons(m.(*tumenv1.Finding)), " "), -1)
		},
		named: func(m proto.Message, known *register) string {
			return labels.WhyInShort(m.(*tumenv1.Finding), known.of)
		},
	}}, findingColumns[last:])
}

func (s *session) queueCommand() *cobra.Command {
	var limit int
	var of string
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "List what waits for reviewers: stale findings, proposals, open reviews",
		Long: `List what waits for reviewers: stale findings, then proposals, then open
reviews, what has waited longest first. WHY is the first reason why a finding is
stale; tumen finding show gives all of them.`,
		Args: cobra.NoArgs,
		RunE: runs(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := s.connect(ctx); err != nil {
				return err
			}
			request := &tumenv1.ListReviewQueueRequest{}
			if of != "" {
				name, err := s.resolve(ctx, of, "Case")
				if err != nil {
					return err
				}
				request.Parent = name
			}
			return s.list(ctx, "VerificationService", "ListReviewQueue", request.ProtoReflect(), limit, queueColumns(), 7)
		}),
	}
	cmd.Flags().StringVar(&of, "case", "", "only of this `CASE`")
	limitFlag(cmd, &limit)
	return cmd
}
