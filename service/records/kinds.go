package records

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// Record is what every record of the contract has in common; its fields 1 to 14.
type Record interface {
	proto.Message
	GetName() string
	GetEtag() string
	GetOwner() string
	GetMarking() tumenv1.Marking
	GetExternalIds() []*tumenv1.ExternalId
	GetRevision() int64
	GetCreateTime() *timestamppb.Timestamp
	GetUpdateTime() *timestamppb.Timestamp
	GetDeleteTime() *timestamppb.Timestamp
	GetCreator() string
	GetUpdater() string
	GetChangeReason() string
}

// Kind is the kind of a record as it stands in keys. The numbers are part of
// the store's format: they never change and are never used again.
type Kind byte

// The kinds of record.
const (
	NoKind       Kind = 0
	Organisation Kind = 1
	Member       Kind = 2
	Case         Kind = 3
	Event        Kind = 4
	Person       Kind = 5
	Involvement  Kind = 6
	Source       Kind = 7
	Capture      Kind = 8
	Claim        Kind = 9
	Finding      Kind = 10
	Intervention Kind = 11
	Place        Kind = 12
	Tie          Kind = 13
	Term         Kind = 14
	Erasure      Kind = 15
	Grant        Kind = 16
	Submission   Kind = 17
)

// ownDraft stands in the keys of drafts, which are no records.
const ownDraft Kind = 0xff

// kindSpec says where a kind lives and how it is made.
type kindSpec struct {
	word       string // for people
	collection string // segment of its names
	parent     Kind   // whose names its own begin with
	empty      func() Record
}

var kinds = [...]kindSpec{
	Organisation: {"organisation", "organisations", NoKind, func() Record { return new(tumenv1.Organisation) }},
	Member:       {"member", "members", Organisation, func() Record { return new(tumenv1.Member) }},
	Case:         {"case", "cases", NoKind, func() Record { return new(tumenv1.Case) }},
	Event:        {"event", "events", Case, func() Record { return new(tumenv1.Event) }},
	Person:       {"person", "persons", NoKind, func() Record { return new(tumenv1.Person) }},
	Involvement:  {"involvement", "involvements", Case, func() Record { return new(tumenv1.Involvement) }},
	Source:       {"source", "sources", NoKind, func() Record { return new(tumenv1.Source) }},
	Capture:      {"capture", "captures", Source, func() Record { return new(tumenv1.Capture) }},
	Claim:        {"claim", "claims", Case, func() Record { return new(tumenv1.Claim) }},
	Finding:      {"finding", "findings", Case, func() Record { return new(tumenv1.Finding) }},
	Intervention: {"intervention", "interventions", Case, func() Record { return new(tumenv1.Intervention) }},
	Place:        {"place", "places", NoKind, func() Record { return new(tumenv1.Place) }},
	Tie:          {"tie", "ties", NoKind, func() Record { return new(tumenv1.Tie) }},
	Term:         {"term", "terms", NoKind, func() Record { return new(tumenv1.Term) }},
	Erasure:      {"erasure", "erasures", NoKind, func() Record { return new(tumenv1.Erasure) }},
	Grant:        {"grant", "grants", Case, func() Record { return new(tumenv1.Grant) }},
	Submission:   {"submission", "submissions", NoKind, func() Record { return new(tumenv1.Submission) }},
}

// String returns the word for people.
func (k Kind) String() string {
	if k == ownDraft {
		return "draft"
	}
	if k == NoKind || int(k) >= len(kinds) {
		return "unknown"
	}
	return kinds[k].word
}

// Parent returns the kind whose names the names of k begin with, or NoKind.
func (k Kind) Parent() Kind { return kinds[k].parent }

// New returns an empty record of the kind.
func (k Kind) New() Record { return kinds[k].empty() }

// Kinds lists every kind of record.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kinds)-1)
	for k := Organisation; int(k) < len(kinds); k++ {
		all = append(all, k)
	}
	return all
}

// KindOf returns the kind of a record, or NoKind for another message.
func KindOf(m proto.Message) Kind {
	switch m.(type) {
	case *tumenv1.Organisation:
		return Organisation
	case *tumenv1.Member:
		return Member
	case *tumenv1.Case:
		return Case
	case *tumenv1.Event:
		return Event
	case *tumenv1.Person:
		return Person
	case *tumenv1.Involvement:
		return Involvement
	case *tumenv1.Source:
		return Source
	case *tumenv1.Capture:
		return Capture
	case *tumenv1.Claim:
		return Claim
	case *tumenv1.Finding:
		return Finding
	case *tumenv1.Intervention:
		return Intervention
	case *tumenv1.Place:
		return Place
	case *tumenv1.Tie:
		return Tie
	case *tumenv1.Term:
		return Term
	case *tumenv1.Erasure:
		return Erasure
	case *tumenv1.Grant:
		return Grant
	case *tumenv1.Submission:
		return Submission
	}
	return NoKind
}
