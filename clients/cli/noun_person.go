package cli

import (
	"strings"

	"github.com/spf13/cobra"

	tumenv1 "tumen/proto/tumen/v1"
)

func personNoun() *noun {
	return &noun{
		name: "person", message: "Person", plural: "Persons", service: "PersonService",
		short: "Persons",
		flags: append([]binding{
			{flag: "names", path: "names", help: "names as written, one a line: LANGUAGE=NAME (ko=김철수)", list: true, secret: true, set: setNames},
			{flag: "born", path: "birth.edtf", help: "birth (EDTF)", secret: true},
			{flag: "born-korean-age", path: "birth.korean_age", help: "the birth was derived from a Korean age", bare: true},
			{flag: "sex", path: "sex", help: "sex as recorded"},
			{flag: "nationality", path: "nationalities", help: "`COUNTRY` (ISO 3166-1 alpha-2)", list: true},
			{flag: "documents", path: "documents", help: "identity documents, one a line", list: true, secret: true, set: setLines},
			{flag: "last-seen", path: "last_seen", help: "where and when last seen", secret: true},
			{flag: "safe-contact", path: "safe_contact", help: "how the family may be reached without danger", secret: true},
			{flag: "notes", path: "notes", help: "notes", secret: true},
			{flag: "relation", path: "relations", help: "relation to another: `KIND=PERSON`", list: true, set: setRelations},
			{flag: "possibly-same-as", path: "possibly_same_as", help: "`PERSON` who may be the same", list: true},
			{flag: "release", path: "releases", help: "for what the identity may be used: `PURPOSE=BASIS`", list: true, set: setReleases},
		}, common()...),
		flex: 2,
		columns: []column{
			keyColumn(),
			col("REFERENCE", (*tumenv1.Person).GetReference),
			col("NAMES", personNames),
			col("SEX", func(p *tumenv1.Person) string { return word(p.GetSex()) }),
			nameColumn(),
		},
		extra: func(s *session, n *noun) []*cobra.Command {
			return []*cobra.Command{s.eraseCommand(n), s.withdrawCommand(n), s.seenByCommand(n)}
		},
	}
}

// personNames are a person's names, or that they are withheld.
func personNames(p *tumenv1.Person) string {
	var names []string
	for _, n := range p.GetNames() {
		names = append(names, n.GetText())
	}
	if len(names) == 0 && len(p.GetWithheld()) > 0 {
		return "(withheld)"
	}
	return strings.Join(names, ", ")
}
