package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

func caseNoun() *noun {
	return &noun{
		name: "case", message: "Case", plural: "Cases", service: "CaseService",
		short: "Cases: matters that are worked on",
		flags: append([]binding{
			{flag: "title", path: "title", help: "`TITLE`"},
			{flag: "summary", path: "summary", help: "summary", secret: true},
			{flag: "assignee", path: "assignees", help: "`MEMBER` who works on it", list: true},
			{flag: "language", path: "languages", help: "`LANGUAGE` of the material (BCP 47)", list: true},
			{flag: "urgency", path: "urgency", help: "how urgent"},
			{flag: "audience", path: "audience", help: "who of your organisation's workers reads it: all-workers, or who is assigned"},
			{flag: "follow-up-date", path: "follow_up_date", help: "when to look at it again: `YYYY-MM-DD`"},
			{flag: "principal-event", path: "principal_event", help: "the `EVENT` that its headline speaks of"},
		}, common()...),
		flex: 2,
		columns: []column{
			keyColumn(),
			col("REFERENCE", (*tumenv1.Case).GetReference),
			col("TITLE", (*tumenv1.Case).GetTitle),
			col("STATE", func(c *tumenv1.Case) string { return word(c.GetState()) }),
			col("HEADLINE", func(c *tumenv1.Case) string { return c.GetHeadline().GetText() }),
			nameColumn(),
		},
		present: presentCase,
		extra:   func(s *session, n *noun) []*cobra.Command { return []*cobra.Command{s.exportMatterCommand(n)} },
	}
}

func eventNoun() *noun {
	return &noun{
		name: "event", message: "Event", plural: "Events", service: "CaseService", parent: "case",
		short: "Events: what is said to have happened",
		flags: slices.Concat(
			[]binding{
				{flag: "act", path: "act", help: "what was done: `ACT` (tumen term list --vocabulary acts)"},
				{flag: "title", path: "title", help: "`TITLE`"},
			},
			timeFlags("time"),
			[]binding{{flag: "time-words", path: "time.words", help: "the source's own `WORDS` for the time"}},
			placeFlags("places"), countFlags("people"),
			[]binding{
				{flag: "words", path: "people.words", help: "the source's own `WORDS` for how many"},
				{flag: "authority", path: "authorities", help: "`AUTHORITY` said to have acted", list: true},
				{flag: "follows", path: "follows", help: "`EVENT` that it follows", list: true},
				{flag: "part-of", path: "part_of", help: "the `EVENT` that it is a part of; a total never adds both"},
				{flag: "possibly-same-as", path: "possibly_same_as", help: "`EVENT` that may be the same one", list: true},
				{flag: "description", path: "description", help: "description", secret: true},
			}, common()),
		flex: 4,
		columns: []column{
			keyColumn(),
			col("ACT", (*tumenv1.Event).GetAct),
			col("TIME", func(e *tumenv1.Event) string { return timeWords(e.GetUsedTime().GetTime(), e.GetTime()) }),
			col("PEOPLE", func(e *tumenv1.Event) string { return countWords(e.GetPeople()) }),
			col("TITLE", (*tumenv1.Event).GetTitle),
			nameColumn(),
		},
	}
}

func involvementNoun() *noun {
	return &noun{
		name: "involvement", message: "Involvement", plural: "Involvements", service: "CaseService", parent: "case",
		short: "Involvements: somebody's part in an event",
		flags: slices.Concat(
			[]binding{
				{flag: "event", path: "event", help: "the `EVENT`"},
				{flag: "person", path: "person", help: "who: a `PERSON`"},
				{flag: "unnamed", path: "unnamed", help: "who: somebody unnamed, or a group, so that nobody can be recognised", secret: true},
				{flag: "authority", path: "authority", help: "who: an `AUTHORITY`"},
			},
			countFlags("people"),
			[]binding{
				{flag: "words", path: "people.words", help: "the source's own `WORDS` for how many"},
				{flag: "role", path: "role", help: "what their part is said to be"},
				{flag: "custody-status", path: "custody_status", help: "what became of them: `CODE`"},
				{flag: "description", path: "description", help: "description", secret: true},
			}, common()),
		flex: 2,
		columns: []column{
			keyColumn(),
			col("ROLE", func(i *tumenv1.Involvement) string { return word(i.GetRole()) }),
			{
				title:  "WHO",
				refers: func(m proto.Message) []string { return []string{m.(*tumenv1.Involvement).GetPerson()} },
				named: func(m proto.Message, known *register) string {
					i := m.(*tumenv1.Involvement)
					return firstOf(known.of(i.GetPerson()), i.GetUnnamed(), i.GetAuthority())
				},
			},
			col("STATUS", (*tumenv1.Involvement).GetCustodyStatus),
			nameColumn(),
		},
	}
}

func interventionNoun() *noun {
	return &noun{
		name: "intervention", message: "Intervention", plural: "Interventions", service: "CaseService", parent: "case",
		short: "Interventions: what was done about a case",
		flags: append([]binding{
			{flag: "kind", path: "kind", help: "what it was"},
			{flag: "by", path: "by", help: "`WHO` did it"},
			{flag: "addressee", path: "addressee", help: "to `WHOM`"},
			{flag: "date", path: "date", help: "when: `EDTF`"},
			{flag: "summary", path: "summary", help: "what was said or asked", secret: true},
			{flag: "answer", path: "answer", help: "the answer", secret: true},
			{flag: "answer-date", path: "answer_date", help: "when it was answered: `EDTF`"},
			{flag: "next-date", path: "next_date", help: "when to act again: `YYYY-MM-DD`"},
			{flag: "disclosed", path: "disclosed", help: "`PERSON` whose identity it disclosed", list: true},
			{flag: "event", path: "events", help: "`EVENT` it was about", list: true},
		}, common()...),
		flex: 4,
		columns: []column{
			keyColumn(),
			col("KIND", func(i *tumenv1.Intervention) string { return word(i.GetKind()) }),
			col("DATE", (*tumenv1.Intervention).GetDate),
			col("BY", (*tumenv1.Intervention).GetBy),
			col("TO", (*tumenv1.Intervention).GetAddressee),
			nameColumn(),
		},
	}
}
