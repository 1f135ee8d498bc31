package entry

import (
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
)

// kinds are the records that are typed in forms and tables, with their fields in the
// order in which they are asked for.
var kinds = []*Kind{
	{Name: "case", Service: "CaseService", new: made[tumenv1.Case], Sections: []Section{
		{Fields: []Field{{Path: "title", Required: true}, {Path: "summary", Long: true}, {Path: "urgency"}, {Path: "follow_up_date", Date: true}, {Path: "languages"}}},
		{Name: "access", Fields: []Field{{Path: "marking"}, {Path: "audience"}, {Path: "assignees"}, {Path: "principal_event"}}},
	}},
	{Name: "source", Service: "SourceService", new: made[tumenv1.Source], Sections: []Section{
		{Fields: []Field{{Path: "kind", Required: true, Vocabulary: "source-kinds"}, {Path: "title", Required: true}, {Path: "publisher"}, {Path: "author"}, {Path: "address"}, {Path: "published", Date: true}, {Path: "language"}}},
		{Name: "rests", Fields: []Field{{Path: "basis"}, {Path: "contact_note", Long: true}, {Path: "reliability"}, {Path: "reliability_reason", Long: true}}},
		{Name: "relays", Rows: 2, Fields: []Field{{Path: "relays[].source"}, {Path: "relays[].kind"}}},
		{Name: "access", Fields: []Field{{Path: "marking"}}},
		{Name: "protected_names", Rows: 1, Fields: names("protected_names[].")},
		{Name: "protected", Fields: []Field{{Path: "protected_contact", Long: true}, {Path: "protected_notes", Long: true}}},
		{Name: "releases", Rows: 2, Fields: releases},
	}},
	{Name: "event", Service: "CaseService", InCase: true, new: made[tumenv1.Event], Sections: []Section{
		{Fields: []Field{{Path: "act", Required: true, Vocabulary: "acts"}, {Path: "title"}, {Path: "description", Long: true}}},
		{Name: "when", Fields: times("time.")},
		{Name: "where", Rows: 3, Fields: placesIn("places[].")},
		{Name: "how_many", Fields: counts("people.")},
		{Name: "bonds", Fields: []Field{{Path: "authorities"}, {Path: "part_of"}, {Path: "follows"}, {Path: "possibly_same_as"}}},
		{Name: "access", Fields: []Field{{Path: "marking"}}},
	}},
	{Name: "involvement", Service: "CaseService", InCase: true, new: made[tumenv1.Involvement], Sections: []Section{
		{Fields: []Field{{Path: "event", Required: true}, {Path: "role", Required: true}}},
		{Name: "who", Fields: []Field{{Path: "person"}, {Path: "unnamed"}, {Path: "authority"}}},
		{Name: "how_many", Fields: counts("people.")},
		{Fields: []Field{{Path: "custody_status", Vocabulary: "custody-statuses"}, {Path: "description", Long: true}}},
		{Name: "access", Fields: []Field{{Path: "marking"}}},
	}},
	{Name: "claim", Service: "ClaimService", InCase: true, new: made[tumenv1.Claim], Sections: slices.Concat([]Section{
		{Fields: []Field{{Path: "source", Required: true}, {Path: "subjects", Required: true}, {Path: "aspect", Required: true}, {Path: "stance", Required: true}}},
		{Name: "quote", Fields: []Field{{Path: "quote.text", Long: true}, {Path: "quote.language"}, {Path: "quote.locator"}}},
		{Name: "translation", Rows: 1, Fields: []Field{{Path: "quote.translations[].text", Long: true}, {Path: "quote.translations[].language"}, {Path: "quote.translations[].translator"}}},
	}, values(3), protectedValues(), []Section{
		{Name: "rests", Fields: []Field{{Path: "basis"}, {Path: "relays"}, {Path: "said_on", Date: true}, {Path: "speaker"}, {Path: "credibility"}, {Path: "credibility_reason", Long: true}}},
		{Name: "examination", Fields: []Field{{Path: "examination.capture"}, {Path: "examination.examiner"}, {Path: "examination.method", Long: true}}},
		{Name: "access", Fields: []Field{{Path: "notes", Long: true}, {Path: "marking"}}},
	})},
	{Name: "intervention", Service: "CaseService", InCase: true, new: made[tumenv1.Intervention], Sections: []Section{
		{Fields: []Field{{Path: "kind", Required: true}, {Path: "by"}, {Path: "addressee"}, {Path: "date", Date: true}, {Path: "summary", Long: true}}},
		{Name: "answer", Fields: []Field{{Path: "answer", Long: true}, {Path: "answer_date", Date: true}, {Path: "next_date", Date: true}}},
		{Name: "about", Fields: []Field{{Path: "events"}, {Path: "disclosed"}}},
		{Name: "access", Fields: []Field{{Path: "marking"}}},
	}},
	{Name: "person", Service: "PersonService", new: made[tumenv1.Person], Sections: []Section{
		{Name: "names", Rows: 2, Fields: names("names[].")},
		{Name: "birth", Fields: births("birth.")},
		{Fields: []Field{{Path: "sex"}, {Path: "nationalities"}, {Path: "documents"}, {Path: "last_seen", Long: true}, {Path: "safe_contact", Long: true}, {Path: "notes", Long: true}}},
		{Name: "relations", Rows: 2, Fields: relations("relations[].")},
		{Name: "bonds", Fields: []Field{{Path: "possibly_same_as"}}},
		{Name: "releases", Rows: 3, Fields: releases},
		{Name: "access", Fields: []Field{{Path: "marking"}}},
	}},
	{Name: "tie", Service: "SourceService", new: made[tumenv1.Tie], Sections: []Section{
		{Fields: []Field{{Path: "kind", Required: true}, {Path: "a", Required: true}, {Path: "b", Required: true}, {Path: "grounds", Long: true, Required: true}, {Path: "marking"}}},
	}},
}

// made is an empty message of a type.
func made[T any, M interface {
	*T
	proto.Message
}]() proto.Message {
	return M(new(T))
}

// Fields that stand in several kinds, each under its own message.

func times(under string) []Field {
	return []Field{
		{Path: under + "edtf", Date: true}, {Path: under + "night"}, {Path: under + "time_of_day"}, {Path: under + "time_of_day_approximate"},
		{Path: under + "utc_offset"}, {Path: under + "words"}, {Path: under + "words_language"}, {Path: under + "calendar"},
	}
}

func placesIn(under string) []Field {
	return []Field{{Path: under + "place"}, {Path: under + "part"}, {Path: under + "words"}, {Path: under + "words_language"}}
}

func counts(under string) []Field {
	return []Field{{Path: under + "low"}, {Path: under + "best"}, {Path: under + "high"}, {Path: under + "words"}, {Path: under + "words_language"}}
}

func names(under string) []Field {
	return []Field{{Path: under + "text"}, {Path: under + "language"}, {Path: under + "script"}, {Path: under + "kind"}, {Path: under + "romanisation"}}
}

func births(under string) []Field {
	return []Field{{Path: under + "edtf", Date: true}, {Path: under + "korean_age"}, {Path: under + "words"}, {Path: under + "words_language"}}
}

func relations(under string) []Field {
	return []Field{{Path: under + "person"}, {Path: under + "kind"}, {Path: under + "words"}}
}

var releases = []Field{
	{Path: "releases[].purpose"}, {Path: "releases[].basis"}, {Path: "releases[].given_by"}, {Path: "releases[].given_on", Date: true}, {Path: "releases[].approved_by"}, {Path: "releases[].explanation", Long: true},
}
