package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

func sourceNoun() *noun {
	return &noun{
		name: "source", message: "Source", plural: "Sources", service: "SourceService",
		short: "Sources: who says things, and whom they pass on",
		flags: slices.Concat(
			[]binding{
				{flag: "kind", path: "kind", help: "`CODE` (tumen term list --vocabulary source-kinds)"},
				{flag: "title", path: "title", help: "`TITLE`; for a person a description that gives nobody away"},
				{flag: "publisher", path: "publisher", help: "`PUBLISHER`"},
				{flag: "author", path: "author", help: "`AUTHOR` of what is published"},
				{flag: "address", path: "address", help: "`URL` of what is published"},
				{flag: "language", path: "language", help: "`LANGUAGE` (BCP 47)"},
				{flag: "published", path: "published", help: "when published or said: `EDTF`"},
				{flag: "reliability", path: "reliability", help: "grade"},
				{flag: "reliability-reason", path: "reliability_reason", help: "why this grade", secret: true},
				{flag: "basis", path: "basis", help: "on what it rests"},
			},
			relayFlags(),
			[]binding{
				{flag: "contact-note", path: "contact_note", help: "what it says of its own contacts, without naming them", secret: true},
				{flag: "protected-names", path: "protected_names", help: "for people: names, one a line: LANGUAGE=NAME", list: true, secret: true, set: setNames},
				{flag: "protected-contact", path: "protected_contact", help: "for people: how to reach them without danger", secret: true},
				{flag: "protected-notes", path: "protected_notes", help: "for people: notes", secret: true},
				{flag: "release", path: "releases", help: "for people: for what their identity may be used, `PURPOSE=BASIS`", list: true, set: setReleases},
			}, common()),
		flex: 3,
		columns: []column{
			keyColumn(),
			col("KIND", (*tumenv1.Source).GetKind),
			col("PUBLISHER", (*tumenv1.Source).GetPublisher),
			col("TITLE", (*tumenv1.Source).GetTitle),
			col("PUBLISHED", (*tumenv1.Source).GetPublished),
			col("BASIS", func(c *tumenv1.Source) string { return word(c.GetBasis()) }),
			col("GRADE", func(c *tumenv1.Source) string { return word(c.GetReliability()) }),
			nameColumn(),
		},
		extra: func(s *session, n *noun) []*cobra.Command {
			return []*cobra.Command{s.eraseCommand(n), s.withdrawCommand(n), s.seenByCommand(n)}
		},
	}
}

// relayFlags say whom a source passes on, and how.
func relayFlags() []binding {
	var bindings []binding
	kinds := tumenv1.RelayKind(0).Descriptor()
	for i := 1; i < kinds.Values().Len(); i++ {
		kind := kinds.Values().Get(i).Number()
		verb := labels.EnumWord(kinds, kind)
		bindings = append(bindings, binding{flag: verb, path: "relays", help: "`SOURCE` that it " + verb, list: true,
			set: func(in *input, b *binding, values []string) error {
				return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
					name, err := in.s.resolve(in.ctx, text, "Source")
					return (&tumenv1.Relay{Source: name, Kind: tumenv1.RelayKind(kind)}).ProtoReflect(), err
				})
			}})
	}
	return bindings
}

func setRelations(in *input, b *binding, values []string) error {
	return appendEach(in, b, values, func(text string) (protoreflect.Message, error) {
		relation, err := in.relation(b.flag, text)
		return relation.ProtoReflect(), err
	})
}

func tieNoun() *noun {
	return &noun{
		name: "tie", message: "Tie", plural: "Ties", service: "SourceService",
		short: "Ties: statements that two records are, or are not, tied",
		flags: append([]binding{
			{flag: "kind", path: "kind", help: "what ties them"},
			{flag: "a", path: "a", help: "one `RECORD`"},
			{flag: "b", path: "b", help: "the other `RECORD`"},
			{flag: "grounds", path: "grounds", help: "on what the statement rests", secret: true},
		}, common()...),
		flex: -1,
		columns: []column{
			keyColumn(),
			col("KIND", func(t *tumenv1.Tie) string { return word(t.GetKind()) }),
			subjectColumn("A", (*tumenv1.Tie).GetA),
			subjectColumn("B", (*tumenv1.Tie).GetB),
			nameColumn(),
		},
	}
}
