package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func claimNoun() *noun {
	return &noun{
		name: "claim", message: "Claim", plural: "Claims", service: "ClaimService", parent: "case",
		short: "Claims: who said what about one aspect",
		flags: slices.Concat(
			[]binding{
				{flag: "source", path: "source", help: "who said it: `SOURCE`"},
				{flag: "subject", path: "subjects", help: "about what: `NAME` of an event, involvement or person", list: true},
				{flag: "event", path: "subjects", help: "about this `EVENT`", list: true, set: subjectOf("Event")},
				{flag: "involvement", path: "subjects", help: "about this `INVOLVEMENT`", list: true, set: subjectOf("Involvement")},
				{flag: "person", path: "subjects", help: "about this `PERSON`", list: true, set: subjectOf("Person")},
				{flag: "aspect", path: "aspect", help: "which aspect of it"},
				{flag: "stance", path: "stance", help: "how it speaks to it"},
			},
			valueFlags(),
			[]binding{
				{flag: "basis", path: "basis", help: "on what this claim rests, where that differs from its source"},
				{flag: "relays", path: "relays", help: "`SOURCE` of its source's relays that it passes on", list: true},
				{flag: "said-on", path: "said_on", help: "when it was said: `EDTF`"},
				{flag: "speaker", path: "speaker", help: "`WHO` spoke, where public"},
				{flag: "quote", path: "quote.text", help: "word for word", secret: true},
				{flag: "quote-language", path: "quote.language", help: "`LANGUAGE` of the quote (BCP 47)"},
				{flag: "locator", path: "quote.locator", help: "where in the source: `PAGE`, minute, paragraph"},
				{flag: "credibility", path: "credibility", help: "grade"},
				{flag: "credibility-reason", path: "credibility_reason", help: "why this grade", secret: true},
				{flag: "capture", path: "examination.capture", help: "the `CAPTURE` that was examined for it"},
				{flag: "examiner", path: "examination.examiner", help: "`WHO` examined it"},
				{flag: "examined-how", path: "examination.method", help: "how", secret: true},
				{flag: "notes", path: "notes", help: "notes", secret: true},
			}, common()),
		flex: 4,
		columns: []column{
			keyColumn(),
			col("ASPECT", func(c *tumenv1.Claim) string { return word(c.GetAspect()) }),
			col("STANCE", func(c *tumenv1.Claim) string { return word(c.GetStance()) }),
			col("STATE", func(c *tumenv1.Claim) string { return word(c.GetState()) }),
			{
				title:  "VALUE",
				refers: func(m proto.Message) []string { return placesIn(m.(*tumenv1.Claim)) },
				named: func(m proto.Message, known *register) string {
					return claimWords(m.(*tumenv1.Claim), called(known.known))
				},
			},
			col("SAID", (*tumenv1.Claim).GetSaidOn),
			subjectColumn("SOURCE", (*tumenv1.Claim).GetSource),
			nameColumn(),
		},
		extra: func(s *session, n *noun) []*cobra.Command {
			return []*cobra.Command{s.supersedeCommand(n), s.eraseCommand(n)}
		},
	}
}

// placesIn are the places that a claim speaks of.
func placesIn(c *tumenv1.Claim) []string {
	var names []string
	for _, p := range c.GetValue().GetPlaces().GetPlaces() {
		names = append(names, p.GetPlace())
	}
	return names
}

func subjectOf(kind string) func(*input, *binding, []string) error {
	return func(in *input, b *binding, values []string) error {
		m, fd := in.at(b.path)
		for _, text := range values {
			name, err := in.s.resolve(in.ctx, text, kind)
			if err != nil {
				return err
			}
			m.Mutable(fd).List().Append(protoreflect.ValueOfString(name))
		}
		return nil
	}
}

// supersedeCommand replaces a claim by a later one of the same source. The flags
// say what is different; the rest is taken over.
func (s *session) supersedeCommand(n *noun) *cobra.Command {
	var reason, etag string
	cmd := &cobra.Command{
		Use:   "supersede CLAIM",
		Short: "Replace a claim by a later one of the same source; flags say what differs",
		Args:  cobra.ExactArgs(1),
		RunE: runs(func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usagef("why? Give --reason")
			}
			name, record, err := s.named(cmd.Context(), n, args[0])
			if err != nil {
				return err
			}
			read := record.Interface().(*tumenv1.Claim).GetEtag()
			replacement := labels.WithoutSetByServer(record)
			replacement.Clear(field(replacement, "etag"))
			replacement.Clear(field(replacement, "external_ids")) // they stay with the claim replaced
			if _, err := s.fill(cmd, n, replacement); err != nil {
				return err
			}
			reply, err := s.conn.Claims.SupersedeClaim(cmd.Context(), &tumenv1.SupersedeClaimRequest{
				Name: name, Etag: firstOf(etag, read), Reason: reason,
				Replacement: replacement.Interface().(*tumenv1.Claim),
			})
			if err != nil {
				return err
			}
			if s.json {
				return s.out.document(reply)
			}
			s.out.line("%s superseded by %s", visible(reply.GetClaim().GetName()), visible(reply.GetReplacement().GetName()))
			return nil
		}),
	}
	s.declareRecord(cmd, n)
	cmd.Flags().StringVar(&etag, "etag", "", "the `ETAG` that the change rests on, where not the one read now")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`; kept with the revision")
	return cmd
}
