package cli

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// noun is a kind of record: what the contract calls it, and how it is typed and
// shown here. What can be done with it is read off the contract.
type noun struct {
	name    string // the command, and the field that holds the record in requests: "case"
	message string // "Case"
	plural  string // as in ListCases
	service string
	parent  string // noun that a new one is made in; "" for none
	short   string // for help
	flags   []binding
	columns []column
	flex    int // the column that may be cut
	extra   func(*session, *noun) []*cobra.Command
	present func(*session, context.Context, proto.Message) error // shows one, with what belongs to it; nil: every field
}

// column is one of a list's columns.
type column struct {
	title string
	cell  func(proto.Message) string

	// Where the cell calls records what they are called: those that have to be
	// looked up for it, and then the cell.
	refers func(proto.Message) []string
	named  func(proto.Message, *register) string
}

func col[T proto.Message](title string, cell func(T) string) column {
	return column{title: title, cell: func(m proto.Message) string { return cell(m.(T)) }}
}

// nouns is every kind of record, in the order of the help.
var nouns []*noun

func init() {
	nouns = []*noun{
		caseNoun(), eventNoun(), involvementNoun(), interventionNoun(), personNoun(),
		sourceNoun(), captureNoun(), tieNoun(), claimNoun(), findingNoun(), placeNoun(), termNoun(), erasureNoun(), grantNoun(), submissionNoun(),
	}
}

// nounOf finds a noun by what the contract calls it: "Case".
func nounOf(message string) *noun {
	for _, n := range nouns {
		if n.message == message {
			return n
		}
	}
	return nil
}

// record is what all kinds of record have in common.
type record interface {
	proto.Message
	GetName() string
	GetExternalIds() []*tumenv1.ExternalId
}

// subjectColumn is what a record is about, by what that is called.
func subjectColumn[T proto.Message](title string, name func(T) string) column {
	return column{
		title:  title,
		refers: func(m proto.Message) []string { return []string{name(m.(T))} },
		named:  func(m proto.Message, known *register) string { return known.of(name(m.(T))) },
	}
}

func keyColumn() column {
	return column{title: "KEY", cell: func(m proto.Message) string {
		if ids := m.(record).GetExternalIds(); len(ids) > 0 {
			return ids[0].GetId()
		}
		return "-"
	}}
}

func nameColumn() column {
	return column{title: "NAME", cell: func(m proto.Message) string { return m.(record).GetName() }}
}
